//! Moving jobs between versions in the browser: the form, the dry run, and the way to the run.
//!
//! Whatever keeps a move from being begun, the answer is a page that still holds what was typed.

pub(crate) mod pages;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::domain::versions::move_jobs::{MOVABLE, MoveSpec};
use crate::service::error::ServiceError;
use crate::service::versions::move_jobs::MoveAnswer;
use crate::service::versions::move_jobs::dry_run::MoveDryRun;
use crate::service::versions::move_jobs::request::MoveRequest;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::request::extract::{Form, Query, QueueAt, SignedInUser};
use crate::web::runs::to_run;
use pages::{MovePage, MoveReviewPage};

/// Which family, and what an address may choose beforehand.
#[derive(Debug, Deserialize)]
pub(crate) struct MoveAt {
    name: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// Everything the form and the dry run carry. What is ticked holds any text.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct MoveForm {
    /// The family.
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) prefix: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) waiting: String,
    #[serde(default)]
    pub(crate) prioritized: String,
    #[serde(default)]
    pub(crate) delayed: String,
    #[serde(default)]
    pub(crate) failed: String,
    #[serde(default)]
    pub(crate) job_name: String,
    #[serde(default)]
    pub(crate) job_id: String,
    #[serde(default)]
    pub(crate) patch: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) confirm: String,
}

impl MoveForm {
    /// Whether a state of [`MOVABLE`] is ticked.
    pub(crate) fn ticks(&self) -> [bool; 4] {
        [
            &self.waiting,
            &self.prioritized,
            &self.delayed,
            &self.failed,
        ]
        .map(|tick| !tick.is_empty())
    }

    fn queue(&self, app: &App, name: &str) -> Result<QueueId, PageError> {
        QueueAt::named(name, &self.prefix).queue(app)
    }

    fn wish(&self, app: &App) -> Result<MoveRequest, PageError> {
        let ticked = MOVABLE.into_iter().zip(self.ticks());
        let states = ticked
            .filter(|(_, ticked)| *ticked)
            .map(|(state, _)| state.name().to_owned());
        Ok(MoveRequest {
            source: self.queue(app, &self.from)?,
            target: self.queue(app, &self.to)?,
            spec: MoveSpec {
                states: states.collect(),
                name: self.job_name.trim().to_owned(),
                id: self.job_id.trim().to_owned(),
                patch: self.patch.clone(),
            },
            reason: self.reason.clone(),
            confirmed: !self.confirm.is_empty(),
        })
    }
}

/// A move that is being prepared: who, and what was typed so far.
#[derive(Debug)]
pub(crate) struct MoveContext {
    pub(crate) app: App,
    /// Who sent it; `None` where that is not known, as after a session has ended.
    pub(crate) operator: Option<Operator>,
    pub(crate) form: MoveForm,
    /// The family's versions; empty where they may not be known.
    pub(crate) choices: Vec<QueueId>,
}

/// A form from someone who is signed in. Whoever is not is told so above what they typed.
pub(crate) struct SubmittedMove {
    operator: Operator,
    preparing: MoveContext,
}

impl FromRequest<App> for SubmittedMove {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let signed_in = SignedInUser::from_request_parts(&mut parts, app).await;
        let request = Request::from_parts(parts, body);
        let Form(form) = Form::<MoveForm>::from_request(request, app).await?;
        let mut preparing = MoveContext {
            app: app.clone(),
            operator: None,
            form,
            choices: Vec::new(),
        };
        match signed_in {
            Ok(SignedInUser(operator)) => {
                preparing.operator = Some(operator.clone());
                Ok(Self {
                    operator,
                    preparing,
                })
            }
            Err(error) => Err(preparing.failed(&error)),
        }
    }
}

impl SubmittedMove {
    /// Finds the family's versions, which the form offers.
    async fn with_choices(mut self) -> Result<Self, Response> {
        match self.preparing.find_choices(&self.operator).await {
            Ok(()) => Ok(self),
            Err(error) => Err(self.preparing.failed(&error)),
        }
    }

    /// Asks for the move itself, or for what it would do.
    async fn ask(self, begin: bool) -> Response {
        let sent = match self.with_choices().await {
            Ok(sent) => sent,
            Err(refused) => return refused,
        };
        let Self {
            operator,
            preparing,
        } = &sent;
        let wish = match preparing.form.wish(&preparing.app) {
            Ok(wish) => wish,
            Err(error) => return preparing.failed(&error),
        };
        let services = &preparing.app.services;
        preparing.answer(match begin {
            true => services.begin_move(operator, &wish).await,
            false => services.review_move(operator, &wish).await,
        })
    }
}

pub(crate) async fn form(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<MoveAt>,
) -> Result<Page<MovePage>, PageError> {
    let ticked = || "1".to_owned();
    let mut preparing = MoveContext {
        form: MoveForm {
            name: at.name,
            prefix: at.prefix,
            from: at.from,
            to: at.to,
            waiting: ticked(),
            prioritized: ticked(),
            delayed: ticked(),
            ..MoveForm::default()
        },
        operator: Some(operator.clone()),
        choices: Vec::new(),
        app,
    };
    preparing.find_choices(&operator).await?;
    Ok(Page::ok(MovePage::new(&preparing, None)))
}

/// Back from the dry run to the form, with all that was typed.
pub(crate) async fn reopen(sent: SubmittedMove) -> Response {
    match sent.with_choices().await {
        Ok(sent) => Page::ok(MovePage::new(&sent.preparing, None)).into_response(),
        Err(refused) => refused,
    }
}

pub(crate) async fn review(sent: SubmittedMove) -> Response {
    sent.ask(false).await
}

pub(crate) async fn begin(sent: SubmittedMove) -> Response {
    sent.ask(true).await
}

impl MoveContext {
    async fn find_choices(&mut self, operator: &Operator) -> Result<(), PageError> {
        let family = self.form.queue(&self.app, &self.form.name)?;
        let services = &self.app.services;
        self.choices = services
            .move_choices(
                operator,
                family.prefix(),
                family.name(),
                [&self.form.from, &self.form.to],
            )
            .await?;
        Ok(())
    }

    /// The page for what was asked for.
    fn answer(&self, answer: Result<MoveAnswer, ServiceError>) -> Response {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match answer {
            Ok(MoveAnswer::Reviewed(review)) => self.reviewed(StatusCode::OK, *review, ""),
            Ok(MoveAnswer::NeedsReason(review)) => {
                self.reviewed(unprocessable, *review, "Nothing was moved: say why first.")
            }
            Ok(MoveAnswer::NeedsConfirmation(review)) => {
                let told = "Nothing was moved: read what would happen, and tick the box.";
                self.reviewed(unprocessable, *review, told)
            }
            Ok(MoveAnswer::Begun(id)) => to_run(&self.app, &id),
            Ok(MoveAnswer::Busy(other)) => {
                let told = format!(
                    "The run {other} has one of these versions. Nothing was moved; try again when it has ended."
                );
                self.kept(StatusCode::CONFLICT, "Another run is under way", told)
            }
            Ok(MoveAnswer::Not(words)) => self.kept(unprocessable, "This can’t be moved", words),
            Err(stop) => self.failed(&stop.into()),
        }
    }

    fn reviewed(&self, status: StatusCode, review: MoveDryRun, missing: &'static str) -> Response {
        Page::with(status, MoveReviewPage::new(self, review, missing)).into_response()
    }

    /// What keeps a request from being answered, told above what was typed.
    fn failed(&self, error: &PageError) -> Response {
        let (title, text) = error.told();
        self.kept(error.status(), title, text)
    }

    fn kept(&self, status: StatusCode, title: &'static str, text: String) -> Response {
        Page::with(status, MovePage::new(self, Some((title, text)))).into_response()
    }
}
