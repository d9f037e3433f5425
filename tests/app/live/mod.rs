//! Live pages.

mod crowd;
mod family;
mod faults;
mod updates;
