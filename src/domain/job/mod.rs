//! A job: its states, its parts, and the revision of the bytes that an editor saw.

pub(crate) mod cursor;
pub(crate) mod filter;
pub(crate) mod flow;
pub mod job_ref;
pub(crate) mod row;

use std::fmt;
use std::str::FromStr;

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};
use strum::{EnumCount, EnumString, IntoStaticStr, VariantArray};

use super::queue::bullmq_version::BullmqVersion;
use flow::{Child, Relative};
use row::JobSummary;

/// A job's state, under BullMQ's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumCount)]
#[strum(serialize_all = "kebab-case")]
pub enum JobState {
    /// Waiting in line for a worker.
    Waiting,
    /// Being processed by a worker.
    Active,
    /// Waiting until its time has come.
    Delayed,
    /// Waiting in line by priority.
    Prioritized,
    /// Waiting in a paused queue (BullMQ 4 and 5).
    Paused,
    /// A parent whose children have not all finished.
    WaitingChildren,
    /// Finished without an error.
    Completed,
    /// Failed, without attempts left.
    Failed,
    /// The job's hash exists, but no state lists it.
    Unknown,
}

impl JobState {
    /// The states that a queue keeps jobs in, in the order in which they are shown.
    pub const KEPT: [Self; 8] = [
        Self::Waiting,
        Self::Active,
        Self::Delayed,
        Self::Prioritized,
        Self::Paused,
        Self::WaitingChildren,
        Self::Completed,
        Self::Failed,
    ];

    /// BullMQ's name for the state, also used in addresses.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

// Forgetting a state in KEPT does not compile; only Unknown is left out.
const _: () = assert!(JobState::KEPT.len() + 1 == <JobState as EnumCount>::COUNT);

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for JobState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::KEPT
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| {
                let names = Self::KEPT.map(Self::name).join(", ");
                format!("there is no state {text:?}; the states are {names}")
            })
    }
}

/// A job's id: a number that BullMQ counted up, or a text that the application chose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobId(String);

impl JobId {
    /// Accepts any text that is not empty. BullMQ restricts colons when adding a job; reading accepts every id.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.is_empty()).then_some(Self(text))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether BullMQ counted it up, so that it says nothing in another queue.
    ///
    /// BullMQ refuses an application's own id where JavaScript reads it as an integer and writes that as the same text (4.18,
    /// 5.81, 6.7). So `007` is an application's own, and so is `12345678901234567890`, which JavaScript can't hold. An
    /// integer that it holds exactly is BullMQ's: no queue has counted further.
    pub fn is_counted(&self) -> bool {
        /// JavaScript's `Number.MAX_SAFE_INTEGER`.
        const LARGEST_EXACT: u64 = (1 << 53) - 1;
        let digits = self.0.bytes().all(|byte| byte.is_ascii_digit());
        let number = self.0.parse().ok().filter(|_| digits);
        !self.0.starts_with('0') && number.is_some_and(|number: u64| number <= LARGEST_EXACT)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key that looks like a job's really is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoJob {
    /// A scheduler's job template (before BullMQ 5.16, a repeatable job's), by the scheduler's id.
    Scheduler(String),
    /// Another key that BullMQ keeps for the queue.
    Internal,
}

impl fmt::Display for NoJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheduler(id) => write!(
                f,
                "that is the scheduler {id:?}, which makes jobs; change it where the application sets it up"
            ),
            Self::Internal => f.write_str("that is a key of BullMQ's own"),
        }
    }
}

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

/// A large text of a job: loaded, or only measured because it is larger than a page shows at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// The stored bytes.
    Loaded(Vec<u8>),
    /// The size in bytes; the text was not loaded.
    Folded(u64),
}

impl Payload {
    /// The size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Loaded(bytes) => bytes.len() as u64,
            Self::Folded(size) => *size,
        }
    }
}

/// A line of a job's log, perhaps cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The text, cut at a maximum size.
    pub text: String,
    /// The size of the whole line, in bytes.
    pub bytes: u64,
}

impl LogLine {
    /// How many bytes were cut off.
    pub fn left_out(&self) -> u64 {
        self.bytes.saturating_sub(self.text.len() as u64)
    }
}

/// The texts of a job that can be large, each a field of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(parse_err_ty = String, parse_err_fn = no_text)]
pub enum JobText {
    /// The job's data.
    #[strum(serialize = "data")]
    Data,
    /// What the worker returned.
    #[strum(serialize = "returnvalue")]
    ReturnValue,
    /// The error that the worker reported.
    #[strum(serialize = "failedReason")]
    FailedReason,
    /// A JSON array of stack traces.
    #[strum(serialize = "stacktrace")]
    StackTraces,
    /// Its options.
    #[strum(serialize = "opts")]
    Options,
    /// The progress that the worker reported.
    #[strum(serialize = "progress")]
    Progress,
}

impl JobText {
    /// Every text, in the order of [`Job::texts`].
    pub const ALL: [Self; <Self as VariantArray>::VARIANTS.len()] =
        match <Self as VariantArray>::VARIANTS.first_chunk() {
            Some(all) => *all,
            None => panic!("the array has as many places as there are texts"),
        };

    /// The field of the job's hash that holds it; also its name in addresses.
    pub fn field(self) -> &'static str {
        self.into()
    }
}

/// The error for a name that is none of these texts.
fn no_text(text: &str) -> String {
    let names: Vec<&str> = JobText::ALL.iter().map(|it| it.field()).collect();
    format!(
        "a job has no text {text:?}; allowed are {}",
        names.join(", ")
    )
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

    #[test]
    fn an_id_was_counted_up_where_bullmq_takes_it_from_no_application() {
        let counted = |id: &str| JobId::new(id).unwrap().is_counted();
        for id in ["1", "17", "999999999999999", "9007199254740991"] {
            assert!(counted(id), "{id}");
        }
        for id in [
            "0",
            "007",
            "+7",
            "-7",
            "7.0",
            "1e3",
            "17a",
            " 17",
            "9007199254740993",
            "12345678901234567",
            "12345678901234567890",
            "123456789012345678901234567890",
            "١٧",
        ] {
            assert!(!counted(id), "{id}");
        }
    }
}
