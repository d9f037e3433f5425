//! Health checks for load balancers: whether the process runs, and whether Redis answers it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Redirect;

use crate::web::app::App;

/// The process is up. Redis is not checked, since a restart would not help.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// Whether Redis answers.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.services.store().ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "Redis does not answer; see the log\n",
            )
        }
    }
}

/// Redirects the base path without its slash.
pub(crate) async fn to_root(State(app): State<App>) -> Redirect {
    Redirect::to(&format!("{}/", app.base_path))
}
