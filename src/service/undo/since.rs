//! What happened to a job after an edit, and what was changed since.

use super::target::{LARGEST_CHANGE, UndoTarget, is_digest};
use crate::domain::access::Operator;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::edit::diff::{Diff, side_by_side};
use crate::domain::edit::merge::{Merge, merge};
use crate::domain::edit::undo::{DataField, data_before, was_left_by};
use crate::domain::job::{JobId, JobState, Revision, StoredJob};
use crate::domain::json::{Document, pretty_or_raw};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::audit::page::order;
use crate::service::audit::visibility::seen_by;
use crate::service::edit::assess::CONTEXT;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

/// How many of a job's newest entries are looked at.
const LOOKED_AT: u64 = 100;

/// How many later edits are taken back, one by one, to find what an edit left.
const LATER_EDITS: usize = 10;

/// A job whose data was changed after an edit.
#[derive(Debug)]
pub struct ChangedSince {
    /// The job's name.
    pub name: String,
    /// Its state now.
    pub state: JobState,
    /// From what the edit left to what is stored now; `None` where the log does not hold what the edit left.
    pub diff: Option<Diff>,
    /// What is stored now without the edit, where nothing it changed was changed again.
    pub merged: Option<String>,
    /// What is stored now.
    pub now: String,
    /// Its revision.
    pub revision: Revision,
}

impl Services {
    /// The entry whose edit undid this one, if there is one that this person may see.
    pub async fn undone_by(
        &self,
        operator: &Operator,
        edit: &LoggedEntry,
    ) -> Result<Option<String>, ServiceError> {
        let (Some(queue), Some(id)) = (edit.entry.queue_id(), edit.entry.job.value()) else {
            return Ok(None);
        };
        let since = self.since(operator, &queue, id, &edit.id).await?;
        let undoes = |one: &LoggedEntry| one.entry.undoes == edit.id;
        Ok(since.into_iter().find(undoes).map(|one| one.id))
    }

    /// What was done to a job after the entry `after`, newest first.
    pub(super) async fn since(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        after: &str,
    ) -> Result<Vec<LoggedEntry>, ServiceError> {
        let entries = self.store.audit_of_job_after(queue, id, after, LOOKED_AT);
        Ok(entries
            .await?
            .into_iter()
            .filter(|one| order(&one.id) > order(after))
            .filter(|one| one.entry.outcome == AuditOutcome::Applied)
            .filter_map(|one| seen_by(operator, one))
            .collect())
    }

    /// What was changed since the edit of the target.
    pub(super) async fn changed_since(
        &self,
        target: &UndoTarget,
        job: StoredJob,
    ) -> Result<ChangedSince, ServiceError> {
        // It knows a sealed and a plain digest, whichever the name of the job asked for.
        let redactor = self.redactor_for(&target.queue, None).await?;
        let is = move |revision: &Revision, digest: &str| is_digest(&redactor, revision, digest);
        let edits = target.since.iter();
        let edits = edits.filter(|one| one.entry.changed_data());
        let mut chain = Vec::new();
        let compared = target.compared();
        for one in edits.take(LATER_EDITS).chain([&compared]) {
            let limit = LARGEST_CHANGE;
            let whole = self.whole_text_before(one).await?.unwrap_or_default();
            chain.push((self.store.with_change(one.clone(), limit).await?, whole));
        }
        let size = job.data.len() * (1 + chain.len());
        let work = move || {
            let now = DataField::of(&job);
            let (left, before) = taken_back(chain, now.clone(), &is);
            let text = |data: &DataField| data.as_read().map(str::to_owned);
            let (now, left) = (text(&now), left.as_ref().and_then(text));
            let before = before.as_ref().and_then(text);
            let stored = String::from_utf8_lossy(&job.data).into_owned();
            let (old, new) = (left.as_deref(), now.as_deref());
            ChangedSince {
                diff: old
                    .map(|old| side_by_side(&pretty_or_raw(old), &pretty_or_raw(&stored), CONTEXT)),
                merged: merged(old, new, before.as_deref()),
                revision: job.revision(),
                name: job.name,
                state: job.state,
                now: stored,
            }
        };
        run_blocking(size, work).await
    }
}

/// Takes back one edit after the other, as far as each left what the next one began with. The last of the chain is the edit to be undone:
/// what it left and what was before it, if that was reached.
fn taken_back(
    chain: Vec<(LoggedEntry, Option<Vec<u8>>)>,
    now: DataField,
    is: &dyn Fn(&Revision, &str) -> bool,
) -> (Option<DataField>, Option<DataField>) {
    let last = chain.len() - 1;
    let mut data = now;
    for (index, (recorded, whole)) in chain.into_iter().enumerate() {
        let entry = &recorded.entry;
        if !was_left_by(entry, &data, is) {
            return (None, None);
        }
        let before = data_before(entry, whole, &data, is).ok();
        if index == last {
            return (Some(data), before);
        }
        match before {
            Some(before) => data = before,
            None => return (None, None),
        }
    }
    (None, None)
}

/// What is stored now with the edit taken out of it, if both changed different places.
fn merged(left: Option<&str>, now: Option<&str>, before: Option<&str>) -> Option<String> {
    let [left, now, before] = [left?, now?, before?].map(|text| Document::parse(text).ok());
    match merge(&left?, &now?, &before?) {
        Merge::Clean(text) => Some(text),
        Merge::Conflict(_) => None,
    }
}
