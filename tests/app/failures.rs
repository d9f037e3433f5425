//! Redis away: people are told, the process recovers by itself, and nothing is ever half done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bullkeeper::domain::job::Revision;
use reqwest::StatusCode;

use crate::support::{EditForm, Jobs, Person, Seen, TestApp, eventually};

/// Generous: the aim is a second, on a machine that does nothing else.
const SOON: Duration = Duration::from_secs(5);

/// Sessions and users are taken for current for less than a second: from then on an outage is felt on every page.
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
        let began = Instant::now();
        let page = Seen::of(admin.get(path).await).await;
        assert!(began.elapsed() < SOON, "{path} took {:?}", began.elapsed());
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        let text = page.text();
        assert!(text.contains("Redis does not answer"), "{path}: {text}");
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

#[tokio::test]
async fn the_process_is_alive_without_redis_and_ready_only_with_it() {
    let mut app = TestApp::start().await;
    let probe = app.stranger();
    let status = async |path: &str| probe.get(path).await.status();
    assert_eq!(status("/healthz").await, StatusCode::OK);
    assert_eq!(status("/readyz").await, StatusCode::OK);
    app.redis.kill();
    let began = Instant::now();
    assert_eq!(status("/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
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
    // Counting fails while sessions can still be read: what people see then is the last snapshot.
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
    // The same in HTTP: LLEN alone fails, and the page says so above what was counted last.
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
        page.text().contains("Redis does not answer"),
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

/// Edits one job over and over, each time to a number that was never there, until `stop`.
async fn keep_editing(
    person: Person,
    id: String,
    next: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
    saved: Arc<AtomicU32>,
) -> Vec<String> {
    let mut told_saved = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let page = Seen::of(
            person
                .get(&format!("/job/edit?queue=email%2Fv2&id={id}"))
                .await,
        )
        .await;
        if page.status != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        let text = format!("{{\"n\":{}}}", next.fetch_add(1, Ordering::Relaxed));
        let form = EditForm::of(&page, "/job/review")
            .set("text", &text)
            .set("reason", "again");
        let answer = person.send("/job/save", &form).await;
        if answer.location().contains("done=saved") {
            told_saved.push(text);
            saved.fetch_add(1, Ordering::Relaxed);
        }
    }
    told_saved
}

fn digest(text: &[u8]) -> String {
    Revision::of(text).as_str().to_owned()
}

/// The entries of a job's applied edits lead from what it held at first to what it holds now, without a gap.
async fn assert_every_change_is_recorded(
    jobs: &mut Jobs,
    id: &str,
    first: &str,
    told_saved: &[String],
) {
    let mut entries = jobs.audit_of_jobs().await;
    entries.retain(|entry| entry.get("job") == id && entry.get("outcome") == "applied");
    let mut at = digest(first.as_bytes());
    for entry in &entries {
        assert_eq!(
            entry.get("before"),
            at,
            "job {id}: no change between two entries"
        );
        at = entry.get("after").to_owned();
    }
    let now = jobs.data("email/v2", id).await.unwrap();
    assert_eq!(
        digest(&now),
        at,
        "job {id}: the last entry is of what is stored"
    );
    for text in told_saved {
        let after = digest(text.as_bytes());
        assert!(
            entries.iter().any(|entry| entry.get("after") == after),
            "{text} was told to be saved"
        );
    }
}

#[tokio::test]
async fn every_change_has_its_entry_however_often_redis_is_killed() {
    const FIRST: &str = r#"{"n":"first"}"#;
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let (next, saved) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let operator = app.operator().await;
    let mut editors = Vec::new();
    for id in ["1", "2", "3", "4"] {
        jobs.failed("email/v2", id, FIRST).await;
        let (person, next, stop, saved) =
            (operator.clone(), next.clone(), stop.clone(), saved.clone());
        editors.push((
            id,
            tokio::spawn(keep_editing(person, id.to_owned(), next, stop, saved)),
        ));
    }
    for _ in 0..10 {
        let before = saved.load(Ordering::Relaxed);
        eventually("some edits more are saved", || async {
            saved.load(Ordering::Relaxed) >= before + 10
        })
        .await;
        app.redis.kill();
        app.redis.start_again().await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut jobs = app.jobs().await;
    for (id, editor) in editors {
        let told_saved = editor.await.unwrap();
        assert!(!told_saved.is_empty());
        assert_every_change_is_recorded(&mut jobs, id, FIRST, &told_saved).await;
    }
}
