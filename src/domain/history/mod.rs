//! What is kept of the past of each queue: counts and times by the minute, and marks at moments that explain them.

pub mod mark;
pub mod point;
pub mod range;
pub(crate) mod shown;
