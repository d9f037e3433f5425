//! The queues that the tests use: a shop's in three versions, and a charge that failed because its data is wrong.

use bullkeeper_testkit::{Jobs, TestApp, clients, eventually, now};
use redis::aio::MultiplexedConnection;

/// The schemas of the demo's own shop: `billing.json` says what a charge is.
const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/schemas");

/// A charge whose amount is not a number and whose address is not an address. It holds values that a careless program changes: a
/// number past 2^53, and decimals that end in 0.
pub const CHARGE: &str = concat!(
    r#"{"invoice":"INV-12345678901234567890","customer":{"id":"cus_2093","name":"Zoë Marti","#,
    r#""email":"zoe.marti.example.com"},"amount":"12,50","currency":"CHF","due":"2031-11-30","#,
    r#""lines":[{"sku":"MUG-RED","quantity":1,"price":10.0},{"sku":"STICKER","quantity":2,"price":1.250}],"#,
    r#""note":"Deliver to the caf\u00e9, 2nd floor"}"#
);

/// The name of its queue, and its id.
pub const QUEUE: &str = "billing/v2";
pub const JOB: &str = "invoice-1041";

/// The application, and a connection to its Redis.
pub struct Shop {
    pub app: TestApp,
    pub jobs: Jobs,
    workers: Vec<MultiplexedConnection>,
}

impl Shop {
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// With settings over those of every test.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let usual = [
            ("schemas", SCHEMAS),
            ("environment", "production"),
            ("discovery", "200ms"),
            ("retire_quiet", "0ms"),
            ("alerts", "stranded on email/v10"),
            ("approval_for", "obliterate"),
        ];
        let app = TestApp::with(&[&usual, settings].concat()).await;
        let mut jobs = app.jobs().await;
        fail(&mut jobs, QUEUE, JOB, CHARGE).await;
        Self {
            app,
            jobs,
            workers: Vec::new(),
        }
    }

    /// Fills the pages as much as possible.
    pub async fn stock(&mut self) {
        let jobs = &mut self.jobs;
        for version in ["email/v1", "email/v2", "email/v10"] {
            for id in ["1", "2", "3"] {
                jobs.waiting(version, id, r#"{"to":"ann@example.com"}"#)
                    .await;
            }
            jobs.active(version, "4", r#"{"to":"ben@example.com"}"#)
                .await;
        }
        // The only one that can be moved: no other version has its id, and its data passes their schema.
        let data = r#"{"to":"zoe@example.com","template":"welcome"}"#;
        jobs.waiting("email/v1", "straggler", data).await;
        jobs.run::<()>(&["HSET", "bull:email/v1:meta", "paused", "1"])
            .await;
        jobs.queue("empty", "bullmq:5.81.5").await;
        let long = "a-name-as-long-as-a-sentence-without-a-single-space/v2";
        fail(jobs, long, &"9".repeat(120), r#"{"a":1}"#).await;
        for id in 0..30 {
            jobs.failed("image-resize", &format!("image-{id}"), r#"{"width":1200}"#)
                .await;
        }
        for id in 0..12 {
            let id = format!("resized-{id}");
            let data = r#"{"width":1200,"format":"webp"}"#;
            jobs.waiting("image-resize", &id, data).await;
            jobs.moves("image-resize", &id, "wait", "completed").await;
        }
        hang_below(jobs, "image-0", &["image-1", "image-2"]).await;
        hang_below(jobs, "image-2", &["image-3"]).await;
        shadow_run(jobs).await;
        schedulers(jobs).await;
        self.counted(&["email", "empty", "image-resize", "order/v2"])
            .await;
    }

    /// Delays jobs of the queue with the schedulers: a late one, and some that come due.
    pub async fn delay(&mut self) {
        let hour = 3_600_000;
        for (id, due) in [
            ("late-1", now() - hour),
            ("soon-1", now() + hour / 2),
            ("soon-2", now() + hour / 2),
            ("in-days", now() + 60 * hour),
        ] {
            self.jobs.delayed("reports", id, due).await;
        }
        self.jobs.queue("reports", "bullmq:5.81.5").await;
        let services = &self.app.services;
        eventually("they are counted", || async {
            let snapshot = services.overview().now();
            let mut counts = snapshot.queues.iter().map(|one| one.figures.counts.delayed);
            counts.any(|delayed| delayed == 4)
        })
        .await;
    }

    /// Deletes a queue, and waits until the overview does not show it any more.
    pub async fn forget(&mut self, queue: &str) {
        let keys: Vec<String> = self.jobs.run(&["KEYS", &format!("bull:{queue}:*")]).await;
        let mut delete = vec!["DEL"];
        delete.extend(keys.iter().map(String::as_str));
        self.jobs.run::<u64>(&delete).await;
        let services = &self.app.services;
        eventually("the queue is gone", || async {
            let snapshot = services.overview().now();
            let mut queues = snapshot.queues.iter();
            !queues.any(|view| view.figures.queue.name() == queue)
        })
        .await;
    }

    /// Has workers connect to the versions of email, one of which runs a job.
    pub async fn hire(&mut self) {
        for (queue, name) in [
            ("email/v1", ""),
            ("email/v2", ":w:mailer-1"),
            ("email/v2", ":w:mailer-2"),
            (
                "email/v10",
                ":w:a-name-as-long-as-a-sentence-without-a-single-space",
            ),
        ] {
            let worker = clients::client(&self.app.redis, 0, queue, name).await;
            self.workers.push(worker);
        }
        for (name, value) in [("pb", "mailer-1"), ("processedOn", &now().to_string())] {
            self.jobs
                .run::<i64>(&["HSET", "bull:email/v2:4", name, value])
                .await;
        }
    }

    /// Waits until the overview knows of queues whose names begin so.
    pub async fn counted(&self, names: &[&str]) {
        let services = &self.app.services;
        eventually("the queues are counted", || async {
            let snapshot = services.overview().now();
            names.iter().all(|name| {
                let mut queues = snapshot.queues.iter();
                queues.any(|version| version.figures.queue.name().starts_with(name))
            })
        })
        .await;
    }

    /// Waits until the overview knows of so many queues.
    pub async fn all_counted(&self, count: usize) {
        let services = &self.app.services;
        eventually("all queues are counted", || async {
            services.overview().now().queues.len() == count
        })
        .await;
    }

    /// The stored data of the charge.
    pub async fn charge(&mut self) -> String {
        String::from_utf8(self.jobs.data(QUEUE, JOB).await.unwrap()).unwrap()
    }
}

/// Two versions that did the same jobs, with some differences.
async fn shadow_run(jobs: &mut Jobs) {
    for version in ["order/v1", "order/v2"] {
        for at in 1..=6 {
            let id = format!("o{at}");
            if at == 3 {
                fail(jobs, version, &id, "{}").await;
                continue;
            }
            if at == 5 && version == "order/v2" {
                continue;
            }
            jobs.waiting(version, &id, "{}").await;
            jobs.moves(version, &id, "wait", "completed").await;
        }
    }
    let value = r#"{"total":12.50,"currency":"CHF"}"#;
    jobs.run::<i64>(&["HSET", "bull:order/v2:o2", "returnvalue", value])
        .await;
}

/// A failed job with a log, options, progress and a stack trace.
pub async fn fail(jobs: &mut Jobs, queue: &str, id: &str, data: &str) {
    jobs.failed(queue, id, data).await;
    let key = format!("bull:{queue}:{id}");
    let added = (now() - 7_200_000).to_string();
    let reason = r#"the receipt can't be sent to "zoe.marti.example.com": no such address"#;
    let trace = r#"["Error: no such address\n    at charge (/srv/worker/charge.js:41:11)\n    at Worker.run (/srv/worker/main.js:12:3)"]"#;
    let fields = [
        ("name", "charge"),
        ("timestamp", &added),
        ("failedReason", reason),
        ("stacktrace", trace),
        ("progress", "40"),
        (
            "opts",
            r#"{"attempts":3,"backoff":{"type":"exponential","delay":1000}}"#,
        ),
    ];
    for (name, value) in fields {
        jobs.run::<i64>(&["HSET", &key, name, value]).await;
    }
    let log = format!("{key}:logs");
    for line in ["taking the charge", "the gateway refused", "giving up"] {
        jobs.run::<i64>(&["RPUSH", &log, line]).await;
    }
}

/// Schedulers in all states, and a repeatable job.
async fn schedulers(jobs: &mut Jobs) {
    jobs.queue("reports", "bullmq:5.81.5").await;
    let zone = ["tz", "Europe/Berlin"];
    let stored: [(&str, &str, &[&str]); 5] = [
        (
            "nightly-report",
            "1924916400000",
            &[
                "pattern",
                "0 4 * * *",
                zone[0],
                zone[1],
                "data",
                r#"{"kind":"sales"}"#,
            ],
        ),
        ("tick", "1924916400000", &["every", "90000", "limit", "10"]),
        (
            "late",
            "1700000000000",
            &["pattern", "*/7 * * * *", zone[0], zone[1]],
        ),
        ("stuck", "1700000000000", &["pattern", "0 25 * * *"]),
        ("ended", "1700000000000", &["every", "90000", "limit", "3"]),
    ];
    for (id, next, fields) in stored {
        let hash = format!("bull:reports:repeat:{id}");
        let ic = if id == "ended" { "3" } else { "1" };
        let command = ["HSET", hash.as_str(), "name", "report", "ic", ic];
        jobs.run::<u64>(&[&command, fields].concat()).await;
        jobs.run::<u64>(&["ZADD", "bull:reports:repeat", next, id])
            .await;
        if !["stuck", "ended"].contains(&id) {
            let job = format!("bull:reports:repeat:{id}:{next}");
            jobs.run::<u64>(&["HSET", &job, "name", "report", "data", "{}"])
                .await;
        }
    }
    for (id, state, at) in [
        ("1924830000000", "completed", "1700000200000"),
        ("1924743600000", "failed", "1700000100000"),
    ] {
        let id = format!("repeat:nightly-report:{id}");
        let job = format!("bull:reports:{id}");
        jobs.run::<u64>(&[
            "HSET",
            &job,
            "name",
            "report",
            "processedOn",
            "1700000000000",
            "finishedOn",
            at,
        ])
        .await;
        jobs.run::<u64>(&["ZADD", &format!("bull:reports:{state}"), at, &id])
            .await;
    }
    let legacy = "report:::Europe/Berlin:0 9 * * 1-5";
    jobs.run::<u64>(&["ZADD", "bull:reports:repeat", "1924934400000", legacy])
        .await;
}

/// Makes images the failed children of another one.
async fn hang_below(jobs: &mut Jobs, parent: &str, children: &[&str]) {
    let parent = format!("bull:image-resize:{parent}");
    for child in children {
        let key = format!("bull:image-resize:{child}");
        jobs.run::<u64>(&["HSET", &key, "parentKey", &parent]).await;
        let failed = format!("{parent}:unsuccessful");
        jobs.run::<u64>(&["ZADD", &failed, "1", &key]).await;
    }
}
