//! A run over many jobs whose process is killed again and again: each job is done once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bullkeeper_testkit::moves::{press, until};
use bullkeeper_testkit::process::{done_by, end_lease, serve};
use bullkeeper_testkit::{EditForm, PASSWORD, Person, Seen, TestApp, free_port, now};
use reqwest::StatusCode;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bullkeeper");
const JOBS: u64 = 10_000;
const KILLS: usize = 5;

/// Does `operation` to all jobs of `state` while its process is killed; checks that each was done once.
async fn each_is_done_once(state: &str, score: &str, operation: &str, more: &[(&str, &str)]) {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let fill = "
for i = 1, tonumber(ARGV[1]) do
  redis.call('HSET', 'bull:email/v1:' .. i, 'name', 'send', 'data', '{}', 'opts', '{}', 'timestamp', i, 'delay', 0, 'priority', 0)
  redis.call('ZADD', 'bull:email/v1:' .. ARGV[2], ARGV[3], i)
end";
    let count = JOBS.to_string();
    jobs.run::<()>(&["EVAL", fill, "0", &count, state, score])
        .await;

    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let url = app.redis.url();
    let mut process = serve(PROGRAM, &url, address).await;
    let operator = Person::new(address, "");
    operator.sign_in("operator", PASSWORD).await;
    let path = format!("/queue/operate?queue=email%2Fv1&state={state}&operation={operation}");
    let page = operator.page(&path).await;
    let mut form = EditForm::of(&page, "/queue/operate").set("confirm", "1");
    for (name, value) in more {
        form = form.set(name, value);
    }
    let begun = Seen::of(operator.post("/queue/operate", &form.pairs()).await).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let run = begun.location().to_owned();
    let mut before = 0;
    for kill in 1..=KILLS {
        while done_by(&mut jobs, &run).await <= before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill().await.unwrap();
        before = done_by(&mut jobs, &run).await;
        assert!(before < JOBS, "kill {kill} came too late");
        if kill > 1 {
            end_lease(&mut jobs, &run).await;
        }
        process = serve(PROGRAM, &url, address).await;
        until(&operator, &run, "interrupted").await;
        press(&operator, &run, "/run/go-on").await;
    }
    let page = until(&operator, &run, "done").await;
    assert!(
        page.text().contains("10,000 done, 0 skipped"),
        "{}",
        page.text()
    );
    let mut entries: BTreeMap<String, u64> = BTreeMap::new();
    for entry in jobs.audit_of_jobs().await {
        assert_eq!(entry.get("action"), operation);
        *entries.entry(entry.get("job").to_owned()).or_default() += 1;
    }
    assert_eq!(entries.len() as u64, JOBS, "each has an entry");
    assert!(entries.values().all(|count| *count == 1), "and only one");
}

#[tokio::test]
async fn each_of_many_failed_jobs_is_retried_once_however_often_the_process_is_killed() {
    each_is_done_once("failed", "1000", "job.retry", &[]).await;
}

#[tokio::test]
async fn each_of_many_delayed_jobs_is_rescheduled_once_however_often_the_process_is_killed() {
    let due = (4096 * (now() + 3_600_000)).to_string();
    each_is_done_once("delayed", &due, "job.reschedule", &[("until", "in 2 h")]).await;
}
