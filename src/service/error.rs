//! Errors that keep a request from being answered. Expected outcomes of a use case are values of its own type.

use std::time::Duration;

use super::edit::recorded_change::NotKept;
use crate::domain::access::Denied;
use crate::domain::audit::reason::BadReason;
pub(crate) use crate::store::error::StoreError;

/// Why a request is not answered with what it asked for.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    /// The person may not do it; the refusal is recorded.
    #[error("{0}")]
    Denied(Denied),
    /// The person was refused so often lately that they must wait this long.
    #[error("too many requests were refused; wait {} s", .0.as_secs() + 1)]
    TooManyRefusals(Duration),
    /// The person made as many changes as they may, and must wait this long for the next one.
    #[error("the setting changes_per_minute ({allowed}) is used up; wait {} s", .wait.as_secs() + 1)]
    TooManyChanges {
        /// How many changes a minute are allowed.
        allowed: u32,
        /// How long until the next one is.
        wait: Duration,
    },
    /// So many searches of this person run, as many as one may have.
    #[error("{0} of your searches are running, as many as one person may have")]
    TooManySearches(usize),
    /// It does not exist, or not for this person.
    #[error("there is no {0}")]
    NotFound(String),
    /// The request is not valid.
    #[error("{0}")]
    Bad(String),
    /// The reason is missing or can't be recorded.
    #[error(transparent)]
    BadReason(#[from] BadReason),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashFailed),
    /// There is no room for it now; nothing was done.
    #[error("{0}")]
    Busy(String),
    /// The stored data is larger than may be edited, both in bytes.
    #[error("the stored data has {size} bytes, and {limit} are allowed")]
    TooLarge {
        /// The size of the stored data.
        size: u64,
        /// The largest size that is allowed.
        limit: u64,
    },
    /// What would go can't be kept in the audit log, so it stays.
    #[error("{0}")]
    Unkept(NotKept),
    /// Something of ours is broken.
    #[error("{0}")]
    Broken(String),
}

impl ServiceError {
    /// What happened, for the record of a run; of a store's error only the meaning.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Store(error) => error.for_record(),
            other => other.to_string(),
        }
    }

    /// Whether what kept one of many targets from being changed would keep the others as well.
    pub(crate) fn concerns_all(&self) -> bool {
        match self {
            Self::Denied(_) | Self::TooManyRefusals(_) | Self::TooManyChanges { .. } => true,
            Self::Store(error) => !matches!(error, StoreError::Unexpected(_)),
            _ => false,
        }
    }
}

/// Hashing failed: out of memory, or out of random numbers.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashFailed(pub(crate) String);
