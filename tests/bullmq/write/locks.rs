//! A job that a worker holds: nothing of it is changed, and the worker finishes undisturbed.

use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, patient_app};
use crate::harness::pages::{facts, state};
use bullkeeper_testkit::times;

#[tokio::test]
async fn an_edit_of_a_job_that_a_worker_holds_is_refused_and_the_worker_finishes() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let stored = r#"{"to":"ann@example","n":1.0}"#;
        let id = queue
            .activate(json!({"rawData": stored, "workerName": "mailer-1"}))
            .await;
        let page = queue.job_page(&operator, &id).await;
        assert_eq!(state(&page), "active", "BullMQ {major}");
        assert_eq!(facts(&page)["Lock"], "held by a worker");
        if major >= 5 {
            assert_eq!(facts(&page)["Worker"], "mailer-1");
        }

        let change = |text: &str| text.replace("@example", "@example.com");
        let form = queue.edit(&operator, &id, change).await.set("reason", "r");
        for then in ["", "retry"] {
            let form = form.clone().set("then", then);
            let refused = operator.send("/job/save", &form).await;
            assert_eq!(refused.status, 409, "BullMQ {major}");
            assert!(refused.text().contains("worker"), "{}", refused.text());
            assert!(refused.body.contains("ann@example.com"), "the text is kept");
        }
        assert_eq!(queue.try_retry(&operator, &id).await.status, 409);
        assert_eq!(
            redis.data(&queue.name, &id).await.unwrap(),
            stored.as_bytes()
        );

        assert_eq!(queue.release(&id).await, "completed", "BullMQ {major}");
        assert_eq!(
            redis.data(&queue.name, &id).await.unwrap(),
            stored.as_bytes()
        );
        let entries = redis.audit_of_jobs().await;
        assert!(
            entries
                .iter()
                .all(|entry| entry.get("outcome") == "conflict")
        );
    }
    app.services.finish_audit().await;
    let entries = redis.audit_of_jobs().await;
    assert_eq!(times(&entries), 3 * MAJORS.len() as u64);
}

#[tokio::test]
async fn an_edit_that_was_opened_before_a_worker_took_the_job_is_refused_while_it_has_it() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let job = json!({"data": {"a": 1}, "opts": {"jobId": "the-one"}});
        let id = queue.fail(job.clone()).await;
        let form = queue
            .edit(&operator, &id, |_| r#"{"a":2}"#.to_owned())
            .await;
        let form = form.set("reason", "r");

        // The same job is made again, and this time a worker holds it.
        queue.ask("remove", json!({"jobId": id})).await;
        assert_eq!(queue.activate(job).await, id);
        let refused = operator.send("/job/save", &form).await;
        assert_eq!(refused.status, 409, "BullMQ {major}\n{}", refused.text());
        assert_eq!(redis.data(&queue.name, &id).await.unwrap(), br#"{"a":1}"#);

        assert_eq!(queue.release(&id).await, "completed", "BullMQ {major}");
        let saved = operator.send("/job/save", &form).await;
        assert_eq!(saved.status, 303, "now it may be\n{}", saved.text());
        assert_eq!(redis.data(&queue.name, &id).await.unwrap(), br#"{"a":2}"#);
    }
}

#[tokio::test]
async fn what_a_worker_wrote_meanwhile_is_not_overwritten() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let id = queue.fail(json!({"data": {"a": 1}})).await;
        let form = queue
            .edit(&operator, &id, |_| r#"{"a":2}"#.to_owned())
            .await;
        queue
            .ask("updateData", json!({"jobId": id, "data": {"a": 3}}))
            .await;
        let conflict = operator.send("/job/save", &form.set("reason", "r")).await;
        assert_eq!(conflict.status, 409, "BullMQ {major}");
        assert_eq!(redis.data(&queue.name, &id).await.unwrap(), br#"{"a":3}"#);
    }
}
