//! Downloads the audit log. It is read and sent in parts, however long it is.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;

use super::filter::AuditFilterAt;
use crate::domain::access::Operator;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::filter::AuditFilter;
use crate::service::Services;
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
    let services = Arc::clone(&app.services);
    let parts = ExportParts {
        head: format.head(),
        line: move |recorded: &LoggedEntry| format.line(recorded),
        name: "bullkeeper-audit".to_owned(),
    };
    send(services, operator, filter, format, parts).await
}

/// What a download is made of.
pub(crate) struct ExportParts<L> {
    /// What comes before the entries.
    pub(crate) head: Vec<u8>,
    /// One entry's line.
    pub(crate) line: L,
    /// The file's name, without its extension.
    pub(crate) name: String,
}

/// Sends the entries that pass a filter, part by part, and records the export.
pub(crate) async fn send<L, B>(
    services: Arc<Services>,
    operator: Operator,
    filter: AuditFilter,
    format: ExportFormat,
    ExportParts { head, line, name }: ExportParts<L>,
) -> Result<Response, PageError>
where
    L: Fn(&LoggedEntry) -> B + Send + Sync + 'static,
    B: IntoIterator<Item = u8>,
{
    // The first part is read before the answer begins, so that a refusal has its own status.
    let first = services.audit_part(&operator, &filter, None).await?;
    let export = services.begin_export(&operator, &filter, format);
    let state = (services, operator, filter, export, line, Some(first), head);
    let parts = stream::try_unfold(
        state,
        move |(services, operator, filter, mut export, line, part, head)| async move {
            let Some((entries, last)) = part else {
                export.is_whole();
                return Ok::<_, ServiceError>(None);
            };
            export.add(entries.len());
            let mut bytes = head;
            for recorded in &entries {
                bytes.extend(line(recorded));
            }
            let next = match &last {
                Some(id) => Some(services.audit_part(&operator, &filter, Some(id)).await?),
                None => None,
            };
            let state = (services, operator, filter, export, line, next, Vec::new());
            Ok(Some((bytes, state)))
        },
    );
    let mut response = Body::from_stream(parts).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(format.media_type()),
    );
    attachment(&mut response, &name, format);
    Ok(response)
}
