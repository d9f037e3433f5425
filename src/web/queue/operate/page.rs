//! The page that asks before an operation on a queue, and that comes again with what was typed.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::domain::operations::Harm;
use crate::domain::operations::on_queue::{QueueOperation, QueueOperationSpec};
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::queue::QueueId;
use crate::domain::run::RunKind;
use crate::service::queue::look::{QueueSeen, StateSeen};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::forms::operation::{OperationFields, OperationForm};
use crate::web::request::fresh_password::PasswordProblem;
use crate::web::runs::second_person::SecondPerson;

/// Why an operation was not done: a title and a text.
type Notice = (&'static str, String);

/// The page that asks.
#[derive(Template)]
#[template(path = "queue/operate.html")]
pub(crate) struct QueueOperationPage {
    frame: Frame,
    spec: &'static QueueOperationSpec,
    notice: Option<Notice>,
    queue: String,
    prefix: String,
    queue_href: String,
    /// What an operation that deletes jobs would meet; nothing for others.
    seen: Vec<SeenView>,
    schedulers: String,
    events: String,
    /// What is in force of what the operation changes, in words; empty for nothing.
    in_force: String,
    form: OperationFields,
    /// Whether the queue's name has to be typed, what was typed, and whether that is wrong.
    types_name: bool,
    typed: String,
    typed_wrong: bool,
    /// Where it takes a second person.
    second: Option<SecondPerson>,
    /// The address that the form is sent to.
    action: String,
}

/// What a page that comes again says.
#[derive(Default)]
pub(super) struct Told<'a> {
    pub(super) notice: Option<Notice>,
    pub(super) faults: &'a [ParameterFault],
    pub(super) typed_wrong: bool,
    pub(super) password: Option<&'a PasswordProblem>,
}

/// An operation that someone asks for.
pub(super) struct Asked<'a> {
    pub(super) app: &'a App,
    pub(super) operator: &'a Operator,
    pub(super) operation: QueueOperation,
    pub(super) queue: QueueId,
    pub(super) typed: String,
    pub(super) alone: bool,
    pub(super) form: OperationForm,
}

impl Asked<'_> {
    pub(super) fn spec(&self) -> &'static QueueOperationSpec {
        self.operation.spec()
    }

    pub(super) async fn refused(
        &self,
        status: StatusCode,
        text: String,
        faults: &[ParameterFault],
        typed_wrong: bool,
    ) -> Result<Response, PageError> {
        let told = Told {
            notice: Some(("Nothing was changed", text)),
            faults,
            typed_wrong,
            password: None,
        };
        self.page(status, told).await
    }

    pub(super) async fn wrong_password(
        &self,
        problem: &PasswordProblem,
    ) -> Result<Response, PageError> {
        let told = Told {
            notice: Some(("Nothing was changed", problem.text.clone())),
            password: Some(problem),
            ..Told::default()
        };
        let mut answer = self.page(problem.status, told).await?;
        problem.add_headers(&mut answer);
        Ok(answer)
    }

    /// The page with what was typed, for those who may do it at all.
    pub(super) async fn page(
        &self,
        status: StatusCode,
        told: Told<'_>,
    ) -> Result<Response, PageError> {
        let Told {
            notice,
            faults,
            typed_wrong,
            password,
        } = told;
        let (services, links, spec) = (&self.app.services, self.app.links(), self.spec());
        let QueueSeen {
            states,
            schedulers,
            events,
            in_force,
        } = services
            .look_at_queue(self.operator, self.operation, &self.queue)
            .await?;
        let mut form = self.form.clone();
        // What was typed stays.
        if notice.is_none() {
            let in_force = in_force.typed.into_iter();
            form.typed
                .extend(in_force.map(|(name, text)| (name.to_owned(), text)));
        }
        let some = |count: u64| match count {
            0 => String::new(),
            count => thousands(count),
        };
        let page = QueueOperationPage {
            frame: self.app.frame(self.operator, ""),
            spec,
            notice,
            queue: self.queue.name().to_owned(),
            prefix: links.prefix(self.queue.prefix()).to_owned(),
            queue_href: links.queue(&self.queue, &[]),
            seen: states.iter().map(SeenView::new).collect(),
            schedulers: some(schedulers),
            events: some(events),
            in_force: in_force.words,
            form: form.fields(spec.parameters, faults, "Recorded in the audit log."),
            types_name: matches!(spec.harm, Harm::TypeName(_)),
            typed: self.typed.clone(),
            typed_wrong,
            second: RunKind::of_operation(self.operation).and_then(|kind| {
                let takes = services.takes_second_person(kind);
                takes.then(|| SecondPerson::new(self.app, self.operator, &self.queue, password))
            }),
            action: links.to(spec.path, &[]),
        };
        Ok(Page::with(status, page).into_response())
    }
}

/// The jobs of one state that would be met.
#[derive(Debug)]
struct SeenView {
    state: &'static str,
    jobs: String,
    /// What is to be known of those that are part of flows; empty for nothing.
    flows: String,
}

impl SeenView {
    fn new(seen: &StateSeen) -> Self {
        let mut flows = Vec::new();
        let is_finished = matches!(seen.state, JobState::Completed | JobState::Failed);
        if seen.children > 0 && !is_finished {
            let count = thousands(seen.children);
            flows.push(format!("for {count} of them a parent waits"));
        } else if seen.children > 0 {
            flows.push(format!(
                "a parent still counts on {} of them",
                thousands(seen.children)
            ));
        }
        if seen.parents > 0 {
            let count = thousands(seen.parents);
            flows.push(format!(
                "{count} of them have children, which would point at nothing"
            ));
        }
        let mut flows = flows.join("; ");
        if !flows.is_empty() && seen.looked_at < seen.jobs {
            flows = format!(
                "of {} that were looked at, {flows}",
                thousands(seen.looked_at)
            );
        }
        Self {
            state: seen.state.name(),
            jobs: thousands(seen.jobs),
            flows,
        }
    }
}
