//! The stream of a queue's page: its facts, the tabs' counts, how many jobs are new since its rows were drawn, and its
//! charts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use tokio::sync::watch;

use super::gzip::EventText;
use super::message_cache::Drawn;
use super::overview::SeenAt;
use super::sse_message::Message;
use super::stream::{Feed, resumed};
use super::viewers::Watching;
use crate::clock::unix_millis;
use crate::domain::access::scope::Scope;
use crate::domain::queue::QueueId;
use crate::service::live::snapshot::{Snapshot, SnapshotId};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::parts::{AwayView, NewView};
use crate::web::queue::figures::{Listed, ListedAt};
use crate::web::queue::{charts_of, figures};
use crate::web::request::address::{Query, QueueAt};
use crate::web::versions::lifecycle::ViewContext;

struct QueueFeed {
    app: App,
    queue: QueueId,
    scope: Scope,
    listed: Listed,
    sent: SnapshotId,
    /// The minute, since 1970, whose charts the page shows.
    charted: u64,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

pub(crate) async fn stream(
    State(app): State<App>,
    watching: Watching,
    headers: HeaderMap,
    Query(at): Query<QueueAt>,
    Query(listed): Query<ListedAt>,
    Query(seen): Query<SeenAt>,
) -> Result<Response, PageError> {
    let queue = at.queue(&app)?;
    app.services.check_queue(&watching.operator, &queue).await?;
    let drawn = seen.mark()?;
    let feed = QueueFeed {
        queue,
        scope: watching.operator.scope().clone(),
        listed: listed.parse()?,
        sent: resumed(&headers, drawn),
        charted: this_minute(),
        snapshots: app.services.overview().changes(),
        app: app.clone(),
    };
    crate::web::live::stream::stream(&app, &watching, feed)
}

impl Feed for QueueFeed {
    async fn next(&mut self) -> Option<EventText> {
        loop {
            let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
            if snapshot.mark != self.sent {
                let message = self.draw(&snapshot).await;
                self.sent = snapshot.mark;
                if message.is_some() {
                    return message;
                }
            }
            let minute = this_minute();
            if self.charted != minute {
                let charts = self.charts(&snapshot, minute).await;
                self.charted = minute;
                return charts;
            }
            self.snapshots.changed().await.ok()?;
        }
    }
}

impl QueueFeed {
    async fn draw(&self, snapshot: &Snapshot) -> Option<EventText> {
        let foreign = self.sent.process != snapshot.mark.process;
        let since = if foreign { 0 } else { self.sent.number };
        let changed = match snapshot.queue(&self.queue) {
            Some(seen) => seen.changed,
            None => self.gone_since(snapshot).unwrap_or(since),
        };
        if changed <= since && snapshot.turned <= since {
            return None;
        }
        // All viewers who may see the queue that was meant get the same message.
        let meant = snapshot
            .queue(&self.queue)
            .and_then(|seen| seen.meant.as_ref());
        let sees_meant = meant.is_some_and(|meant| self.scope.holds(meant));
        let key = format!(
            "queue {} {:?} {since} {} {sees_meant}",
            self.queue, self.listed, snapshot.mark
        );
        let draw = || self.changes(snapshot, since);
        self.app.live.shared.get(key, draw).await.message
    }

    /// The number of the first snapshot without the queue.
    fn gone_since(&self, snapshot: &Snapshot) -> Option<u64> {
        if snapshot.queue(&self.queue).is_some() {
            return None;
        }
        let mut gone = snapshot.gone.iter().rev();
        gone.find(|(_, queue)| *queue == self.queue)
            .map(|(number, _)| *number)
    }

    /// The charts show whole minutes, so they are sent once a minute.
    async fn charts(&self, snapshot: &Snapshot, minute: u64) -> Option<EventText> {
        let key = format!("charts {} {minute} {}", self.queue, snapshot.mark);
        let draw = || {
            let mut message = Message::default();
            if let Some(series) = snapshot
                .queue(&self.queue)
                .and_then(|seen| seen.series.as_deref())
            {
                message.part("hour", "innerMorph", &charts_of(series));
            }
            Drawn {
                message: Some(message.sent(snapshot.mark)),
                rows: 1,
            }
        };
        self.app.live.shared.get(key, draw).await.message
    }

    fn changes(&self, snapshot: &Snapshot, since: u64) -> Drawn {
        let mut message = Message::default();
        let sight = ViewContext::new(&self.scope, snapshot);
        if let Some(seen) = snapshot.queue(&self.queue)
            && seen.changed > since
        {
            let figures = figures::view(&self.app, snapshot.mark, seen, self.listed, &sight);
            message.part("figures", "innerMorph", &figures);
        }
        if self.gone_since(snapshot).is_some_and(|gone| gone > since) {
            let text = "This queue is gone".to_owned();
            let overview = self.app.links().to("/", &[]);
            message.part(
                "new",
                "innerMorph",
                &NewView::new(&self.app, text, overview),
            );
        }
        if snapshot.turned > since {
            message.part("away", "innerMorph", &AwayView::new(&self.app, snapshot));
        }
        Drawn {
            message: (!message.is_empty()).then(|| message.sent(snapshot.mark)),
            rows: 1,
        }
    }
}

/// The current minute, since 1970.
pub(super) fn this_minute() -> u64 {
    unix_millis() / 60_000
}
