//! What the audit log keeps of a scheduler that is set up, and of one that is not.

use super::super::edited_next_job::EditedNextJob;
use super::request::SchedulerRequest;
use super::stored::StoredScheduler;
use crate::domain::access::Permit;
use crate::domain::access::permission::SetScheduler;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::Entry;
use crate::domain::audit::reason::{LONGEST_REASON, Reason};
use crate::domain::audit::redact::Redactor;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::patch::Patch;
use crate::domain::job::Revision;
use crate::domain::json::{Document, MAX_EDIT_DEPTH};
use crate::domain::policy::PolicyInForce;
use crate::domain::schedulers::scheduler::SchedulerId;
use crate::domain::schedulers::setup::SchedulerSetup;
use crate::service::Services;
use crate::service::audit::hidden::DATA_OF_SCHEDULER;
use crate::service::edit::recorded_change::{NotKept, RecordedChange, keep};
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

/// A scheduler that passed the checks.
pub(super) struct Ready {
    pub(super) id: SchedulerId,
    pub(super) setup: SchedulerSetup,
    pub(super) data: Vec<u8>,
    pub(super) schema: Option<(String, String)>,
    pub(super) policies: Vec<PolicyInForce>,
    pub(super) before: Option<StoredScheduler>,
    pub(super) edited_job: Option<EditedNextJob>,
}

/// What can't be kept in the entry: the setup itself, or the data of the next job.
enum CannotKeep {
    Setup(String),
    Job(NotKept),
}

impl Services {
    /// The entry of a scheduler that passed the checks: what it was and what it becomes, with the values hidden that the
    /// settings name. The script adds its next job.
    pub(super) async fn entry_of_scheduler(
        &self,
        permit: &Permit<SetScheduler>,
        request: &SchedulerRequest,
        ready: Ready,
    ) -> Result<(Ready, UnrecordedEntry<SetScheduler>), ServiceError> {
        let redactor = self.redactor_for(&request.queue, None).await?;
        let redactor = redactor.under(&DATA_OF_SCHEDULER);
        let reason = request.reason.clone();
        let id = request.id.clone();
        let before_size = ready.before.as_ref().map_or(0, StoredScheduler::size);
        let job_size = ready.edited_job.as_ref().map_or(0, |job| job.data.len());
        let work = move || {
            let before = ready.before.as_ref().map(|before| before.texts.document());
            let before = match (before, &ready.edited_job) {
                (Some(before), Some(job)) => match with_next_job(&before, job, &redactor) {
                    Ok(both) => Some(both),
                    Err(not_kept) => return Err(CannotKeep::Job(not_kept)),
                },
                (before, _) => before,
            };
            let after = ready.setup.texts(&ready.data).document();
            let kept = match &before {
                Some(before) => keep(before.as_bytes(), &after, &reason, &redactor),
                None => Document::parse(&after)
                    .map_err(|fault| fault.message)
                    .map(|document| {
                        let redactor = redactor.knowing([&document]);
                        let added = Patch::replacing_all(redactor.apply(&document.value_at(0)));
                        let patch = RecordedChange::Patch(added.to_json(), String::new());
                        (patch, redactor.apply_text(reason.trim()))
                    }),
            };
            let seal = |text: &String| redactor.seal(Revision::of(text.as_bytes()).as_str());
            let digests = (before.as_ref().map(seal), seal(&after));
            let (kept, reason) = kept.map_err(CannotKeep::Setup)?;
            Ok((ready, kept, reason, digests))
        };
        let size = request.data.len() + before_size + job_size;
        let (ready, kept, reason, (before, after)) = match run_blocking(size, work).await? {
            Ok(kept) => kept,
            Err(cannot) => {
                let (why, stop) = match cannot {
                    CannotKeep::Setup(why) => (why.clone(), ServiceError::Bad(why)),
                    CannotKeep::Job(why) => (
                        format!("the next job's data can't be kept: {why}"),
                        ServiceError::Unkept(why),
                    ),
                };
                self.not_set(permit, request, AuditOutcome::Invalid, &why)
                    .await;
                return Err(stop);
            }
        };
        let act = match request.is_change() {
            true => Act::EDIT_SCHEDULER,
            false => Act::CREATE_SCHEDULER,
        };
        let mut entry = UnrecordedEntry::new(permit, act, AuditOutcome::Applied)
            .noting(format!("the scheduler {id:?}"))
            .data_after(after)
            .reason(&reason);
        if let Some(before) = before {
            entry = entry.data_before(before);
        }
        if let Some((name, hash)) = &ready.schema {
            entry = entry.under_schema(name, hash);
        }
        if let Some(policy) = ready.policies.first() {
            entry = entry.under_policy(policy);
        }
        Ok((ready, kept.put_in(entry)))
    }

    /// Records that a scheduler was not set up. The entry holds nothing of what was typed but the id and the reason.
    pub(super) async fn not_set(
        &self,
        permit: &Permit<SetScheduler>,
        request: &SchedulerRequest,
        outcome: AuditOutcome,
        why: &str,
    ) {
        let reason = Reason::as_far_as_kept(&request.reason);
        let data = || vec![request.data.as_bytes().to_vec()];
        let reason = self
            .kept_reason_or_none(&request.queue, &reason, data)
            .await;
        let act = match request.is_change() {
            true => Act::EDIT_SCHEDULER,
            false => Act::CREATE_SCHEDULER,
        };
        let id: String = request.id.chars().take(LONGEST_REASON).collect();
        let entry = Entry::of(permit, act.action(), outcome)
            .noting(format!("the scheduler {id:?}"))
            .reason(&reason)
            .because(why);
        self.note(&entry).await;
    }
}

/// The scheduler's document with the data of its next job, which goes.
fn with_next_job(
    before: &str,
    job: &EditedNextJob,
    redactor: &Redactor,
) -> Result<String, NotKept> {
    let Ok(text) = std::str::from_utf8(&job.data) else {
        return Err(NotKept::Binary);
    };
    let data = match Document::parse(text) {
        Ok(document) => document.compact(),
        Err(_) if redactor.is_empty() => serde_json::Value::from(text).to_string(),
        Err(_) => return Err(NotKept::NotRedactable),
    };
    let both = match before == "{}" {
        true => format!("{{\"nextJobData\":{data}}}"),
        false => format!("{},\"nextJobData\":{data}}}", &before[..before.len() - 1]),
    };
    let is_comparable =
        Document::parse(&both).is_ok_and(|document| document.depth() <= MAX_EDIT_DEPTH);
    match is_comparable || redactor.is_empty() {
        true => Ok(both),
        false => Err(NotKept::NotRedactable),
    }
}
