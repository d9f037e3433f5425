//! BullMQ's `updateData`, compared and audited: the only way in which the data of a job is changed in place.
//!
//! BullMQ's own (5.81, 6.7) is EXISTS and HSET: in any state, whoever holds the lock, and the last write wins. This script
//! compares the stored bytes with those that the edit was made from, checks the lock and the active list, and writes the
//! audit entry and then the data, in one step. So is what a second person approves: its script checks the proposal as well.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use crate::domain::access::permission::{ApproveRepair, ChangesData, EditData};
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::edit::broken_glass::SHOWN_FOR;
use crate::domain::edit::limit::EditLimit;
use crate::domain::job::job_ref::JobRef;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::error::StoreError;
use crate::store::records::millis::millis;
use crate::store::records::proposals::alarm::alarm;
use crate::store::records::proposals::approval::{Approval, Unmet};

/// An edit under a limit, or under none.
const EDIT: &str = concat!(
    include_str!("scripts/parts/edit_limit.lua"),
    include_str!("scripts/update_data.lua")
);

/// What a proposal stores, once it is approved.
const APPROVE: &str = concat!(
    include_str!("scripts/parts/decide.lua"),
    include_str!("scripts/parts/approval.lua"),
    include_str!("scripts/update_data.lua")
);

/// An edit that is saved without the second person that it takes.
const ALONE: &str = concat!(
    include_str!("scripts/parts/alarm.lua"),
    include_str!("scripts/update_data.lua")
);

static ALONE_SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(ALONE));
static EDIT_SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(EDIT));
static APPROVE_SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(APPROVE));

/// An edit, ready to be written.
#[derive(Debug)]
pub struct DataUpdate<'a> {
    /// The bytes that the edit was made from; `None` if the job had no field for data.
    pub before: Option<&'a Vec<u8>>,
    /// The bytes to store; `None` where the job is to have no field for data, as it had before an edit that is undone.
    pub after: Option<&'a [u8]>,
}

/// The outcome of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// Written, with the audit entry of this stream id.
    Saved(String),
    /// There is no such job.
    Gone,
    /// A worker holds its lock.
    Locked,
    /// A worker is processing it.
    Active,
    /// The stored bytes differ from those that the edit was made from.
    Stale,
    /// The person made as many edits as the limit allows; one more is allowed after this time.
    Limited(Duration),
    /// Something that the proposal takes is not as it was; nothing was changed.
    Unmet(Unmet),
}

/// What is asked and written beside an edit, in the same step.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Beside<'a> {
    /// Nothing.
    Nothing,
    /// The person has to stay within this limit, and the edit is counted.
    Limit(&'a EditLimit),
    /// The edit is saved without the second person that it takes: an alarm tells the admins.
    Alarm,
}

/// The keys and arguments of what else has to be met.
struct Conditions<'a> {
    code: &'static str,
    script: &'a Script,
    keys: Vec<String>,
    arguments: Vec<Cow<'a, str>>,
}

impl Store {
    /// Writes an edit of the job of the entry's permit together with the entry, or neither.
    pub async fn update_data(
        &self,
        entry: &UnrecordedEntry<EditData>,
        update: DataUpdate<'_>,
    ) -> Result<Updated, StoreError> {
        self.update_data_beside(entry, update, Beside::Nothing)
            .await
    }

    /// The same, with what is asked and written beside it in the same step.
    pub(crate) async fn update_data_beside<A: ChangesData>(
        &self,
        entry: &UnrecordedEntry<A>,
        update: DataUpdate<'_>,
        beside: Beside<'_>,
    ) -> Result<Updated, StoreError> {
        let by = entry.permit().by().name();
        let JobRef { queue, id: job } = entry.permit().target();
        let (code, script): (_, &Script) = match beside {
            Beside::Alarm => (ALONE, &ALONE_SCRIPT),
            Beside::Nothing | Beside::Limit(_) => (EDIT, &EDIT_SCRIPT),
        };
        let (keys, arguments) = match beside {
            Beside::Nothing => (Vec::new(), Vec::new()),
            Beside::Limit(limit) => (
                vec![self.own.edit_times(by, &limit.policy)],
                vec![
                    limit.edits.to_string().into(),
                    millis(limit.per).to_string().into(),
                    entry.as_entry().event.as_str().into(),
                ],
            ),
            Beside::Alarm => (
                vec![self.own.broken_glass()],
                vec![
                    alarm(by, queue, job.as_str(), "")?.into(),
                    millis(SHOWN_FOR).to_string().into(),
                ],
            ),
        };
        let conditions = Conditions {
            code,
            script,
            keys,
            arguments,
        };
        self.update_under(entry, update, conditions).await
    }

    /// Stores what a proposal holds and closes it as approved, together with the entry; or nothing, unless it is pending, and
    /// requester, approver and session are as they were checked.
    pub(crate) async fn apply_proposal(
        &self,
        entry: &UnrecordedEntry<ApproveRepair>,
        update: DataUpdate<'_>,
        approval: &Approval<'_>,
    ) -> Result<Updated, StoreError> {
        let conditions = Conditions {
            code: APPROVE,
            script: &APPROVE_SCRIPT,
            keys: self.approval_keys(approval).into(),
            arguments: approval.conditions().map(Cow::from).into(),
        };
        self.update_under(entry, update, conditions).await
    }

    async fn update_under<A: ChangesData>(
        &self,
        entry: &UnrecordedEntry<A>,
        update: DataUpdate<'_>,
        conditions: Conditions<'_>,
    ) -> Result<Updated, StoreError> {
        let JobRef { queue, id: job } = entry.permit().target();
        let whole = entry.as_entry();
        let mut command = redis::cmd("EVALSHA");
        command
            .arg(conditions.script.get_hash())
            .arg(6 + conditions.keys.len())
            .arg(keys::of_job(queue, job))
            .arg(keys::beside_job(queue, job, "lock"))
            .arg(keys::of_queue(queue, "active"))
            .arg(self.own.audit())
            .arg(self.own.audit_of(queue, job))
            .arg(self.own.audit_change(&whole.event))
            .arg(&conditions.keys)
            .arg(job.as_str())
            .arg(update.before.map_or(&[][..], Vec::as_slice))
            .arg(u8::from(update.before.is_none()))
            .arg(update.after.unwrap_or_default())
            .arg(u8::from(update.after.is_none()))
            .arg(self.audit_list_kept())
            .arg(conditions.arguments.len());
        for argument in &conditions.arguments {
            command.arg(argument.as_bytes());
        }
        let (entry, apart) = whole.split();
        command.arg(apart.len() * 2);
        for (name, value) in &apart {
            command.arg(*name).arg(value.as_slice());
        }
        drop(apart);
        for (name, value) in entry.fields() {
            command.arg(name).arg(value);
        }
        let answer: Vec<String> = match self.redis.evaluate(conditions.code, &command).await {
            Ok(answer) => answer,
            // The answer was lost. The edit's own entry says whether it was written.
            Err(StoreError::Away(cause)) => {
                let recorded = self.recorded_of_job(queue, job, whole).await;
                return recorded.map(Updated::Saved).ok_or(StoreError::Away(cause));
            }
            Err(error) => return Err(error),
        };
        outcome(&answer)
            .ok_or_else(|| StoreError::Unexpected(format!("update_data answered {answer:?}")))
    }
}

fn outcome(answer: &[String]) -> Option<Updated> {
    let told = answer.get(1);
    Some(match answer.first()?.as_str() {
        "saved" => Updated::Saved(told?.clone()),
        "gone" => Updated::Gone,
        "locked" => Updated::Locked,
        "active" => Updated::Active,
        "stale" => Updated::Stale,
        "limited" => Updated::Limited(Duration::from_millis(told?.parse().ok()?)),
        _ => Updated::Unmet(Unmet::of(answer)?),
    })
}
