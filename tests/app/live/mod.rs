//! Pages that update themselves.

mod crowd;
mod family;
mod faults;
mod updates;
