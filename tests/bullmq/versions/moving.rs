//! A moved job equals what BullMQ's own add would have made, in each major and from each, and a real worker of the target
//! takes it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::bull::{Bull, Queue, patient_app};
use bullkeeper_testkit::moves::moved;
use bullkeeper_testkit::{Jobs, Person, TestApp, eventually, now};

/// From which major to which.
const WAYS: [(u32, u32); 4] = [(5, 5), (5, 6), (6, 5), (6, 6)];

const FAILED: [(&str, &str); 1] = [("failed", "1")];

/// What a job that waits may be like.
fn kinds() -> Vec<(&'static str, Value)> {
    vec![
        ("plain", json!({"data": {"to": "ann@example"}})),
        ("prioritized", json!({"opts": {"priority": 5}})),
        ("last in, first out", json!({"opts": {"lifo": true}})),
        ("delayed", json!({"opts": {"delay": 3_600_000}})),
        ("its own id", json!({"opts": {"jobId": "a/b % ü <i> #?"}})),
        ("a zero first", json!({"opts": {"jobId": "007"}})),
        (
            "more digits than JavaScript holds",
            json!({"opts": {"jobId": "12345678901234567890"}}),
        ),
        (
            "attempts",
            json!({"opts": {"attempts": 3, "backoff": {"type": "fixed", "delay": 20}}}),
        ),
        (
            "deduplicated",
            json!({"opts": {"deduplication": {"id": "customer"}}}),
        ),
        ("exact data", json!({"rawData": "{\"n\":1e400,\"m\":1.0}"})),
    ]
}

/// Everything of a queue that an add touches, in comparable form: without times.
async fn kept(redis: &mut Jobs, queue: &str) -> BTreeMap<String, Vec<String>> {
    let mut kept = BTreeMap::new();
    let keys: Vec<String> = redis.run(&["KEYS", &format!("bull:{queue}:*")]).await;
    for key in keys {
        let kind: String = redis.run(&["TYPE", &key]).await;
        let short = key.strip_prefix(&format!("bull:{queue}:")).unwrap();
        let read: Vec<String> = match kind.as_str() {
            "list" => redis.run(&["LRANGE", &key, "0", "-1"]).await,
            "string" => vec![redis.run(&["GET", &key]).await],
            // The times of delayed jobs differ by when they were added.
            "zset" if short == "delayed" || short == "marker" => {
                redis.run(&["ZRANGE", &key, "0", "-1"]).await
            }
            "zset" => redis.run(&["ZRANGE", &key, "0", "-1", "WITHSCORES"]).await,
            "hash" => {
                let hash: BTreeMap<String, String> = redis.run(&["HGETALL", &key]).await;
                let lasting = hash.into_iter().filter(|(name, _)| name != "timestamp");
                lasting
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect()
            }
            _ => events(redis, &key).await,
        };
        kept.insert(short.to_owned(), read);
    }
    kept
}

/// The events of a stream without the moment of a delayed one.
async fn events(redis: &mut Jobs, key: &str) -> Vec<String> {
    let all: Vec<(String, Vec<String>)> = redis.run(&["XRANGE", key, "-", "+"]).await;
    let told = all.into_iter().map(|(_, fields)| {
        let lasting = fields.chunks(2).filter(|pair| pair[0] != "delay");
        lasting.flatten().cloned().collect::<Vec<_>>().join(" ")
    });
    told.collect()
}

async fn versions(app: &TestApp, bull: &Bull, (from, to): (u32, u32)) -> (Queue, Queue, Person) {
    let (v1, v2) = (bull.queue(from, "email/v1"), bull.queue(to, "email/v2"));
    for queue in [&v1, &v2] {
        queue.ask("ready", json!({})).await;
    }
    let admin = app.admin().await;
    eventually("both versions are known", || async {
        let page = admin.get("/family/move?name=email").await;
        page.text().await.unwrap().matches("<option").count() == 4
    })
    .await;
    (v1, v2, admin)
}

async fn assert_a_move_leaves_what_an_add_and_a_remove_leave(way: (u32, u32), paused: bool) {
    for (kind, job) in kinds() {
        let app = patient_app().await;
        let bull = Bull::on(&app);
        let mut redis = app.jobs().await;
        let (v1, v2, admin) = versions(&app, &bull, way).await;
        let theirs = bull.queue(way.1, "theirs");
        theirs.ask("ready", json!({})).await;
        let removed = bull.queue(way.0, "removed");
        removed.ask("ready", json!({})).await;
        if paused {
            for queue in [&v2, &theirs] {
                queue.pause().await;
            }
        }
        let id = removed.add(job.clone()).await;
        removed.ask("remove", json!({"jobId": id})).await;
        theirs.add(job.clone()).await;
        v1.add(job).await;
        let page = moved(&admin, &[]).await;
        assert!(page.text().contains("1 done, 0 skipped"), "{}", page.text());
        let wanted = kept(&mut redis, "theirs").await;
        let got = kept(&mut redis, "email/v2").await;
        assert_eq!(got, wanted, "{way:?}, paused: {paused}, {kind}: the target");
        let wanted = kept(&mut redis, "removed").await;
        let got = kept(&mut redis, "email/v1").await;
        assert_eq!(got, wanted, "{way:?}, paused: {paused}, {kind}: the source");
        v2.resume().await;
        if kind != "delayed" && kind != "exact data" {
            let done = v2.process(1).await;
            assert_eq!(done[0].state, "completed", "{way:?}, {kind}");
        }
    }
}

#[tokio::test]
async fn a_move_to_bullmq_5_leaves_what_its_own_add_leaves() {
    assert_a_move_leaves_what_an_add_and_a_remove_leave((5, 5), false).await;
    assert_a_move_leaves_what_an_add_and_a_remove_leave((6, 5), false).await;
}

#[tokio::test]
async fn a_move_to_bullmq_6_leaves_what_its_own_add_leaves() {
    assert_a_move_leaves_what_an_add_and_a_remove_leave((5, 6), false).await;
    assert_a_move_leaves_what_an_add_and_a_remove_leave((6, 6), false).await;
}

#[tokio::test]
async fn a_move_to_a_paused_queue_leaves_what_its_own_add_leaves() {
    assert_a_move_leaves_what_an_add_and_a_remove_leave((6, 5), true).await;
    assert_a_move_leaves_what_an_add_and_a_remove_leave((5, 6), true).await;
}

#[tokio::test]
async fn jobs_of_every_state_move_and_the_targets_worker_does_each_once() {
    for way in WAYS {
        let app = patient_app().await;
        let bull = Bull::on(&app);
        let (v1, v2, admin) = versions(&app, &bull, way).await;
        v1.fail(json!({"name": "failed", "data": {"n": 0}})).await;
        v1.add(json!({"name": "own", "data": {"n": 1}, "opts": {"jobId": "own"}}))
            .await;
        v1.add(json!({"name": "second", "data": {"n": 2}})).await;
        for (n, priority) in [(3, 9), (4, 2), (5, 9)] {
            v1.add(json!({"name": format!("p{n}"), "opts": {"priority": priority}}))
                .await;
        }
        let due = now() + 4_000;
        v1.add(json!({"name": "late", "opts": {"delay": 4_000}}))
            .await;
        let page = moved(&admin, &FAILED).await;
        assert!(page.text().contains("7 done, 0 skipped"), "{}", page.text());

        let failed = v2.ask("getJobs", json!({"states": ["failed"]})).await;
        let failed = &failed["jobs"][0];
        assert_eq!(
            (&failed["name"], &failed["attemptsMade"]),
            (&json!("failed"), &json!(1))
        );
        let id = failed["id"].as_str().unwrap();
        assert_eq!(v2.job(id).await["failedReason"], "it failed on purpose");
        let answer = v2.ask("process", json!({"count": 6})).await;
        let rows = answer["jobs"].as_array().unwrap();
        let names: Vec<&str> = rows
            .iter()
            .map(|row| row["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["own", "second", "p4", "p3", "p5", "late"],
            "{way:?}"
        );
        assert!(now() >= due, "{way:?}: not before its time");
        assert!(now() < due + 10_000, "{way:?}: in time");
        v2.ask("retry", json!({"jobId": id})).await;
        assert_eq!(v2.process(1).await[0].id, id);
        assert_eq!(
            v2.counts().await,
            BTreeMap::from([("completed".to_owned(), 7)])
        );
        assert!(v1.counts().await.is_empty(), "{way:?}");
    }
}

#[tokio::test]
async fn what_a_flow_a_scheduler_or_a_worker_holds_stays() {
    for way in WAYS {
        let app = patient_app().await;
        let bull = Bull::on(&app);
        let (v1, v2, admin) = versions(&app, &bull, way).await;
        let held = v1.activate(json!({})).await;
        v1.ask("flow", json!({"children": [{"queue": "email/v1"}]}))
            .await;
        let every = json!({"schedulerId": "hourly", "repeat": {"every": 3_600_000}});
        v1.ask("scheduler", every).await;
        let before = v1.counts().await;
        let page = moved(&admin, &[]).await;
        let text = page.text();
        assert!(text.contains("0 done"), "{way:?}: {text}");
        assert!(text.contains("a child in a flow"), "{way:?}: {text}");
        assert_eq!(v1.counts().await, before, "{way:?}");
        assert!(v2.counts().await.is_empty(), "{way:?}");
        v1.release(&held).await;
    }
}

/// The score of the marker that wakes workers; none where there is none.
async fn marker(redis: &mut Jobs, queue: &str) -> Option<f64> {
    redis
        .run(&["ZSCORE", &format!("bull:{queue}:marker"), "0"])
        .await
}

#[tokio::test]
async fn workers_of_a_queue_at_its_limit_are_not_woken_and_do_the_moved_job_later() {
    for way in WAYS {
        let app = patient_app().await;
        let bull = Bull::on(&app);
        let mut redis = app.jobs().await;
        let (v1, v2, admin) = versions(&app, &bull, way).await;
        let held = v2.activate(json!({})).await;
        v2.ask("concurrency", json!({"concurrency": 1})).await;
        // The worker that holds a job may have left one.
        redis.run::<u64>(&["DEL", "bull:email/v2:marker"]).await;
        v2.add(json!({"name": "added"})).await;
        assert_eq!(
            marker(&mut redis, "email/v2").await,
            None,
            "{way:?}, BullMQ"
        );
        v1.add(json!({"name": "moved"})).await;
        moved(&admin, &[]).await;
        assert_eq!(marker(&mut redis, "email/v2").await, None, "{way:?}");
        assert_eq!(v2.release(&held).await, "completed", "{way:?}");
        let done = v2.process(2).await;
        assert!(done.iter().all(|job| job.state == "completed"), "{way:?}");
    }
}
