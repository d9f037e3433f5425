//! A receiver of webhooks on this machine, which keeps what it got and answers as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use bullkeeper_testkit::eventually;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// The answer of a receiver that never answers.
pub(crate) const NEVER: u16 = 0;

/// A message that came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// Checks the signature as a receiver would.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let signature = self.header("bullkeeper-signature");
        let (time, digest) = signature.split_once(",v1=").unwrap();
        let seconds = time.strip_prefix("t=").unwrap();
        let age = bullkeeper_testkit::now() / 1_000 - seconds.parse::<u64>().unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(&self.bytes);
        let expected = base16ct::lower::encode_string(&mac.finalize().into_bytes());
        age < 120 && digest == expected
    }
}

#[derive(Debug, Default)]
struct Kept {
    received: Vec<Received>,
    /// The answers to the next messages; 200 behind them.
    answers: VecDeque<u16>,
}

/// A receiver; it ends with the test.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

async fn receive(
    State(kept): State<Arc<Mutex<Kept>>>,
    uri: Uri,
    headers: HeaderMap,
    bytes: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    let answer = {
        let mut kept = kept.lock().unwrap();
        let path = uri.path().to_owned();
        kept.received.push(Received {
            path,
            headers,
            bytes,
        });
        kept.answers.pop_front().unwrap_or(200)
    };
    if answer == NEVER {
        std::future::pending::<()>().await;
    }
    let status = StatusCode::from_u16(answer).unwrap();
    (status, [("location", "/elsewhere")])
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let kept = Arc::<Mutex<Kept>>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, kept }
    }

    /// Its address for a webhook of this form, with the secrets that such an address has.
    pub(crate) fn url(&self, form: &str) -> String {
        let user = if form == "pagerduty" {
            "R0UTINGKEY@"
        } else {
            ""
        };
        format!("http://{user}{}/services/T0PSECRET", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it answers the next messages; afterwards with 200.
    pub(crate) fn will_answer(&self, answers: &[u16]) {
        self.kept.lock().unwrap().answers = answers.iter().copied().collect();
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.kept.lock().unwrap().received.clone()
    }

    /// Waits for so many messages in all.
    pub(crate) async fn waits_for(&self, count: usize) -> Vec<Received> {
        eventually(&format!("{count} messages come"), || async {
            self.received().len() >= count
        })
        .await;
        self.received()
    }
}
