//! Live pages: server-sent events with the fragments that changed.
//!
//! The connection pulls a stream, and the stream asks its feed for the changes since the last message. So a slow browser
//! gets one current message and no backlog, and nothing is buffered for it.

mod alerts;
pub(crate) mod check_rights;
mod family;
mod gzip;
mod job;
mod message_cache;
mod overview;
mod queue;
mod search;
pub(crate) mod shared;
mod sse_message;
pub(crate) mod stream;
pub(crate) mod viewers;
mod wall;

use std::sync::Arc;

use super::app::App;
pub(super) use alerts::stream as alerts;
pub(super) use family::stream as family;
pub(super) use job::stream as job;
pub(super) use overview::stream as overview;
pub(super) use queue::stream as queue;
pub(super) use search::stream as search;
pub(super) use wall::stream as wall;

/// Checks the rights of viewers for as long as the server runs.
pub(crate) async fn keep_rights(app: App) {
    let (rights, stop) = (Arc::clone(&app.live.rights), app.live.stop.clone());
    check_rights::keep(app, rights, stop).await;
}
