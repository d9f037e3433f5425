//! An audit log with a past: entries of long ago, written as they would have been, and the pages that show them.

use crate::{Person, Seen, TestApp, TestRedis};

/// 2020-03-01T12:00:00Z, long before anything that a test does itself.
pub const NOON: u64 = 1_583_064_000_000;

/// A minute, in milliseconds.
pub const MINUTE: u64 = 60_000;

/// An entry as it was recorded at some time, and the stream id it has.
#[derive(Debug, Clone)]
pub struct Past {
    /// Its stream id.
    pub id: String,
    /// Its fields, in order.
    pub fields: Vec<(&'static str, String)>,
}

impl Past {
    /// An entry of this time with these fields.
    pub fn at(millis: u64, fields: &[(&'static str, &str)]) -> Self {
        let fields = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Self {
            id: format!("{millis}-0"),
            fields: [("v", "1".to_owned())].into_iter().chain(fields).collect(),
        }
    }

    /// A field's value; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(other, _)| *other == name);
        field.map_or("", |(_, value)| value)
    }

    /// When it was recorded.
    pub fn millis(&self) -> u64 {
        self.id.split('-').next().unwrap().parse().unwrap()
    }
}

/// A Redis whose log begins with `past`, oldest first, each entry in the list of its job too.
pub async fn redis_with(past: &[Past]) -> TestRedis {
    let redis = TestRedis::start().await;
    let mut connection = redis.connect().await;
    for some in past.chunks(1000) {
        let mut pipeline = redis::pipe();
        for entry in some {
            pipeline.cmd("XADD").arg("bullkeeper:audit").arg(&entry.id);
            for (name, value) in &entry.fields {
                pipeline.arg(name).arg(value);
            }
            if !entry.get("job").is_empty() {
                let list = format!(
                    "bullkeeper:audit:bull:{}:{}",
                    entry.get("queue"),
                    entry.get("job")
                );
                pipeline.cmd("LPUSH").arg(list).arg(&entry.id);
            }
        }
        pipeline.query_async::<()>(&mut connection).await.unwrap();
    }
    redis
}

/// An application on such a Redis.
pub async fn app_with(past: &[Past]) -> TestApp {
    TestApp::on(redis_with(past).await, &[]).await
}

/// An edit of job `n` of `email/v2`, with event `E` and `n`.
pub fn about_job(millis: u64, n: u64, outcome: &str) -> Past {
    let job = n.to_string();
    Past::at(
        millis,
        &[
            ("event", &format!("E{n}")),
            ("actor", "ann"),
            ("role", "operator"),
            ("prefix", "bull"),
            ("queue", "email/v2"),
            ("job", &job),
            ("action", "job.edit"),
            ("outcome", outcome),
        ],
    )
}

/// The stream ids on a page of the log, from top to bottom.
pub fn ids(page: &Seen) -> Vec<String> {
    let rows = page.attributes("a[aria-controls^='entry-']", "aria-controls");
    rows.iter()
        .map(|row| row.trim_start_matches("entry-").to_owned())
        .collect()
}

/// Where the page goes on to.
pub fn next(page: &Seen) -> Option<String> {
    page.attributes("nav.pager a", "href").into_iter().next()
}

/// Every page from `path` on.
pub async fn all_pages(person: &Person, path: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut at = Some(path.to_owned());
    while let Some(path) = at {
        let page = person.page(&path).await;
        pages.push(ids(&page));
        at = next(&page);
        assert!(pages.len() < 1000, "it never ends");
    }
    pages
}

/// Forty entries, one a minute: every combination of some people, queues, actions and outcomes.
pub fn mixed() -> Vec<Past> {
    let pick = |list: &[&'static str], n: u64| list[n as usize % list.len()];
    (0..40)
        .map(|n| {
            let queue = pick(&["email/v1", "email/v2", "billing", ""], n);
            let job = if queue.is_empty() {
                ""
            } else {
                pick(&["17", "18", "a b<c>"], n / 4)
            };
            let action = match queue {
                "" => "session.sign-in",
                _ => pick(&["job.edit", "job.retry"], n / 3),
            };
            Past::at(
                NOON + n * MINUTE,
                &[
                    ("event", &format!("E{n}")),
                    ("actor", pick(&["ann", "ben", "ann-marie"], n)),
                    ("prefix", if queue.is_empty() { "" } else { "bull" }),
                    ("queue", queue),
                    ("job", job),
                    ("action", action),
                    (
                        "outcome",
                        pick(&["applied", "denied", "invalid", "conflict", "failed"], n),
                    ),
                ],
            )
        })
        .collect()
}
