//! The stream of a family's page: its figures in the columns that the page has, how many versions are new, and its charts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use tokio::sync::watch;

use super::gzip::EventText;
use super::message_cache::Drawn;
use super::queue::this_minute;
use super::sse_message::Message;
use super::stream::{Feed, resumed};
use super::viewers::Watching;
use crate::domain::access::Operator;
use crate::service::live::snapshot::{Snapshot, SnapshotId};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::parts::{AwayView, NewView};
use crate::web::request::address::{FamilyAt, Query};
use crate::web::versions::family::live_part::LivePart;
use crate::web::versions::family::table::Columns;
use crate::web::versions::family::{ShownFamily, backlogs_of};

struct FamilyFeed {
    app: App,
    operator: Operator,
    prefix: String,
    name: String,
    columns: Columns,
    /// The snapshot that the page was drawn from.
    drawn: SnapshotId,
    /// The snapshot up to which changes were sent.
    sent: SnapshotId,
    /// The minute, since 1970, whose charts the page shows.
    charted: u64,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

pub(crate) async fn stream(
    State(app): State<App>,
    watching: Watching,
    headers: HeaderMap,
    Query(at): Query<FamilyAt>,
    Query(shown): Query<ShownFamily>,
) -> Result<Response, PageError> {
    let prefix = at.prefix(&app)?.to_owned();
    let (queues, drawn) = (shown.queues(&prefix)?, shown.mark()?);
    app.services
        .check_family(&watching.operator, &queues)
        .await?;
    let feed = FamilyFeed {
        operator: watching.operator.clone(),
        columns: Columns::of(&app, queues),
        prefix,
        name: at.name,
        drawn,
        sent: resumed(&headers, drawn),
        charted: this_minute(),
        snapshots: app.services.overview().changes(),
        app: app.clone(),
    };
    crate::web::live::stream::stream(&app, &watching, feed)
}

impl Feed for FamilyFeed {
    async fn next(&mut self) -> Option<EventText> {
        loop {
            let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
            if snapshot.mark != self.sent || self.charted != this_minute() {
                let message = self.draw(&snapshot).await;
                self.sent = snapshot.mark;
                self.charted = this_minute();
                if message.is_some() {
                    return message;
                }
            }
            self.snapshots.changed().await.ok()?;
        }
    }
}

impl FamilyFeed {
    async fn draw(&self, snapshot: &Snapshot) -> Option<EventText> {
        let new = self.new_versions(snapshot);
        // Viewers with the same scope, role and columns get the same message: the role decides what is offered.
        let key = format!(
            "family {:?} {:?} {}:{} {} {} {} {new}",
            self.operator.scope(),
            self.operator.role(),
            self.prefix,
            self.columns.names(),
            self.sent,
            self.charted,
            snapshot.mark
        );
        let draw = || self.changes(snapshot, new);
        self.app.live.shared.get(key, draw).await.message
    }

    /// How many versions in the viewer's scope are new since the page was drawn.
    fn new_versions(&self, snapshot: &Snapshot) -> usize {
        if snapshot.newest <= self.drawn.number || self.drawn.process != snapshot.mark.process {
            return 0;
        }
        let versions = snapshot.queues.iter().filter(|version| {
            let queue = &version.figures.queue;
            version.found > self.drawn.number
                && version.lineage.family == self.name
                && queue.prefix() == self.prefix
                && self.operator.scope().holds(queue)
        });
        versions.count()
    }

    fn changes(&self, snapshot: &Snapshot, new: usize) -> Drawn {
        let foreign = self.sent.process != snapshot.mark.process;
        let since = if foreign { 0 } else { self.sent.number };
        let mut message = Message::default();
        // The time until a version is empty passes without any change of its jobs.
        let new_minute = self.charted != this_minute();
        if foreign || new_minute || self.has_changed(snapshot, since) {
            let figures = LivePart::of(&self.app, &self.operator, snapshot, &self.columns);
            message.part("figures", "innerMorph", &figures);
        }
        if new_minute {
            let backlogs = backlogs_of(snapshot, &self.columns);
            message.part("hour", "innerMorph", &backlogs);
        }
        if new > 0 && snapshot.newest > since {
            let text = match new {
                1 => "1 new version".to_owned(),
                new => format!("{} new versions", thousands(new as u64)),
            };
            let here = self.app.links().family(&self.prefix, &self.name, "/family");
            message.part("new", "innerMorph", &NewView::new(&self.app, text, here));
        }
        if snapshot.turned > since || foreign {
            message.part("away", "innerMorph", &AwayView::new(&self.app, snapshot));
        }
        Drawn {
            message: (!message.is_empty()).then(|| message.sent(snapshot.mark)),
            rows: 1,
        }
    }

    fn has_changed(&self, snapshot: &Snapshot, since: u64) -> bool {
        self.columns.iter().any(|column| {
            let mut gone = snapshot.gone.iter().rev();
            match snapshot.queue(&column.queue) {
                Some(seen) => seen.changed > since,
                None => gone.any(|(from, queue)| *from > since && *queue == column.queue),
            }
        })
    }
}
