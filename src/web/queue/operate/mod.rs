//! One handler for every operation on a queue: the page that asks before, and the form that does it.
//!
//! Whatever keeps an operation from being done, the page that asks comes again with what was typed.

mod page;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::operations::Harm;
use crate::domain::operations::on_queue::QueueOperation;
use crate::domain::operations::parameters::Parameters;
use crate::service::queue::operate::QueueOutcome;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::{Form, Query, QueueAt};
use crate::web::request::forms::encoded_names::typable;
use crate::web::request::forms::operation::OperationForm;
use crate::web::request::fresh_password::{PasswordAgain, TypedPassword};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use crate::web::runs::second_person::confirmed;
use crate::web::runs::started::{NotStarted, started};
use page::{Asked, Told};

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
