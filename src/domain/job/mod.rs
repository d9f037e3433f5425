//! A job: its states, its parts, and the revision of the bytes that an editor saw.

pub(crate) mod cursor;
pub mod field;
pub(crate) mod filter;
pub(crate) mod flow;
pub(crate) mod flow_tree;
mod id;
pub mod job_ref;
pub mod log;
pub mod new_job;
pub(crate) mod row;
mod state;
mod texts;

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};

use super::queue::bullmq_version::BullmqVersion;
use flow::{Child, Relative};
pub use id::{JobId, NoJob};
use row::JobSummary;
pub use state::JobState;
pub use texts::{JobText, LogLine, Payload};

/// Identifies the stored bytes that an editor saw: their SHA-256 in lowercase hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision(String);

impl Revision {
    /// The revision of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(encode_string(&Sha256::digest(bytes)))
    }

    /// The revision of a job without a data field; no bytes have it.
    pub fn absent() -> Self {
        Self("0".repeat(64))
    }

    /// Parses a revision from a form; `None` unless it is 64 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| Self(text.to_ascii_lowercase()))
    }

    /// The 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A part of a job that has a key of its own, or is in a key of its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobPart {
    /// The job's state: the key that lists it.
    State,
    /// Its hash.
    Fields,
    /// Its log.
    Log,
    /// Its children.
    Children,
}

/// A job as its page shows it.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job's id.
    pub id: JobId,
    /// Its state.
    pub state: JobState,
    /// Set if no state that is quick to look up holds the job, and the waiting jobs are too many to search through now:
    /// `state` is then unknown.
    pub unsearched: bool,
    /// The parts that can't be read, because their key holds another type than BullMQ keeps there.
    pub unreadable: Vec<JobPart>,
    /// Whether a worker holds the job's lock.
    pub locked: bool,
    /// When a delayed job is due, in Unix milliseconds.
    pub due: Option<u64>,
    /// The small fields.
    pub summary: JobSummary,
    /// The texts in the order of [`JobText::ALL`], each as stored. A missing text is folded with 0 bytes.
    pub texts: [Payload; 6],
    /// How often a worker started it.
    pub attempts_started: u64,
    /// How often it stalled.
    pub stalled: u64,
    /// The name of the worker that last took it, if it has one.
    pub worker: Option<String>,
    /// The id of the scheduler that made it.
    pub scheduler: Option<String>,
    /// Its deduplication id.
    pub deduplication: Option<String>,
    /// Its parent, if it is part of a flow.
    pub parent: Option<Relative>,
    /// Some of its children.
    pub children: Vec<Child>,
    /// How many children it has in all.
    pub children_total: u64,
    /// How many log lines it has.
    pub log_lines: u64,
}

impl Job {
    /// One of its texts.
    pub fn text(&self, text: JobText) -> &Payload {
        &self.texts[text as usize]
    }

    /// Marks a part as unreadable.
    pub fn cannot_read(&mut self, part: JobPart) {
        if !self.unreadable.contains(&part) {
            self.unreadable.push(part);
        }
    }

    /// Sets one of its texts.
    pub fn set_text(&mut self, text: JobText, payload: Payload) {
        self.texts[text as usize] = payload;
    }
}

/// What an edit needs to know of a job: its state and the exact bytes of its data.
#[derive(Debug, Clone)]
pub struct StoredJob {
    /// The job's name.
    pub name: String,
    /// The data's bytes; empty if they are more than was asked for. `{}` if the job has no field for data, since BullMQ
    /// reads it so.
    pub data: Vec<u8>,
    /// The size of the data, in bytes.
    pub size: u64,
    /// Whether the job has no field for data.
    pub lacks_data: bool,
    /// Its state.
    pub state: JobState,
    /// Whether a worker holds the job's lock.
    pub locked: bool,
    /// The id of the scheduler that made it. Changing the scheduler overwrites an edit of its next job.
    pub scheduler: Option<String>,
    /// The BullMQ version that wrote the queue.
    pub bull_version: BullmqVersion,
}

impl StoredJob {
    /// The revision of the stored bytes.
    pub fn revision(&self) -> Revision {
        match self.lacks_data {
            true => Revision::absent(),
            false => Revision::of(&self.data),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_revision_is_the_digest_of_the_bytes() {
        let revision = Revision::of(b"{}");
        assert_eq!(Revision::parse(revision.as_str()), Some(revision));
        assert_eq!(Revision::parse("12"), None);
    }
}
