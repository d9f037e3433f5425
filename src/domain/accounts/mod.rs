//! How fast passwords may be guessed, and what counts as one network.

pub mod guess_limit;
pub mod network;
