//! A run over many jobs whose process is killed again and again: each job is done once.
//!
//! `BULLKEEPER_KILLED_JOBS` and `BULLKEEPER_KILLS` make it larger: the proof is 100,000 jobs and 10 kills.

use std::collections::BTreeMap;
use std::time::Instant;

use bullkeeper_testkit::killed::{Killed, number, until_at_last};
use bullkeeper_testkit::process::done_by;
use bullkeeper_testkit::{EditForm, Jobs, Person, Seen, TestApp, now};
use reqwest::StatusCode;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bullkeeper");
/// How many jobs and kills, unless the environment says more.
const JOBS: u64 = 5_000;
const KILLS: u64 = 3;

/// How many jobs have a part in filling a queue with one script.
const FILLED_AT_ONCE: u64 = 10_000;

/// How many entries each job of each queue has.
async fn entries_by_job(jobs: &mut Jobs, operation: &str) -> BTreeMap<[String; 2], u64> {
    let mut entries = BTreeMap::new();
    jobs.each_audit_entry(|entry| {
        if entry.get("action") == operation {
            assert_eq!(entry.get("outcome"), "applied");
            let job = ["queue", "job"].map(|name| entry.get(name).to_owned());
            *entries.entry(job).or_default() += 1;
        }
    })
    .await;
    entries
}

/// What is done, to jobs of which state.
struct Case<'a> {
    queues: &'a [&'a str],
    state: &'a str,
    score: &'a str,
    operation: &'a str,
    more: &'a [(&'a str, &'a str)],
}

/// The page with the dry run of all jobs of one queue, or of several.
async fn dry_run(operator: &Person, case: &Case<'_>) -> (Seen, &'static str) {
    let Case {
        queues,
        state,
        operation,
        ..
    } = case;
    match queues {
        [queue] => {
            let queue = queue.replace('/', "%2F");
            let what = format!("queue={queue}&state={state}&operation={operation}");
            let page = operator.page(&format!("/queue/operate?{what}")).await;
            (page, "/queue/operate")
        }
        queues => {
            let names: Vec<String> = queues.iter().map(|name| format!("bull:{name}")).collect();
            let mut form = vec![("operation", *operation), ("state", state)];
            form.extend(names.iter().map(|name| ("queue*", name.as_str())));
            let page = Seen::of(operator.post("/queues/selected", &form).await).await;
            (page, "/queues/operate")
        }
    }
}

/// Does it to all jobs while its process is killed; checks that each was done once.
async fn each_is_done_once(case: Case<'_>) {
    let Case {
        queues,
        state,
        score,
        operation,
        more,
    } = case;
    let all = number("BULLKEEPER_KILLED_JOBS", JOBS);
    let kills = number("BULLKEEPER_KILLS", KILLS);
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let each = all / queues.len() as u64;
    let all = each * queues.len() as u64;
    let fill = "
for i = tonumber(ARGV[1]), tonumber(ARGV[4]) do
  redis.call('HSET', ARGV[5] .. i, 'name', 'send', 'data', '{}', 'opts', '{}', 'timestamp', i, 'delay', 0, 'priority', 0)
  redis.call('ZADD', ARGV[5] .. ARGV[2], ARGV[3], i)
end";
    for queue in queues {
        jobs.queue(queue, "bullmq:6.7.0").await;
        let keys = format!("bull:{queue}:");
        for first in (1..=each).step_by(FILLED_AT_ONCE as usize) {
            let last = (first + FILLED_AT_ONCE - 1).min(each).to_string();
            let first = first.to_string();
            let fill = ["EVAL", fill, "0", &first, state, score, &last, &keys];
            jobs.run::<()>(&fill).await;
        }
    }

    let mut process = Killed::start(PROGRAM, &app.redis).await;
    let operator = process.signed_in("operator").await;
    let (page, path) = dry_run(&operator, &case).await;
    let form = EditForm::of(&page, path).set("confirm", "1");
    let mut form = form.set("typed_count", &all.to_string());
    for (name, value) in more {
        form = form.set(name, value);
    }
    let begun = Seen::of(operator.post(path, &form.pairs()).await).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let run = begun.location().to_owned();
    let began = Instant::now();
    process
        .again_and_again(&mut jobs, (&operator, &run), (kills, all))
        .await;
    let page = until_at_last(&operator, &run, "done", all).await;
    println!(
        "{operation}: {all} jobs, {kills} kills: {:?}",
        began.elapsed()
    );
    assert_eq!(done_by(&mut jobs, &run).await, all);
    assert!(page.text().contains(", 0 skipped"), "{}", page.text());
    let entries = entries_by_job(&mut jobs, operation).await;
    assert_eq!(entries.len() as u64, all, "each has an entry");
    assert!(entries.values().all(|count| *count == 1), "and only one");
}

#[tokio::test]
async fn each_of_many_failed_jobs_is_retried_once_however_often_the_process_is_killed() {
    each_is_done_once(Case {
        queues: &["email/v1"],
        state: "failed",
        score: "1000",
        operation: "job.retry",
        more: &[],
    })
    .await;
}

#[tokio::test]
async fn each_failed_job_of_three_queues_is_retried_once_however_often_the_process_is_killed() {
    each_is_done_once(Case {
        queues: &["email/v1", "email/v2", "billing"],
        state: "failed",
        score: "1000",
        operation: "job.retry",
        more: &[],
    })
    .await;
}

#[tokio::test]
async fn each_of_many_delayed_jobs_is_rescheduled_once_however_often_the_process_is_killed() {
    let due = (4096 * (now() + 3_600_000)).to_string();
    each_is_done_once(Case {
        queues: &["email/v1"],
        state: "delayed",
        score: &due,
        operation: "job.reschedule",
        more: &[("until", "in 2 h")],
    })
    .await;
}
