//! The lifecycles of versions: current, draining, drained, stranded, unknown; pinned by an admin; misnamed.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::clients::client;
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, TestRedis, eventually, now};

/// The chips and drain words of a version's row.
async fn row(person: &Person, queue: &str) -> String {
    let page = person.page("/").await;
    let rows = page.all("table.overview tr[id] th");
    let of_queue = rows.iter().find(|row| row.starts_with(queue));
    of_queue.cloned().unwrap_or_default()
}

async fn stands(person: &Person, queue: &str, words: &str) {
    eventually(&format!("{queue}: {words}"), || async {
        row(person, queue).await.contains(words)
    })
    .await;
}

#[tokio::test]
async fn a_deploy_goes_from_current_through_draining_to_drained() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    let old_worker = client(&app.redis, 0, "email/v1", "").await;
    let viewer = app.viewer().await;
    stands(&viewer, "email/v1", "current").await;

    jobs.waiting("email/v2", "1", "{}").await;
    let _new_worker = client(&app.redis, 0, "email/v2", "").await;
    stands(&viewer, "email/v2", "current").await;
    stands(&viewer, "email/v1", "draining").await;
    stands(&viewer, "email/v1", "1 left").await;

    jobs.moves("email/v1", "1", "wait", "completed").await;
    stands(&viewer, "email/v1", "idle").await;
    drop(old_worker);
    stands(&viewer, "email/v1", "drained").await;
    let titles = viewer.page("/").await.attributes(".chip", "title");
    assert!(
        titles
            .iter()
            .all(|title| title.contains(": ") && title.contains("Checked ")),
        "each says what it means and when it was checked: {titles:?}"
    );
}

#[tokio::test]
async fn jobs_that_nobody_works_on_are_the_alarm_on_top() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("a-first/v9", "1", "{}").await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("email/v2", "1", "{}").await;
    let _worker = client(&app.redis, 0, "email/v2", "").await;
    let viewer = app.viewer().await;
    stands(&viewer, "email/v1", "stranded").await;
    stands(&viewer, "email/v2", "current").await;
    let page = viewer.page("/").await;
    let alarm = page.all("#alarms").concat();
    let stranded = "1 stranded, with jobs and no workers: email/v1 since ";
    assert!(alarm.starts_with(stranded), "{alarm}");
    let rows = page.all("table.overview th a.strong");
    assert_eq!(rows, ["email/v2", "email/v1", "a-first/v9"]);
    assert!(page.all("#totals li").contains(&"1stranded".to_owned()));
    // The jobs left are no longer stranded, and the alarm ends.
    let _worker = client(&app.redis, 0, "email/v1", "").await;
    stands(&viewer, "email/v1", "draining").await;
    let alarms = viewer.page("/").await.all("#alarms");
    assert_eq!(alarms, ["No version is stranded."]);
}

#[tokio::test]
async fn a_worker_without_a_name_makes_the_workers_unknown_until_its_trace_is_gone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.run::<()>(&["SET", "bull:email/v1:stalled-check", "1"])
        .await;
    let viewer = app.viewer().await;
    stands(&viewer, "email/v1", "unknown").await;
    let page = viewer.page("/").await;
    assert_eq!(page.all("td[data-l=workers]"), ["unknown"]);
    let alarms = page.all("#alarms");
    assert_eq!(alarms, ["No version is stranded."], "unknown is not none");
    jobs.run::<()>(&["DEL", "bull:email/v1:stalled-check"])
        .await;
    stands(&viewer, "email/v1", "stranded").await;
}

#[tokio::test]
async fn an_older_version_that_gets_the_new_jobs_is_rolled_back() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("email/v2", "1", "{}").await;
    let _workers = (
        client(&app.redis, 0, "email/v1", "").await,
        client(&app.redis, 0, "email/v2", "").await,
    );
    let viewer = app.viewer().await;
    stands(&viewer, "email/v1", "draining").await;
    let mut added = async |queue: &str, at: u64| {
        let events = format!("bull:{queue}:events");
        let at = format!("{at}-0");
        jobs.run::<String>(&["XADD", &events, &at, "event", "added", "jobId", "9"])
            .await;
    };
    added("email/v2", now()).await;
    added("email/v1", now() + 1_000).await;
    stands(&viewer, "email/v1", "draining").await;
    added("email/v1", now() + 70_000).await;
    stands(&viewer, "email/v1", "rolled back").await;
    stands(&viewer, "email/v2", "current").await;
}

#[tokio::test]
async fn a_delayed_job_says_until_when_it_keeps_a_version() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    jobs.queue("email/v1", "bullmq:5.81.5").await;
    jobs.hash("email/v1", "1", b"{}").await;
    // 2100-01-01.
    let due = (4_102_444_800_000_u64 * 4096).to_string();
    jobs.run::<()>(&["ZADD", "bull:email/v1:delayed", &due, "1"])
        .await;
    let _workers = (
        client(&app.redis, 0, "email/v1", "").await,
        client(&app.redis, 0, "email/v2", "").await,
    );
    let viewer = app.viewer().await;
    stands(&viewer, "email/v1", "draining").await;
    stands(&viewer, "email/v1", "1 left, kept until 2100-01-01").await;
    let page = viewer.page("/queue?name=email/v1").await;
    assert!(
        page.text()
            .contains("delayed jobs keep it until 2100-01-01"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn the_queue_that_was_meant_is_named_to_those_who_may_know_of_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let _workers = (
        client(&app.redis, 0, "cancel_queue", "").await,
        client(&app.redis, 0, "email", "").await,
    );
    jobs.waiting("cleanup_queue", "1", "{}").await;
    jobs.queue("cancel_queue", "bullmq:6.7.0").await;
    jobs.waiting("email", "1", "{}").await;
    let viewer = app.viewer().await;
    stands(
        &viewer,
        "cleanup_queue",
        "No workers here. Did you mean cancel_queue?",
    )
    .await;
    stands(
        &viewer,
        "cancel_queue",
        "No jobs come here. Did you mean cleanup_queue?",
    )
    .await;
    let alarm = viewer.page("/").await.all("#alarms").concat();
    for words in [
        "1 stranded, with jobs and no workers: cleanup_queue since ",
        ", last worker unknown (did you mean cancel_queue?). \
         cancel_queue has 1 worker and no jobs come to it; did you mean cleanup_queue?",
    ] {
        assert!(alarm.contains(words), "{alarm}");
    }
    let scoped = app
        .scoped("narrow", Role::Viewer, &["cleanup_queue", "email"])
        .await;
    for path in ["/", "/queue?name=cleanup_queue"] {
        let page = scoped.page(path).await;
        assert!(page.text().contains("stranded"), "{}", page.text());
        assert!(!page.body.contains("cancel_queue"), "{}", page.body);
    }
}

async fn unpin(admin: &Person, queue: &str) {
    let form = [("queue", queue), ("reason", "it is over")];
    let answer = admin.post("/family/unpin", &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_admin_pins_the_current_version_and_takes_the_pin_away_both_audited() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("email/v2", "1", "{}").await;
    let _workers = (
        client(&app.redis, 0, "email/v1", "").await,
        client(&app.redis, 0, "email/v2", "").await,
    );
    let admin = app.admin().await;
    stands(&admin, "email/v1", "draining").await;
    let form = [("queue", "email/v1"), ("reason", "v2 loses mail")];
    for _ in 0..2 {
        let answer = admin.post("/family/pin", &form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }
    assert!(row(&admin, "email/v1").await.contains("currentpinned"));
    stands(&admin, "email/v2", "draining").await;
    // A pin of another version leaves this one as it is; taking another version's pin away takes nothing.
    unpin(&admin, "email/v2").await;
    assert!(row(&admin, "email/v1").await.contains("pinned"));
    unpin(&admin, "email/v1").await;
    stands(&admin, "email/v2", "current").await;
    let entries = jobs.audit().await;
    let pins: Vec<[&str; 4]> = entries
        .iter()
        .filter(|entry| entry.get("action").starts_with("version."))
        .map(|entry| ["action", "queue", "outcome", "reason"].map(|field| entry.get(field)))
        .collect();
    assert_eq!(
        pins,
        [
            ["version.pin", "email/v1", "applied", "v2 loses mail"],
            ["version.unpin", "email/v1", "applied", "it is over"],
        ],
        "what changed nothing is not an entry"
    );
}

#[tokio::test]
async fn a_pin_is_refused_to_all_but_admins_and_where_it_cannot_be_recorded() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    let form = [("queue", "email/v1"), ("reason", "r")];
    for person in [app.viewer().await, app.operator().await] {
        let refused = person.post("/family/pin", &form).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    }
    let admin = app.admin().await;
    let nowhere = [("queue", "nowhere/v1"), form[1]];
    let missing = admin.post("/family/pin", &nowhere).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let long = "x".repeat(2_001);
    let refused = admin
        .post("/family/pin", &[form[0], ("reason", &long)])
        .await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let denied = jobs.audit().await;
    let denied = denied
        .iter()
        .filter(|entry| entry.get("outcome") == "denied");
    assert_eq!(denied.count(), 2);

    jobs.run::<()>(&["DEL", "bullkeeper:audit"]).await;
    jobs.run::<()>(&["SET", "bullkeeper:audit", "not a stream"])
        .await;
    let failed = Seen::of(admin.post("/family/pin", &form).await).await;
    assert!(failed.status.is_server_error(), "{}", failed.text());
    assert_eq!(jobs.run::<u64>(&["EXISTS", "bullkeeper:pins"]).await, 0);
}

#[tokio::test]
async fn a_pin_is_not_taken_from_a_version_that_one_may_not_act_on() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("email/v2", "1", "{}").await;
    let admin = app.admin().await;
    let newer = [("queue", "email/v2"), ("reason", "r")];
    admin.post("/family/pin", &newer).await;
    let narrow = app.scoped("narrow", Role::Admin, &["email/v1"]).await;
    let form = [("queue", "email/v1"), ("reason", "r")];
    let refused = Seen::of(narrow.post("/family/pin", &form).await).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(!refused.text().contains("v2"), "{}", refused.text());
    let pinned: String = jobs.run(&["HGET", "bullkeeper:pins", "bull:email"]).await;
    assert_eq!(pinned, "email/v2");
    admin.post("/family/pin", &form).await;
    let entries = jobs.audit().await;
    let pins: Vec<[&str; 3]> = entries
        .iter()
        .filter(|entry| entry.get("action") == "version.pin")
        .map(|entry| ["queue", "outcome", "note"].map(|field| entry.get(field)))
        .collect();
    assert_eq!(
        pins,
        [
            ["email/v2", "applied", ""],
            ["email/v1", "denied", ""],
            ["email/v1", "applied", "takes the pin from another version"],
        ]
    );
}

#[tokio::test]
async fn from_the_start_on_an_idle_queue_s_workers_are_known_and_no_worker_is_claimed_to_have_been_there()
 {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    let app = TestApp::on(redis, &[]).await;
    let mut snapshots = app.services.overview().changes();
    app.services.overview().ready().await;
    // Long enough for the workers to be looked up again, and for one more count.
    for _ in 0..6 {
        let snapshot = app.services.overview().now();
        for queue in snapshot.queues.iter() {
            let figures = &queue.figures;
            assert_eq!((figures.workers, figures.unnamed_workers), (Some(0), false));
        }
        snapshots.changed().await.unwrap();
    }
    let titles = app
        .viewer()
        .await
        .page("/")
        .await
        .attributes(".chip", "title");
    assert!(!titles.is_empty() && titles.iter().all(|title| !title.contains("half minute")));
}

#[tokio::test]
async fn a_worker_without_a_name_is_said_to_have_been_there_when_it_left_its_trace() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    let viewer = app.viewer().await;
    let traced = async |at: u64| {
        let mut jobs = app.jobs().await;
        jobs.run::<()>(&["SET", "bull:email/v1:stalled-check", &at.to_string()])
            .await;
    };
    let says = async |words: &str| {
        eventually(words, || async {
            let titles = viewer.page("/").await.attributes(".chip", "title");
            titles.iter().any(|title| title.contains(words))
        })
        .await;
    };
    traced(now() - 12_000).await;
    says("a worker was last seen at ").await;
    // No worker's clock is years ahead.
    traced(1_893_501_667_000).await;
    says("a worker was here within the last half minute").await;
}
