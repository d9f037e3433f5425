//! Checking a part: the text in its place, and the whole data against the schema and the policy.

use std::sync::Arc;

use super::outcome::{PartEdited, PartRejection, ReviewedPart, StalePart};
use super::request::PartRequest;
use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::Refusal;
use crate::domain::edit::data_policy::{Change, DataPolicy, DataRefusal};
use crate::domain::edit::diff::side_by_side;
use crate::domain::edit::part::{BadPart, LARGEST_PART, PartDraft, find, placed, put_in};
use crate::domain::job::{JobId, StoredJob};
use crate::domain::json::{Document, pretty_or_raw};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::edit::assess::{CONTEXT, CheckedEdit, EditRejection, demands_under};
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::undo::hides_something;

/// A checked part: the whole change, and both texts of the part.
pub(super) struct CheckedPart {
    pub(super) change: CheckedEdit,
    part_before: String,
}

impl Services {
    /// What storing a part would do; nothing is written.
    pub async fn review_part(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        request: &PartRequest,
    ) -> Result<PartEdited, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let job = match self.editable(queue, id).await? {
            Ok(job) => job,
            Err(rejection) => return Ok(PartEdited::Not(rejection.into())),
        };
        Ok(
            match self.checked_part(operator, queue, job, request).await? {
                Ok(part) => PartEdited::Ready(reviewed(part, request).await?),
                Err(rejection) => PartEdited::Not(rejection),
            },
        )
    }

    pub(super) async fn checked_part(
        &self,
        operator: &Operator,
        queue: &QueueId,
        job: StoredJob,
        request: &PartRequest,
    ) -> Result<Result<CheckedPart, PartRejection>, ServiceError> {
        if request.text.len() > 3 * LARGEST_PART {
            return Ok(Err(PartRejection::TooLarge(request.text.len())));
        }
        let mut policy = self.data_policy(operator, queue, &job.name).await;
        policy.asker.confirmed = operator.fresh_password(unix_millis()).is_some();
        if hides_something(&policy) {
            return Ok(Err(BadPart::Hidden.into()));
        }
        let (size, request) = (job.data.len() + request.text.len(), request.clone());
        run_blocking(size, move || check(job, &request, &policy)).await
    }
}

fn check(
    job: StoredJob,
    request: &PartRequest,
    policy: &DataPolicy,
) -> Result<CheckedPart, PartRejection> {
    if request.seen != job.revision() {
        return Err(PartRejection::Stale(Box::new(stale(&job, request))));
    }
    let stored = std::str::from_utf8(&job.data).map_err(|_| BadPart::NotJson)?;
    let document = Document::parse(stored).map_err(|_| BadPart::NotJson)?;
    let at = find(&document, &request.pointer)?;
    let part_before = document.token(at).to_owned();
    let after = match put_in(&document, at, &request.text) {
        PartDraft::Unchanged => return Err(EditRejection::Unchanged.into()),
        PartDraft::Faulty(problems) => return Err(EditRejection::Invalid(problems).into()),
        PartDraft::Change(after) => after,
    };
    drop(document);
    if let Some(refusal) = Refusal::of(job.state, job.locked) {
        return Err(EditRejection::Refused(refusal).into());
    }
    let checked = policy.check_change(Change {
        before: Some(&job.data),
        after: &after,
        typed: &after,
        state: Some(job.state),
    });
    let schema = checked.map_err(|refusal| match refusal {
        DataRefusal::Invalid(problems) => {
            EditRejection::Invalid(placed(problems, &request.pointer, &request.text))
        }
        other => other.into(),
    })?;
    let demands = demands_under(policy, &job, &after);
    Ok(CheckedPart {
        change: CheckedEdit {
            job,
            after,
            schema,
            demands,
        },
        part_before,
    })
}

pub(super) fn stale(job: &StoredJob, request: &PartRequest) -> StalePart {
    let part = || {
        let stored = std::str::from_utf8(&job.data).map_err(|_| BadPart::NotJson)?;
        let document = Document::parse(stored).map_err(|_| BadPart::NotJson)?;
        let at = find(&document, &request.pointer)?;
        Ok(pretty_or_raw(document.token(at)))
    };
    StalePart {
        revision: job.revision(),
        diff: part().map(|now| side_by_side(&now, &pretty_or_raw(&request.text), CONTEXT)),
    }
}

pub(super) async fn reviewed(
    part: CheckedPart,
    request: &PartRequest,
) -> Result<Box<ReviewedPart>, ServiceError> {
    let CheckedPart {
        change,
        part_before,
    } = part;
    let typed = Arc::clone(&request.text);
    run_blocking(part_before.len() + typed.len(), move || {
        Box::new(ReviewedPart {
            diff: side_by_side(
                &pretty_or_raw(&part_before),
                &pretty_or_raw(&typed),
                CONTEXT,
            ),
            schema: change
                .schema
                .as_ref()
                .map_or_else(String::new, |schema| schema.name().to_owned()),
            sizes: (change.job.data.len() as u64, change.after.len() as u64),
            state: change.job.state,
            name: change.job.name,
        })
    })
    .await
}
