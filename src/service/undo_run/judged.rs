//! What becomes of the jobs of a run that is undone: a batch of its entries, the jobs as they are now, and for each the data from
//! before or why it stays. The dry run and the run judge here.

use std::collections::HashMap;

use super::cursor::{SCAN, UndoCursor};
use crate::domain::access::Operator;
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::field::EntryFields;
use crate::domain::edit::data_policy::{Change, DataPolicy, DataRefusal};
use crate::domain::edit::undo::{DataField, NotRestorable, data_before, was_before, was_left_by};
use crate::domain::job::field::{FieldValue, JobField};
use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::json::Document;
use crate::domain::policy::PolicyInForce;
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::domain::undo_run::{UndoRunSpec, UndoSkip};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::undo::target::{LARGEST_CHANGE, is_digest};
use crate::store::bullmq::jobs::walk::{WalkFields, WalkedJob};

/// How many jobs are read and changed with one round trip to Redis, each by a short script of its own.
pub(crate) const BATCH: usize = 100;

/// An edit of the run whose job can go back.
#[derive(Debug)]
pub(crate) struct ReadyJob {
    /// The stream id of the edit's entry.
    pub(crate) entry: String,
    pub(crate) id: JobId,
    /// The job's name.
    pub(crate) name: String,
    pub(crate) state: JobState,
    /// The state in which the run edited it.
    pub(crate) edited_in: Option<JobState>,
    pub(crate) schema: InForce,
    pub(crate) policy: PolicyInForce,
    pub(crate) now: Vec<u8>,
    pub(crate) before: String,
}

/// What becomes of one job.
#[derive(Debug)]
pub(crate) enum JudgedUndo {
    Ready(ReadyJob),
    Stays(JobId, UndoSkip),
}

/// The next edits of a run.
pub(crate) struct RunEdits {
    /// The edits; fewer than were looked at, and maybe none.
    pub(crate) edits: Vec<LoggedEntry>,
    /// Whether the log has no more of them.
    pub(crate) end: bool,
}

impl Services {
    /// The next edits of a run, newest first. Looks at a bounded part of the log and moves the cursor behind it.
    pub(crate) async fn edits_of_run(
        &self,
        spec: &UndoRunSpec,
        cursor: &mut UndoCursor,
    ) -> Result<RunEdits, ServiceError> {
        let is_edit = |entry: &dyn EntryFields| {
            entry.field("run") == spec.run
                && entry.field("action") == AuditAction::EditData.name()
                && entry.field("outcome") == AuditOutcome::Applied.name()
        };
        let (from, until) = cursor.range(spec);
        let scan = self.store.audit_before(&from, &until, SCAN, &is_edit);
        let scan = scan.await?;
        cursor.pass(scan.last);
        Ok(RunEdits {
            edits: scan.kept,
            end: scan.entries == 0,
        })
    }

    /// Judges at most [`BATCH`] edits of jobs of a queue, for `operator`, with the reason that was given if there is one yet.
    pub(crate) async fn judge_undo(
        &self,
        operator: &Operator,
        (queue, reason): (&QueueId, Option<&str>),
        edits: Vec<LoggedEntry>,
    ) -> Result<Vec<JudgedUndo>, ServiceError> {
        let limit = self.rules.max_data_bytes;
        let mut jobs = self.jobs_of(queue, &edits).await?;
        let mut policies: HashMap<String, DataPolicy> = HashMap::new();
        let (mut judged, mut work, mut size) = (Vec::new(), Vec::new(), 0);
        for edit in edits {
            let Some(id) = edit.entry.job.value().cloned() else {
                continue;
            };
            let Some(job) = jobs.remove(id.as_str()) else {
                judged.push(JudgedUndo::Stays(id, UndoSkip::Gone));
                continue;
            };
            if job.data_size() > limit {
                judged.push(JudgedUndo::Stays(id, UndoSkip::TooLarge));
                continue;
            }
            let name = job.name().into_owned();
            let policy = match policies.get(&name) {
                Some(policy) => policy.clone(),
                None => {
                    let policy = self.data_policy(operator, queue, &name).await;
                    policies.insert(name, policy.clone());
                    policy
                }
            };
            let policies: Vec<&PolicyInForce> = policy.repair.iter().collect();
            if reason.is_some_and(|why| self.rules.reason_under(&policies, why).is_err()) {
                judged.push(JudgedUndo::Stays(id, UndoSkip::Reason));
                continue;
            }
            let edit = self.store.with_change(edit, LARGEST_CHANGE).await?;
            let Ok(whole) = self.whole_text_before(&edit).await? else {
                judged.push(JudgedUndo::Stays(id, UndoSkip::TooLarge));
                continue;
            };
            size += 4 * job.data().len() + whole.as_ref().map_or(0, Vec::len);
            work.push((edit, whole, job, policy));
        }
        // It knows a sealed and a plain digest, whichever the name of the job asked for.
        let redactor = self.redactor_for(queue, None).await?;
        let rest = run_blocking(size, move || {
            let is = |revision: &Revision, digest: &str| is_digest(&redactor, revision, digest);
            let each = work.into_iter();
            let each = each.map(|(edit, whole, job, policy)| one(edit, whole, job, &policy, &is));
            each.collect::<Vec<_>>()
        });
        judged.extend(rest.await?);
        Ok(judged)
    }

    /// The jobs of these entries that are in the queue, by id.
    async fn jobs_of(
        &self,
        queue: &QueueId,
        edits: &[LoggedEntry],
    ) -> Result<HashMap<String, WalkedJob>, ServiceError> {
        let ids = edits.iter().filter_map(|edit| edit.entry.job.value());
        let ids: Vec<String> = ids.map(|id| id.as_str().to_owned()).collect();
        let fields = WalkFields::name().with(JobField::Data, self.rules.max_data_bytes);
        let (mut found, mut read) = (HashMap::new(), 0);
        // Fewer are read at once where their data is large.
        while read < ids.len() {
            let store = &self.store;
            let some = store.selected_jobs(queue, &JobState::KEPT, &ids[read..], fields);
            let some = some.await?;
            read += some.read.max(1);
            let jobs = some.jobs.into_iter();
            found.extend(jobs.map(|job| (job.id.as_str().to_owned(), job)));
        }
        Ok(found)
    }
}

fn one(
    edit: LoggedEntry,
    whole: Option<Vec<u8>>,
    job: WalkedJob,
    policy: &DataPolicy,
    is: &dyn Fn(&Revision, &str) -> bool,
) -> JudgedUndo {
    let id = job.id.clone();
    match ready(edit, whole, job, policy, is) {
        Ok(ready) => JudgedUndo::Ready(ready),
        Err(why) => JudgedUndo::Stays(id, why),
    }
}

fn ready(
    edit: LoggedEntry,
    whole: Option<Vec<u8>>,
    mut job: WalkedJob,
    policy: &DataPolicy,
    is: &dyn Fn(&Revision, &str) -> bool,
) -> Result<ReadyJob, UndoSkip> {
    let entry = &edit.entry;
    // The script of a run compares and writes the field, and leaves a missing one alone.
    if matches!(job.get(JobField::Data), FieldValue::Absent) {
        return Err(UndoSkip::NoField);
    }
    let now = DataField::Bytes(job.take_data().unwrap_or_default());
    if was_before(entry, &now, is) {
        return Err(UndoSkip::Undone);
    }
    if !was_left_by(entry, &now, is) {
        return Err(UndoSkip::Changed);
    }
    let before = match data_before(entry, whole, &now, is) {
        Ok(DataField::Bytes(before)) => before,
        Ok(DataField::Absent) => return Err(UndoSkip::NoField),
        Err(NotRestorable::Hidden) => return Err(UndoSkip::Hidden),
        Err(NotRestorable::Gone | NotRestorable::Inexact) => return Err(UndoSkip::NotKept),
    };
    let before = String::from_utf8(before).map_err(|_| UndoSkip::NotJson)?;
    Document::parse(&before).map_err(|_| UndoSkip::NotJson)?;
    policy
        .check_change(Change {
            before: Some(now.bytes()),
            after: &before,
            typed: &before,
            state: Some(job.state),
        })
        .map_err(|refusal| match refusal {
            DataRefusal::TooLarge { .. } => UndoSkip::TooLarge,
            _ => UndoSkip::NotAllowed,
        })?;
    Ok(ReadyJob {
        edited_in: entry.state.value().copied(),
        entry: edit.id,
        state: job.state,
        name: job.name().into_owned(),
        id: job.id,
        schema: policy.schema.clone(),
        policy: policy
            .repair
            .first()
            .cloned()
            .unwrap_or(PolicyInForce::Nothing),
        now: now.bytes().to_vec(),
        before,
    })
}
