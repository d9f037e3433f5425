//! A real Prometheus scrapes Bullkeeper, loads the rules and answers a query.

use std::process::Stdio;

use bullkeeper_testkit::{eventually, free_port};
use serde_json::Value;
use tokio::process::{Child, Command};

use super::{TOKEN, app_with, told};

/// A Prometheus with a configuration of its own, which ends with the test.
struct Prometheus {
    port: u16,
    _process: Child,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    fn start(target: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = format!("{}/ops/prometheus-rules.yml", env!("CARGO_MANIFEST_DIR"));
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\n\
             rule_files: [{rules}]\n\
             scrape_configs:\n\
             - job_name: bullkeeper\n\
             \x20 authorization: {{credentials: {TOKEN}}}\n\
             \x20 static_configs: [{{targets: ['{target}']}}]\n"
        );
        let path = folder.path().join("prometheus.yml");
        std::fs::write(&path, config).unwrap();
        let port = free_port();
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", path.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--storage.tsdb.retention.time=1h", "--log.level=error"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("prometheus is needed: scripts/test installs it");
        Self {
            port,
            _process: process,
            _folder: folder,
        }
    }

    /// What it answers to a path of its API; null while it is not ready.
    async fn ask(&self, path: &str) -> Value {
        let url = format!("http://127.0.0.1:{}/api/v1/{path}", self.port);
        let Ok(answer) = reqwest::get(&url).await else {
            return Value::Null;
        };
        let text = answer.text().await.unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The values of a query, by the queue's label.
    async fn query(&self, query: &str) -> Vec<(String, String)> {
        let encoded = bullkeeper_testkit::serde_urlencoded(&[("query", query)]);
        let answer = self.ask(&format!("query?{encoded}")).await;
        let results = answer["data"]["result"].as_array().cloned();
        let results = results.unwrap_or_default().into_iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        results
            .map(|result| (text(&result["metric"]["queue"]), text(&result["value"][1])))
            .collect()
    }
}

#[tokio::test]
async fn prometheus_scrapes_open_metrics_with_odd_names_and_answers_from_them() {
    let app = app_with(&[]).await;
    let mut jobs = app.jobs().await;
    let odd = ["a\"b", "a\nb", "a\\b", "# EOF", "{}=,", "a\0b"];
    for queue in odd {
        jobs.waiting(queue, "1", "{}").await;
    }
    jobs.many("email/v2", 7).await;
    told(&app, "bullkeeper_queues", 7.0).await;
    let prometheus = Prometheus::start(&app.address.to_string());
    eventually("it has scraped", || async {
        let waiting = r#"bullkeeper_queue_jobs{queue="email/v2",state="waiting"}"#;
        prometheus.query(waiting).await == [("email/v2".to_owned(), "7".to_owned())]
    })
    .await;
    let told = prometheus.query("bullkeeper_queue_outstanding_jobs").await;
    assert_eq!(told.len(), 7, "{told:?}");
    for queue in &odd[..5] {
        assert!(
            told.contains(&((*queue).to_owned(), "1".to_owned())),
            "{told:?}"
        );
    }
    assert_eq!(prometheus.query("up").await[0].1, "1");
    let targets = prometheus.ask("targets").await;
    let target = &targets["data"]["activeTargets"][0];
    assert_eq!(target["lastError"], "", "{target}");
    let metadata = prometheus
        .ask("metadata?metric=bullkeeper_queue_wait_seconds")
        .await;
    assert_eq!(
        metadata["data"]["bullkeeper_queue_wait_seconds"][0]["unit"],
        "seconds"
    );
    eventually("a stranded queue is pending", || async {
        let alerts = prometheus.ask("alerts").await;
        let alerts = alerts["data"]["alerts"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        alerts.iter().any(|alert| {
            let labels = &alert["labels"];
            labels["alertname"] == "QueueStranded" && labels["queue"] == "email/v2"
        })
    })
    .await;
}
