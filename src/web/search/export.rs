//! Downloads the jobs that a search finds. They are read and sent in parts, however many there are.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::at::SearchAt;
use crate::web::app::App;
use crate::web::audit::export::{FormatAt, attachment};
use crate::web::html::error::PageError;
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;

pub(crate) async fn export(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<SearchAt>,
    Query(format): Query<FormatAt>,
) -> Result<Response, PageError> {
    let (query, place, format) = (at.query()?, at.place(&app)?, format.parse()?);
    let export = app
        .services
        .begin_search_export(&operator, query, &place, format)
        .await?;
    let parts = stream::try_unfold(export, |mut export| async move {
        let part = export.next().await.inspect_err(|error| {
            tracing::error!(%error, "an export of jobs breaks off");
        })?;
        Ok::<_, crate::service::error::ServiceError>(part.map(|part| (part, export)))
    });
    let mut response = Body::from_stream(parts).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(format.media_type()),
    );
    attachment(&mut response, "bullkeeper-jobs", format);
    Ok(response)
}
