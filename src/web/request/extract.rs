//! What handlers take out of a request: who asks, from where, and about what; parsed here, at the edge, so that past
//! it only our own types travel.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Uri, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tower_sessions::Session;

use super::forms::encoded_names;
use crate::clock::unix_millis;
use crate::domain::access::{Operator, Origin};
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::service::accounts::session::SessionData;
use crate::store::records::sessions::store_error;
use crate::web::app::App;
use crate::web::html::error::PageError;

/// The key under which a session keeps its [`SessionData`].
pub(crate) const VISIT: &str = "visit";

/// How often a session's use is written down, at most; a short idle time-out needs it more often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// The browser's own description is cut to this many characters.
const LONGEST_AGENT: usize = 256;

/// Whether htmx asks for a part of a page.
pub(crate) fn is_fragment(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

/// The request's id: ours, or the one that came with it.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    let id = headers.get("x-request-id").map(|id| id.as_bytes());
    String::from_utf8_lossy(id.unwrap_or_default()).into_owned()
}

/// Where the request comes from.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Origin);

impl FromRequestParts<App> for Caller {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let text = |name: &str| {
            let value = parts.headers.get(name).map(|value| value.as_bytes());
            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
        };
        Ok(Self(Origin {
            ip: client(parts, app).map_or_else(|| "unknown".to_owned(), |ip| ip.to_string()),
            user_agent: text(header::USER_AGENT.as_str())
                .chars()
                .take(LONGEST_AGENT)
                .collect(),
            request: request_id(&parts.headers),
        }))
    }
}

fn is_trusted(app: &App, ip: &IpAddr) -> bool {
    app.trusted_proxies.iter().any(|net| net.contains(ip))
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let info = extensions.get::<ConnectInfo<SocketAddr>>();
    info.map(|info| info.0.ip().to_canonical())
}

/// Whether a request comes straight from a trusted proxy.
pub(crate) fn is_from_trusted_proxy(extensions: &Extensions, app: &App) -> bool {
    peer(extensions).is_some_and(|ip| is_trusted(app, &ip))
}

/// The client's address: the connection's, or, where that is a trusted proxy's, the last one in X-Forwarded-For that
/// is not.
fn client(parts: &Parts, app: &App) -> Option<IpAddr> {
    let direct = peer(&parts.extensions)?;
    if !is_trusted(app, &direct) {
        return Some(direct);
    }
    let forwarded: Vec<&str> = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    // From the right, each proxy vouches for the address before its own. What can't be read ends the chain: what is
    // further left may be anyone's.
    let mut client = direct;
    for hop in forwarded.into_iter().rev().map_while(address) {
        client = hop;
        if !is_trusted(app, &hop) {
            break;
        }
    }
    Some(client)
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
        .map(|ip: IpAddr| ip.to_canonical())
}

/// Who turned out to be signed in, told to the layer that draws errors, so that their pages keep the navigation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recognised(Arc<OnceLock<Operator>>);

impl Recognised {
    /// Who it was, if anyone.
    pub(crate) fn operator(&self) -> Option<&Operator> {
        self.0.get()
    }
}

/// Someone who is signed in. Whoever is not is sent to sign in, and back.
#[derive(Debug)]
pub(crate) struct SignedInUser(pub(crate) Operator);

impl FromRequestParts<App> for SignedInUser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let Caller(origin) = Caller::from_request_parts(parts, app).await?;
        let back = || PageError::sign_in(way_back(parts));
        let session = parts
            .extensions
            .get::<Session>()
            .cloned()
            .ok_or_else(|| PageError::broken(&"no session layer"))?;
        let visit: Option<SessionData> = session.get(VISIT).await.map_err(session_error)?;
        let Some(visit) = visit else {
            return Err(back());
        };
        match app.services.visitor(&visit, origin).await? {
            Some(operator) => {
                touch(&session, visit, app.session_idle).await?;
                if let Some(recognised) = parts.extensions.get::<Recognised>() {
                    // A request has one visitor: a second setting would be the same.
                    let _ = recognised.0.set(operator.clone());
                }
                Ok(Self(operator))
            }
            None => {
                if let Err(error) = session.flush().await {
                    // It has ended all the same: it is refused whenever it is used.
                    tracing::warn!(%error, "a session that has ended could not be removed");
                }
                Err(back())
            }
        }
    }
}

/// Notes now and then that a session is in use, which puts its idle time-out off. Writing it down is left to the session
/// store, which bears a failure.
async fn touch(session: &Session, mut visit: SessionData, idle: Duration) -> Result<(), PageError> {
    let now = unix_millis();
    let unseen = Duration::from_millis(now.saturating_sub(visit.seen));
    if unseen >= TOUCH_EVERY.min(idle / 4) {
        visit.seen = now;
        session.insert(VISIT, visit).await.map_err(session_error)?;
    }
    Ok(())
}

/// Turns a session store's error into a page; its text says what Redis said.
pub(crate) fn session_error(error: tower_sessions::session::Error) -> PageError {
    PageError::from(store_error(error))
}

/// The address to come back to after signing in: this page's, the page's that asks for a part of it, or, for a form,
/// the overview.
fn way_back(parts: &Parts) -> String {
    let uri = if is_fragment(&parts.headers) {
        let page = parts.headers.get("hx-current-url");
        page.and_then(|page| Uri::try_from(page.as_bytes()).ok())
    } else if parts.method == axum::http::Method::GET {
        let original = parts.extensions.get::<axum::extract::OriginalUri>();
        Some(original.map_or(&parts.uri, |uri| &uri.0).clone())
    } else {
        None
    };
    uri.and_then(|uri| uri.path_and_query().map(ToString::to_string))
        .unwrap_or_default()
}

/// The query, parsed; what does not parse is told.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, PageError> {
        let query = match parts.uri.query() {
            // What a form with the method GET has made of names.
            Some(query) if query.contains("*=") || query.contains("%2A=") => {
                let mut query = query.as_bytes().to_vec();
                encoded_names::decode(&mut query);
                let uri = format!("/?{}", String::from_utf8_lossy(&query)).parse::<Uri>();
                let uri = uri.map_err(|error| PageError::bad(format!("The address: {error}.")))?;
                axum::extract::Query::try_from_uri(&uri)
            }
            _ => axum::extract::Query::try_from_uri(&parts.uri),
        };
        query
            .map(|query| Self(query.0))
            .map_err(|error| PageError::bad(format!("The address's query: {}.", error.body_text())))
    }
}

/// A form, parsed, with names and ids as they were before it encoded them; what does not parse is told.
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
            // Too large a form is told by its status; see error.rs.
            Err(error) => Err(error.into_response()),
        }
    }
}

/// Which queue an address or form means.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct QueueAt {
    #[serde(alias = "queue")]
    name: String,
    #[serde(default)]
    prefix: String,
}

impl QueueAt {
    /// What an address or form calls so.
    pub(crate) fn named(name: &str, prefix: &str) -> Self {
        Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    /// The queue, under the default prefix where none is named.
    pub(crate) fn queue(&self, app: &App) -> Result<QueueId, PageError> {
        let prefix = known_prefix(app, &self.prefix)?;
        QueueId::new(prefix, &self.name)
            .map_err(|bad| PageError::not_found(format!("There is no such queue: {bad}.")))
    }
}

/// A prefix that Bullkeeper looks under: the default one where none is named.
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

/// Which family an address or form means.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FamilyAt {
    pub(crate) name: String,
    #[serde(default)]
    prefix: String,
}

impl FamilyAt {
    /// The prefix of its queues, the default one where none is named.
    pub(crate) fn prefix<'a>(&'a self, app: &'a App) -> Result<&'a str, PageError> {
        known_prefix(app, &self.prefix)
    }
}

/// Which job an address or form means.
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
