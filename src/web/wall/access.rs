//! The token of the wall, and the cookie that it is exchanged for.
//!
//! The cookie is signed with the token: a changed token ends all cookies, and nothing is kept anywhere. It is sent to the wall
//! alone (`Path`), and no other page looks at it.

use axum::http::{HeaderMap, HeaderValue, header};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tower_sessions::cookie::{Cookie, SameSite};

/// How long a screen stays signed in, in seconds: a year. Browsers keep no cookie much longer.
const GOOD_FOR: u64 = 365 * 24 * 60 * 60;

/// What is signed beside the time, so that the signature is good for nothing else.
const PURPOSE: &[u8] = b"bullkeeper wall 1\n";

/// Who may see the wall without signing in.
#[derive(Debug)]
pub(crate) struct WallAccess {
    token: Option<SecretString>,
    /// The path that the cookie is sent to.
    path: String,
    secure: bool,
}

impl WallAccess {
    /// With the token of the settings, if there is one. `base` is the path that everything is under; `secure` says whether the
    /// cookie is sent over HTTPS only.
    pub(crate) fn new(token: Option<SecretString>, base: &str, secure: bool) -> Self {
        Self {
            token,
            path: format!("{base}/wall"),
            secure,
        }
    }

    /// Whether there is a token at all.
    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The cookie for who sends the token at `now` (Unix seconds); `None` if it is another. Compares digests in constant time.
    pub(super) fn exchange(&self, sent: &str, now: u64) -> Option<HeaderValue> {
        let token = self.token.as_ref()?.expose_secret();
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        if !bool::from(digest(sent).ct_eq(&digest(token))) {
            return None;
        }
        let signature = base16ct::lower::encode_string(&sign(token, now).finalize().into_bytes());
        let cookie = Cookie::build((self.name(), format!("{now}.{signature}")))
            .path(self.path.clone())
            .http_only(true)
            .secure(self.secure)
            // Not Strict: who follows a link to the wall is redirected, and the cookie must go along.
            .same_site(SameSite::Lax)
            .max_age(time::Duration::seconds(GOOD_FOR as i64))
            .build();
        HeaderValue::from_str(&cookie.to_string()).ok()
    }

    /// Whether a request has a cookie that is good at `now` (Unix seconds).
    pub(super) fn opens(&self, headers: &HeaderMap, now: u64) -> bool {
        let Some(token) = &self.token else {
            return false;
        };
        let sent = headers.get_all(header::COOKIE).iter();
        let sent = sent.filter_map(|value| value.to_str().ok());
        let mut cookies = sent.flat_map(Cookie::split_parse).flatten();
        cookies.any(|cookie| {
            cookie.name() == self.name() && is_good(token.expose_secret(), cookie.value(), now)
        })
    }

    /// The cookie's name. A browser takes one with `__Secure-` over HTTPS only.
    fn name(&self) -> &'static str {
        match self.secure {
            true => "__Secure-bullkeeper-wall",
            false => "bullkeeper-wall",
        }
    }
}

fn is_good(token: &str, value: &str, now: u64) -> bool {
    let Some((made, signature)) = value.split_once('.') else {
        return false;
    };
    let (Ok(made), Ok(signature)) = (made.parse(), base16ct::lower::decode_vec(signature)) else {
        return false;
    };
    sign(token, made).verify_slice(&signature).is_ok() && now.saturating_sub(made) < GOOD_FOR
}

/// The signature of a cookie that was made at `made`, in Unix seconds.
fn sign(token: &str, made: u64) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(PURPOSE);
    mac.update(&made.to_be_bytes());
    mac
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn access(token: &str) -> WallAccess {
        WallAccess::new(Some(SecretString::from(token)), "/bk", true)
    }

    fn sent_back(cookie: &HeaderValue) -> HeaderMap {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, pair.parse().unwrap())])
    }

    #[test]
    fn a_cookie_is_good_for_a_year_with_the_token_that_it_was_made_with() {
        let wall = access("a-token-for-the-wall");
        assert_eq!(wall.exchange("another-token", 1_000), None);
        let cookie = wall.exchange("a-token-for-the-wall", 1_000).unwrap();
        let text = cookie.to_str().unwrap();
        for part in [
            "Path=/bk/wall",
            "HttpOnly",
            "Secure",
            "SameSite=Lax",
            "__Secure-",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("a-token-for-the-wall"));
        let sent = sent_back(&cookie);
        assert!(wall.opens(&sent, 1_000) && wall.opens(&sent, 999 + GOOD_FOR));
        assert!(!wall.opens(&sent, 1_000 + GOOD_FOR));
        assert!(!access("a-changed-token-here").opens(&sent, 1_000));
        assert!(!WallAccess::new(None, "/bk", true).opens(&sent, 1_000));
    }

    #[test]
    fn a_forged_cookie_opens_nothing() {
        let wall = access("a-token-for-the-wall");
        let cookie = wall.exchange("a-token-for-the-wall", 1_000).unwrap();
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        let later = pair.replace("=1000.", "=2000.");
        let name = "__Secure-bullkeeper-wall";
        for forged in [
            later,
            format!("{name}=1000."),
            format!("{name}=x"),
            format!("{name}=1000.00"),
        ] {
            let sent = HeaderMap::from_iter([(header::COOKIE, forged.parse().unwrap())]);
            assert!(!wall.opens(&sent, 2_000), "{forged}");
        }
    }
}
