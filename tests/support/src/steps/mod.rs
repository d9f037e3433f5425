//! Steps and assertions that several tests share.

pub mod comparison;
pub mod killed;
pub mod moves;
pub mod one_repair;
pub mod retirement;
pub mod retry;
pub mod undo_runs;
