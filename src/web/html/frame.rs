//! The frame of every page, and how a page struct becomes an answer.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::error::PageError;
use crate::domain::access::{Action, Grant, Operator};
use crate::service::proposals::pending::ProposalCounts;
use crate::web::alerts::alarm::AlertsView;
use crate::web::app::App;

/// The frame around a page: the user, the current place in the navigation, and the environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    /// The path that everything is under.
    pub(crate) base: String,
    /// The environment's name; empty if it has none.
    pub(crate) environment: String,
    /// The colour of its badge: neutral, blue, green, amber or red.
    pub(crate) environment_color: &'static str,
    /// Whether the process only reads.
    pub(crate) read_only: bool,
    /// Who is signed in.
    pub(crate) user: Option<UserView>,
    /// The current entry of the navigation, such as `overview`, `failures` or `upcoming`, or
    /// none.
    pub(crate) current: &'static str,
    /// Bullkeeper's version.
    pub(crate) version: &'static str,
    /// The server's time, RFC 3339. A browser with a wrong clock corrects its "ago" by it.
    pub(crate) now: String,
}

/// The signed-in user, as the frame shows them.
#[derive(Debug, Clone)]
pub(crate) struct UserView {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    /// Whether the navigation offers the audit log.
    pub(crate) may_read_audit: bool,
    /// Whether the menu offers the page about Redis.
    pub(crate) may_view_server: bool,
    /// How many proposals they may approve, where the navigation offers the page.
    pub(crate) to_approve: Option<usize>,
    /// What fires in the queues that they may see.
    pub(crate) alerts: AlertsView,
}

impl App {
    /// The frame of a page for `operator`.
    pub(crate) fn frame(&self, operator: &Operator, current: &'static str) -> Frame {
        Frame {
            user: Some(UserView {
                name: operator.name().to_owned(),
                role: operator.role().name(),
                may_read_audit: operator.may_anywhere(Action::ReadAudit),
                may_view_server: operator.may_anywhere(Action::ViewServer),
                to_approve: self.to_approve(operator),
                alerts: AlertsView::new(&self.services, operator),
            }),
            current,
            ..self.frame_for_anyone()
        }
    }

    /// How many proposals someone may approve; `None` for those whom no proposal concerns now.
    fn to_approve(&self, operator: &Operator) -> Option<usize> {
        let counts = self.services.proposal_counts(operator);
        let may_approve = operator.grants().hold_anywhere(Grant::Approve);
        (may_approve || counts != ProposalCounts::default()).then_some(counts.to_approve)
    }

    /// The frame of a page without a signed-in user.
    pub(crate) fn frame_for_anyone(&self) -> Frame {
        Frame {
            base: self.base_path.clone(),
            environment: self.environment.clone(),
            environment_color: self.environment_color,
            read_only: self.services.rules().read_only,
            user: None,
            current: "",
            version: env!("CARGO_PKG_VERSION"),
            now: crate::web::html::format::When::of(crate::clock::unix_millis()).iso,
        }
    }
}

/// A page struct with its status.
#[derive(Debug)]
pub(crate) struct Page<T>(StatusCode, T);

impl<T> Page<T> {
    /// A page with the status 200.
    pub(crate) fn ok(page: T) -> Self {
        Self(StatusCode::OK, page)
    }

    /// A page whose status tells the outcome of the request.
    pub(crate) fn with(status: StatusCode, page: T) -> Self {
        Self(status, page)
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.1.render() {
            Ok(html) => (self.0, Html(html)).into_response(),
            Err(error) => PageError::broken(&error).into_response(),
        }
    }
}
