//! The form that sets a scheduler up: what it begins with, and what it would do. Nothing here writes.

use std::collections::HashMap;

use super::checks::Checked;
use super::request::{SchedulerPreview, SchedulerRequest};
use super::stored::StoredScheduler;
use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::redact::Redactor;
use crate::domain::edit::patch::{Change, Limit, Patch};
use crate::domain::json::{Document, MAX_EDIT_DEPTH, pretty_or_raw};
use crate::domain::policy::PolicyInForce;
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler::SchedulerId;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::domain::schedulers::setup::carried::{template_typed, timing_typed};
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::quick_fixes::QuickFix;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::BudgetShare;
use crate::service::schedulers::all::dialect_of;
use crate::service::schedulers::read::no_scheduler;

/// How many next runs are shown.
const NEXT_RUNS: usize = 5;

/// How many changes are shown.
const CHANGES: Limit = Limit {
    changes: 50,
    bytes: 20_000,
};

impl Services {
    /// Checks whether `operator` may set up schedulers in the queue, and that there is such a queue; a refusal is recorded.
    pub async fn check_may_set_scheduler(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Result<(), ServiceError> {
        self.check_may(operator, Action::SetScheduler, queue, None)
            .await?;
        self.know(queue).await
    }

    /// The form that changes a scheduler as it is stored, and the memory that it takes.
    pub async fn scheduler_form(
        &self,
        operator: &Operator,
        target: &SchedulerRef,
    ) -> Result<(SchedulerRequest, BudgetShare), ServiceError> {
        let SchedulerRef { queue, id } = target;
        self.check_may_set_scheduler(operator, queue).await?;
        let version = self.store.bull_version(queue).await?.unwrap_or_default();
        let stored = self
            .stored_scheduler(queue, dialect_of(&version), id)
            .await?;
        let stored = stored.ok_or_else(|| no_scheduler(queue, id))?;
        self.check_sees_template(operator, queue, &stored).await?;
        let mut typed = timing_typed(&stored.scheduler);
        let options = template_typed(stored.texts.options.as_deref(), queue);
        typed.extend(options.map_or_else(|_| HashMap::new(), |(typed, _)| typed));
        let data = stored.data().to_vec();
        let pretty = move || pretty_or_raw(&String::from_utf8_lossy(&data));
        let name = stored.texts.name.as_deref().unwrap_or_default();
        let request = SchedulerRequest {
            queue: queue.clone(),
            id: id.as_str().to_owned(),
            name: String::from_utf8_lossy(name).into_owned(),
            data: run_blocking(stored.data().len(), pretty).await?.into(),
            revision: Some(stored.revision),
            seen_job: String::new(),
            typed,
            reason: String::new(),
        };
        Ok((request, stored.room))
    }

    /// What a form would do that was typed so far.
    pub async fn preview_scheduler(
        &self,
        operator: &Operator,
        request: &SchedulerRequest,
    ) -> Result<SchedulerPreview, ServiceError> {
        self.check_may_set_scheduler(operator, &request.queue)
            .await?;
        let now = unix_millis();
        let mut checked = self.check_scheduler(operator, request, now).await?;
        if let Some(before) = &checked.before {
            self.check_sees_template(operator, &request.queue, before)
                .await?;
        }
        // A new one has no id yet that could be wrong; the words do not depend on it.
        let id = checked.id.clone().or_else(|| SchedulerId::new("new"));
        let Some(id) = id else {
            return Ok(SchedulerPreview::default());
        };
        let (at, dialect) = ((&request.queue, &id), checked.dialect);
        let before = checked.before.as_ref().map(|before| &before.scheduler);
        let timing = checked.timing.as_ref();
        let upcoming = timing.map(|timing| timing.upcoming(at, dialect, before, now, NEXT_RUNS));
        let words = timing.map(|timing| timing.words(at, dialect));
        let edited_job = match &checked.before {
            Some(before) => self.edited_next_job(&before.scheduler).await?,
            None => None,
        };
        let (edited_job, edited_job_digest) = edited_job.map(|job| (job.id, job.digest)).unzip();
        let mut faults = std::mem::take(&mut checked.faults);
        // It is asked for when the form is saved.
        faults.reason = String::new();
        let kept = std::mem::take(&mut checked.kept);
        let revision = checked
            .before
            .as_ref()
            .map(|before| before.revision.clone());
        let size = request.data.len() + checked.before.as_ref().map_or(0, StoredScheduler::size);
        Ok(SchedulerPreview {
            faults,
            words,
            upcoming,
            revision: revision.unwrap_or_default(),
            edited_job,
            edited_job_digest: edited_job_digest.unwrap_or_default(),
            kept,
            changes: run_blocking(size, move || changes(&checked)).await?,
        })
    }

    /// The fix that a person chose for the data of the jobs, and the data with it. `None` if it is not offered any more.
    pub async fn fix_scheduler_data(
        &self,
        operator: &Operator,
        request: &SchedulerRequest,
        fix: &str,
    ) -> Result<Option<(QuickFix, String)>, ServiceError> {
        let (queue, name) = (&request.queue, &request.name);
        self.check_may_set_scheduler(operator, queue).await?;
        self.fixed(queue, name, &request.data, fix).await
    }

    /// The policy in force for the scheduler's jobs.
    pub async fn scheduler_policy(&self, request: &SchedulerRequest) -> PolicyInForce {
        self.policy_for(&request.queue, &request.name).await
    }

    /// The schema in force for the scheduler's jobs.
    pub async fn scheduler_schema(&self, request: &SchedulerRequest) -> InForce {
        self.schema_for(&request.queue, &request.name).await
    }
}

/// What would change, as far as that can be shown.
fn changes(checked: &Checked) -> Vec<Change> {
    let (Some(before), Some(setup), Some(data)) = (&checked.before, &checked.setup, &checked.data)
    else {
        return Vec::new();
    };
    let (before, after) = (before.texts.document(), setup.texts(data).document());
    let documents = (Document::parse(&before), Document::parse(&after));
    let (Ok(before), Ok(after)) = documents else {
        return Vec::new();
    };
    if before.depth() > MAX_EDIT_DEPTH || after.depth() > MAX_EDIT_DEPTH {
        return Vec::new();
    }
    let nothing_hidden = Redactor::new(&[], b"");
    let patch = Patch::between(&before, &after, &nothing_hidden, CHANGES);
    patch.unwrap_or_else(|first| first).changes()
}
