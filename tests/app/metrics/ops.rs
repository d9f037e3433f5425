//! The files of `ops`: the real promtool checks them, and every series that they name is in a real scrape.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use bullkeeper_testkit::clients::client;
use bullkeeper_testkit::one_repair::{BEFORE, retry};
use bullkeeper_testkit::{eventually, now};
use regex::Regex;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::{app_with, event, retry_failed, scrape, told, value};

fn ops(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("ops")
        .join(file)
        .to_str()
        .unwrap()
        .to_owned()
}

/// Runs promtool on a text and expects it to find nothing.
async fn promtool(arguments: &[&str], text: &str) {
    let mut tool = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("promtool is needed: scripts/test installs it");
    tool.stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .await
        .unwrap();
    let done = tool.wait_with_output().await.unwrap();
    let told = [done.stdout, done.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(done.status.success(), "promtool {arguments:?}: {told}");
}

/// Lets promtool check the text of a scrape.
pub(super) async fn check(text: &str) {
    promtool(&["check", "metrics"], text).await;
}

/// A scrape after something of everything happened.
async fn full_scrape() -> String {
    let app = app_with(&[]).await;
    let mut jobs = app.jobs().await;
    let _worker = client(&app.redis, 0, "email/v2", "").await;
    jobs.failed("email/v2", "1", BEFORE).await;
    jobs.waiting("email/v1", "1", "{}").await;
    told(&app, "bullkeeper_queues", 2.0).await;
    for (kind, after) in [
        ("added", 0),
        ("waiting", 0),
        ("active", 9),
        ("completed", 20),
    ] {
        event(&mut jobs, "email/v2", now() + after, kind, "2").await;
    }
    let operator = app.operator().await;
    retry(&operator, "1").await;
    jobs.failed("email/v2", "5", BEFORE).await;
    retry_failed(&app, &operator).await;
    eventually("the leading process begins a history", || async {
        value(&scrape(&app).await, "bullkeeper_history_age_seconds").is_some()
    })
    .await;
    scrape(&app).await
}

#[tokio::test]
async fn promtool_finds_nothing_wrong_with_a_scrape_and_with_the_rules() {
    check(&full_scrape().await).await;
    promtool(&["check", "rules", &ops("prometheus-rules.yml")], "").await;
    promtool(&["test", "rules", &ops("prometheus-rules.test.yml")], "").await;
}

#[tokio::test]
async fn every_series_that_the_dashboard_and_the_rules_name_is_in_a_scrape() {
    let scrape = full_scrape().await;
    let name = Regex::new(r"\b(?:bullkeeper|process)_[a-z_]+\b").unwrap();
    let told: BTreeSet<&str> = scrape
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(name.find(line)?.as_str()))
        .collect();
    for file in [
        "grafana-dashboard.json",
        "prometheus-rules.yml",
        "prometheus-rules.test.yml",
    ] {
        let text = std::fs::read_to_string(ops(file)).unwrap();
        let named: BTreeSet<&str> = name.find_iter(&text).map(|found| found.as_str()).collect();
        assert!(!named.is_empty(), "{file}");
        let missing: Vec<&&str> = named.difference(&told).collect();
        assert!(
            missing.is_empty(),
            "{file} names {missing:?}, a scrape has {told:?}"
        );
    }
    let rules = std::fs::read_to_string(ops("prometheus-rules.yml")).unwrap();
    for alert in [
        "Stranded",
        "BacklogGrowing",
        "Failing",
        "WithoutWorkers",
        "SnapshotStale",
        "AuditLag",
        "NoLeader",
        "HistoryNotRecorded",
        "TaskFailing",
        "TaskRestarted",
        "RecordsDamaged",
    ] {
        assert!(rules.contains(alert), "{alert}");
    }
}

#[tokio::test]
async fn the_dashboard_is_one_that_grafana_imports() {
    let text = std::fs::read_to_string(ops("grafana-dashboard.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(dashboard["id"].is_null() && dashboard["uid"].is_string());
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        assert!(panel["gridPos"]["w"].is_u64(), "{panel}");
        if panel["type"] == "row" {
            continue;
        }
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        assert!(
            !panel["description"].as_str().unwrap().is_empty(),
            "{panel}"
        );
        for target in panel["targets"].as_array().unwrap() {
            // A rule that holds the query shows whether Prometheus can read it.
            let query = target["expr"].as_str().unwrap();
            let query = query.replace("$prefix", "bull").replace("$family", ".*");
            let query = query.replace("$__rate_interval", "5m");
            let rule = serde_json::json!({"record": "checked", "expr": query});
            let rules = serde_json::json!({"groups": [{"name": "a", "rules": [rule]}]});
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("rules.yml");
            std::fs::write(&file, rules.to_string()).unwrap();
            promtool(&["check", "rules", file.to_str().unwrap()], "").await;
        }
    }
    assert!(panels.len() >= 10, "{}", panels.len());
}
