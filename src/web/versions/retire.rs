//! The page that retires a version: the obstacles, what would be removed, and the form that begins the run.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::Operator;
use crate::domain::audit::reason::{BadReason, LONGEST_REASON, Need, Reason};
use crate::domain::queue::QueueId;
use crate::domain::run::RunKind;
use crate::service::versions::retire::facts::LOOKED_AT;
use crate::service::versions::retire::{RetireOutcome, RetireRequest, RetireSeen};
use crate::web::app::App;
use crate::web::html::error::{PageError, sentence};
use crate::web::html::format::{bytes, thousands};
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query, QueueAt};
use crate::web::request::forms::encoded_names::typable;
use crate::web::request::fresh_password::{PasswordAgain, PasswordProblem, TypedPassword};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use crate::web::runs::second_person::{SecondPerson, confirmed};
use crate::web::runs::started::{NotStarted, started};

/// The fields of the form.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WishAt {
    #[serde(default)]
    typed: String,
    #[serde(default)]
    reason: String,
    /// Not empty where it is to begin without the second person that it takes.
    #[serde(default)]
    alone: String,
    #[serde(default)]
    password: TypedPassword,
}

/// The page that retires a version.
#[derive(Template)]
#[template(path = "versions/retire.html")]
pub(crate) struct RetirePage {
    frame: Frame,
    queue: String,
    /// The prefix as the form names it.
    prefix: String,
    queue_href: String,
    /// The family, its page, and this version's label.
    family: String,
    family_href: String,
    version: String,
    /// The obstacles, and what to do about each.
    obstacles: Vec<(String, &'static str)>,
    completed: String,
    failed: String,
    /// Completed and failed jobs together.
    jobs: String,
    /// The estimated bytes that would be freed; empty if Redis does not say.
    bytes: String,
    /// How many jobs of each state were checked for live flows, if there are more.
    looked_at: String,
    /// The address that the form is sent to, and this page's own address.
    action: String,
    href: String,
    /// What was typed, and what is wrong with it.
    typed: String,
    reason: String,
    typed_wrong: bool,
    /// What is wrong with the reason; empty where nothing is.
    reason_wrong: String,
    longest_reason: usize,
    /// Why it was not begun, in words; empty for nothing.
    notice: String,
    /// Where it takes a second person.
    second: Option<SecondPerson>,
}

impl RetirePage {
    fn new(
        app: &App,
        operator: &Operator,
        queue: &QueueId,
        seen: &RetireSeen,
        problem: Option<&PasswordProblem>,
    ) -> Self {
        let takes = app.services.takes_second_person(RunKind::Retire);
        let links = app.links();
        let lineage = &seen.version.lineage;
        let (completed, failed) = (seen.counts.completed, seen.counts.failed);
        let named = [
            ("queue", queue.name()),
            ("prefix", links.prefix(queue.prefix())),
        ];
        Self {
            frame: app.frame(operator, ""),
            queue: queue.name().to_owned(),
            prefix: links.prefix(queue.prefix()).to_owned(),
            queue_href: links.queue(queue, &[]),
            family: lineage.family.clone(),
            family_href: links.family(queue.prefix(), &lineage.family, "/family"),
            version: lineage.label.clone(),
            obstacles: seen
                .obstacles
                .iter()
                .map(|obstacle| (sentence(&obstacle.to_string()), obstacle.advice()))
                .collect(),
            completed: thousands(completed),
            failed: thousands(failed),
            jobs: thousands(completed + failed),
            bytes: seen
                .memory
                .as_ref()
                .map_or(String::new(), |memory| bytes(memory.total())),
            looked_at: match completed.max(failed) > LOOKED_AT {
                true => thousands(LOOKED_AT),
                false => String::new(),
            },
            action: links.to("/family/retire", &[]),
            href: links.to("/family/retire", &named),
            typed: String::new(),
            reason: String::new(),
            typed_wrong: false,
            reason_wrong: String::new(),
            longest_reason: LONGEST_REASON,
            notice: String::new(),
            second: takes.then(|| SecondPerson::new(app, operator, queue, problem)),
        }
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
) -> Result<Page<RetirePage>, PageError> {
    let queue = at.queue(&app)?;
    let seen = app.services.retire_look(&operator, &queue).await?;
    let page = RetirePage::new(&app, &operator, &queue, &seen, None);
    Ok(Page::ok(page))
}

/// The form: the queue, and what was typed.
#[derive(Debug, Deserialize)]
pub(crate) struct RetireAt {
    queue: String,
    #[serde(default)]
    prefix: String,
    #[serde(flatten)]
    wish: WishAt,
}

pub(crate) async fn retire(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    again: PasswordAgain,
    Form(at): Form<RetireAt>,
) -> Result<Response, PageError> {
    let queue = QueueAt::named(&at.queue, &at.prefix).queue(&app)?;
    let typed = match at.wish.typed == typable(queue.name()) {
        true => queue.name().to_owned(),
        false => at.wish.typed,
    };
    let wish = RetireRequest {
        typed,
        reason: at.wish.reason,
        alone: !at.wish.alone.is_empty(),
    };
    let confirmed = match wish.alone {
        true => confirmed(&app, &again, operator.clone(), &queue, at.wish.password).await?,
        false => Ok(operator.clone()),
    };
    let operator = match confirmed {
        Ok(operator) => operator,
        Err(problem) => {
            let not = NotStarted::Password(problem);
            return not_begun(&app, &operator, &queue, wish, not).await;
        }
    };
    let outcome = match app.services.retire(&operator, &queue, &wish).await {
        Ok(RetireOutcome::Started(outcome)) => outcome,
        Ok(RetireOutcome::Refused(_)) => return refused(&app, &operator, &queue, wish).await,
        Err(stop) => {
            let page = |status, (_, text)| {
                not_begun(
                    &app,
                    &operator,
                    &queue,
                    wish,
                    NotStarted::Words(status, text),
                )
            };
            return PageError::from(stop).on_page(page).await;
        }
    };
    match started(&app, &notices, outcome).await {
        Ok(answer) => Ok(answer),
        Err(not) => not_begun(&app, &operator, &queue, wish, not).await,
    }
}

/// The page with what is wrong with the form or stands in the way.
async fn refused(
    app: &App,
    operator: &Operator,
    queue: &QueueId,
    wish: RetireRequest,
) -> Result<Response, PageError> {
    let seen = app.services.retire_look(operator, queue).await?;
    let status = match seen.obstacles.is_empty() {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::CONFLICT,
    };
    let page = RetirePage {
        typed_wrong: wish.typed != queue.name(),
        reason_wrong: match Reason::parse(&wish.reason, Need::Required) {
            Ok(_) => String::new(),
            Err(BadReason::Missing) => "enter a reason.".to_owned(),
            Err(bad) => bad.to_string(),
        },
        typed: wish.typed,
        reason: wish.reason,
        ..RetirePage::new(app, operator, queue, &seen, None)
    };
    Ok(Page::with(status, page).into_response())
}

/// The page with why the run was not begun.
async fn not_begun(
    app: &App,
    operator: &Operator,
    queue: &QueueId,
    wish: RetireRequest,
    not: NotStarted,
) -> Result<Response, PageError> {
    let (status, notice, problem) = match not {
        NotStarted::Busy(other) => {
            return Err(PageError::taken(format!(
                "The run {other} has this version; look at how it stands first."
            )));
        }
        NotStarted::Words(status, text) => (status, text, None),
        NotStarted::Password(problem) => (problem.status, problem.text.clone(), Some(problem)),
    };
    let seen = app.services.retire_look(operator, queue).await?;
    let page = RetirePage {
        notice,
        typed: wish.typed,
        reason: wish.reason,
        ..RetirePage::new(app, operator, queue, &seen, problem.as_ref())
    };
    let mut answer = Page::with(status, page).into_response();
    if let Some(problem) = problem {
        problem.add_headers(&mut answer);
    }
    Ok(answer)
}
