//! The stream of the overview: totals, and the rows whose figures changed. Rows stay in place; new queues wait behind a
//! link.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::Instant;

use super::gzip::EventText;
use super::message_cache::Drawn;
use super::sse_message::Message;
use super::stream::{Feed, resumed};
use super::viewers::Watching;
use crate::domain::access::scope::Scope;
use crate::service::live::snapshot::{Snapshot, SnapshotId, VersionFigures};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::parts::{AwayView, NewView};
use crate::web::overview::alarms::Alarms;
use crate::web::overview::figures::{figures_of, totals_of};
use crate::web::overview::filter::{OverviewAddress, OverviewFilterAt};
use crate::web::overview::row::{GoneRow, RowOptions, VersionView};
use crate::web::overview::usual_version::UsualVersion;
use crate::web::queue::operate_many::queues::offered::offered_over_queues;
use crate::web::request::address::Query;
use crate::web::versions::lifecycle::ViewContext;

/// How long a stream pauses after a message for each of its rows, two seconds at most: if every queue changes all the time,
/// a viewer gets no more than some hundred rows a second.
const PAUSE_A_ROW: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What a page was drawn from.
#[derive(Debug, Deserialize)]
pub(crate) struct SeenAt {
    seen: String,
}

impl SeenAt {
    pub(super) fn mark(&self) -> Result<SnapshotId, PageError> {
        self.seen.parse().map_err(PageError::bad)
    }
}

/// What the rows of a page leave out.
#[derive(Debug, Deserialize)]
pub(crate) struct LeftOutAt {
    /// The BullMQ version that most queues had.
    #[serde(default)]
    bullmq: String,
}

struct OverviewFeed {
    app: App,
    scope: Scope,
    /// Which rows the page shows, in which order.
    address: OverviewAddress,
    /// Whether its rows can be selected.
    picks: bool,
    /// The BullMQ version that the page's rows leave out.
    usual_version: String,
    /// The snapshot that the page was drawn from.
    drawn: SnapshotId,
    /// The snapshot up to which changes were sent.
    sent: SnapshotId,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    not_before: Instant,
}

pub(crate) async fn stream(
    State(app): State<App>,
    watching: Watching,
    headers: HeaderMap,
    Query(at): Query<OverviewFilterAt>,
    Query(seen): Query<SeenAt>,
    Query(left_out): Query<LeftOutAt>,
) -> Result<Response, PageError> {
    let drawn = seen.mark()?;
    let feed = OverviewFeed {
        scope: watching.operator.scope().clone(),
        picks: !offered_over_queues(&watching.operator).is_empty(),
        address: at.parse()?,
        usual_version: left_out.bullmq,
        drawn,
        sent: resumed(&headers, drawn),
        snapshots: app.services.overview().changes(),
        not_before: Instant::now(),
        app: app.clone(),
    };
    crate::web::live::stream::stream(&app, &watching, feed)
}

impl Feed for OverviewFeed {
    async fn next(&mut self) -> Option<EventText> {
        loop {
            tokio::time::sleep_until(self.not_before).await;
            let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
            if snapshot.mark != self.sent {
                let usual = self.app.live.usual_versions.of(&self.scope, &snapshot);
                let usual = usual.await;
                let drawn = self.draw(&snapshot, &usual).await;
                self.sent = snapshot.mark;
                self.usual_version = usual.text;
                let pause =
                    PAUSE_A_ROW.saturating_mul(u32::try_from(drawn.rows).unwrap_or(u32::MAX));
                self.not_before = Instant::now() + pause.min(LONGEST_PAUSE);
                if let Some(message) = drawn.message {
                    return Some(message);
                }
            }
            self.snapshots.changed().await.ok()?;
        }
    }
}

impl OverviewFeed {
    async fn draw(&self, snapshot: &Snapshot, usual: &UsualVersion) -> Drawn {
        // Few pages are open over the coming of a queue: what only they are told is not in the others' messages.
        let new = match snapshot.newest > self.drawn.number
            && self.drawn.process == snapshot.mark.process
        {
            true => self.new_queues(snapshot),
            false => 0,
        };
        let anew = self.must_be_shown_anew(snapshot, usual);
        // A page's rows are the same in every order: only a message with all of them, or with a link, depends on it.
        let page = match anew || new > 0 {
            true => format!("{:?}", self.address),
            false => String::new(),
        };
        let key = format!(
            "overview {:?} {} {:?} {} {} {anew} {new} {page}",
            self.scope, self.picks, self.address.filter.name, self.sent, snapshot.mark
        );
        let draw = || self.changes(snapshot, usual, anew, new);
        self.app.live.shared.get(key, draw).await
    }

    /// Whether the rows that changed do not suffice: what the page shows came from another process, or not all that went is known
    /// any more, or there was no queue at all, or its rows leave out another BullMQ version.
    fn must_be_shown_anew(&self, snapshot: &Snapshot, usual: &UsualVersion) -> bool {
        self.sent.process != snapshot.mark.process
            || snapshot.forgot_since(self.sent.number)
            || self.are_all_new(snapshot)
            || self.usual_version != usual.text
    }

    fn new_queues(&self, snapshot: &Snapshot) -> usize {
        let is_new = |version: &&Arc<VersionFigures>| {
            version.found > self.drawn.number && self.address.filter.wants(&version.figures)
        };
        self.in_sight(snapshot).filter(is_new).count()
    }

    /// Whether no queue was there when something was sent last, and some are now.
    fn are_all_new(&self, snapshot: &Snapshot) -> bool {
        let mut queues = snapshot.queues.iter();
        !snapshot.queues.is_empty() && queues.all(|queue| queue.found > self.sent.number)
    }

    fn in_sight<'a>(
        &'a self,
        snapshot: &'a Snapshot,
    ) -> impl Iterator<Item = &'a Arc<VersionFigures>> {
        snapshot.queues.iter().filter(|version| {
            let queue = &version.figures.queue;
            self.scope.holds(queue) && self.address.filter.names(queue)
        })
    }

    fn changes(&self, snapshot: &Snapshot, usual: &UsualVersion, anew: bool, new: usize) -> Drawn {
        let (app, mut message, mut rows) = (&self.app, Message::default(), 0);
        let sight = ViewContext::new(&self.scope, snapshot);
        let rows_for = RowOptions {
            usual,
            picks: self.picks,
        };
        if anew {
            let figures = figures_of(app, &self.scope, &self.address, snapshot, rows_for);
            message.part("overview", "innerMorph", &figures);
        } else {
            for version in self.in_sight(snapshot) {
                if version.changed > self.sent.number {
                    rows += 1;
                    let row = VersionView::new(app, version, &sight, rows_for);
                    message.part(&row.id, "outerMorph", &row);
                }
            }
            for (_, queue) in snapshot
                .gone
                .iter()
                .filter(|(from, queue)| *from > self.sent.number && self.scope.holds(queue))
            {
                let row = GoneRow::new(queue);
                message.part(&row.id, "outerMorph", &row);
            }
            if rows > 0 {
                message.part(
                    "totals",
                    "innerMorph",
                    &totals_of(app, &self.scope, snapshot),
                );
                message.part("alarms", "innerMorph", &Alarms::of(app, snapshot, &sight));
                message.part("usual-version", "innerMorph", usual);
            }
            if new > 0 {
                let href = self.address.from(0).href(app.links(), "/", &[]);
                message.part("new", "innerMorph", &NewView::queues(app, href, new));
            }
        }
        if snapshot.turned > self.sent.number || self.sent.process != snapshot.mark.process {
            message.part("away", "innerMorph", &AwayView::new(app, snapshot));
        }
        Drawn {
            message: (!message.is_empty()).then(|| message.sent(snapshot.mark)),
            rows,
        }
    }
}
