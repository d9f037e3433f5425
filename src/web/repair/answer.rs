//! The answers to a repair: a page that still holds what was typed, or a redirect to the run.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::form::{RepairContext, SubmittedRepair};
use super::form_page::RepairPage;
use super::one_job::OneJobPage;
use super::review::ReviewPage;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::domain::repair::spec::RepairSpec;
use crate::service::repair::{RepairAnswer, RepairRequest};
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::runs::to_run;

const NOTHING: &str = "Nothing was changed";
const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// The dry run.
pub(crate) async fn review(mut sent: SubmittedRepair) -> Response {
    // Times are counted from now, whatever was reviewed before.
    sent.context.form.fixed_query.clear();
    match sent.asked() {
        Ok((queue, spec)) => {
            sent.reviewed(queue, spec, StatusCode::OK, None, false)
                .await
        }
        Err(refused) => *refused,
    }
}

/// The test on one job.
pub(crate) async fn try_one(mut sent: SubmittedRepair) -> Response {
    sent.context.form.fixed_query.clear();
    let (queue, spec) = match sent.asked() {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let context = &sent.context;
    let id = JobId::new(context.form.job_to_try.as_str());
    let services = &context.app.services;
    let tried = services
        .try_repair(&sent.operator, &queue, &spec, id.as_ref())
        .await;
    match tried {
        Ok(Ok(tried)) => Page::ok(OneJobPage::new(context, &queue, tried)).into_response(),
        Ok(Err(words)) => context.kept(UNPROCESSABLE, NOTHING, words),
        Err(stop) => context.failed(&stop.into()),
    }
}

/// The run itself.
pub(crate) async fn begin(sent: SubmittedRepair) -> Response {
    let (queue, spec) = match sent.asked() {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let form = &sent.context.form;
    let request = RepairRequest {
        queue: queue.clone(),
        spec: spec.clone(),
        reviewed: form.reviewed.clone(),
        reason: form.reason.clone(),
        confirmed: !form.confirm.is_empty(),
        counts: form.counts(),
    };
    let services = &sent.context.app.services;
    let not = |text: &str| Some((NOTHING, text.to_owned()));
    let again = |status, notice, reason| sent.reviewed(queue, spec, status, notice, reason);
    match services.begin_repair(&sent.operator, &request).await {
        Ok(RepairAnswer::Begun(id)) => to_run(&sent.context.app, &id),
        Ok(RepairAnswer::NeedsReason(bad)) => {
            let text = format!("{bad}. A repair of many jobs needs a reason.");
            again(UNPROCESSABLE, Some((NOTHING, text)), true).await
        }
        Ok(RepairAnswer::NeedsConfirmation) => {
            let told = not("Review what would happen, then select the checkbox.");
            again(UNPROCESSABLE, told, false).await
        }
        Ok(RepairAnswer::NeedsCount) => {
            let told = not("Type the number of jobs that this page names.");
            again(UNPROCESSABLE, told, false).await
        }
        Ok(RepairAnswer::Differs) => {
            let told = "The jobs, the change, a schema or a policy is not what was reviewed. This is what would happen now: review it again.";
            again(StatusCode::CONFLICT, not(told), false).await
        }
        Ok(RepairAnswer::Busy(other)) => {
            let told = format!(
                "Run {other} is using this queue. Nothing was changed. Try again after it has ended."
            );
            let notice = Some(("Another run is in progress", told));
            again(StatusCode::CONFLICT, notice, false).await
        }
        Ok(RepairAnswer::Not(words)) => sent.context.kept(UNPROCESSABLE, NOTHING, words),
        Err(stop) => sent.context.failed(&stop.into()),
    }
}

impl SubmittedRepair {
    /// The queue and what is asked for; or the form with what is wrong.
    fn asked(&self) -> Result<(QueueId, RepairSpec), Box<Response>> {
        let context = &self.context;
        let queue = context.form.queue(&context.app);
        let queue = queue.map_err(|error| Box::new(context.failed(&error)))?;
        let spec = context.form.spec();
        let spec = spec.map_err(|words| Box::new(context.kept(UNPROCESSABLE, NOTHING, words)))?;
        Ok((queue, spec))
    }

    /// The page with what would happen now.
    async fn reviewed(
        &self,
        queue: QueueId,
        spec: RepairSpec,
        status: StatusCode,
        notice: Option<(&'static str, String)>,
        reason_missing: bool,
    ) -> Response {
        let context = &self.context;
        let services = &context.app.services;
        match services.review_repair(&self.operator, &queue, spec).await {
            Ok(Ok(review)) => {
                let page = ReviewPage::new(context, &queue, review, notice, reason_missing);
                Page::with(status, page).into_response()
            }
            Ok(Err(words)) => context.kept(UNPROCESSABLE, NOTHING, words),
            Err(stop) => context.failed(&PageError::from(stop)),
        }
    }
}

impl RepairContext {
    /// An error, shown above what was typed. Where this person may not even see the form, the error alone.
    pub(crate) fn failed(&self, error: &PageError) -> Response {
        let (title, text) = error.told();
        let mut response = self.kept(error.status(), title, text);
        error.add_headers(&mut response);
        response
    }

    pub(crate) fn kept(&self, status: StatusCode, title: &'static str, text: String) -> Response {
        Page::with(status, RepairPage::new(self, Some((title, text)))).into_response()
    }
}
