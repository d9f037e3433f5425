//! What a difference is: a field, what holds of failed jobs there, and of how many.

use super::observe::JsonType;
use super::paths::FieldPath;
use crate::domain::text_format::TextFormat;

/// The fewest completed jobs from which anything is told.
pub const FEWEST_COMPLETED: usize = 5;

/// The largest data that is looked at, in bytes.
pub const LARGEST_DATA: u64 = 64 * 1024;

/// How many of the jobs of a sample something holds of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many it holds of.
    pub with: usize,
    /// How many jobs the sample has.
    pub of: usize,
}

impl Share {
    /// The part, 0 to 1.
    pub(super) fn part(self) -> f64 {
        self.with as f64 / self.of.max(1) as f64
    }
}

/// What holds of the failed jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The field has another type than in completed jobs: the type in failed jobs, and the usual one.
    Type(JsonType, JsonType),
    /// The field is missing.
    Missing,
    /// The field is there.
    Present,
    /// A text has not the format that completed jobs have; the failed jobs' values, as JSON.
    Format(TextFormat, Vec<String>),
    /// A value is none of those that completed jobs have: the failed jobs' values, and the completed jobs', as JSON.
    Outside(Vec<String>, Vec<String>),
    /// A number is above the largest of completed jobs.
    Above(String),
    /// A number is below the smallest of completed jobs.
    Below(String),
    /// A value that is rare in completed jobs, as JSON.
    Value(String),
}

/// A field in which failed jobs differ from completed ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub path: FieldPath,
    /// What holds of failed jobs.
    pub finding: Finding,
    /// Of how many failed jobs it holds.
    pub failed: Share,
    /// Of how many completed jobs the opposite holds; for what may hold of both ([`Finding::is_rare`]), the same.
    pub completed: Share,
}
