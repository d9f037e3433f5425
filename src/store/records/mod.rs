//! Bullkeeper's own records in Redis: users, sessions, sign-in attempts, drafts, notices, the audit log, pins,
//! proposals, runs, the history, the marks and alerts.

pub(crate) mod alerts;
pub(crate) mod audit;
pub(crate) mod brief_cache;
pub(crate) mod damaged;
pub(crate) mod drafts;
pub(crate) mod history;
pub(crate) mod keys;
pub(crate) mod leader;
pub(crate) mod marks;
pub(crate) mod millis;
pub(crate) mod notices;
pub(crate) mod pins;
pub(crate) mod proposals;
pub(crate) mod recipes;
pub(crate) mod runs;
pub(crate) mod sessions;
pub(crate) mod sign_in_attempts;
pub(crate) mod users;
