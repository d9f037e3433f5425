//! The rules that a team sets for itself, from the settings.

use std::time::Duration;

use crate::domain::versions::VersionPattern;
use crate::domain::versions::retire::Policy;

/// The rules a team sets for itself.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Nothing is ever written to Redis.
    pub read_only: bool,
    /// An edit needs a schema to be checked against.
    pub require_schema: bool,
    /// An edit needs a reason.
    pub require_reason: bool,
    /// The largest data a job may be given, in bytes.
    pub max_data_bytes: u64,
    /// How names split into family and version.
    pub pattern: VersionPattern,
    /// Members of job data whose values the audit log keeps only as keyed hashes; `*` is a wildcard.
    pub redact: Vec<String>,
    /// The key of those hashes; `None` for one kept in Redis.
    pub redaction_key: Option<String>,
    /// A session ends this long after signing in, used or not.
    pub session_absolute: Duration,
    /// For how long nothing may have happened in a version that is retired.
    pub retire_quiet: Duration,
    /// The families whose versions are retired by themselves.
    pub auto_retire: Vec<Policy>,
}
