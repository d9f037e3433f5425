//! Pages that update themselves.

mod compressed;
mod crowd;
mod family;
mod faults;
mod updates;
