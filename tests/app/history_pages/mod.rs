//! The pages and files of the history: charts, values, marks, ranges, and who sees what.

mod charts;
mod ranges;
mod recorded;
