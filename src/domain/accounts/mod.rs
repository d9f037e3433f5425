//! What users can be called, how fast passwords may be guessed, and what counts as one network.

pub(crate) mod guess_limit;
pub(crate) mod network;
pub(crate) mod user_name;
