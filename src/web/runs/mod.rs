//! Runs: the page of one run with its progress and buttons, and the list of the newest runs.

pub(super) mod export;
pub(super) mod figures;
mod pace;
pub(super) mod second_person;
pub(super) mod started;
pub(super) mod view;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::run::RunId;
use crate::service::runs::plan::RunBegun;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query};
use crate::web::request::session::SignedInUser;
use figures::RunFigures;
use view::RunView;

/// The run in an address or form.
#[derive(Debug, Deserialize)]
pub(super) struct RunAt {
    id: String,
}

impl RunAt {
    fn run(&self) -> Result<RunId, PageError> {
        RunId::parse(&self.id)
            .ok_or_else(|| PageError::not_found(format!("There is no run {:?}.", self.id)))
    }
}

/// The page of a run.
#[derive(Template)]
#[template(path = "runs/run.html")]
pub(super) struct RunPage {
    frame: Frame,
    figures: RunFigures,
    runs_href: String,
}

pub(super) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<RunAt>,
) -> Result<Page<RunPage>, PageError> {
    let seen = app.services.run(&operator, &at.run()?).await?;
    Ok(Page::ok(RunPage {
        frame: app.frame(&operator, "runs"),
        figures: RunFigures::new(&app, &operator, &seen, false),
        runs_href: app.links().to("/runs", &[]),
    }))
}

pub(super) async fn figures_part(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<RunAt>,
) -> Result<Page<RunFigures>, PageError> {
    let seen = app.services.run(&operator, &at.run()?).await?;
    Ok(Page::ok(RunFigures::new(&app, &operator, &seen, true)))
}

pub(super) async fn stop(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<RunAt>,
) -> Result<Response, PageError> {
    let id = at.run()?;
    // If the run ended meanwhile, its page says so.
    app.services.stop_run(&operator, &id).await?;
    Ok(to_run(&app, &id))
}

pub(super) async fn go_on(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<RunAt>,
) -> Result<Response, PageError> {
    let id = at.run()?;
    match app.services.go_on(&operator, &id, "").await? {
        RunBegun::Yes(id) => Ok(to_run(&app, &id)),
        RunBegun::Over => Ok(to_run(&app, &id)),
        RunBegun::Busy(other) if other == id => Ok(to_run(&app, &id)),
        RunBegun::Busy(other) => Err(PageError::taken(format!(
            "Run {other} is using one of its queues. Continue this run after that one has ended."
        ))),
    }
}

/// Redirects to a run's page.
pub(super) fn to_run(app: &App, id: &RunId) -> Response {
    Redirect::to(&app.links().to("/run", &[("id", id.as_str())])).into_response()
}

/// The page of the newest runs.
#[derive(Template)]
#[template(path = "runs/list.html")]
pub(super) struct RunsPage {
    frame: Frame,
    runs: Vec<RunView>,
}

pub(super) async fn list(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
) -> Result<Page<RunsPage>, PageError> {
    let runs = app.services.runs(&operator).await?;
    Ok(Page::ok(RunsPage {
        frame: app.frame(&operator, "runs"),
        runs: runs
            .iter()
            .map(|run| RunView::new(&app, &operator, run))
            .collect(),
    }))
}
