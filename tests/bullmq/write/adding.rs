//! Jobs that Bullkeeper adds: what BullMQ's own `add` stores, and what real workers make of them.

use std::collections::BTreeMap;

use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, Queue, patient_app};
use bullkeeper_testkit::{Jobs, Person, Seen, eventually};

const DATA: &str = r#"{"to":"ann@example","n":[1,2.5,null]}"#;

/// Adds a job over HTTP; its id.
async fn add(queue: &Queue, person: &Person, options: &[(&str, &str)]) -> String {
    let form = [
        ("queue", queue.name.as_str()),
        ("job_name", "send"),
        ("text", DATA),
        ("reason", "r"),
    ];
    let form = [&form, options].concat();
    let added = Seen::of(person.post("/queue/add", &form).await).await;
    assert_eq!(added.status, 303, "{}", added.text());
    let (_, id) = added.location().rsplit_once("&id=").unwrap();
    id.to_owned()
}

/// What is stored of a job, without when it was made.
async fn stored(jobs: &mut Jobs, queue: &Queue, id: &str) -> BTreeMap<String, String> {
    let key = format!("bull:{}:{id}", queue.name);
    let mut hash: BTreeMap<String, String> = jobs.run(&["HGETALL", &key]).await;
    hash.remove("timestamp").unwrap();
    hash
}

#[tokio::test]
async fn a_job_is_stored_byte_for_byte_as_by_bullmqs_own_add() {
    let app = patient_app().await;
    let (bull, operator, mut jobs) = (Bull::on(&app), app.operator().await, app.jobs().await);
    for major in MAJORS {
        let ours = bull.queue(major, &format!("ours/v{major}"));
        let real = bull.queue(major, &format!("real/v{major}"));
        let parents = bull.queue(major, &format!("parents/v{major}"));
        let flow = json!({"children": [{"queue": format!("kids/v{major}")}]});
        let flow = parents.ask("flow", flow).await;
        let parent = flow["jobId"].as_str().unwrap();
        ours.ask("ready", json!({})).await;
        let backoff = [
            ("attempts", "5"),
            ("backoff", "exponential"),
            ("backoff_delay", "1500 ms"),
        ];
        let keeps = [
            ("remove_on_complete", "1000, 24 h"),
            ("remove_on_fail", "no"),
        ];
        let is_child = [
            ("parent_id", parent),
            ("parent_queue", parents.name.as_str()),
            ("parent_on_failure", "failParentOnFailure"),
        ];
        let its_parent = json!({"id": parent, "queue": format!("bull:{}", parents.name)});
        let mut kinds = vec![
            (vec![], json!({})),
            (vec![("lifo", "1")], json!({"lifo": true})),
            (vec![("priority", "7")], json!({"priority": 7})),
            (
                backoff.to_vec(),
                json!({"attempts": 5, "backoff": {"type": "exponential", "delay": 1500}}),
            ),
            (
                [&keeps[..], &[("job_id", "order/1")]].concat(),
                json!({"jobId": "order/1", "removeOnComplete": {"age": 86400, "count": 1000}, "removeOnFail": false}),
            ),
            (
                is_child.to_vec(),
                json!({"parent": its_parent, "failParentOnFailure": true}),
            ),
        ];
        if major > 4 {
            kinds.push((
                vec![("deduplication", "once"), ("deduplication_ttl", "1 h")],
                json!({"deduplication": {"id": "once", "ttl": 3_600_000}}),
            ));
        }
        for (typed, opts) in kinds {
            let id = add(&ours, &operator, &typed).await;
            let data: serde_json::Value = serde_json::from_str(DATA).unwrap();
            let job = json!({"name": "send", "data": data, "opts": opts});
            let other = real.add(job).await;
            assert_eq!(id, other, "BullMQ {major}, {opts}");
            let (got, wanted) = (
                stored(&mut jobs, &ours, &id).await,
                stored(&mut jobs, &real, &other).await,
            );
            assert_eq!(got, wanted, "BullMQ {major}, {opts}");
        }
    }
}

#[tokio::test]
async fn real_workers_process_each_job_with_the_data_that_was_typed() {
    let app = patient_app().await;
    let (bull, operator) = (Bull::on(&app), app.operator().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        queue.ask("ready", json!({})).await;
        let plain = add(&queue, &operator, &[]).await;
        queue.pause().await;
        let paused = add(&queue, &operator, &[("lifo", "1")]).await;
        queue.resume().await;
        let urgent = add(
            &queue,
            &operator,
            &[("priority", "3"), ("job_id", "urgent")],
        )
        .await;
        let soon = add(&queue, &operator, &[("delay", "in 100 ms")]).await;
        let attempts = queue.finish_all(&[&plain, &paused, &urgent, &soon]).await;
        for attempt in attempts {
            assert_eq!(attempt.saw, DATA);
            assert_eq!(attempt.raw, DATA.as_bytes());
        }
    }
}

#[tokio::test]
async fn a_parent_waits_for_the_child_that_was_added_too() {
    let app = patient_app().await;
    let (bull, operator, mut jobs) = (Bull::on(&app), app.operator().await, app.jobs().await);
    for major in MAJORS {
        let parents = bull.queue(major, &format!("parents/v{major}"));
        let kids = bull.queue(major, &format!("kids/v{major}"));
        let flow = parents
            .ask("flow", json!({"children": [{"queue": kids.name}]}))
            .await;
        let (parent, first) = (
            flow["jobId"].as_str().unwrap(),
            flow["children"][0]["jobId"].as_str().unwrap(),
        );
        let options = [
            ("parent_id", parent),
            ("parent_queue", parents.name.as_str()),
        ];
        let added = add(&kids, &operator, &options).await;
        let waits_for = format!("bull:{}:{parent}:dependencies", parents.name);
        let children: u64 = jobs.run(&["SCARD", &waits_for]).await;
        assert_eq!(children, 2);
        assert_eq!(parents.state(parent).await, "waiting-children");
        kids.finish_all(&[first, &added]).await;
        parents.finish_all(&[parent]).await;
    }
}

#[tokio::test]
async fn an_idle_worker_that_waits_in_redis_wakes_for_the_job() {
    let app = patient_app().await;
    let (bull, operator) = (Bull::on(&app), app.operator().await);
    for major in MAJORS {
        for option in [&[][..], &[("priority", "3")]] {
            let queue = bull.queue(major, &format!("email-{}/v{major}", option.len()));
            queue.ask("ready", json!({})).await;
            // By itself it would look after ten minutes.
            queue.ask("employ", json!({"drainDelay": 600})).await;
            let jobs = app.jobs().await;
            eventually("the worker waits", || async {
                let clients: String = jobs.clone().run(&["CLIENT", "LIST"]).await;
                clients.lines().any(|client| {
                    client.contains("cmd=bzpopmin") || client.contains("cmd=brpoplpush")
                })
            })
            .await;
            let id = add(&queue, &operator, option).await;
            eventually("the job is done", || async {
                queue.state(&id).await == "completed"
            })
            .await;
            queue.ask("dismiss", json!({})).await;
        }
    }
}
