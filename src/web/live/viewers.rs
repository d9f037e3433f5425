//! Who looks on, and whether they still may: asked again every ten seconds, for all of them in one go, so that a
//! thousand viewers cost Redis little more than one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower_sessions::Session;
use tower_sessions::session::{Id, Record};

use crate::domain::access::Operator;
use crate::service::accounts::session::SessionData;
use crate::service::error::ServiceError;
use crate::store::error::StoreError;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::extract::{SignedInUser, VISIT};

/// How often rights are checked.
const EVERY: Duration = Duration::from_secs(10);

/// Whether someone may still look on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ViewerStatus {
    /// As when they began.
    Same,
    /// Their session has ended.
    Ended,
    /// They may see or do something else now.
    Changed,
}

/// Everyone who looks on.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    viewers: Mutex<HashMap<u64, Viewer>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Viewer {
    session: Id,
    operator: Operator,
    standing: watch::Sender<ViewerStatus>,
}

/// Someone signed in who is about to look on.
#[derive(Debug)]
pub(in crate::web) struct Watching {
    pub(crate) operator: Operator,
    session: Id,
}

/// Someone's place among those who look on; left when it is dropped.
#[derive(Debug)]
pub(crate) struct ViewerPlace {
    rights: Arc<Rights>,
    number: u64,
    /// Whether they still may.
    pub(crate) standing: watch::Receiver<ViewerStatus>,
}

impl FromRequestParts<App> for Watching {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let SignedInUser(operator) = SignedInUser::from_request_parts(parts, app).await?;
        let session = parts.extensions.get::<Session>().and_then(Session::id);
        let session = session.ok_or_else(|| PageError::broken(&"a visitor without a session"))?;
        Ok(Self { operator, session })
    }
}

impl Rights {
    /// How many places this person has.
    pub(crate) fn places_of(&self, watching: &Watching) -> usize {
        let name = watching.operator.name();
        let viewers = self.lock();
        viewers
            .values()
            .filter(|viewer| viewer.operator.name() == name)
            .count()
    }

    /// Takes a place.
    pub(crate) fn enter(self: &Arc<Self>, watching: &Watching) -> ViewerPlace {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, standing) = watch::channel(ViewerStatus::Same);
        let viewer = Viewer {
            session: watching.session,
            operator: watching.operator.clone(),
            standing: sender,
        };
        self.lock().insert(number, viewer);
        ViewerPlace {
            rights: Arc::clone(self),
            number,
            standing,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Viewer>> {
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks about everyone once.
    async fn check(&self, app: &App) -> Result<(), StoreError> {
        let viewers: Vec<(u64, Id, Operator)> = self
            .lock()
            .iter()
            .map(|(number, viewer)| (*number, viewer.session, viewer.operator.clone()))
            .collect();
        let mut sessions: Vec<Id> = viewers.iter().map(|(_, session, _)| *session).collect();
        sessions.sort_unstable_by_key(|id| id.0);
        sessions.dedup();
        let records = app.sessions.look_up(&sessions).await?;
        for (number, session, operator) in viewers {
            let record = records.get(&session);
            let standing = standing(app, record, &operator).await?;
            if standing != ViewerStatus::Same
                && let Some(viewer) = self.lock().get(&number)
            {
                viewer.standing.send_replace(standing);
            }
        }
        Ok(())
    }
}

/// Checks rights until `stop`.
pub(crate) async fn keep(app: App, rights: Arc<Rights>, stop: CancellationToken) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => return,
        }
        if rights.lock().is_empty() {
            continue;
        }
        if let Err(error) = rights.check(&app).await {
            // Nothing new is shown while Redis is away; it is asked again in ten seconds.
            tracing::warn!(%error, "the rights of those who look on can't be checked");
        }
    }
}

/// Someone's standing; who can't be read does not look on. Only where Redis is away nobody can be asked about.
async fn standing(
    app: &App,
    record: Option<&Record>,
    before: &Operator,
) -> Result<ViewerStatus, StoreError> {
    let visit = record.and_then(|record| record.data.get(VISIT));
    let visit: Option<SessionData> =
        visit.and_then(|visit| serde_json::from_value(visit.clone()).ok());
    let Some(visit) = visit else {
        return Ok(ViewerStatus::Ended);
    };
    let now = match app.services.visitor(&visit, before.origin().clone()).await {
        Ok(now) => now,
        Err(ServiceError::Store(error @ StoreError::Away(_))) => return Err(error),
        Err(stop) => {
            tracing::warn!(%stop, user = before.name(), "a user can't be read");
            None
        }
    };
    Ok(match now {
        None => ViewerStatus::Ended,
        Some(now)
            if now.name() == before.name()
                && now.role() == before.role()
                && now.scope() == before.scope() =>
        {
            ViewerStatus::Same
        }
        Some(_) => ViewerStatus::Changed,
    })
}

impl Drop for ViewerPlace {
    fn drop(&mut self) {
        self.rights.lock().remove(&self.number);
    }
}
