//! A scheduler that someone wants to create or change, and what came of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::edit::patch::Change;
use crate::domain::job::JobId;
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::domain::schedulers::upcoming::{ScheduleWords, Upcoming};
use crate::service::jobs::add::request::AddFaults;

/// A scheduler that someone wants to create or change, as it was typed.
#[derive(Debug, Clone)]
pub struct SchedulerRequest {
    /// Its queue.
    pub queue: QueueId,
    /// Its id.
    pub id: String,
    /// The revision that the form was made from; `None` to create a scheduler.
    pub revision: Option<String>,
    /// The digest of the next job's data that the form told was edited; empty if it told nothing of that.
    pub seen_job: String,
    /// The name of its jobs.
    pub name: String,
    /// Their data.
    pub data: Arc<str>,
    /// When they are due and their options, by the names of the fields.
    pub typed: HashMap<String, String>,
    /// Why.
    pub reason: String,
}

impl SchedulerRequest {
    /// Whether it changes a scheduler that there is.
    pub fn is_change(&self) -> bool {
        self.revision.is_some()
    }
}

/// What came of creating or changing a scheduler.
#[derive(Debug)]
pub enum SetOutcome {
    /// It was done.
    Done(SchedulerRef),
    /// Something that was typed is wrong; nothing was changed.
    Invalid(AddFaults),
    /// The queue does not take it as it is now; nothing was changed. The field that says why, and why.
    Conflict(ParameterFault),
    /// Someone else changed it since the form was made, or the data of its next job; nothing was changed.
    Stale,
    /// Redis did not answer in time; it is not known whether it was done.
    Unknown,
}

/// What a form that was typed would do.
#[derive(Debug, Default)]
pub struct SchedulerPreview {
    /// What is wrong with it.
    pub faults: AddFaults,
    /// When its jobs are due, in words; nothing where that is wrong.
    pub words: Option<ScheduleWords>,
    /// Its next runs.
    pub upcoming: Option<Upcoming>,
    /// What it would change of what is stored now; nothing for a new scheduler.
    pub changes: Vec<Change>,
    /// The revision of what is stored now.
    pub revision: String,
    /// The next job, where its own data was changed: it is replaced.
    pub edited_job: Option<JobId>,
    /// The digest of that data; empty for none.
    pub edited_job_digest: String,
    /// The options that no field has, which stay as they are.
    pub kept: Vec<String>,
}
