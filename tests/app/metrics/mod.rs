//! `/metrics`: what a scrape tells, who may read it, what it costs, and what Prometheus makes of it.

mod access;
mod limits;
mod ops;
mod own;
mod queues;
mod real_prometheus;

use bullkeeper_testkit::{Jobs, Person, TestApp, eventually};
use reqwest::header::{ACCEPT, AUTHORIZATION};
use reqwest::{Method, Response, StatusCode};

/// A token as the setting `metrics_token` takes it.
pub(crate) const TOKEN: &str = "a-token-for-scrapes";

/// What Prometheus sends to get OpenMetrics.
const OPEN_METRICS: &str =
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// An application with that token and `settings`.
async fn app_with(settings: &[(&str, &str)]) -> TestApp {
    let token = ("metrics_token", TOKEN);
    TestApp::with(&[settings, &[token]].concat()).await
}

async fn ask(app: &TestApp, token: &str, accept: &str) -> Response {
    let request = app.stranger().bare(Method::GET, "/metrics");
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    request.header(ACCEPT, accept).send().await.unwrap()
}

/// The text of a scrape in the format 0.0.4.
pub(crate) async fn scrape(app: &TestApp) -> String {
    let answer = ask(app, TOKEN, "text/plain").await;
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// The text of a scrape in OpenMetrics.
async fn scrape_open(app: &TestApp) -> String {
    let answer = ask(app, TOKEN, OPEN_METRICS).await;
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        kind.starts_with("application/openmetrics-text; version=1.0.0"),
        "{kind}"
    );
    answer.text().await.unwrap()
}

/// The value of the series that is written like this, with its labels.
pub(crate) fn value(text: &str, series: &str) -> Option<f64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.trim().parse().unwrap())
}

/// Waits until a scrape tells this value of a series.
pub(crate) async fn told(app: &TestApp, series: &str, expected: f64) {
    eventually(&format!("{series} is {expected}"), || async {
        value(&scrape(app).await, series) == Some(expected)
    })
    .await;
}

/// Retries the failed jobs of `email/v2` as a run, and waits until a scrape tells of its end.
async fn retry_failed(app: &TestApp, operator: &Person) {
    let form = [
        ("queue", "email/v2"),
        ("state", "failed"),
        ("operation", "job.retry"),
        ("confirm", "1"),
        ("reason", "r"),
    ];
    let begun = operator.post("/queue/operate", &form).await;
    assert_eq!(begun.status(), StatusCode::SEE_OTHER);
    let ended = r#"bullkeeper_runs_ended_total{kind="operate",state="done"}"#;
    told(app, ended, 1.0).await;
}

/// An event of a job at a time.
pub(crate) async fn event(jobs: &mut Jobs, queue: &str, millis: u64, kind: &str, job: &str) {
    let (key, id) = (format!("bull:{queue}:events"), format!("{millis}-*"));
    jobs.run::<String>(&["XADD", &key, &id, "event", kind, "jobId", job])
        .await;
}
