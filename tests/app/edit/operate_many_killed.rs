//! A run over many jobs whose process is killed again and again: each job is done once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use bullkeeper_testkit::moves::{press, until};
use bullkeeper_testkit::{
    EditForm, Jobs, PASSWORD, Person, Seen, TestApp, eventually, free_port, now,
};
use reqwest::StatusCode;
use tokio::process::{Child, Command};

const JOBS: u64 = 10_000;
const KILLS: usize = 5;

/// Bullkeeper as a process of its own beside the one of the test.
async fn start(redis: &str, address: SocketAddr) -> Child {
    let process = Command::new(env!("CARGO_BIN_EXE_bullkeeper"))
        .args(["serve", "--redis", redis, "--bind", &address.to_string()])
        .args(["--redis-timeout", "15s", "--discovery", "100ms"])
        .current_dir(std::env::temp_dir())
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let person = Person::new(address, "");
    eventually("it answers", || async {
        let request = person.bare(reqwest::Method::GET, "/healthz").send();
        request.await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    process
}

/// The figure of the run, as its pieces count it.
async fn figure(jobs: &mut Jobs, run: &str) -> u64 {
    let id = run.rsplit('=').next().unwrap();
    let done: Option<u64> = jobs
        .run(&["HGET", &format!("bullkeeper:run:{id}"), "done"])
        .await;
    done.unwrap_or(0)
}

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
    let mut process = start(&url, address).await;
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
        while figure(&mut jobs, &run).await <= before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill().await.unwrap();
        before = figure(&mut jobs, &run).await;
        assert!(before < JOBS, "kill {kill} came too late");
        process = start(&url, address).await;
        until(&operator, &run, "interrupted").await;
        press(&operator, &run, "/run/go-on").await;
    }
    let page = until(&operator, &run, "done").await;
    assert!(
        page.text().contains("10,000 done, 0 stayed"),
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
