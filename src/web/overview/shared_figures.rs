//! Draws the overview's figures once for all viewers with the same scope and filter.

use askama::Template;

use super::figures::figures_of;
use crate::clock;
use crate::domain::access::scope::Scope;
use crate::service::large_texts::blocking::spawn_blocking;
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
        picks: bool,
    ) -> Result<Part, PageError> {
        let key = (scope.clone(), filter.clone(), from, picks);
        let still_fits = |part: &Part| part.still_fits(app.services.overview().now().mark);
        let find = async {
            let snapshot = app.services.overview().now();
            let (app, scope, filter) = (app.clone(), scope.clone(), filter.clone());
            let draw = move || {
                let began = clock::instant();
                let html = figures_of(&app, &scope, &filter, &snapshot, (from, picks)).render()?;
                Ok::<_, askama::Error>(Part::new(snapshot.mark, began, html))
            };
            let drawn = spawn_blocking(draw).await;
            drawn
                .map_err(|error| PageError::broken(&error))?
                .map_err(|error| PageError::broken(&error))
        };
        self.0.get_if(key, still_fits, find).await
    }
}
