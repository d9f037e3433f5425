//! Pages that move by themselves: server-sent events with the fragments that changed.
//!
//! A stream is pulled by its connection, and asks its feed for what changed since what was sent last. So a browser that
//! reads slowly gets one fresh message and no backlog, and nothing is kept for it meanwhile.

pub(crate) mod check_rights;
mod family;
mod gzip;
mod job;
mod message_cache;
mod overview;
mod queue;
pub(crate) mod shared;
mod sse_message;
pub(crate) mod stream;
mod viewers;

use std::sync::Arc;

use super::app::App;
pub(super) use family::stream as family;
pub(super) use job::stream as job;
pub(super) use overview::stream as overview;
pub(super) use queue::stream as queue;

/// Checks the rights of those who look on, for as long as the server runs.
pub(crate) async fn keep_rights(app: App) {
    let (rights, stop) = (Arc::clone(&app.live.rights), app.live.stop.clone());
    check_rights::keep(app, rights, stop).await;
}
