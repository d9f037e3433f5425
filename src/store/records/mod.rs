//! Bullkeeper's own records in Redis: users, sessions, sign-in attempts, the audit log, pins and runs.

pub mod audit;
pub mod brief_cache;
pub mod pins;
pub mod runs;
pub mod sessions;
pub mod sign_in_attempts;
pub mod users;
