//! The checks of a scheduler before it is set up: its id, when it runs, its jobs' name, data and options, and the reason, all at
//! once.

use super::request::SchedulerRequest;
use super::stored::StoredScheduler;
use crate::domain::access::Operator;
use crate::domain::edit::data_policy::{DataPolicy, DataRefusal};
use crate::domain::edit::{Draft, draft};
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::policy::PolicyInForce;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::scheduler::SchedulerId;
use crate::domain::schedulers::setup::carried::template_typed;
use crate::domain::schedulers::setup::fields::ID;
use crate::domain::schedulers::setup::timing::Timing;
use crate::domain::schedulers::setup::{SchedulerSetup, scheduler_id, template_options};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::add::checks::{check_data, check_masks, name_faults};
use crate::service::jobs::add::request::AddFaults;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::schedulers::all::dialect_of;

/// What was typed, as far as it is right.
#[derive(Debug)]
pub(super) struct Checked {
    /// Its id.
    pub id: Option<SchedulerId>,
    /// The cron-parser of the queue's BullMQ.
    pub dialect: Dialect,
    /// What is stored now, where a scheduler is changed.
    pub before: Option<StoredScheduler>,
    /// When it runs.
    pub timing: Option<Timing>,
    /// All of it but the data.
    pub setup: Option<SchedulerSetup>,
    /// The data of its jobs, as it is stored.
    pub data: Option<Vec<u8>>,
    /// The file and hash of the schema that the data was checked against.
    pub schema: Option<(String, String)>,
    /// The repair policies that the data was checked against.
    pub policies: Vec<PolicyInForce>,
    /// The options that no field has.
    pub kept: Vec<String>,
    /// What is wrong.
    pub faults: AddFaults,
}

impl Services {
    /// Checks what was typed, at `now`.
    pub(super) async fn check_scheduler(
        &self,
        operator: &Operator,
        request: &SchedulerRequest,
        now: u64,
    ) -> Result<Checked, ServiceError> {
        let queue = &request.queue;
        let version = self.store.bull_version(queue).await?;
        let version =
            version.ok_or_else(|| ServiceError::NotFound(format!("queue {:?}", queue.name())))?;
        let dialect = dialect_of(&version);
        let mut faults = AddFaults {
            fields: name_faults(&request.name),
            ..AddFaults::default()
        };
        if version.is_before_5() {
            faults.fields.push(of_id(NOT_IN_4));
        }
        let (id, before) = match request.is_change() {
            true => self.scheduler_to_change(request, dialect).await?,
            false => match scheduler_id(&request.id) {
                Ok(id) => (Some(id), None),
                Err(wrong) => {
                    faults.fields.push(of_id(&wrong));
                    (None, None)
                }
            },
        };
        if before.as_ref().is_some_and(|one| one.scheduler.is_legacy()) {
            faults.fields.push(of_id(LEGACY));
        }
        let timing = Timing::parse(&request.typed, dialect, now);
        let timing = timing.map_err(|wrong| faults.fields.extend(wrong)).ok();
        let stored = before.as_ref().and_then(|one| one.texts.options.as_deref());
        let kept = template_typed(stored, queue).map(|(_, kept)| kept);
        let kept = kept.unwrap_or_else(|wrong| {
            faults.fields.push(of_id(wrong));
            Vec::new()
        });
        let options = template_options(&request.typed, &kept, queue, now);
        let options = options.map_err(|wrong| faults.fields.extend(wrong)).ok();
        let policy = self
            .template_policy(operator, request, before.as_ref())
            .await;
        let policies = policy.repair.clone();
        let in_force: Vec<&PolicyInForce> = policies.iter().collect();
        if let Err(bad) = self.rules.reason_under(&in_force, &request.reason) {
            faults.reason = bad.to_string();
        }
        let checked = self
            .scheduler_data(operator, request, before.as_ref(), policy)
            .await?;
        let (data, schema) = match checked {
            Ok((data, schema)) => (Some(data), schema),
            Err(refusal) => {
                faults.data = Some(refusal);
                (None, None)
            }
        };
        let setup = timing.clone().zip(options);
        Ok(Checked {
            id,
            dialect,
            before,
            setup: setup.map(|(timing, options)| SchedulerSetup {
                name: request.name.clone(),
                timing,
                options,
            }),
            timing,
            data,
            schema,
            policies,
            kept: kept.into_iter().map(|(name, _)| name).collect(),
            faults,
        })
    }

    async fn scheduler_to_change(
        &self,
        request: &SchedulerRequest,
        dialect: Dialect,
    ) -> Result<(Option<SchedulerId>, Option<StoredScheduler>), ServiceError> {
        let gone = || {
            ServiceError::NotFound(format!(
                "scheduler {:?} in {:?}",
                request.id,
                request.queue.name()
            ))
        };
        let id = SchedulerId::new(request.id.as_str()).ok_or_else(gone)?;
        let before = self.stored_scheduler(&request.queue, dialect, &id).await?;
        Ok((Some(id), Some(before.ok_or_else(gone)?)))
    }

    /// The rules for the data of the jobs, also those for the name that they had before.
    async fn template_policy(
        &self,
        operator: &Operator,
        request: &SchedulerRequest,
        before: Option<&StoredScheduler>,
    ) -> DataPolicy {
        let (queue, name) = (&request.queue, &request.name);
        let mut policy = self.data_policy(operator, queue, name).await;
        let named = before.and_then(|before| before.texts.name.as_deref());
        let named = named.map(String::from_utf8_lossy);
        if let Some(before) = named.filter(|before| before != name) {
            policy.repair.push(self.policy_for(queue, &before).await);
        }
        policy
    }

    /// The data as it is stored; that which is stored stays byte by byte where nothing was typed.
    async fn scheduler_data(
        &self,
        operator: &Operator,
        request: &SchedulerRequest,
        before: Option<&StoredScheduler>,
        policy: DataPolicy,
    ) -> Result<Result<Data, DataRefusal>, ServiceError> {
        let hiding = self.hiding(operator, &request.queue, &request.name).await;
        let typed = request.data.clone();
        let stored = before.map(|before| before.data().to_vec());
        let size = typed.len() + stored.as_ref().map_or(0, Vec::len);
        run_blocking(size, move || {
            check_masks(&hiding, &typed)?;
            let Some(stored) = stored else {
                let (data, schema) = check_data(None, &typed, &policy)?;
                return Ok((data.into_bytes(), schema));
            };
            if matches!(draft(&stored, &typed), Draft::Unchanged) {
                let text = String::from_utf8_lossy(&stored);
                let schema = policy.check_unchanged(&text)?;
                let schema = schema.map(|one| (one.name().to_owned(), one.hash().to_owned()));
                return Ok((stored, schema));
            }
            let (data, schema) = check_data(Some(&stored), &typed, &policy)?;
            Ok((data.into_bytes(), schema))
        })
        .await
    }
}

type Data = (Vec<u8>, Option<(String, String)>);

const NOT_IN_4: &str = "BullMQ 4 keeps this queue, and it has no job schedulers.";

const LEGACY: &str = "This is a repeatable job of BullMQ 4 or 5, which can't be changed. Remove it, and create a scheduler.";

/// A fault that concerns the scheduler as a whole.
pub(super) fn of_id(message: &str) -> ParameterFault {
    ParameterFault {
        name: ID,
        message: message.to_owned(),
    }
}
