//! Who looks at the wall: someone signed in, within their scope, or a screen with the wall's cookie, which sees every queue.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::clock;
use crate::domain::access::scope::Scope;
use crate::domain::access::{Actor, Operator, Role};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::shared_part::takes_gzip;
use crate::web::live::viewers::Watching;
use crate::web::request::client::Caller;

/// A viewer of the wall, as an extractor. Others are sent to the sign-in page.
#[derive(Debug)]
pub(crate) struct WallViewer(pub(crate) Watching);

impl FromRequestParts<App> for WallViewer {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let refused = match Watching::from_request_parts(parts, app).await {
            Ok(watching) => return Ok(Self(watching)),
            Err(refused) => refused,
        };
        if !app
            .wall
            .opens(&parts.headers, clock::since_epoch().as_secs())
        {
            return Err(refused);
        }
        let Caller(origin) = Caller::from_request_parts(parts, app).await?;
        let scope = Scope::everything();
        Ok(Self(Watching {
            // No handler but the wall's gets it: it is nobody's, and may do nothing.
            operator: Operator::new(Actor::Unknown, Role::Viewer, scope, origin, true),
            session: None,
            takes_gzip: takes_gzip(&parts.headers),
        }))
    }
}
