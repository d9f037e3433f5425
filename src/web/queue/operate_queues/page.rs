//! The page that asks before many queues are changed.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::at::{QueuesAt, operation};
use crate::domain::access::Operator;
use crate::domain::operations::on_queue::{QueueOperation, QueueOperationSpec};
use crate::domain::queue::{QueueFigures, QueueId};
use crate::service::jobs::operate_many::queues::QueueChoice;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::queue::which_queues::{WhichFields, WhichQueues, form_name};
use crate::web::request::forms::operation::{OperationFields, OperationForm};

/// What someone asks to do to many queues.
pub(super) struct Asked<'a> {
    pub(super) app: &'a App,
    pub(super) operator: &'a Operator,
    pub(super) operation: QueueOperation,
    /// Where they were chosen.
    pub(super) which: WhichQueues,
    pub(super) form: OperationForm,
    confirmed: bool,
    /// Which queues, in words; empty for those that are named.
    of: String,
}

/// The page.
#[derive(Template)]
#[template(path = "queue/change_queues.html")]
struct ChangeQueuesPage {
    frame: Frame,
    spec: &'static QueueOperationSpec,
    /// Why nothing was changed; empty where that was not tried.
    wrong: String,
    of: String,
    rows: Vec<RowView>,
    /// The queues in which there is nothing to change.
    unchanged: Vec<(String, String)>,
    names: Vec<String>,
    form: OperationFields,
    which: WhichFields,
    action: String,
    back_href: String,
    back: String,
}

/// A queue that would be changed.
struct RowView {
    name: String,
    href: String,
    /// How many jobs it has for workers, and how many of them are active.
    outstanding: String,
    active: String,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        app: &'a App,
        operator: &'a Operator,
        at: QueuesAt,
        of: String,
    ) -> Result<Self, PageError> {
        Ok(Self {
            app,
            operator,
            operation: operation(&at.operation)?,
            which: at.which,
            form: at.form,
            confirmed: !at.confirm.is_empty(),
            of,
        })
    }

    /// What is wrong with the form.
    pub(super) fn wrong(&self) -> Option<String> {
        match self.form.parse(self.operation.spec().parameters) {
            Err(faults) => Some(faults.text),
            Ok(_) if !self.confirmed => {
                Some("Review what would happen, then select the checkbox.".to_owned())
            }
            Ok(_) => None,
        }
    }

    /// The page with what was typed, and the dry run.
    pub(super) async fn page(
        &self,
        choice: QueueChoice,
        status: StatusCode,
        wrong: &str,
    ) -> Result<Response, PageError> {
        let services = &self.app.services;
        let review = services
            .review_queues(self.operator, self.operation, choice)
            .await?;
        let (links, spec) = (self.app.links(), self.operation.spec());
        let meant = review.changes.len() + review.unchanged.len();
        let link = |queue: &QueueId| (links.name(queue), links.queue(queue, &[]));
        let row = |figures: &QueueFigures| {
            let (name, href) = link(&figures.queue);
            RowView {
                name,
                href,
                outstanding: thousands(figures.counts.outstanding()),
                active: thousands(figures.counts.active),
            }
        };
        let page = ChangeQueuesPage {
            frame: self.app.frame(self.operator, ""),
            spec,
            wrong: wrong.to_owned(),
            of: match (self.of.is_empty(), meant) {
                (false, _) => self.of.clone(),
                (true, 1) => "1 queue".to_owned(),
                (true, count) => format!("{count} queues"),
            },
            rows: review.changes.iter().map(row).collect(),
            unchanged: review.unchanged.iter().map(link).collect(),
            names: review
                .changes
                .iter()
                .map(|figures| form_name(&figures.queue))
                .collect(),
            form: self.form.fields(spec.parameters, &[], HINT),
            which: self.which.fields(),
            action: links.to("/queues/change", &[]),
            back_href: self.which.back_href(self.app, &[]),
            back: self.which.back_words().to_owned(),
        };
        Ok(Page::with(status, page).into_response())
    }
}

/// What becomes of the reason.
const HINT: &str = "Recorded in the audit log for every queue.";
