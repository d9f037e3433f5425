//! How long a scrape and the pages of the history take while work goes on.

use std::time::Instant;

use crate::lab::Result;
use crate::lab::client::{Connection, find};
use crate::lab::machine::Process;
use crate::lab::run::median;
use crate::lab::work::Target;
use crate::past::HOUR;

/// How often each is asked for.
const TIMES: u64 = 7;

/// Minutes in a day and in thirty.
const RANGES: [(&str, u64); 2] = [("24 h", 24 * HOUR), ("30 d", 30 * 24 * HOUR)];

/// What asking for a page came to.
pub(crate) struct Asked {
    pub(crate) name: String,
    /// The middle and the longest time, in milliseconds.
    pub(crate) middle: f64,
    pub(crate) longest: f64,
    /// Bytes of the body as sent.
    pub(crate) bytes: usize,
}

/// Who asks, and where.
pub(crate) struct Asking<'a> {
    pub(crate) bullkeeper: &'a Process,
    pub(crate) admin: &'a Target,
    pub(crate) token: &'a str,
    /// The running minute.
    pub(crate) now: u64,
}

impl Asking<'_> {
    /// All of them; and the bytes that the page of all queues says their history takes.
    pub(crate) async fn all(&self, busy: &str) -> Result<(Vec<Asked>, String)> {
        let mut asked = Vec::new();
        for (name, gzip) in [
            ("/metrics", ""),
            ("/metrics, compressed", "accept-encoding: gzip\r\n"),
        ] {
            let more = format!("authorization: Bearer {}\r\n{gzip}", self.token);
            let request = self.admin.request("GET", "/metrics", &more, "");
            asked.push(self.ask(name.to_owned(), |_| request.clone()).await?);
        }
        for (range, minutes) in RANGES {
            for (page, of) in [
                ("/history", String::new()),
                ("/family/history", format!("name={}&", family_of(busy))),
                ("/queue/history", format!("name={busy}&")),
            ] {
                // A minute further back each time, since what was read is kept for a while.
                let path = |time: u64| {
                    let to = (self.now - time) * 60_000;
                    let from = to - minutes * 60_000;
                    self.admin
                        .get(&format!("{page}?{of}from={from}&to={to}"), true)
                };
                asked.push(self.ask(format!("{page}, {range}"), path).await?);
            }
        }
        let again = |_| self.admin.get("/history?range=24h", true);
        asked.push(
            self.ask("/history, 24 h, again and again".to_owned(), again)
                .await?,
        );
        Ok((asked, self.bytes_shown().await?))
    }

    async fn ask(&self, name: String, request: impl Fn(u64) -> Vec<u8>) -> Result<Asked> {
        let mut connection = Connection::open(self.bullkeeper.address).await?;
        let (mut took, mut bytes) = (Vec::new(), 0);
        for time in 1..=TIMES {
            let request = request(time);
            let began = Instant::now();
            let answer = connection.exchange(&request).await?;
            took.push(began.elapsed().as_secs_f64() * 1_000.0);
            if answer.status != 200 {
                return Err(format!("{name} was answered with {}", answer.status).into());
            }
            bytes = answer.body.len();
        }
        Ok(Asked {
            name,
            middle: median(&took),
            longest: took.into_iter().fold(0.0, f64::max),
            bytes,
        })
    }

    async fn bytes_shown(&self) -> Result<String> {
        let mut connection = Connection::open(self.bullkeeper.address).await?;
        let answer = connection
            .exchange(&self.admin.get("/history?range=7d", false))
            .await?;
        let from = find(answer.body, b"and takes ").ok_or("the page does not say its bytes")? + 10;
        let text = String::from_utf8_lossy(&answer.body[from..]);
        Ok(text
            .split(" in Redis")
            .next()
            .unwrap_or_default()
            .to_owned())
    }
}

fn family_of(queue: &str) -> &str {
    queue.split('/').next().unwrap_or(queue)
}
