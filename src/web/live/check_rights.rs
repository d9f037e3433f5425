//! Checks the rights of all viewers of live pages every ten seconds, in one go, so that a thousand viewers cost Redis
//! little more than one.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio_util::sync::CancellationToken;
use tower_sessions::Session;
use tower_sessions::session::{Id, Record};

use super::viewers::{Rights, ViewerStatus, Watching};
use crate::domain::access::Operator;
use crate::domain::background::BackgroundTask;
use crate::service::accounts::session::SessionData;
use crate::service::error::{ServiceError, StoreError};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::shared_part::takes_gzip;
use crate::web::request::session::{SignedInUser, VISIT};

/// How often rights are checked.
const EVERY: Duration = Duration::from_secs(10);

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
        // Nothing new is shown while Redis is unreachable; the check is repeated in ten seconds.
        let checked = rights.check(&app).await;
        let turn = checked.as_ref().map(|_| ());
        app.services.tasks().note(BackgroundTask::CheckRights, turn);
    }
}

/// A viewer's status. A viewer whose record can't be read may not watch, unless Redis is unreachable, since then nobody's
/// can be read.
pub(crate) async fn standing(
    app: &App,
    session: &str,
    record: Option<&Record>,
    before: &Operator,
) -> Result<ViewerStatus, StoreError> {
    let visit = record.and_then(|record| record.data.get(VISIT));
    let visit: Option<SessionData> =
        visit.and_then(|visit| serde_json::from_value(visit.clone()).ok());
    let Some(visit) = visit else {
        return Ok(ViewerStatus::Ended);
    };
    let now = match app
        .services
        .visitor(session, &visit, before.origin().clone())
        .await
    {
        Ok(now) => now,
        Err(ServiceError::Store(error)) if error.is_passing() => return Err(error),
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
                && now.scope() == before.scope()
                && now.grants() == before.grants() =>
        {
            ViewerStatus::Same
        }
        Some(_) => ViewerStatus::Changed,
    })
}

impl Rights {
    /// Checks all viewers once.
    pub(crate) async fn check(&self, app: &App) -> Result<(), StoreError> {
        let viewers: Vec<(u64, Id, Operator)> = self
            .lock()
            .iter()
            .filter_map(|(number, viewer)| {
                Some((*number, viewer.session?, viewer.operator.clone()))
            })
            .collect();
        let mut sessions: Vec<Id> = viewers.iter().map(|(_, session, _)| *session).collect();
        sessions.sort_unstable_by_key(|id| id.0);
        sessions.dedup();
        let records = app.sessions.look_up(&sessions).await?;
        for (number, session, operator) in viewers {
            let record = records.get(&session);
            let standing = standing(app, &session.to_string(), record, &operator).await?;
            if standing != ViewerStatus::Same
                && let Some(viewer) = self.lock().get(&number)
            {
                viewer.standing.send_replace(standing);
            }
        }
        Ok(())
    }
}

impl FromRequestParts<App> for Watching {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let SignedInUser(operator) = SignedInUser::from_request_parts(parts, app).await?;
        let session = parts.extensions.get::<Session>().and_then(Session::id);
        let session = session.ok_or_else(|| PageError::broken(&"a visitor without a session"))?;
        Ok(Self {
            operator,
            session: Some(session),
            takes_gzip: takes_gzip(&parts.headers),
        })
    }
}
