//! Marks of what the leader saw and of what people did.

use bullkeeper::domain::history::mark::{Mark, MarkKind, MarkTarget};
use bullkeeper::domain::queue::QueueId;
use bullkeeper::domain::queue::queue_set::QueueSet;
use reqwest::StatusCode;

use super::{event, person, redis_now, restarted};
use bullkeeper_testkit::moves::{begin, press, two_versions, until};
use bullkeeper_testkit::retirement::{QUEUE, drained, retire, stands};
use bullkeeper_testkit::stream::counted;
use bullkeeper_testkit::{Jobs, TestApp, TestRedis, clients, eventually};

const V6: &str = "bullmq:6.7.0";
const EVER: (u64, u64) = (0, u64::MAX >> 12);

pub(super) async fn marks_of(app: &TestApp, scope: &[&str], set: &QueueSet) -> Vec<Mark> {
    let marks = app.services.read_marks(&person(scope), set, EVER).await;
    marks.unwrap()
}

pub(super) async fn kinds(app: &TestApp, scope: &[&str]) -> Vec<(MarkKind, String)> {
    let marks = marks_of(app, scope, &QueueSet::All).await;
    marks
        .into_iter()
        .map(|mark| (mark.kind, mark.words))
        .collect()
}

/// Waits until the first look is over: what is there by then is no news.
pub(super) async fn begun(app: &TestApp) {
    eventually("the leader has looked", || async {
        let mut jobs = app.jobs().await;
        let begun: bool = jobs
            .run(&["HEXISTS", "bullkeeper:marks-seen", "begun"])
            .await;
        begun
    })
    .await;
}

pub(super) async fn has(app: &TestApp, kind: MarkKind, words: &str) {
    eventually(words, || async {
        kinds(app, &[]).await.contains(&(kind, words.to_owned()))
    })
    .await;
}

#[tokio::test]
async fn a_version_is_marked_when_it_is_first_seen_gets_a_worker_and_is_drained() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.queue("email/v1", V6).await;
    let app = TestApp::on(redis, &[]).await;
    begun(&app).await;
    jobs.waiting("email/v2", "1", "{}").await;
    has(
        &app,
        MarkKind::FirstSeen,
        "email/v2 was seen for the first time",
    )
    .await;
    let worker = clients::client(&app.redis, 0, "email/v2", "").await;
    has(&app, MarkKind::FirstWorker, "email/v2 got its first worker").await;
    // A newer version takes over, and the jobs of this one are done.
    jobs.waiting("email/v3", "1", "{}").await;
    let newer = clients::client(&app.redis, 0, "email/v3", "").await;
    eventually("it drains", || async {
        let seen: Option<String> = app
            .jobs()
            .await
            .run(&["HGET", "bullkeeper:marks-seen", "bull:email/v2"])
            .await;
        seen.is_some_and(|seen| seen.contains('d'))
    })
    .await;
    jobs.run::<u64>(&["DEL", "bull:email/v2:wait"]).await;
    let now = redis_now(&mut jobs).await;
    event(&mut jobs, "email/v2", now, "completed", "1").await;
    has(&app, MarkKind::Drained, "email/v2 is drained").await;
    let told = kinds(&app, &[]).await;
    let of_v1 = told.iter().filter(|(_, words)| words.contains("v1"));
    assert_eq!(of_v1.count(), 0, "it was there before");
    // A restart marks nothing again.
    let app = restarted(app).await;
    jobs.queue("email/v4", V6).await;
    has(
        &app,
        MarkKind::FirstSeen,
        "email/v4 was seen for the first time",
    )
    .await;
    let words = kinds(&app, &[]).await;
    for (kind, text) in told {
        let same = words.iter().filter(|mark| **mark == (kind, text.clone()));
        assert_eq!(same.count(), 1, "{text}");
    }
    drop((worker, newer));
}

#[tokio::test]
async fn what_people_do_to_versions_is_marked_with_who_did_it_within_a_scope() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    for queue in ["email/v1", "email/v2", "sms/v1"] {
        jobs.queue(queue, V6).await;
    }
    let app = TestApp::on(redis, &[]).await;
    counted(&app, 3).await;
    begun(&app).await;
    let admin = app.admin().await;
    let form = [("queue", "email/v1"), ("reason", "v2 loses mail")];
    let pinned = admin.post("/family/pin", &form).await;
    assert_eq!(pinned.status(), StatusCode::SEE_OTHER);
    eventually("the pin is marked", || async {
        let marks = marks_of(&app, &[], &QueueSet::All).await;
        marks.iter().any(|mark| {
            mark.kind == MarkKind::Pinned
                && mark.by == "admin"
                && mark.words.ends_with("was pinned")
        })
    })
    .await;
    assert_eq!(kinds(&app, &["sms/*"]).await, []);
    assert_eq!(kinds(&app, &["email/*"]).await.len(), 1);
}

/// The marks of this kind, each with what it is about and who did it.
async fn marks_like(app: &TestApp, set: &QueueSet, kind: MarkKind) -> Vec<(MarkTarget, String)> {
    let marks = marks_of(app, &[], set).await;
    let like = marks.into_iter().filter(|mark| mark.kind == kind);
    like.map(|mark| (mark.target, mark.by)).collect()
}

fn by_admin(queue: &str) -> Vec<(MarkTarget, String)> {
    let queue = QueueId::new("bull", queue).unwrap();
    vec![(MarkTarget::Queue(queue), "admin".to_owned())]
}

fn family() -> QueueSet {
    QueueSet::Family {
        prefix: "bull".into(),
        name: "email".into(),
    }
}

#[tokio::test]
async fn a_version_that_was_retired_is_marked_in_its_family() {
    let (app, _jobs, admin) = drained(&[]).await;
    begun(&app).await;
    let run = retire(&admin, QUEUE).await;
    assert_eq!(run.status, StatusCode::SEE_OTHER, "{}", run.text());
    stands(&admin, run.location(), "done").await;
    has(&app, MarkKind::Retired, "email/v1 was retired").await;
    for set in [QueueSet::All, family()] {
        let marks = marks_like(&app, &set, MarkKind::Retired).await;
        assert_eq!(marks, by_admin(QUEUE), "{set:?}");
    }
    let seen = kinds(&app, &["email/v2"]).await;
    assert!(
        seen.iter().all(|(_, words)| !words.contains("v1")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn moved_jobs_are_marked_once_the_whole_move_is_done() {
    let (app, mut jobs, admin) = two_versions().await;
    // More than can be moved before the run is stopped.
    jobs.many("email/v1", 15_000).await;
    begun(&app).await;
    let run = begin(&admin, &[]).await;
    press(&admin, &run, "/run/stop").await;
    until(&admin, &run, "stopped").await;
    let form = [("queue", "email/v1"), ("reason", "v2 loses mail")];
    let pinned = admin.post("/family/pin", &form).await;
    assert_eq!(pinned.status(), StatusCode::SEE_OTHER);
    has(&app, MarkKind::Pinned, "email/v1 was pinned").await;
    let moved = async || marks_like(&app, &family(), MarkKind::Moved).await;
    assert_eq!(moved().await, [], "it was stopped on the way");
    press(&admin, &run, "/run/go-on").await;
    until(&admin, &run, "done").await;
    let words = "jobs of email/v1 were moved to another version";
    has(&app, MarkKind::Moved, words).await;
    assert_eq!(moved().await, by_admin("email/v1"));
}
