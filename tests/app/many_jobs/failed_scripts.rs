//! A run goes on where the script of one job fails, and waits where Redis can't do anything just then: no queue is skipped.

use std::time::Duration;

use bullkeeper_testkit::moves::until;
use bullkeeper_testkit::{Jobs, Person, TestApp};
use reqwest::StatusCode;

use super::many_queues::{ALL, counts, entries_by_queue, fail, failed_of, send};

/// Makes a job the child of a parent, one of whose keys has a wrong type.
async fn give_odd_parent(jobs: &mut Jobs, job: &str) {
    jobs.run::<u64>(&["HSET", "bull:orders:p", "name", "order"])
        .await;
    jobs.run::<()>(&["SET", "bull:orders:p:unsuccessful", "odd"])
        .await;
    let key = format!("bull:{job}");
    jobs.run::<u64>(&["HSET", &key, "parentKey", "bull:orders:p"])
        .await;
}

#[tokio::test]
async fn a_job_whose_parent_has_an_odd_key_is_skipped_alone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let there = [("email/v1", 250), ("email/v2", 1), ("email/v3", 2)];
    fail(&mut jobs, &operator, &there).await;
    give_odd_parent(&mut jobs, "email/v1:3").await;
    // The only one of its batch.
    give_odd_parent(&mut jobs, "email/v2:1").await;
    let run = begin(&operator, "253").await;
    let shown = until(&operator, &run, "done").await;
    let text = shown.text();
    assert!(text.contains("251 done, 2 skipped"), "{text}");
    let why = "a key of this job or its parent has another type than it should have";
    let mut skipped = shown.all("#run tbody tr");
    skipped.sort();
    assert_eq!(
        skipped,
        [format!("1email/v2{why}"), format!("3email/v1{why}")]
    );
    assert_eq!(
        entries_by_queue(&mut jobs, &run).await,
        counts(&[("email/v1", 249), ("email/v3", 2)])
    );
    assert_eq!(jobs.sorted("email/v1", "failed").await[0].0, "3");
    assert_eq!(failed_of(&mut jobs, "email/v2").await, 1);
}

/// Begins a retry of all failed jobs; the address of its run.
async fn begin(person: &Person, count: &str) -> String {
    let page = person.page(ALL).await;
    let begun = send(person, &page, &[("confirm", "1"), ("typed_count", count)]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    begun.location().to_owned()
}

/// How many jobs the run has done.
async fn done_by(jobs: &mut Jobs, run: &str) -> u64 {
    let key = format!("bullkeeper:run:{}", run.rsplit('=').next().unwrap());
    let done: Option<u64> = jobs.run(&["HGET", &key, "done"]).await;
    done.unwrap_or(0)
}

/// Asserts that the run ends with all jobs done, each once.
async fn assert_all_done(person: &Person, jobs: &mut Jobs, run: &str) {
    let shown = until(person, run, "done").await;
    let text = shown.text();
    assert!(text.contains("1,200 done, 0 skipped"), "{text}");
    assert_eq!(
        entries_by_queue(jobs, run).await,
        counts(&[("email/v1", 600), ("email/v2", 600)])
    );
}

#[tokio::test]
async fn a_run_waits_while_another_clients_script_keeps_redis_busy() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    fail(
        &mut jobs,
        &operator,
        &[("email/v1", 600), ("email/v2", 600)],
    )
    .await;
    jobs.run::<()>(&["CONFIG", "SET", "lua-time-limit", "10"])
        .await;
    let run = begin(&operator, "1200").await;
    let busy = "for i = 1, 30000000 do end";
    jobs.run::<()>(&["EVAL", busy, "0"]).await;
    assert!(done_by(&mut jobs, &run).await < 1200, "it was under way");
    jobs.run::<()>(&["EVAL", busy, "0"]).await;
    assert_all_done(&operator, &mut jobs, &run).await;
}

#[tokio::test]
async fn a_run_goes_on_though_redis_forgets_its_scripts_again_and_again() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    fail(
        &mut jobs,
        &operator,
        &[("email/v1", 600), ("email/v2", 600)],
    )
    .await;
    let run = begin(&operator, "1200").await;
    for _ in 0..200 {
        jobs.run::<()>(&["SCRIPT", "FLUSH"]).await;
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    assert_all_done(&operator, &mut jobs, &run).await;
}
