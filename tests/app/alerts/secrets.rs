//! No page, log, setting or record shows the secrets of a webhook.

use std::fs;
use std::net::SocketAddr;
use std::process::Stdio;

use bullkeeper_testkit::{Jobs, PASSWORD, Person, TestRedis, eventually, free_port, make_users};

use super::receiver::Receiver;
use super::{SECRET, says};
use crate::program::{err, out, run};

const SECRETS: [&str; 3] = ["T0PSECRET", "R0UTINGKEY", SECRET];

fn assert_no_secret(place: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{place} shows {secret}: {text}");
    }
}

#[tokio::test]
async fn pages_the_log_and_redis_hold_no_secret_of_a_webhook() {
    let redis = TestRedis::start().await;
    make_users(&redis).await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.waiting("email", "1", "{}").await;
    let receiver = Receiver::start().await;
    receiver.will_answer(&[500, 200, 500]);
    let [chat, pager] =
        ["slack", "pagerduty"].map(|form| format!("{form} = {form} {}", receiver.url(form)));
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut process = tokio::process::Command::new(env!("CARGO_BIN_EXE_bullkeeper"))
        .args([
            "serve",
            "--redis",
            &redis.url(),
            "--bind",
            &address.to_string(),
        ])
        .args([
            "--discovery",
            "100ms",
            "--log-level",
            "bullkeeper=trace,hyper_util=trace,info",
        ])
        .args([
            "--alerts",
            "stranded on email critical",
            "--webhooks-private",
        ])
        .args(["--webhooks", &chat, "--webhooks", &pager])
        .env_clear()
        .env("BULLKEEPER_WEBHOOK_SECRET", SECRET)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let received = receiver.waits_for(3).await;
    assert!(
        received
            .iter()
            .any(|one| one.bytes.windows(10).any(|part| part == b"R0UTINGKEY"))
    );
    let admin = Person::new(address, "");
    admin.sign_in("admin", PASSWORD).await;
    says(&admin, "[aria-labelledby=webhooks-h]", "127.0.0.1").await;
    for path in ["/", "/alerts", "/audit", "/redis"] {
        assert_no_secret(path, &admin.page(path).await.body);
    }
    eventually("the log tells of the failed try", || async {
        fs::read_to_string(&log)
            .unwrap()
            .contains("a message was not taken")
    })
    .await;
    process.kill().await.unwrap();
    assert_no_secret("the log", &fs::read_to_string(&log).unwrap());
    for key in jobs
        .run::<Vec<String>>(&["KEYS", "bullkeeper:alert*"])
        .await
    {
        let fields: Vec<String> = jobs.run(&["HGETALL", &key]).await;
        assert_no_secret(&key, &fields.concat());
    }
    for entry in jobs.audit().await {
        assert_no_secret("the audit log", &format!("{entry:?}"));
    }
}

#[test]
fn config_shows_rules_whole_and_of_webhooks_the_name_the_form_and_the_host() {
    let rule = "stranded on email/* for 5m critical to pager";
    let hook = "pager = pagerduty https://R0UTINGKEY@events.pagerduty.com/T0PSECRET";
    let output = run(&[
        "config",
        "--alerts",
        rule,
        "--webhooks",
        hook,
        "--webhook-secret",
        SECRET,
    ]);
    let text = out(&output);
    assert!(output.status.success(), "{}", err(&output));
    assert!(text.contains(&format!("alerts = [\"{rule}\"]")), "{text}");
    assert!(
        text.contains("webhooks = [\"pager = pagerduty events.pagerduty.com\"]"),
        "{text}"
    );
    assert_no_secret("config", &text);
}

#[test]
fn a_wrong_rule_or_webhook_names_its_place_and_what_is_allowed() {
    for (words, says) in [
        (
            &["--alerts", "broken on *"][..],
            &[
                "--alerts",
                "begins with no condition",
                "stranded; backlog over N",
            ][..],
        ),
        (
            &["--alerts", "stranded on * to pager"],
            &["--alerts", "tells \"pager\"", "webhooks is empty"],
        ),
        (
            &[
                "--alerts",
                "stranded on *",
                "--alerts",
                "stranded on * for 5m",
            ],
            &["--alerts", "watch the same with the same severity"],
        ),
        (
            &["--webhooks", "a = json http://T0PSECRET.test/"],
            &["--webhooks", "http address", "webhooks_private"],
        ),
        (
            &["--webhooks", "a json T0PSECRET"],
            &["--webhooks", "holds no =", "json, slack and pagerduty"],
        ),
        (
            &[
                "--webhooks",
                "a = json https://a.test/",
                "--webhooks",
                "a = slack https://b.test/",
            ],
            &["two webhooks have the name \"a\""],
        ),
    ] {
        let output = run(&[&["config"][..], words].concat());
        let said = err(&output);
        assert_eq!(output.status.code(), Some(2), "{words:?} {said}");
        for part in says {
            assert!(said.contains(part), "{words:?}: {said}");
        }
        assert_no_secret("a fault", &said);
    }
}
