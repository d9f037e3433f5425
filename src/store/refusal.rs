//! Why Redis refuses writes, from what it answers.

use std::fmt;

use super::StoreError;

/// Why Redis refuses writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `maxmemory` is reached, and nothing may be evicted.
    OutOfMemory,
    /// The last snapshot could not be saved to disk.
    CanNotSave,
    /// It is a replica.
    Replica,
    /// `min-replicas-to-write` are not connected.
    TooFewReplicas,
    /// The user may not.
    NotAllowed,
}

impl StoreError {
    /// Why Redis refuses, where it does.
    pub fn refusal(&self) -> Option<Refusal> {
        let Self::Refused(text) = self else {
            return None;
        };
        let codes = [
            ("OOM", Refusal::OutOfMemory),
            ("MISCONF", Refusal::CanNotSave),
            ("READONLY", Refusal::Replica),
            // As the redis crate (1.8) names it.
            ("ReadOnly", Refusal::Replica),
            ("NOREPLICAS", Refusal::TooFewReplicas),
        ];
        let found = codes.into_iter().find(|(code, _)| text.contains(code));
        Some(found.map_or(Refusal::NotAllowed, |(_, refusal)| refusal))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfMemory => "it is out of memory (OOM)",
            Self::CanNotSave => "it can't save its data to disk (MISCONF)",
            Self::Replica => "it is a read-only replica (READONLY)",
            Self::TooFewReplicas => "too few of its replicas are connected (NOREPLICAS)",
            Self::NotAllowed => "Bullkeeper's Redis user may not write (NOPERM)",
        })
    }
}
