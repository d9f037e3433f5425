//! Draws the overview's figures once for all viewers with the same scope and filter.

use std::time::Instant;

use askama::Template;

use super::figures::figures_of;
use crate::domain::access::scope::Scope;
use crate::service::blocking::spawn_blocking;
use crate::service::live::snapshot::OverviewFilter;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::shared_part::{Part, SharedParts};

impl SharedParts {
    /// The overview's figures, cached.
    pub(crate) async fn overview(
        &self,
        app: &App,
        scope: &Scope,
        filter: &OverviewFilter,
        from: usize,
    ) -> Result<Part, PageError> {
        let slot = self.slot((scope.clone(), filter.clone(), from));
        // A request that arrives during drawing waits for the result.
        let mut slot = slot.lock().await;
        let snapshot = app.services.overview().now();
        if let Some(part) = slot.as_ref().filter(|part| part.is_good(snapshot.mark)) {
            return Ok(part.clone());
        }
        let (app, scope, filter) = (app.clone(), scope.clone(), filter.clone());
        let draw = move || {
            let began = Instant::now();
            let html = figures_of(&app, &scope, &filter, &snapshot, from).render()?;
            Ok::<_, askama::Error>(Part::new(snapshot.mark, began, html))
        };
        let part = spawn_blocking(draw)
            .await
            .map_err(|error| PageError::broken(&error))?
            .map_err(|error| PageError::broken(&error))?;
        *slot = Some(part.clone());
        Ok(part)
    }
}
