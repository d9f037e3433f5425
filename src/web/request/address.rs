//! Parses the queries and forms of requests, so that handlers only see typed values.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::forms::encoded_names;
use super::query_error::query_error;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::web::app::App;
use crate::web::html::error::PageError;

/// The parsed query; if it can't be parsed, the user is told why.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, PageError> {
        let query = match parts.uri.query() {
            // A form with the method GET encodes names in this way.
            Some(query) if query.contains("*=") || query.contains("%2A=") => {
                let mut query = query.as_bytes().to_vec();
                encoded_names::decode(&mut query);
                let uri = format!("/?{}", String::from_utf8_lossy(&query)).parse::<Uri>();
                let uri = uri.map_err(|error| PageError::bad(format!("The address: {error}.")))?;
                axum::extract::Query::try_from_uri(&uri)
            }
            _ => axum::extract::Query::try_from_uri(&parts.uri),
        };
        query.map(|query| Self(query.0)).map_err(|error| {
            let query = parts.uri.query().unwrap_or_default();
            PageError::bad(query_error(query, &error.body_text()))
        })
    }
}

/// A parsed form, with its encoded names and ids decoded; if it can't be parsed, the user is told why.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = axum::response::Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        use axum::response::IntoResponse;
        let (parts, body) = request.into_parts();
        let sent = Bytes::from_request(Request::from_parts(parts.clone(), body), app).await;
        let mut sent: Vec<u8> = sent.map_err(IntoResponse::into_response)?.into();
        encoded_names::decode(&mut sent);
        let request = Request::from_parts(parts, Body::from(sent));
        match axum::extract::Form::from_request(request, app).await {
            Ok(form) => Ok(Self(form.0)),
            // A form that is too large is recognised by its status; see error.rs.
            Err(error) => Err(error.into_response()),
        }
    }
}

/// The queue in an address or form.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct QueueAt {
    #[serde(alias = "queue")]
    name: String,
    #[serde(default)]
    prefix: String,
}

impl QueueAt {
    /// The queue with this name and prefix, as an address names them.
    pub(crate) fn named(name: &str, prefix: &str) -> Self {
        Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    /// The queue, under the default prefix if none is named.
    pub(crate) fn queue(&self, app: &App) -> Result<QueueId, PageError> {
        let prefix = known_prefix(app, &self.prefix)?;
        QueueId::new(prefix, &self.name)
            .map_err(|bad| PageError::not_found(format!("There is no such queue: {bad}.")))
    }
}

/// The prefix, if Bullkeeper looks under it; the default one if none is named.
fn known_prefix<'a>(app: &'a App, named: &'a str) -> Result<&'a str, PageError> {
    let prefixes = app.services.store().prefixes();
    let prefix = match named {
        "" => prefixes.first().map_or("bull", String::as_str),
        named => named,
    };
    match prefixes.iter().any(|known| known == prefix) {
        true => Ok(prefix),
        false => Err(PageError::not_found(format!(
            "There is no prefix {prefix:?} among those Bullkeeper looks under."
        ))),
    }
}

/// The family in an address or form.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FamilyAt {
    pub(crate) name: String,
    #[serde(default)]
    prefix: String,
}

impl FamilyAt {
    /// The family with this name and prefix, as an address names them.
    pub(crate) fn named(name: &str, prefix: &str) -> Self {
        Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    /// The prefix of its queues; the default one if none is named.
    pub(crate) fn prefix<'a>(&'a self, app: &'a App) -> Result<&'a str, PageError> {
        known_prefix(app, &self.prefix)
    }
}

/// The job in an address or form.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct JobAt {
    queue: String,
    #[serde(default)]
    prefix: String,
    id: String,
}

impl JobAt {
    /// The job and its queue.
    pub(crate) fn job(&self, app: &App) -> Result<(QueueId, JobId), PageError> {
        let at = QueueAt::named(&self.queue, &self.prefix);
        let id = JobId::new(self.id.as_str())
            .ok_or_else(|| PageError::bad("The id of a job is missing."))?;
        Ok((at.queue(app)?, id))
    }
}
