//! The pages and files of the history: charts, values, marks, ranges, and who sees what.

mod charts;
mod demo;
mod ranges;
mod recorded;
