//! What is kept of the past of each queue: counts and times by the minute, and marks at moments that explain them.

pub(crate) mod chunks;
pub(crate) mod clock_trust;
pub(crate) mod encoding;
pub(crate) mod gather;
pub mod mark;
pub mod point;
pub(crate) mod presence;
pub mod range;
pub(crate) mod recorded;
pub(crate) mod recording;
pub(crate) mod shown;
pub(crate) mod sightings;
pub(crate) mod slot;
