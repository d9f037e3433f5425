//! Paused queues: a job that Bullkeeper retries is neither lost itself nor the loss of another, in whatever order the
//! queue is paused, filled, retried and resumed. BullMQ 4 and 5 move waiting jobs to a list of their own and back by
//! renaming it, which is where an id can be lost; BullMQ 6 leaves them where they are.

use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, Queue, patient_app};
use bullkeeper_testkit::{Person, TestApp};

/// A queue of every major with one failed job in each, and who retries it.
async fn with_a_failed_job(app: &TestApp) -> (Vec<(Queue, String)>, Person) {
    let bull = Bull::on(app);
    let mut queues = Vec::new();
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let id = queue.fail(json!({"data": {"to": "ann@example"}})).await;
        queues.push((queue, id));
    }
    (queues, app.operator().await)
}

#[tokio::test]
async fn a_job_retried_in_a_paused_queue_runs_after_the_resume() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        queue.pause().await;
        queue.retry(&operator, &failed).await;
        queue.resume().await;
        queue.finish_all(&[&failed]).await;
    }
}

#[tokio::test]
async fn jobs_that_waited_before_the_pause_run_beside_the_retried_one() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        let (a, b) = (queue.add(json!({})).await, queue.add(json!({})).await);
        queue.pause().await;
        queue.retry(&operator, &failed).await;
        queue.resume().await;
        queue.finish_all(&[&failed, &a, &b]).await;
    }
}

#[tokio::test]
async fn jobs_added_during_the_pause_before_the_retry_run_beside_it() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        queue.pause().await;
        let (a, b) = (queue.add(json!({})).await, queue.add(json!({})).await);
        queue.retry(&operator, &failed).await;
        queue.resume().await;
        queue.finish_all(&[&failed, &a, &b]).await;
    }
}

#[tokio::test]
async fn jobs_added_during_the_pause_after_the_retry_run_beside_it() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        queue.pause().await;
        queue.retry(&operator, &failed).await;
        let (a, b) = (queue.add(json!({})).await, queue.add(json!({})).await);
        queue.resume().await;
        queue.finish_all(&[&failed, &a, &b]).await;
    }
}

#[tokio::test]
async fn a_job_retried_before_the_pause_runs_after_the_resume() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        queue.retry(&operator, &failed).await;
        queue.pause().await;
        let added = queue.add(json!({})).await;
        queue.resume().await;
        queue.finish_all(&[&failed, &added]).await;
    }
}

#[tokio::test]
async fn a_job_retried_after_the_resume_runs_beside_those_that_were_paused() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        queue.pause().await;
        let added = queue.add(json!({})).await;
        queue.resume().await;
        queue.retry(&operator, &failed).await;
        queue.finish_all(&[&failed, &added]).await;
    }
}

#[tokio::test]
async fn many_jobs_retried_in_one_pause_all_run() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, first) in queues {
        let (second, third) = (queue.fail(json!({})).await, queue.fail(json!({})).await);
        queue.pause().await;
        queue.retry(&operator, &first).await;
        let added = queue.add(json!({})).await;
        queue.retry(&operator, &second).await;
        queue.retry(&operator, &third).await;
        queue.resume().await;
        queue.finish_all(&[&first, &second, &third, &added]).await;
    }
}

#[tokio::test]
async fn a_retry_by_bullmq_beside_a_retry_by_bullkeeper_loses_neither() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, ours) in queues {
        let (before, after) = (queue.fail(json!({})).await, queue.fail(json!({})).await);
        queue.pause().await;
        queue.ask("retry", json!({"jobId": before})).await;
        queue.retry(&operator, &ours).await;
        queue.ask("retry", json!({"jobId": after})).await;
        queue.resume().await;
        queue.finish_all(&[&ours, &before, &after]).await;
    }
}

#[tokio::test]
async fn a_job_is_repaired_and_retried_at_once_in_a_paused_queue() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        queue.pause().await;
        let added = queue.add(json!({})).await;
        let change = |text: &str| text.replace("@example", "@example.com");
        queue.repair_and_retry(&operator, &failed, change).await;
        queue.resume().await;
        let attempts = queue.finish_all(&[&failed, &added]).await;
        let repaired = attempts
            .iter()
            .find(|attempt| attempt.id == failed)
            .unwrap();
        assert_eq!(repaired.saw, r#"{"to":"ann@example.com"}"#);
    }
}

#[tokio::test]
async fn a_job_that_waits_in_a_paused_queue_is_edited_where_it_is() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        let (a, b) = (
            queue.add(json!({"data": {"n": 1}})).await,
            queue.add(json!({})).await,
        );
        queue.pause().await;
        queue
            .repair(&operator, &a, |text| text.replace('1', "2"))
            .await;
        queue.retry(&operator, &failed).await;
        queue.resume().await;
        let attempts = queue.finish_all(&[&failed, &a, &b]).await;
        let edited = attempts.iter().find(|attempt| attempt.id == a).unwrap();
        assert_eq!(edited.saw, r#"{"n":2}"#);
    }
}

#[tokio::test]
async fn a_retried_job_survives_a_second_pause_and_is_retried_again_in_it() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        queue.pause().await;
        queue.retry(&operator, &failed).await;
        queue.resume().await;
        queue.pause().await;
        let added = queue.add(json!({})).await;
        queue.resume().await;
        let fails_again = json!({"failWhen": {"pointer": "/to", "equals": "ann@example"}});
        queue.process_with(2, fails_again).await;
        assert_eq!(queue.state(&failed).await, "failed");
        assert_eq!(queue.state(&added).await, "completed");

        queue.pause().await;
        queue.retry(&operator, &failed).await;
        queue.resume().await;
        queue.finish_all(&[&failed]).await;
    }
}

#[tokio::test]
async fn prioritized_and_delayed_jobs_of_a_paused_queue_stay_where_they_are() {
    let app = patient_app().await;
    let (queues, operator) = with_a_failed_job(&app).await;
    for (queue, failed) in queues {
        let prioritized = queue.add(json!({"opts": {"priority": 3}})).await;
        let delayed = queue.add(json!({"opts": {"delay": 3_600_000}})).await;
        queue.pause().await;
        let during = queue.add(json!({"opts": {"priority": 1}})).await;
        queue.retry(&operator, &failed).await;
        queue.resume().await;
        queue.finish_all(&[&failed, &prioritized, &during]).await;
        assert_eq!(queue.state(&delayed).await, "delayed");
        queue.ask("promote", json!({"jobId": delayed})).await;
        queue.finish_all(&[&delayed]).await;
    }
}

#[tokio::test]
async fn a_queue_that_bullmq_5_paused_and_bullmq_6_took_over_loses_nothing() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    let old = bull.queue(5, "email/v2");
    let failed = old.fail(json!({})).await;
    let (a, b) = (old.add(json!({})).await, old.add(json!({})).await);
    old.pause().await;

    let new = old.by(6);
    new.ask("ready", json!({})).await;
    let c = new.add(json!({})).await;
    new.retry(&operator, &failed).await;
    new.resume().await;
    new.finish_all(&[&failed, &a, &b, &c]).await;
}

#[tokio::test]
async fn a_queue_that_bullmq_6_paused_and_bullmq_5_resumes_loses_nothing_by_a_retry() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    let new = bull.queue(6, "email/v2");
    let failed = new.fail(json!({})).await;
    let (a, b) = (new.add(json!({})).await, new.add(json!({})).await);
    new.pause().await;

    // Going back to the old release: its BullMQ says that the queue is its own.
    let old = new.by(5);
    old.ask("ready", json!({})).await;
    old.retry(&operator, &failed).await;
    old.resume().await;
    old.finish_all(&[&failed, &a, &b]).await;
}
