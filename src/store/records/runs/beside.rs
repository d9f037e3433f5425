//! What is asked and written beside the beginning of a run, in the same step: what its proposal takes, or the alarm of a run that
//! takes a second person and begins without one.

use std::sync::LazyLock;

use redis::Script;

use super::held::unexpected;
use crate::domain::access::permission::{ApproveRun, BreakGlassRun, Permission};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::edit::broken_glass::SHOWN_FOR;
use crate::domain::queue::QueueId;
use crate::domain::run::{Run, RunApproval};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::records::millis::millis;
use crate::store::records::proposals::alarm::alarm;
use crate::store::records::proposals::approval::Approval;

static BEGIN: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        "local function unmet() end\nlocal function settle() end\n",
        include_str!("begin.lua")
    ))
});
static BEGIN_APPROVED: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../../bullmq/operations/scripts/parts/decide.lua"),
        include_str!("../../bullmq/operations/scripts/parts/approval.lua"),
        include_str!("begin.lua")
    ))
});
static BEGIN_ALONE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../../bullmq/operations/scripts/parts/alarm.lua"),
        include_str!("begin.lua")
    ))
});

/// What is asked and written beside the beginning of a run.
#[derive(Debug)]
pub(crate) enum RunBeside<'a> {
    /// Nothing.
    Nothing,
    /// The run was proposed: its proposal is closed as approved.
    Approved {
        /// The entry of the approval.
        entry: &'a UnrecordedEntry<ApproveRun>,
        /// The people, as they were checked.
        approval: &'a Approval<'a>,
    },
    /// The run begins without the second person that it takes: an alarm tells the admins.
    Alone(&'a UnrecordedEntry<BreakGlassRun>),
}

/// The keys and arguments of that, for the script.
pub(super) struct Conditions<'a> {
    pub(super) script: &'a Script,
    pub(super) keys: Vec<String>,
    /// What the proposal has to keep.
    pub(super) bytes: String,
    pub(super) arguments: Vec<String>,
    /// The entry that is written before the run's own.
    pub(super) entry: Option<&'a Entry>,
}

impl RunBeside<'_> {
    /// Refuses an entry about another queue, and a run that says other than this of who agreed to it.
    pub(super) fn check(&self, run: &Run) -> Result<(), StoreError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Approved { entry, approval } => {
                check_queue(entry, run)?;
                check_approval(run, &RunApproval::By(approval.approver.name.clone()))
            }
            Self::Alone(entry) => {
                check_queue(entry, run)?;
                let name = entry.permit().by().name().to_owned();
                check_approval(run, &RunApproval::Alone(name))
            }
        }
    }
}

fn check_queue<A: Permission<Target = QueueId>>(
    entry: &UnrecordedEntry<A>,
    run: &Run,
) -> Result<(), StoreError> {
    match *entry.permit().target() == run.source {
        true => Ok(()),
        false => Err(unexpected(
            "the entry beside a run",
            entry.permit().target(),
        )),
    }
}

fn check_approval(run: &Run, told: &RunApproval) -> Result<(), StoreError> {
    match run.approval == *told {
        true => Ok(()),
        false => Err(unexpected("who agreed to a run", &run.approval)),
    }
}

impl Store {
    /// What the script that begins `run` is told.
    pub(super) fn conditions_of<'a>(
        &self,
        beside: &RunBeside<'a>,
        run: &Run,
    ) -> Result<Conditions<'a>, StoreError> {
        Ok(match beside {
            RunBeside::Nothing => Conditions {
                script: &BEGIN,
                keys: Vec::new(),
                bytes: String::new(),
                arguments: Vec::new(),
                entry: None,
            },
            RunBeside::Approved { entry, approval } => Conditions {
                script: &BEGIN_APPROVED,
                keys: self.approval_keys(approval).into(),
                bytes: run.spec.clone(),
                arguments: approval.conditions().into(),
                entry: Some(entry.as_entry()),
            },
            RunBeside::Alone(entry) => {
                let by = entry.permit().by().name();
                Conditions {
                    script: &BEGIN_ALONE,
                    keys: vec![self.own.broken_glass()],
                    bytes: String::new(),
                    arguments: vec![
                        alarm(by, &run.source, "", run.id.as_str())?,
                        millis(SHOWN_FOR).to_string(),
                    ],
                    entry: Some(entry.as_entry()),
                }
            }
        })
    }
}
