//! One handler for every operation on a queue: the page that asks before, and the form that does it.
//!
//! Whatever keeps an operation from being done, the page that asks comes again with what was typed.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::domain::operations::Harm;
use crate::domain::operations::on_queue::{QueueOperation, QueueOperationSpec};
use crate::domain::operations::parameters::{ParameterFault, Parameters};
use crate::domain::queue::QueueId;
use crate::domain::run::RunKind;
use crate::service::queue::look::{QueueSeen, StateSeen};
use crate::service::queue::operate::QueueOutcome;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query, QueueAt};
use crate::web::request::forms::encoded_names::typable;
use crate::web::request::forms::operation::{OperationFields, OperationForm};
use crate::web::request::fresh_password::{PasswordAgain, PasswordProblem, TypedPassword};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use crate::web::runs::second_person::{SecondPerson, confirmed};
use crate::web::runs::started::{NotStarted, started};

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
struct Told<'a> {
    notice: Option<Notice>,
    faults: &'a [ParameterFault],
    typed_wrong: bool,
    password: Option<&'a PasswordProblem>,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(crate) struct QueueOperationForm {
    queue: String,
    #[serde(default)]
    prefix: String,
    /// The queue's name as it was typed.
    #[serde(default)]
    typed: String,
    /// Not empty where it is to begin without the second person that it takes.
    #[serde(default)]
    alone: String,
    #[serde(default)]
    password: TypedPassword,
    #[serde(flatten)]
    form: OperationForm,
}

/// An operation that someone asks for.
struct Asked<'a> {
    app: &'a App,
    operator: &'a Operator,
    operation: QueueOperation,
    queue: QueueId,
    typed: String,
    alone: bool,
    form: OperationForm,
}

pub(crate) async fn confirm(
    operation: QueueOperation,
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
) -> Result<Response, PageError> {
    let asked = Asked {
        app: &app,
        operator: &operator,
        operation,
        queue: at.queue(&app)?,
        typed: String::new(),
        alone: false,
        form: OperationForm::default(),
    };
    asked.page(StatusCode::OK, Told::default()).await
}

pub(crate) async fn operate(
    operation: QueueOperation,
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    password: PasswordAgain,
    Form(form): Form<QueueOperationForm>,
) -> Result<Response, PageError> {
    let queue = QueueAt::named(&form.queue, &form.prefix).queue(&app)?;
    let alone = !form.alone.is_empty();
    let confirmed = match alone {
        true => confirmed(&app, &password, operator.clone(), &queue, form.password).await?,
        false => Ok(operator.clone()),
    };
    let asked = Asked {
        app: &app,
        operator: confirmed.as_ref().unwrap_or(&operator),
        operation,
        queue,
        typed: form.typed,
        alone,
        form: form.form,
    };
    match &confirmed {
        Ok(_) => asked.answer(&notices).await,
        Err(problem) => asked.wrong_password(problem).await,
    }
}

impl Asked<'_> {
    fn spec(&self) -> &'static QueueOperationSpec {
        self.operation.spec()
    }

    async fn answer(&self, notices: &Notices) -> Result<Response, PageError> {
        let invalid = StatusCode::UNPROCESSABLE_ENTITY;
        if !self.is_typed() {
            let text = "The queue’s name was not typed.".to_owned();
            return self.refused(invalid, text, &[], true).await;
        }
        match self.form.parse(self.spec().parameters) {
            Ok(parameters) => match self.operate(&parameters, notices).await {
                Err(refused) if keeps_text(refused.status()) => {
                    let page = |status, notice| {
                        let told = Told {
                            notice: Some(notice),
                            ..Told::default()
                        };
                        self.page(status, told)
                    };
                    refused.on_page(page).await
                }
                answer => answer,
            },
            Err(faults) => {
                self.refused(invalid, faults.text, &faults.fields, false)
                    .await
            }
        }
    }

    /// Whether the name was typed, where it has to be.
    fn is_typed(&self) -> bool {
        let name = self.queue.name();
        let needed = matches!(self.spec().harm, Harm::TypeName(_));
        !needed || self.typed == name || self.typed == typable(name)
    }

    async fn operate(
        &self,
        parameters: &Parameters,
        notices: &Notices,
    ) -> Result<Response, PageError> {
        let (services, spec) = (&self.app.services, self.spec());
        let outcome = services
            .operate_queue(
                self.operator,
                self.operation,
                &self.queue,
                parameters,
                &self.form.reason,
                self.alone,
            )
            .await?;
        match outcome {
            QueueOutcome::Started(outcome) => match started(self.app, notices, outcome).await {
                Ok(answer) => Ok(answer),
                Err(NotStarted::Busy(other)) => {
                    Err(PageError::taken(format!("The run {other} has this queue.")))
                }
                Err(NotStarted::Password(problem)) => self.wrong_password(&problem).await,
                Err(NotStarted::Words(status, text)) => {
                    self.refused(status, text, &[], false).await
                }
            },
            QueueOutcome::NotNow(why) => Err(not_now(why)),
            QueueOutcome::Done => {
                let address = self.app.links().queue(&self.queue, &[]);
                notices.leave(&address, spec.id, "").await;
                Ok(Redirect::to(&address).into_response())
            }
            QueueOutcome::Unchanged => Err(not_now(spec.on.unchanged)),
            QueueOutcome::NotIn4 => Err(not_now(spec.on.not_in_4)),
            QueueOutcome::Unknown => Err(PageError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Redis did not answer in time",
                "Whether this was done is not known.",
                "Look at the queue and the audit log before you repeat it.",
            )),
        }
    }

    async fn refused(
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

    async fn wrong_password(&self, problem: &PasswordProblem) -> Result<Response, PageError> {
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
    async fn page(&self, status: StatusCode, told: Told<'_>) -> Result<Response, PageError> {
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

/// Whether an answer of this status may name the queue, and the form can be sent again.
fn keeps_text(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::TOO_MANY_REQUESTS
    )
}

fn not_now(why: &'static str) -> PageError {
    PageError::new(
        StatusCode::CONFLICT,
        "Nothing was changed",
        why,
        "Look at the queue as it is now.",
    )
}
