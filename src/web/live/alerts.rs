//! The stream of the page of alerts: all that it shows but the form, whenever something of it changed.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use tokio::sync::watch;
use tokio::time::Instant;

use super::gzip::EventText;
use super::message_cache::Drawn;
use super::sse_message::Message;
use super::stream::Feed;
use super::viewers::Watching;
use crate::domain::access::Operator;
use crate::service::alerts::readings::AlertsKnown;
use crate::service::live::snapshot::Snapshot;
use crate::web::alerts::alarm::{AlarmsPart, AlertsLink, AlertsView};
use crate::web::alerts::now::{AlertsNow, SilenceForm};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::parts::AwayView;

/// The pause after a message: so long, and longer for many rows, so that a viewer gets no more than some hundred a second.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_A_ROW: Duration = Duration::from_millis(5);

struct AlertsFeed {
    app: App,
    operator: Operator,
    /// What was sent last: the version of what is known, and since when Redis is unreachable. The first message comes at once.
    sent: Option<(u64, String)>,
    known: watch::Receiver<Arc<AlertsKnown>>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    not_before: Instant,
}

pub(crate) async fn stream(
    State(app): State<App>,
    watching: Watching,
) -> Result<Response, PageError> {
    let feed = AlertsFeed {
        operator: watching.operator.clone(),
        sent: None,
        known: app.services.alerts_changes(),
        snapshots: app.services.overview().changes(),
        not_before: Instant::now(),
        app: app.clone(),
    };
    super::stream::stream(&app, &watching, feed)
}

impl Feed for AlertsFeed {
    async fn next(&mut self) -> Option<EventText> {
        loop {
            tokio::time::sleep_until(self.not_before).await;
            let known = Arc::clone(&self.known.borrow_and_update());
            let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
            let state = (known.version, format!("{:?}", snapshot.stale));
            if self.sent.as_ref() != Some(&state) {
                let drawn = self.draw(&known, &snapshot, &state).await;
                self.sent = Some(state);
                let rows = u32::try_from(drawn.rows).unwrap_or(u32::MAX);
                self.not_before = Instant::now() + PAUSE.max(PAUSE_A_ROW.saturating_mul(rows));
                return drawn.message;
            }
            tokio::select! {
                changed = self.known.changed() => changed.ok()?,
                changed = self.snapshots.changed() => changed.ok()?,
            }
        }
    }
}

impl AlertsFeed {
    async fn draw(
        &self,
        known: &AlertsKnown,
        snapshot: &Snapshot,
        (version, away): &(u64, String),
    ) -> Drawn {
        let operator = &self.operator;
        // Whether a person may end a silence depends on who made it; all else is the same for those with the same rights.
        let name = match known.silences.is_empty() {
            true => "",
            false => operator.name(),
        };
        let key = format!(
            "alerts {:?} {:?} {:?} {name:?} {version} {away}",
            operator.scope(),
            operator.role(),
            operator.grants(),
        );
        let draw = || {
            let now = AlertsNow::of(&self.app, operator, SilenceForm::default(), String::new());
            let (base, alerts) = (
                self.app.base_path.clone(),
                AlertsView::new(&self.app.services, operator),
            );
            let mut message = Message::default();
            message.part("alerts", "innerMorph", &now);
            message.part("away", "innerMorph", &AwayView::new(&self.app, snapshot));
            let link = AlertsLink {
                base: base.clone(),
                alerts: alerts.clone(),
            };
            message.part("alerts-link", "outerMorph", &link);
            message.part("alert-notices", "innerMorph", &AlarmsPart { base, alerts });
            Drawn {
                message: Some(message.with_id(None)),
                rows: now.rows(),
            }
        };
        self.app.live.shared.get(key, draw).await
    }
}
