//! Live pages.

mod compressed;
mod crowd;
mod family;
mod faults;
mod updates;
