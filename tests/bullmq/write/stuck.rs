//! A job whose worker lost it is failed or completed, and the worker that still runs it is refused when it ends.

use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, patient_app};

#[tokio::test]
async fn a_stuck_job_ends_as_it_is_told_and_not_as_its_late_worker_says() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        for (name, told, state) in [
            ("fail", ("failed_reason", "lost"), "failed"),
            ("complete", ("return_value", "[1]"), "completed"),
        ] {
            let queue = bull.queue(major, &format!("{name}/v{major}"));
            let id = queue
                .activate(json!({"data": {"n": 1}, "opts": {"attempts": 3}}))
                .await;
            let key = |suffix: &str| format!("bull:{}:{suffix}", queue.name);
            // No worker looks for stalled jobs while another has done so.
            redis.run::<()>(&["SET", &key("stalled-check"), "1"]).await;
            let form = [("queue", queue.name.as_str()), ("id", &id), told];
            let held = operator.post(&format!("/job/{name}"), &form).await;
            assert_eq!(held.status(), 409, "BullMQ {major}");
            redis
                .run::<u64>(&["DEL", &key(&format!("{id}:lock"))])
                .await;
            let ended = operator.post(&format!("/job/{name}"), &form).await;
            assert_eq!(ended.status(), 303, "BullMQ {major}");

            assert_eq!(queue.release(&id).await, state, "BullMQ {major}");
            let job = queue.job(&id).await;
            match name {
                // A worker of BullMQ 4 that is refused overwrites the reason, though not the state.
                "fail" if major == 4 => assert_ne!(job["failedReason"], json!(null)),
                "fail" => assert_eq!(job["failedReason"], "lost", "BullMQ {major}: {job}"),
                _ => assert_eq!(job["returnvalue"], json!([1]), "BullMQ {major}: {job}"),
            }
            redis.run::<u64>(&["DEL", &key("stalled-check")]).await;
            // What was failed can be retried, and the queue goes on.
            let mut left = vec![queue.add(json!({"data": {"n": 2}})).await];
            if name == "fail" {
                assert_eq!(queue.try_retry(&operator, &id).await.status, 303);
                left.push(id);
            }
            let left: Vec<&str> = left.iter().map(String::as_str).collect();
            queue.finish_all(&left).await;
        }
    }
}
