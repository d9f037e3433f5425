//! What differs: the fields in which failed jobs differ from completed ones of the same name.
//!
//! Bounded samples of both are read. For each field ([`paths`]) there are some questions (is it missing? is it a string? is it
//! above all that completed?), and each question that separates the two well is a [`Difference`]. It says how many jobs of each
//! sample it holds of, and never that it is the cause.

mod decide;
mod difference;
mod observe;
mod paths;
mod query;
#[cfg(test)]
mod tests;
mod words;

pub use decide::{Differences, differences};
pub use difference::{Difference, FEWEST_COMPLETED, Finding, LARGEST_DATA, Share};
pub use observe::{JsonType, Sample};
pub use paths::{FieldPath, PathStep};
