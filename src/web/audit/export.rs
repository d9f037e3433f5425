//! Downloads the audit log. It is read and sent in parts, however long it is.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;

use super::filter::AuditFilterAt;
use crate::service::audit::export::ExportFormat;
use crate::service::error::ServiceError;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;

/// The format that an address names.
#[derive(Debug, Deserialize)]
pub(crate) struct FormatAt {
    #[serde(default)]
    format: String,
}

impl FormatAt {
    /// The format, or an error if no format has that name.
    pub(crate) fn parse(&self) -> Result<ExportFormat, PageError> {
        self.format.parse().map_err(PageError::bad)
    }
}

/// Makes the browser save an answer as a file.
pub(crate) fn attachment(response: &mut Response, name: &str, format: ExportFormat) {
    let name = format!("attachment; filename=\"{name}.{}\"", format.name());
    if let Ok(name) = HeaderValue::from_str(&name) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
}

pub(crate) async fn export(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<AuditFilterAt>,
    Query(format): Query<FormatAt>,
) -> Result<Response, PageError> {
    let filter = at.parse()?;
    let format = format.parse()?;
    // The first part is read before the answer begins, so that a refusal has its own status.
    let first = app.services.audit_part(&operator, &filter, None).await?;
    let export = app.services.begin_export(&operator, &filter, format);
    let state = (app, operator, filter, export, Some(first), format.head());
    let parts = stream::try_unfold(
        state,
        move |(app, operator, filter, mut export, part, head)| async move {
            let Some((entries, last)) = part else {
                export.is_whole();
                return Ok::<_, ServiceError>(None);
            };
            export.add(entries.len());
            let mut bytes = head;
            for recorded in &entries {
                bytes.extend(format.line(recorded));
            }
            let next = match &last {
                Some(id) => Some(
                    app.services
                        .audit_part(&operator, &filter, Some(id))
                        .await?,
                ),
                None => None,
            };
            Ok(Some((
                bytes,
                (app, operator, filter, export, next, Vec::new()),
            )))
        },
    );
    let mut response = Body::from_stream(parts).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(format.media_type()),
    );
    attachment(&mut response, "bullkeeper-audit", format);
    Ok(response)
}
