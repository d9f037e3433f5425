//! Redis unreachable: users are told, their text is kept, and the process recovers on its own.

use std::process::Command;
use std::sync::Arc;

use reqwest::StatusCode;

use bullkeeper_testkit::{Person, Seen, TestApp, eventually};

/// Waits until cached sessions and users are outdated: from then on every page notices an outage.
async fn until_nothing_is_remembered(person: &Person) {
    eventually("the session has to be read again", || async {
        person.get("/account").await.status() == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
}

async fn until_ready(app: &TestApp) {
    let stranger = app.stranger();
    eventually("Bullkeeper found Redis again", || async {
        stranger.get("/readyz").await.status() == StatusCode::OK
    })
    .await;
}

#[tokio::test]
async fn pages_say_that_redis_is_away_and_work_again_once_it_is_back() {
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let admin = app.admin().await;
    let pages = [
        "/",
        "/overview/figures",
        "/queue?name=email%2Fv2",
        "/queue/figures?name=email%2Fv2&state=failed",
        "/job?queue=email%2Fv2&id=1",
        "/job/text?queue=email%2Fv2&id=1&text=data",
        "/job/raw?queue=email%2Fv2&id=1&text=data",
        "/job/edit?queue=email%2Fv2&id=1",
        "/audit",
        "/audit/export?format=jsonl",
    ];
    for path in pages {
        assert_eq!(admin.get(path).await.status(), StatusCode::OK, "{path}");
    }

    app.redis.kill();
    until_nothing_is_remembered(&admin).await;
    for path in pages {
        let page = Seen::of(admin.get(path).await).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        let text = page.text();
        assert!(text.contains("Redis is not responding"), "{path}: {text}");
        let part = Seen::of(admin.get_part(path).await).await;
        assert_eq!(part.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(
            !part.body.contains("<html"),
            "a part is answered with a part"
        );
    }
    let sign_in = app.stranger().sign_in("viewer", "whatever it is").await;
    assert_eq!(sign_in.status(), StatusCode::SERVICE_UNAVAILABLE);

    app.redis.start_again().await;
    until_ready(&app).await;
    for path in pages {
        assert_eq!(
            admin.get(path).await.status(),
            StatusCode::OK,
            "{path}, by the same session"
        );
    }
}

/// Sends a signal to the server: STOP, after which its connections stay open without answers, or CONT.
fn signal(process: &str, name: &str) {
    let sent = Command::new("kill").args([name, process]).status();
    assert!(sent.unwrap().success());
}

#[tokio::test]
async fn a_redis_that_hangs_is_told_like_one_that_is_gone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let info: String = jobs.run(&["INFO", "server"]).await;
    let process = info
        .lines()
        .find_map(|line| line.strip_prefix("process_id:"))
        .unwrap();
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", r#"{"a":2}"#).set("reason", "r");

    signal(process, "-STOP");
    for path in ["/job/save", "/job/review"] {
        assert_away_and_kept(&operator.send(path, &form).await);
    }
    until_nothing_is_remembered(&operator).await;
    for path in ["/", "/job?queue=email%2Fv2&id=1", "/audit"] {
        let page = Seen::of(operator.get(path).await).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    let probe = app.stranger();
    assert_eq!(
        probe.get("/readyz").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(probe.get("/healthz").await.status(), StatusCode::OK);
    signal(process, "-CONT");

    until_ready(&app).await;
    // Its commands may have been executed late, but none in part.
    let entries = jobs.audit_of_jobs().await;
    let expected: &[u8] = if entries.is_empty() {
        br#"{"a":1}"#
    } else {
        br#"{"a":2}"#
    };
    assert!(entries.len() <= 1, "{entries:?}");
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), expected);
    assert_eq!(operator.page("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_process_is_alive_without_redis_and_ready_only_with_it() {
    let mut app = TestApp::start().await;
    let probe = app.stranger();
    let status = async |path: &str| probe.get(path).await.status();
    assert_eq!(status("/healthz").await, StatusCode::OK);
    assert_eq!(status("/readyz").await, StatusCode::OK);
    app.redis.kill();
    assert_eq!(status("/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status("/healthz").await, StatusCode::OK);
    assert_eq!(status("/static/app.css").await, StatusCode::OK);
    app.redis.start_again().await;
    until_ready(&app).await;
    assert_eq!(status("/healthz").await, StatusCode::OK);
}

#[tokio::test]
async fn the_overview_keeps_its_last_figures_and_says_since_when_they_are() {
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for id in ["1", "2", "3"] {
        jobs.failed("email/v2", id, "{}").await;
    }
    let viewer = app.viewer().await;
    eventually("the jobs are counted", || async {
        viewer.page("/").await.text().contains("3 failed")
    })
    .await;
    // Counting fails while sessions can still be read: users see the last snapshot.
    app.redis.kill();
    let services = Arc::clone(&app.services);
    eventually("the keeper of the snapshot found Redis away", || async {
        services.overview().now().stale.is_some()
    })
    .await;
    let snapshot = services.overview().now();
    assert_eq!(snapshot.queues.len(), 1);
    assert_eq!(
        snapshot.queues[0].figures.counts.failed, 3,
        "the last figures stay"
    );

    app.redis.start_again().await;
    let mut jobs = app.jobs().await;
    eventually("the snapshot is renewed", || async {
        services.overview().now().stale.is_none()
    })
    .await;
    // The same over HTTP: only LLEN fails, and the page says so above the last counts.
    jobs.run::<()>(&["ACL", "SETUSER", "default", "-llen"])
        .await;
    eventually("the page says that its figures are old", || async {
        let page = viewer.page("/").await;
        let told = page.all("[role=alert]").join(" ");
        told.contains("last ones read") && page.text().contains("3 failed")
    })
    .await;
    jobs.run::<()>(&["ACL", "SETUSER", "default", "+llen"])
        .await;
    eventually("the page is current again", || async {
        !viewer.page("/").await.text().contains("last ones read")
    })
    .await;
}

fn assert_away_and_kept(page: &Seen) {
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        page.text().contains("Redis is not responding"),
        "{}",
        page.text()
    );
    assert!(
        page.body.contains("{&#34;a&#34;:2}"),
        "the text is kept: {}",
        page.text()
    );
}

#[tokio::test]
async fn a_save_while_redis_is_away_keeps_the_text_and_does_nothing_by_halves() {
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", r#"{"a":2}"#).set("reason", "r");

    app.redis.kill();
    for path in ["/job/save", "/job/review", "/job/edit"] {
        assert_away_and_kept(&operator.send(path, &form).await);
    }

    app.redis.start_again().await;
    until_ready(&app).await;
    let mut jobs = app.jobs().await;
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":1}"#);
    assert!(jobs.audit_of_jobs().await.is_empty());
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":2}"#);
    assert_eq!(jobs.audit_of_jobs().await.len(), 1);
}

#[tokio::test]
async fn a_save_keeps_the_text_even_when_the_session_can_not_be_read() {
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", r#"{"a":2}"#).set("reason", "r");
    app.redis.kill();
    until_nothing_is_remembered(&operator).await;
    for path in ["/job/save", "/job/review", "/job/edit"] {
        assert_away_and_kept(&operator.send(path, &form).await);
    }
}

#[tokio::test]
async fn retries_work_again_after_redis_was_away() {
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for id in ["1", "2"] {
        jobs.failed("email/v2", id, "{}").await;
    }
    let operator = app.operator().await;
    let retry = async |id: &str| {
        let form = [("queue", "email/v2"), ("id", id)];
        Seen::of(operator.post("/job/retry", &form).await).await
    };
    assert_eq!(retry("1").await.status, StatusCode::SEE_OTHER);
    app.redis.kill();
    assert_eq!(retry("2").await.status, StatusCode::SERVICE_UNAVAILABLE);
    app.redis.start_again().await;
    until_ready(&app).await;
    let retried = retry("2").await;
    assert_eq!(retried.status, StatusCode::SEE_OTHER, "{}", retried.text());
    let mut jobs = app.jobs().await;
    let waiting: Vec<String> = jobs.run(&["LRANGE", "bull:email/v2:wait", "0", "-1"]).await;
    assert_eq!(waiting, ["2", "1"], "each once");
}
