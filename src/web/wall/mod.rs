//! The wall: families as tiles, the worst first, for a screen that many see from afar.

pub(crate) mod access;
pub(crate) mod tiles;
pub(crate) mod viewer;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::app::App;
use super::html::error::PageError;
use super::html::frame::{Frame, Page};
use super::html::parts::AwayView;
use super::request::address::Query;
use crate::clock;
use tiles::Tiles;
use viewer::WallViewer;

/// The page. Its frame has no navigation: who looks at it can't click.
#[derive(Template)]
#[template(path = "wall/page.html")]
struct WallPage {
    frame: Frame,
    away: AwayView,
    tiles: Tiles,
    /// The address of only the tiles, and of their live changes.
    href: String,
    events: String,
}

/// Only the tiles, for pages without a working stream.
#[derive(Template)]
#[template(source = "{{ tiles }}", ext = "html")]
pub(crate) struct TilesAlone {
    tiles: Tiles,
}

/// What the address may have once.
#[derive(Deserialize)]
pub(crate) struct WallAt {
    token: Option<String>,
}

pub(crate) async fn page(
    State(app): State<App>,
    Query(at): Query<WallAt>,
    viewer: Result<WallViewer, PageError>,
) -> Result<Response, PageError> {
    if let Some(token) = at.token {
        return exchange(&app, &token, viewer.is_ok());
    }
    let WallViewer(watching) = viewer?;
    app.services.overview().ready().await;
    let snapshot = app.services.overview().now();
    let page = WallPage {
        frame: app.frame_for_anyone(),
        away: AwayView::new(&app, &snapshot),
        tiles: Tiles::of(&app, &snapshot, watching.operator.scope()),
        href: app.links().to("/wall/figures", &[]),
        events: app.links().to("/wall/events", &[]),
    };
    Ok((no_referrer(), Page::ok(page)).into_response())
}

pub(crate) async fn figures(
    State(app): State<App>,
    WallViewer(watching): WallViewer,
) -> Page<TilesAlone> {
    let snapshot = app.services.overview().now();
    let tiles = Tiles::of(&app, &snapshot, watching.operator.scope());
    Page::ok(TilesAlone { tiles })
}

/// Leads to the address without the token, with the cookie if the token is right: an address is kept in histories and logs, and
/// sent to other sites.
fn exchange(app: &App, token: &str, may_see: bool) -> Result<Response, PageError> {
    let here = app.links().to("/wall", &[]);
    match app.wall.exchange(token, clock::since_epoch().as_secs()) {
        Some(cookie) => {
            let cookie = [(header::SET_COOKIE, cookie)];
            Ok((no_referrer(), cookie, Redirect::to(&here)).into_response())
        }
        None if may_see => Ok((no_referrer(), Redirect::to(&here)).into_response()),
        None if app.wall.has_token() => {
            tracing::warn!("a wrong token was sent for the wall");
            Err(PageError::new(
                StatusCode::FORBIDDEN,
                "This link does not open the wall",
                "Its token is wrong, or was changed since.",
                "Ask for a new link, or sign in.",
            ))
        }
        // The way back must not have the token.
        None => Err(PageError::sign_in(here)),
    }
}

fn no_referrer() -> [(HeaderName, HeaderValue); 1] {
    let policy = HeaderValue::from_static("no-referrer");
    [(header::REFERRER_POLICY, policy)]
}
