//! The checks of a job before it is added: its name, its options, its data and the reason, all of them at once.

use super::request::{AddFaults, AddRequest};
use crate::domain::access::{Action, Operator};
use crate::domain::edit::data_policy::{Change, DataPolicy, DataRefusal};
use crate::domain::edit::problem::TextProblem;
use crate::domain::edit::{Draft, draft};
use crate::domain::job::new_job::fields::{JOB_ID, LONGEST_TEXT, NAME, PARENT_ID};
use crate::domain::job::new_job::options::JobOptions;
use crate::domain::json::Document;
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::policy::PolicyInForce;
use crate::domain::policy::mask::{Hiding, MASK};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::jobs::not_a_job::is_bullmqs_own;

/// The same for a parent that is missing and one that this person may not know of.
pub(super) const NO_PARENT: &str = "There is no such job in that queue.";

/// A job that passed the checks.
#[derive(Debug)]
pub(crate) struct CheckedJob {
    /// Its data, as it is stored.
    pub data: String,
    /// The file and hash of the schema that its data was checked against.
    pub schema: Option<(String, String)>,
    /// The repair policies that it was checked against.
    pub policies: Vec<PolicyInForce>,
    /// Its options.
    pub options: JobOptions,
    /// Whether they were checked for BullMQ 4.
    pub for_bullmq_4: bool,
}

impl Services {
    /// Checks what was typed, at `now`.
    pub(super) async fn check_new_job(
        &self,
        operator: &Operator,
        request: &AddRequest,
        now: u64,
    ) -> Result<Result<CheckedJob, AddFaults>, ServiceError> {
        let queue = &request.queue;
        let version = self.store.bull_version(queue).await?;
        let version =
            version.ok_or_else(|| ServiceError::NotFound(format!("queue {:?}", queue.name())))?;
        let mut faults = AddFaults {
            fields: name_faults(&request.name),
            ..AddFaults::default()
        };
        let options = match JobOptions::parse(&request.typed, queue, now) {
            Ok(options) => {
                faults.fields.extend(options.unsupported_by(&version));
                faults
                    .fields
                    .extend(self.id_and_parent(operator, request, &options).await?);
                options
            }
            Err(wrong) => {
                faults.fields.extend(wrong);
                JobOptions::default()
            }
        };
        let policy = self.data_policy(operator, queue, &request.name).await;
        let repair: Vec<PolicyInForce> = policy.repair.clone();
        let in_force: Vec<&PolicyInForce> = repair.iter().collect();
        if let Err(bad) = self.rules.reason_under(&in_force, &request.reason) {
            faults.reason = bad.to_string();
        }
        let hiding = self.hiding(operator, queue, &request.name).await;
        let typed = request.data.clone();
        let checked = run_blocking(typed.len(), move || {
            check_masks(&hiding, &typed)?;
            check_data(None, &typed, &policy)
        })
        .await?;
        let (data, schema) = match checked {
            Ok(checked) => checked,
            Err(refusal) => {
                faults.data = Some(refusal);
                return Ok(Err(faults));
            }
        };
        Ok(match faults.is_empty() {
            true => Ok(CheckedJob {
                data,
                schema,
                policies: repair,
                options,
                for_bullmq_4: version.is_before_5(),
            }),
            false => Err(faults),
        })
    }

    /// What is wrong with the job's own id and its parent in this queue.
    async fn id_and_parent(
        &self,
        operator: &Operator,
        request: &AddRequest,
        options: &JobOptions,
    ) -> Result<Vec<ParameterFault>, ServiceError> {
        let mut faults = Vec::new();
        if let Some(id) = &options.id {
            let is_other = id.as_str().contains(':')
                && self.store.is_another_queues(&request.queue, id).await?;
            if is_bullmqs_own(id.as_str()) || is_other {
                faults.push(ParameterFault {
                    name: JOB_ID,
                    message: "BullMQ has a key of its own for this id. Choose another.".to_owned(),
                });
            }
        }
        let parent = options.parent.as_ref().map(|parent| &parent.job);
        if let Some(parent) = parent
            && (!operator.may(Action::AddJob, &parent.queue)
                || is_bullmqs_own(parent.id.as_str())
                || !self.store.queue_exists(&parent.queue).await?)
        {
            faults.push(ParameterFault {
                name: PARENT_ID,
                message: NO_PARENT.to_owned(),
            });
        }
        Ok(faults)
    }
}

pub(crate) fn name_faults(name: &str) -> Vec<ParameterFault> {
    let length = name.chars().count();
    let message = match length {
        0 => "Name is missing. Workers use it to choose what to do.".to_owned(),
        length if length > LONGEST_TEXT => {
            format!("Name has {length} characters. At most {LONGEST_TEXT} are allowed.")
        }
        _ if name.contains(char::is_control) => "Name can't hold control characters.".to_owned(),
        _ => return Vec::new(),
    };
    vec![ParameterFault {
        name: NAME,
        message,
    }]
}

/// Refuses masks in new data, where they stand for no value.
pub(crate) fn check_masks(hiding: &Hiding, typed: &str) -> Result<(), DataRefusal> {
    let masks = hiding.masks_in(typed);
    let Ok(document) = Document::parse(typed) else {
        return Ok(());
    };
    let problems: Vec<TextProblem> = masks
        .into_iter()
        .map(|pointer| {
            let at = document.locate_nearest(&pointer);
            TextProblem {
                line: at.line,
                column: at.column,
                message: format!(
                    "{MASK} stands for a value that is hidden from you; a new job needs the value itself"
                ),
                pointer: Some(pointer),
                ..TextProblem::default()
            }
        })
        .collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(DataRefusal::Invalid(problems)),
    }
}

type CheckedData = (String, Option<(String, String)>);

/// The data as it is stored, and the schema that it was checked against. `before` is what is stored now, if anything is.
pub(crate) fn check_data(
    before: Option<&[u8]>,
    typed: &str,
    policy: &DataPolicy,
) -> Result<CheckedData, DataRefusal> {
    let stored = match draft(before.unwrap_or_default(), typed) {
        Draft::Change(stored) => stored,
        Draft::Faulty(faults) => {
            let problems = faults.into_iter().map(TextProblem::from);
            return Err(DataRefusal::Invalid(problems.collect()));
        }
        Draft::Unchanged => {
            return Err(DataRefusal::Invalid(vec![TextProblem {
                line: 1,
                column: 1,
                message: "there is no data; write {} for none".to_owned(),
                ..TextProblem::default()
            }]));
        }
    };
    let schema = policy.check_change(Change {
        before,
        after: &stored,
        typed,
        state: None,
    })?;
    let schema = schema.map(|schema| (schema.name().to_owned(), schema.hash().to_owned()));
    Ok((stored, schema))
}
