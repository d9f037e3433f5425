//! What several tests do on the way, and what they look for afterwards.

pub mod comparison;
pub mod moves;
pub mod one_repair;
pub mod retirement;
pub mod retry;
