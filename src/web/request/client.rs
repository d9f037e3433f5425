//! The origin of a request: its client's address, its id, and whether it asks for a part of a page.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, header};

use crate::domain::access::Origin;
use crate::web::app::App;
use crate::web::html::error::PageError;

/// How many characters of the `User-Agent` header are kept.
const LONGEST_AGENT: usize = 256;

/// Whether htmx asks for a part of a page.
pub(crate) fn is_fragment(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

/// The header with a request's id, in the request and in its answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id. `security.rs` has given every request one before it comes here.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    let id = headers.get(REQUEST_ID).map(|id| id.as_bytes());
    String::from_utf8_lossy(id.unwrap_or_default()).into_owned()
}

/// The origin of the request, as an extractor.
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

/// The client's address: that of the connection, or, if that is a trusted proxy, the last address in X-Forwarded-For that
/// is not a trusted proxy's.
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
    // From the right, each proxy vouches for the address before its own. An unreadable address ends the chain, since anyone
    // may have written what is further left.
    let mut client = direct;
    for hop in forwarded.into_iter().rev().map_while(address) {
        client = hop;
        if !is_trusted(app, &hop) {
            break;
        }
    }
    Some(client)
}

/// Parses an address as proxies write it: bare, with a port, or in brackets.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
        .map(|ip: IpAddr| ip.to_canonical())
}
