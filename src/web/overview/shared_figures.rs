//! Draws the overview's figures once for all viewers with the same scope, filter and order.

use askama::Template;

use super::figures::figures_of;
use super::filter::OverviewAddress;
use super::row::RowOptions;
use super::usual_version::UsualVersion;
use crate::clock;
use crate::domain::access::scope::Scope;
use crate::service::large_texts::blocking::spawn_blocking;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::shared_part::{Part, SharedParts};

impl SharedParts {
    /// The overview's figures, cached.
    pub(crate) async fn overview(
        &self,
        app: &App,
        scope: &Scope,
        address: &OverviewAddress,
        picks: bool,
    ) -> Result<Part, PageError> {
        let key = (scope.clone(), address.clone(), picks);
        let still_fits = |part: &Part| part.still_fits(app.services.overview().now().mark);
        let find = async {
            let snapshot = app.services.overview().now();
            let (app, scope, address) = (app.clone(), scope.clone(), address.clone());
            let draw = move || {
                let began = clock::instant();
                let usual = UsualVersion::of(&scope, &snapshot);
                let rows = RowOptions {
                    usual: &usual,
                    picks,
                };
                let html = figures_of(&app, &scope, &address, &snapshot, rows).render()?;
                Ok::<_, askama::Error>(Part::new(snapshot.mark, usual.text, began, html))
            };
            let drawn = spawn_blocking(draw).await;
            drawn
                .map_err(|error| PageError::broken(&error))?
                .map_err(|error| PageError::broken(&error))
        };
        self.0.get_if(key, still_fits, find).await
    }
}
