//! How queues are found: by a walk through the keys, and much earlier by name. With a walk of one hour, the walk finds
//! nothing new during a test.

use bullkeeper::domain::access::Role;
use bullkeeper::domain::queue::QueueId;
use reqwest::StatusCode;

use bullkeeper_testkit::clients::client;
use bullkeeper_testkit::{Jobs, Person, TestApp, TestRedis, eventually};

/// An app that knows `email/v3` and `billing` and does not walk through the keys again during the test.
async fn after_its_walk(settings: &[(&str, &str)]) -> TestApp {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.waiting("email/v3", "1", "{}").await;
    jobs.waiting("billing", "1", "{}").await;
    let settings = [&[("discovery", "1h")], settings].concat();
    let app = TestApp::on(redis, &settings).await;
    let looked = app.viewer().await;
    looked.page("/").await;
    eventually("the second walk took its only step", || async {
        app.jobs().await.calls("scan").await >= 2
    })
    .await;
    app
}

fn is_known(app: &TestApp, queue: &str) -> bool {
    let queue = QueueId::new("bull", queue).unwrap();
    app.services.overview().now().queue(&queue).is_some()
}

async fn is_found(app: &TestApp, queue: &str) {
    eventually(&format!("{queue} is found"), || async {
        is_known(app, queue)
    })
    .await;
    assert_eq!(app.jobs().await.calls("scan").await, 2, "and not by a walk");
}

async fn alarms(person: &Person) -> String {
    person.page("/").await.all("#alarms").concat()
}

#[tokio::test]
async fn a_queue_that_a_worker_or_a_listener_names_is_found_without_a_walk() {
    let app = after_its_walk(&[]).await;
    let mut jobs = app.jobs().await;
    // A client names it before it exists, as during a deploy.
    let _worker = client(&app.redis, 0, "image", "").await;
    let _named = client(&app.redis, 0, "video", ":w:mailer").await;
    let _listener = client(&app.redis, 0, "audio", ":qe").await;
    for queue in ["image", "video", "audio"] {
        assert!(!is_known(&app, queue));
        jobs.waiting(queue, "1", "{}").await;
        is_found(&app, queue).await;
    }
    let viewer = app.viewer().await;
    let alarms = alarms(&viewer).await;
    assert!(
        alarms.contains("audio"),
        "a listener does no jobs: {alarms}"
    );
    assert!(
        !alarms.contains("image") && !alarms.contains("video"),
        "{alarms}"
    );
}

#[tokio::test]
async fn the_next_version_of_a_family_is_found_without_a_walk_or_a_worker_and_raises_its_alarm() {
    let app = after_its_walk(&[]).await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    for queue in ["email/v4", "email/v6"] {
        jobs.waiting(queue, "1", "{}").await;
        is_found(&app, queue).await;
        let told = alarms(&viewer).await;
        assert!(told.contains(queue), "{told}");
    }
}

#[tokio::test]
async fn a_queue_that_is_asked_for_by_its_address_is_in_every_page_from_then_on() {
    for path in [
        "/queue?name=report/v7",
        "/job?queue=report/v7&id=1",
        "/job/edit?queue=report/v7&id=1",
    ] {
        let app = after_its_walk(&[]).await;
        let viewer = app.operator().await;
        app.jobs().await.waiting("report/v7", "1", "{}").await;
        let page = viewer.page(path).await;
        eventually(path, || async { is_known(&app, "report/v7") }).await;
        if path.starts_with("/queue") {
            assert!(page.text().contains("stranded"), "{}", page.text());
        }
        viewer.page("/family?name=report").await;
        let told = alarms(&viewer).await;
        assert!(told.contains("report/v7"), "{told}");
        assert_eq!(app.jobs().await.calls("scan").await, 2);
    }
}

#[tokio::test]
async fn the_pages_of_a_family_and_of_a_move_know_versions_that_nobody_has_met() {
    for path in [
        "/family?name=report",
        "/family/move?name=report&from=report/v1&to=report/v2",
        "/family/compare?name=report",
        "/family/move?name=email&from=email/v3&to=email/v77",
    ] {
        let app = after_its_walk(&[]).await;
        let mut jobs = app.jobs().await;
        for queue in ["report/v1", "report/v2", "email/v77"] {
            jobs.waiting(queue, "1", "{}").await;
        }
        let page = app.admin().await.page(path).await;
        let version = if path.contains("email") { "v77" } else { "v2" };
        assert!(page.text().contains(version), "{path}: {}", page.text());
    }
}

#[tokio::test]
async fn a_queue_that_is_not_there_or_out_of_scope_is_not_found_and_taken_into_nothing() {
    let app = after_its_walk(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.waiting("report/v7", "1", "{}").await;
    jobs.run::<()>(&["HSET", "bull:typo:meta", "library", "bullmq"])
        .await;
    let narrow = app.scoped("narrow", Role::Admin, &["email/*"]).await;
    let viewer = app.viewer().await;
    for (person, path) in [
        (&narrow, "/queue?name=report/v7"),
        (&narrow, "/job?queue=report/v7&id=1"),
        (&narrow, "/family?name=report"),
        (&narrow, "/family/move?name=report&from=report/v7"),
        (&viewer, "/queue?name=typo"),
        (&viewer, "/queue?name=nowhere"),
        (&viewer, "/family?name=nowhere"),
    ] {
        let answer = person.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(
        app.stranger().get("/queue?name=report/v7").await.status(),
        StatusCode::SEE_OTHER
    );
    for queue in ["report/v7", "typo", "nowhere"] {
        assert!(!is_known(&app, queue), "{queue}");
    }
}

#[tokio::test]
async fn a_queue_that_a_job_s_parent_is_in_is_found_with_the_job() {
    let app = after_its_walk(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.waiting("order", "7", "{}").await;
    let parent = [
        ("parentKey", "bull:order:7"),
        ("parent", r#"{"id":"7","queueKey":"bull:order"}"#),
    ];
    for (field, value) in parent {
        jobs.run::<()>(&["HSET", "bull:billing:1", field, value])
            .await;
    }
    app.viewer().await.page("/job?queue=billing&id=1").await;
    is_found(&app, "order").await;
}

#[tokio::test]
async fn without_the_right_to_list_clients_new_queues_are_found_all_the_same() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.waiting("email/v3", "1", "{}").await;
    let rights = "SETUSER reader on >readers-word ~* +@read +@connection -client|list -@write";
    let rights: Vec<&str> = ["ACL"].into_iter().chain(rights.split(' ')).collect();
    jobs.run::<()>(&rights).await;
    let url = format!("redis://reader:readers-word@127.0.0.1:{}/", redis.port);
    let settings = [
        ("redis", url.as_str()),
        ("read_only", "true"),
        ("discovery", "1h"),
    ];
    let app = TestApp::on(redis, &settings).await;
    eventually("the second walk took its only step", || async {
        app.jobs().await.calls("scan").await >= 2
    })
    .await;
    jobs.waiting("email/v4", "1", "{}").await;
    is_found(&app, "email/v4").await;
    jobs.waiting("report/v7", "1", "{}").await;
    app.viewer().await.page("/queue?name=report/v7").await;
    is_found(&app, "report/v7").await;
}

#[tokio::test]
async fn one_walk_through_the_keys_serves_all_prefixes() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let script = "for n = 1, 20000 do redis.call('SET', 'foreign:' .. n, '1') end
for n, prefix in ipairs({'v4', 'v5', 'v6', 'other'}) do
  redis.call('HSET', prefix .. ':email:meta', 'version', 'bullmq:6.7.0')
end";
    jobs.run::<()>(&["EVAL", script, "0"]).await;
    let settings = [
        ("prefix", "v4,v5,v6"),
        ("discovery", "1h"),
        ("namespace", "own"),
    ];
    let app = TestApp::on(redis, &settings).await;
    app.services.overview().ready().await;
    let snapshot = app.services.overview().now();
    let prefixes: Vec<&str> = snapshot
        .queues
        .iter()
        .map(|queue| queue.figures.queue.prefix())
        .collect();
    assert_eq!(prefixes, ["v4", "v5", "v6"]);
    // One walk to its end, and the first step of the next: 20,000 keys in steps of a thousand.
    let scans = app.jobs().await.calls("scan").await;
    assert!((20..=24).contains(&scans), "{scans} SCANs");
}

#[tokio::test]
async fn a_worker_of_another_database_is_no_worker_of_this_one() {
    let app = TestApp::start().await;
    let _elsewhere = client(&app.redis, 1, "email/v3", "").await;
    app.jobs().await.waiting("email/v3", "1", "{}").await;
    let viewer = app.viewer().await;
    eventually("it is found", || async { is_known(&app, "email/v3") }).await;
    let before = app.jobs().await.calls("client|list").await;
    eventually("the workers are looked up again", || async {
        app.jobs().await.calls("client|list").await > before + 1
    })
    .await;
    assert!(alarms(&viewer).await.contains("email/v3"), "it is stranded");
    let here = client(&app.redis, 0, "email/v3", "").await;
    eventually("it has a worker", || async {
        !alarms(&viewer).await.contains("email/v3")
    })
    .await;
    drop(here);
}

#[tokio::test]
async fn a_bullkeeper_on_another_database_counts_the_workers_of_that_one() {
    let redis = TestRedis::start().await;
    let _here = client(&redis, 0, "email/v3", "").await;
    let worker = client(&redis, 1, "email/v3", "").await;
    Jobs(worker.clone()).waiting("email/v3", "1", "{}").await;
    let url = format!("{}1", redis.url());
    let app = TestApp::on(redis, &[("redis", &url)]).await;
    let queue = QueueId::new("bull", "email/v3").unwrap();
    eventually("its one worker is counted", || async {
        let snapshot = app.services.overview().now();
        let seen = snapshot.queue(&queue);
        seen.is_some_and(|seen| seen.figures.workers == Some(1))
    })
    .await;
}
