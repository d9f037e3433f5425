//! Retiring a version made by the real BullMQ 5 and 6: nothing of it is left, as after BullMQ's own obliterate, and it is
//! kept while BullMQ uses it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::harness::bull::{Bull, Queue, patient_app_with};
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, eventually};

const REASON: &str = "v2 does it all";

async fn app() -> (TestApp, Bull, Person, Jobs) {
    let app = patient_app_with(&[("retire_quiet", "0ms")]).await;
    let bull = Bull::on(&app);
    let (admin, jobs) = (app.admin().await, app.jobs().await);
    (app, bull, admin, jobs)
}

async fn dialog(admin: &Person, queue: &Queue) -> Seen {
    let path = format!("/family/retire?queue={}", queue.name);
    Seen::of(admin.get(&path).await).await
}

async fn retire(admin: &Person, queue: &Queue) -> Seen {
    let name = queue.name.as_str();
    let form = [("queue", name), ("typed", name), ("reason", REASON)];
    Seen::of(admin.post("/family/retire", &form).await).await
}

/// Waits until only the test's own obstacle is left: the last worker's traces are gone, and the newer version is known.
async fn free(admin: &Person, queue: &Queue) {
    eventually("nothing keeps it", || async {
        let seen = dialog(admin, queue).await;
        seen.status == 200 && seen.all(".problems b").is_empty()
    })
    .await;
}

async fn kept_by(admin: &Person, queue: &Queue, what: &str) {
    eventually(what, || async {
        let named = dialog(admin, queue).await.all(".problems b");
        named.len() == 1 && named[0].to_lowercase().contains(what)
    })
    .await;
    let refused = retire(admin, queue).await;
    assert_eq!(refused.status, 409, "{what}: {}", refused.text());
}

async fn done(admin: &Person, begun: &Seen) {
    assert_eq!(begun.status, 303, "{}", begun.text());
    eventually("the run is done", || async {
        admin.page(begun.location()).await.all("#run .chip") == ["done"]
    })
    .await;
}

/// The suffixes of a queue's keys, but for the trace that a worker leaves for a moment.
async fn keys(jobs: &mut Jobs, queue: &Queue) -> BTreeSet<String> {
    let start = format!("bull:{}:", queue.name);
    let keys: Vec<String> = jobs.run(&["KEYS", &format!("{start}*")]).await;
    keys.into_iter()
        .map(|key| key[start.len()..].to_owned())
        .filter(|suffix| suffix != "stalled-check")
        .collect()
}

/// A version with all that finished jobs leave: logs, errors, deduplication, metrics, a flow that is over.
async fn lived_in(bull: &Bull, major: u32, name: &str) -> Queue {
    let queue = bull.queue(major, name);
    let logged = queue.complete(json!({"opts": {"jobId": "logged"}})).await;
    queue
        .ask("log", json!({"jobId": logged, "lines": ["one", "two"]}))
        .await;
    queue.fail(json!({"opts": {"attempts": 2}})).await;
    queue
        .complete(json!({"opts": {"deduplication": {"id": "twice", "ttl": 3_600_000}}}))
        .await;
    queue.complete(json!({"opts": {"priority": 3}})).await;
    let child = bull.queue(major, name);
    queue
        .ask(
            "flow",
            json!({"data": {}, "children": [{"queue": child.name, "data": {}}]}),
        )
        .await;
    queue.process(2).await;
    queue
}

async fn assert_it_leaves_what_obliterate_leaves(major: u32) {
    let (_app, bull, admin, mut jobs) = app().await;
    let ours = lived_in(&bull, major, "email/v1").await;
    let theirs = lived_in(&bull, major, "other/v1").await;
    let newer = bull.queue(major, "email/v2");
    newer.complete(json!({})).await;
    let others = keys(&mut jobs, &newer).await;
    free(&admin, &ours).await;
    let there = keys(&mut jobs, &ours).await;
    for suffix in ["logged:logs", "id", "meta", "events", "completed", "failed"] {
        assert!(there.contains(suffix), "{suffix} is not in {there:?}");
    }
    done(&admin, &retire(&admin, &ours).await).await;
    theirs.pause().await;
    theirs.ask("obliterate", json!({})).await;
    let left = keys(&mut jobs, &ours).await;
    assert_eq!(left, BTreeSet::new(), "BullMQ {major}");
    let left_by_theirs = keys(&mut jobs, &theirs).await;
    // Their own may only leave the deduplication key of a job that is gone.
    let lasting = |suffix: &String| !suffix.starts_with("de:");
    assert!(
        !left_by_theirs.iter().any(lasting),
        "BullMQ {major}: {left_by_theirs:?}"
    );
    assert_eq!(keys(&mut jobs, &newer).await, others);
    // The name can be used again from its beginning.
    let again = bull.queue(major, "email/v1");
    again.ask("close", json!({})).await;
    let id = again.add(json!({})).await;
    assert_eq!(id, "1");
    again.finish_all(&[&id]).await;
}

#[tokio::test]
async fn of_a_version_of_bullmq_5_nothing_is_left_as_after_its_own_obliterate() {
    assert_it_leaves_what_obliterate_leaves(5).await;
}

#[tokio::test]
async fn of_a_version_of_bullmq_6_nothing_is_left_as_after_its_own_obliterate() {
    assert_it_leaves_what_obliterate_leaves(6).await;
}

#[tokio::test]
async fn what_bullmq_is_at_in_a_version_keeps_it() {
    let (_app, bull, admin, _) = app().await;
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("email{major}/v1"));
        let newer = bull.queue(major, &format!("email{major}/v2"));
        newer.complete(json!({})).await;
        queue.complete(json!({})).await;
        free(&admin, &queue).await;

        let id = queue.add(json!({"opts": {"delay": 3_600_000}})).await;
        kept_by(&admin, &queue, "1 job is delayed").await;
        queue.ask("remove", json!({"jobId": id})).await;
        let id = queue.add(json!({})).await;
        kept_by(&admin, &queue, "1 job is waiting").await;
        queue.ask("remove", json!({"jobId": id})).await;
        let id = queue.add(json!({"opts": {"priority": 2}})).await;
        kept_by(&admin, &queue, "1 job is prioritized").await;
        queue.ask("remove", json!({"jobId": id})).await;

        let id = queue.activate(json!({})).await;
        eventually("the job and its worker keep it", || async {
            let named = dialog(&admin, &queue).await.all(".problems b");
            named.iter().any(|what| what.contains("1 job is active"))
                && named
                    .iter()
                    .any(|what| what.contains("1 worker is connected"))
        })
        .await;
        assert_eq!(retire(&admin, &queue).await.status, 409);
        queue.release(&id).await;
        free(&admin, &queue).await;

        let every = json!({"schedulerId": "nightly", "repeat": {"every": 86_400_000}});
        queue.ask("scheduler", every).await;
        eventually("the scheduler keeps it", || async {
            let named = dialog(&admin, &queue).await.all(".problems b");
            named
                .iter()
                .any(|what| what.contains("1 scheduler makes jobs"))
        })
        .await;
        assert_eq!(retire(&admin, &queue).await.status, 409);
    }
}

#[tokio::test]
async fn a_failed_child_of_a_parent_that_still_waits_keeps_its_version() {
    let (_app, bull, admin, mut jobs) = app().await;
    for major in [5, 6] {
        let children = bull.queue(major, &format!("child{major}/v1"));
        let newer = bull.queue(major, &format!("child{major}/v2"));
        newer.complete(json!({})).await;
        let parents = bull.queue(major, &format!("parent{major}"));
        let flow = json!({"data": {}, "children": [{"queue": children.name, "data": {}, "opts": {"jobId": "child"}}]});
        let parent = parents.ask("flow", flow).await["jobId"]
            .as_str()
            .unwrap()
            .to_owned();
        children
            .process_with(1, json!({"failWhen": {"always": true}}))
            .await;
        assert_eq!(parents.state(&parent).await, "waiting-children");
        kept_by(
            &admin,
            &children,
            "job \"child\" is the child of a live flow",
        )
        .await;
        assert!(!keys(&mut jobs, &children).await.is_empty());
        // Once the flow is over, it may go.
        parents.ask("remove", json!({"jobId": parent})).await;
        if keys(&mut jobs, &children).await.contains("child") {
            free(&admin, &children).await;
        }
        done(&admin, &retire(&admin, &children).await).await;
        assert_eq!(keys(&mut jobs, &children).await, BTreeSet::new());
    }
}
