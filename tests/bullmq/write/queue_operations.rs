//! Operations on queues of the real BullMQ: an idle worker wakes at once, and no job is lost where different majors pause, fill and
//! resume a queue in turns.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, Queue, patient_app};
use bullkeeper_testkit::{EditForm, Jobs, Person, Seen, TestApp, eventually};

async fn operate(admin: &Person, name: &str, queue: &Queue, more: &[(&str, &str)]) {
    let mut form = vec![("queue", queue.name.as_str())];
    form.extend(more);
    let done = Seen::of(admin.post(&format!("/queue/{name}"), &form).await).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
}

/// Has an idle worker that asks for jobs by itself only after ten minutes.
async fn employ_idle(jobs: &Jobs, queue: &Queue) {
    queue.ask("employ", json!({"drainDelay": 600})).await;
    eventually("the worker is blocked", || async {
        let clients: String = jobs.clone().run(&["CLIENT", "LIST"]).await;
        let is_blocked = |line: &str| line.contains(" flags=b ") && !line.contains("cmd=xread");
        clients.lines().any(is_blocked)
    })
    .await;
}

async fn completes(jobs: &Jobs, queue: &Queue, count: usize) {
    eventually("the jobs are completed", || async {
        let completed = jobs.clone().sorted(&queue.name, "completed").await;
        completed.len() == count
    })
    .await;
    queue.ask("dismiss", json!({})).await;
}

#[tokio::test]
async fn a_resume_wakes_an_idle_worker() {
    let app = patient_app().await;
    let (bull, jobs, admin) = (Bull::on(&app), app.jobs().await, app.admin().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        queue.ask("ready", json!({})).await;
        operate(&admin, "pause", &queue, &[]).await;
        employ_idle(&jobs, &queue).await;
        queue.add(json!({})).await;
        queue.add(json!({"opts": {"priority": 3}})).await;
        operate(&admin, "resume", &queue, &[]).await;
        completes(&jobs, &queue, 2).await;
    }
}

/// Does it to all queues that the overview lists.
async fn operate_all(admin: &Person, operation: &str) {
    let page = admin
        .page(&format!("/queues/change?operation={operation}"))
        .await;
    let form = EditForm::of(&page, "/queues/change").set("confirm", "1");
    let done = Seen::of(admin.post("/queues/change", &form.pairs()).await).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let told = admin.page(done.location()).await.all("#told").join(" ");
    assert!(told.ends_with("3 queues changed."), "{told}");
}

#[tokio::test]
async fn many_queues_that_are_paused_at_once_run_nothing_until_they_are_resumed() {
    let app = patient_app().await;
    let (bull, jobs, admin) = (Bull::on(&app), app.jobs().await, app.admin().await);
    let queues = MAJORS.map(|major| bull.queue(major, &format!("email/v{major}")));
    for queue in &queues {
        queue.ask("ready", json!({})).await;
    }
    eventually("the overview has the queues", || async {
        admin.page("/").await.all("[data-pick]").len() == queues.len()
    })
    .await;
    operate_all(&admin, "queue.pause").await;
    for queue in &queues {
        employ_idle(&jobs, queue).await;
        queue.add(json!({})).await;
    }
    for queue in &queues {
        let mut jobs = jobs.clone();
        assert!(jobs.sorted(&queue.name, "completed").await.is_empty());
        let meta = format!("bull:{}:meta", queue.name);
        let paused: u64 = jobs.run(&["HEXISTS", &meta, "paused"]).await;
        assert_eq!(paused, 1, "{}", queue.name);
    }
    operate_all(&admin, "queue.resume").await;
    for queue in &queues {
        completes(&jobs, queue, 1).await;
    }
}

#[tokio::test]
async fn a_raised_or_removed_limit_wakes_an_idle_worker() {
    let app = patient_app().await;
    let (bull, jobs, admin) = (Bull::on(&app), app.jobs().await, app.admin().await);
    for major in [5, 6] {
        for to in ["2", "0"] {
            let queue = bull.queue(major, &format!("email/v{major}-{to}"));
            queue.ask("activate", json!({})).await;
            let limit = |limit: &'static str| [("concurrency", limit)];
            operate(&admin, "limit-concurrency", &queue, &limit("1")).await;
            employ_idle(&jobs, &queue).await;
            queue.add(json!({})).await;
            operate(&admin, "limit-concurrency", &queue, &limit(to)).await;
            completes(&jobs, &queue, 1).await;
        }
    }
}

#[tokio::test]
async fn no_job_is_lost_where_majors_pause_and_fill_a_queue_in_turns() {
    let app: TestApp = patient_app().await;
    let (bull, jobs, admin) = (Bull::on(&app), app.jobs().await, app.admin().await);
    for (pauses, fills) in [(5, 6), (4, 6), (6, 5), (6, 4)] {
        let queue = bull.queue(pauses, &format!("from-{pauses}-to-{fills}"));
        queue.add(json!({})).await;
        queue.pause().await;
        queue.by(fills).add(json!({})).await;
        operate(&admin, "resume", &queue, &[]).await;
        queue.by(fills).ask("employ", json!({})).await;
        completes(&jobs, &queue.by(fills), 2).await;
    }
}

#[tokio::test]
async fn a_drained_queue_goes_on_and_its_active_job_ends() {
    let app = patient_app().await;
    let (bull, jobs, admin) = (Bull::on(&app), app.jobs().await, app.admin().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let held = queue.ask("activate", json!({})).await;
        for _ in 0..3 {
            queue.add(json!({})).await;
        }
        operate(&admin, "drain", &queue, &[]).await;
        eventually("the queue is drained", || async {
            jobs.clone().length(&queue.name, "wait").await == 0
        })
        .await;
        queue.ask("release", json!({"jobId": held["jobId"]})).await;
        queue.add(json!({})).await;
        queue.ask("employ", json!({})).await;
        completes(&jobs, &queue, 2).await;
    }
}
