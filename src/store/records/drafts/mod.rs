//! Drafts of edits that are not saved yet: one for each person and job, for a day, bounded in number and size.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use crate::domain::job::{JobId, Revision};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

static KEEP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("keep.lua")));

static DROP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("drop.lua")));

/// How long a draft is kept after it was changed last.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The largest draft, in bytes: the text and the data it was opened with.
pub(crate) const LARGEST_DRAFT: usize = 2_000_000;

/// How many drafts one person may have. The oldest one makes room.
const DRAFTS_OF_ONE: u64 = 20;

/// How many drafts there may be, and how many bytes they may have together.
const DRAFTS_IN_ALL: u64 = 1_000;
const BYTES_IN_ALL: u64 = 64_000_000;

const FIELDS: [&str; 6] = ["mark", "kept", "seen", "opened", "text", "reason"];

/// A draft as it is kept.
#[derive(Debug, Clone)]
pub struct StoredDraft {
    /// Another one says that the draft was changed.
    pub mark: String,
    /// When it was kept, Unix milliseconds.
    pub kept: u64,
    /// The revision of the data it was made from.
    pub seen: Revision,
    /// That data.
    pub opened: String,
    /// The text.
    pub text: String,
    /// The reason.
    pub reason: String,
}

/// What became of a draft that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftWritten {
    /// It is kept.
    Kept,
    /// The person has another draft of this job that this one does not go on from.
    Other,
    /// There is no such job.
    Gone,
    /// There are too many drafts.
    Full,
}

impl Store {
    /// Someone's draft of an edit of a job.
    pub async fn draft(
        &self,
        user: &str,
        queue: &QueueId,
        job: &JobId,
    ) -> Result<Option<StoredDraft>, StoreError> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.own.draft(user, queue, job)).arg(&FIELDS);
        let mut fields = reply::items(self.redis.command(&command).await?)
            .into_iter()
            .map(|field| reply::text(field).unwrap_or_default());
        let mut next = || fields.next().unwrap_or_default();
        let (mark, kept, seen) = (next(), next(), next());
        let Some(seen) = Revision::parse(&seen) else {
            return Ok(None);
        };
        Ok(Some(StoredDraft {
            mark,
            kept: kept.parse().unwrap_or_default(),
            seen,
            opened: next(),
            text: next(),
            reason: next(),
        }))
    }

    /// Keeps a draft that goes on from the one with the mark `from`; an empty mark is none.
    pub async fn keep_draft(
        &self,
        user: &str,
        (queue, job): (&QueueId, &JobId),
        draft: &StoredDraft,
        from: &str,
    ) -> Result<DraftWritten, StoreError> {
        let size = draft.opened.len() + draft.text.len() + draft.reason.len();
        let mut invocation = KEEP.prepare_invoke();
        invocation
            .key(self.own.draft(user, queue, job))
            .key(self.own.drafts_of(user))
            .key(self.own.drafts())
            .key(self.own.draft_sizes())
            .key(keys::of_job(queue, job))
            .arg(from)
            .arg(&draft.mark)
            .arg(size)
            .arg(draft.kept)
            .arg(KEPT_FOR.as_millis() as u64)
            .arg(DRAFTS_OF_ONE)
            .arg(DRAFTS_IN_ALL)
            .arg(BYTES_IN_ALL)
            .arg("seen")
            .arg(draft.seen.as_str());
        for (name, value) in [
            ("opened", &draft.opened),
            ("text", &draft.text),
            ("reason", &draft.reason),
        ] {
            invocation.arg(name).arg(value);
        }
        let written: String = self.redis.script(&invocation).await?;
        Ok(match written.as_str() {
            "kept" => DraftWritten::Kept,
            "other" => DraftWritten::Other,
            "gone" => DraftWritten::Gone,
            _ => DraftWritten::Full,
        })
    }

    /// Drops the draft with this mark; another one stays.
    pub async fn drop_draft(
        &self,
        user: &str,
        (queue, job): (&QueueId, &JobId),
        mark: &str,
    ) -> Result<(), StoreError> {
        let mut invocation = DROP.prepare_invoke();
        invocation
            .key(self.own.draft(user, queue, job))
            .key(self.own.drafts_of(user))
            .key(self.own.drafts())
            .key(self.own.draft_sizes())
            .arg(mark);
        self.redis.script::<i64>(&invocation).await.map(|_| ())
    }
}
