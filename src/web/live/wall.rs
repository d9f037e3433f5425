//! The stream of the wall: all of its tiles, whenever a queue changed or a minute passed.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use tokio::sync::watch;
use tokio::time::Instant;

use super::gzip::EventText;
use super::message_cache::Drawn;
use super::queue::this_minute;
use super::sse_message::Message;
use super::stream::Feed;
use crate::domain::access::scope::Scope;
use crate::service::live::snapshot::{Snapshot, SnapshotId};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::parts::AwayView;
use crate::web::wall::tiles::Tiles;
use crate::web::wall::viewer::WallViewer;

/// The least time between two messages.
const PAUSE: Duration = Duration::from_secs(1);

struct WallFeed {
    app: App,
    scope: Scope,
    /// The snapshot and the minute of the last message; the first message comes at once.
    sent: Option<(SnapshotId, u64)>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    not_before: Instant,
}

pub(crate) async fn stream(
    State(app): State<App>,
    WallViewer(watching): WallViewer,
) -> Result<Response, PageError> {
    let feed = WallFeed {
        scope: watching.operator.scope().clone(),
        sent: None,
        snapshots: app.services.overview().changes(),
        not_before: Instant::now(),
        app: app.clone(),
    };
    super::stream::stream(&app, &watching, feed)
}

impl Feed for WallFeed {
    async fn next(&mut self) -> Option<EventText> {
        loop {
            tokio::time::sleep_until(self.not_before).await;
            let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
            // Failures go out of sight with time alone.
            let state = (snapshot.mark, this_minute());
            if self.sent != Some(state) {
                let message = self.draw(&snapshot, state).await;
                self.sent = Some(state);
                self.not_before = Instant::now() + PAUSE;
                return message;
            }
            self.snapshots.changed().await.ok()?;
        }
    }
}

impl WallFeed {
    async fn draw(&self, snapshot: &Snapshot, state: (SnapshotId, u64)) -> Option<EventText> {
        let key = format!("wall {:?} {} {}", self.scope, state.0, state.1);
        let draw = || {
            let mut message = Message::default();
            let tiles = Tiles::of(&self.app, snapshot, &self.scope);
            message.part("wall", "innerMorph", &tiles);
            message.part("away", "innerMorph", &AwayView::new(&self.app, snapshot));
            Drawn {
                message: Some(message.sent(snapshot.mark)),
                rows: 1,
            }
        };
        self.app.live.shared.get(key, draw).await.message
    }
}
