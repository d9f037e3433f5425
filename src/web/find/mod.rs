//! Finds anything by what one has: the answers while one types, and as a page, which works without scripts.

mod answers;
mod pages;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::app::App;
use super::html::error::PageError;
use super::html::format::thousands;
use super::html::frame::{Frame, Page};
use super::request::address::Query;
use super::request::session::SignedInUser;
use crate::domain::access::Operator;
use crate::domain::find::wanted::LONGEST;
use crate::service::find::readings::Effort;
use answers::Answers;

/// What to find.
#[derive(Debug, Deserialize)]
pub(crate) struct FindAt {
    #[serde(default)]
    q: String,
}

impl FindAt {
    /// Why it can't be looked for; empty if it can.
    fn problem(&self) -> String {
        match self.q.len() {
            0..=LONGEST => String::new(),
            size => format!(
                "This text has {} bytes, and one of up to {} can be looked for. Paste only the id or the name.",
                thousands(size as u64),
                thousands(LONGEST as u64)
            ),
        }
    }

    async fn answers(
        &self,
        app: &App,
        operator: &Operator,
        effort: Effort,
    ) -> Result<Answers, PageError> {
        let found = app.services.find(operator, &self.q, effort).await?;
        Ok(Answers::new(app, operator, &self.q, found, effort))
    }
}

/// The page of the answers.
#[derive(Template)]
#[template(path = "find/page.html")]
pub(crate) struct FindPage {
    frame: Frame,
    q: String,
    /// Why the text can't be looked for; empty if it can.
    problem: String,
    /// `None` if nothing was asked for.
    answers: Option<Answers>,
}

/// Opens the only exact answer, or lists all.
pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<FindAt>,
) -> Result<Response, PageError> {
    let problem = at.problem();
    let answers = match problem.is_empty() && !at.q.trim().is_empty() {
        true => Some(at.answers(&app, &operator, Effort::Asked).await?),
        false => None,
    };
    if let Some(href) = answers.as_ref().and_then(|all| all.only(&at.q)) {
        return Ok(Redirect::to(href).into_response());
    }
    let status = match problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = FindPage {
        frame: app.frame(&operator, "find"),
        q: at.q,
        problem,
        answers,
    };
    Ok(Page::with(status, page).into_response())
}

/// The answers below the box while one types.
#[derive(Template)]
#[template(path = "find/_answers.html")]
pub(crate) struct AnswersPart {
    base: String,
    q: String,
    /// Why the text can't be looked for; empty if it can.
    problem: String,
    /// `None` if nothing was asked for.
    answers: Option<Answers>,
    /// The answers in a word, to be read out: `3 answers`.
    said: String,
}

pub(crate) async fn answers(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<FindAt>,
) -> Result<Page<AnswersPart>, PageError> {
    let problem = at.problem();
    let answers = match problem.is_empty() && !at.q.trim().is_empty() {
        true => Some(at.answers(&app, &operator, Effort::Typing).await?),
        false => None,
    };
    let count = answers.as_ref().map(Answers::count);
    Ok(Page::ok(AnswersPart {
        base: app.base_path.clone(),
        said: match count {
            None => problem.clone(),
            Some(0) => "No answers yet; Enter looks everywhere".to_owned(),
            Some(1) => "1 answer".to_owned(),
            Some(count) => format!("{count} answers"),
        },
        q: at.q.trim().to_owned(),
        problem,
        answers,
    }))
}
