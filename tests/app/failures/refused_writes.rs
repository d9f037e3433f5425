//! While Redis refuses writes, signed-in users can keep reading, for however long; nobody can sign in, and no edit is lost.

use std::path::PathBuf;

use bullkeeper::clock::unix_millis;
use reqwest::{Method, StatusCode};

use bullkeeper_testkit::fail_over::fail_over;
use bullkeeper_testkit::one_repair::{
    BEFORE, assert_keeps_the_text, assert_refused, assert_untouched, assert_works, ready_edit,
};
use bullkeeper_testkit::{Jobs, PASSWORD, Person, Seen, TestApp, TestRedis, eventually};

/// Why Redis refuses writes in a test, and how to end that.
#[derive(Debug, Clone, Copy)]
enum Cause {
    OutOfMemory,
    CanNotSave,
    Replica,
}

const CAUSES: [(Cause, &str); 3] = [
    (Cause::OutOfMemory, "out of memory"),
    (Cause::CanNotSave, "save to its disk"),
    (Cause::Replica, "a replica"),
];

impl Cause {
    /// Makes Redis refuse writes. For a replica, returns its primary, which must stay alive.
    async fn begins(self, redis: &TestRedis, jobs: &mut Jobs) -> Option<TestRedis> {
        match self {
            Self::OutOfMemory => {
                jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
                None
            }
            Self::CanNotSave => {
                // A folder is where the file is to be.
                std::fs::create_dir(dump_file(jobs).await).unwrap();
                jobs.run::<()>(&["CONFIG", "SET", "save", "3600 1000000"])
                    .await;
                jobs.run::<()>(&["BGSAVE"]).await;
                until_saved(jobs, "err").await;
                None
            }
            Self::Replica => Some(fail_over(redis).await.0),
        }
    }

    async fn ends(self, jobs: &mut Jobs) {
        match self {
            Self::OutOfMemory => jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await,
            Self::CanNotSave => {
                std::fs::remove_dir(dump_file(jobs).await).unwrap();
                jobs.run::<()>(&["BGSAVE"]).await;
                until_saved(jobs, "ok").await;
            }
            Self::Replica => jobs.run::<()>(&["REPLICAOF", "NO", "ONE"]).await,
        }
    }
}

async fn dump_file(jobs: &mut Jobs) -> PathBuf {
    let dir: Vec<String> = jobs.run(&["CONFIG", "GET", "dir"]).await;
    PathBuf::from(&dir[1]).join("dump.rdb")
}

async fn until_saved(jobs: &mut Jobs, status: &str) {
    let (jobs, status) = (jobs.clone(), format!("rdb_last_bgsave_status:{status}"));
    eventually("Redis has tried to save", || async {
        let info: String = jobs.clone().run(&["INFO", "persistence"]).await;
        info.contains("rdb_bgsave_in_progress:0") && info.contains(&status)
    })
    .await;
}

async fn session_keys(jobs: &mut Jobs) -> Vec<String> {
    jobs.run(&["KEYS", "bullkeeper:session:*"]).await
}

/// Sets the last use of every session to two minutes ago, so that its next use is due to be written.
async fn make_touch_due(jobs: &mut Jobs) {
    for key in session_keys(jobs).await {
        let text: String = jobs.run(&["GET", &key]).await;
        let mut session: serde_json::Value = serde_json::from_str(&text).unwrap();
        session["data"]["visit"]["seen"] = (unix_millis() - 120_000).into();
        jobs.run::<()>(&["SET", &key, &session.to_string(), "KEEPTTL"])
            .await;
    }
}

async fn is_in(person: &Person) -> bool {
    person.get("/account").await.status() == StatusCode::OK
}

#[tokio::test]
async fn reading_goes_on_while_redis_refuses_writes_for_whatever_cause() {
    for (cause, words) in CAUSES {
        let app = TestApp::start().await;
        let mut jobs = app.jobs().await;
        jobs.failed("email/v2", "1", BEFORE).await;
        let operator = app.operator().await;
        let form = ready_edit(&operator, "1").await;
        make_touch_due(&mut jobs).await;
        let _primary = cause.begins(&app.redis, &mut jobs).await;

        eventually("the session's use is to be written", || async {
            let answer = operator.get("/").await;
            assert_eq!(answer.status(), StatusCode::OK, "{cause:?}");
            answer.headers().contains_key("set-cookie")
        })
        .await;
        for path in [
            "/",
            "/queue?name=email%2Fv2",
            "/job?queue=email%2Fv2&id=1",
            "/audit",
        ] {
            assert_eq!(
                operator.get(path).await.status(),
                StatusCode::OK,
                "{cause:?} {path}"
            );
        }
        let refused = operator.send("/job/save", &form).await;
        assert_refused(&refused, "Redis refused the command");
        assert_keeps_the_text(&refused);
        assert_untouched(&mut jobs, "1").await;

        let sign_in = Seen::of(app.stranger().sign_in("viewer", PASSWORD).await).await;
        assert_refused(&sign_in, "Redis refuses writes");
        for word in [words, "Nobody can sign in", "can go on reading"] {
            assert!(sign_in.text().contains(word), "{}", sign_in.text());
        }
        assert_eq!(sign_in.attributes("input[name=name]", "value"), ["viewer"]);
        assert!(!sign_in.headers.contains_key("set-cookie"));

        cause.ends(&mut jobs).await;
        app.viewer().await;
        assert_works(&mut jobs, &operator, &form, "1").await;
    }
}

#[tokio::test]
async fn a_session_whose_use_can_not_be_written_outlives_its_idle_time_out_while_it_is_used() {
    let app = TestApp::with(&[("session_idle", "2s")]).await;
    let mut jobs = app.jobs().await;
    let (used, unused) = (app.operator().await, app.viewer().await);
    Cause::OutOfMemory.begins(&app.redis, &mut jobs).await;
    eventually("both sessions are over for Redis", || async {
        assert!(is_in(&used).await, "it is used all the time");
        session_keys(&mut jobs.clone()).await.is_empty()
    })
    .await;
    assert!(!is_in(&unused).await, "nobody used it");
    assert!(is_in(&used).await);

    Cause::OutOfMemory.ends(&mut jobs).await;
    eventually("the session is in Redis again", || async {
        assert!(is_in(&used).await);
        session_keys(&mut jobs.clone()).await.len() == 1
    })
    .await;
    eventually("it ends when it is not used", || async {
        session_keys(&mut jobs.clone()).await.is_empty()
    })
    .await;
    assert!(!is_in(&used).await);
}

#[tokio::test]
async fn signing_out_ends_the_session_though_redis_refuses_to_delete_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.stranger();
    let signed_in = operator.sign_in("operator", PASSWORD).await;
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap();
    let (cookie, _) = cookie.split_once(';').unwrap();
    // Someone who kept the cookie.
    let with_cookie = async || {
        let request = operator
            .bare(Method::GET, "/account")
            .header("cookie", cookie);
        request.send().await.unwrap().status()
    };
    assert_eq!(with_cookie().await, StatusCode::OK);
    Cause::CanNotSave.begins(&app.redis, &mut jobs).await;
    let out = operator.post("/sign-out", &[]).await;
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        with_cookie().await,
        StatusCode::SEE_OTHER,
        "sent to sign in"
    );
    assert_eq!(session_keys(&mut jobs).await.len(), 1, "Redis has it yet");
    Cause::CanNotSave.ends(&mut jobs).await;
    app.viewer().await;
    assert_eq!(
        session_keys(&mut jobs).await.len(),
        1,
        "only the viewer's is left"
    );
}

#[tokio::test]
async fn a_session_that_was_deleted_does_not_come_back_by_a_use_that_could_not_be_written() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    make_touch_due(&mut jobs).await;
    Cause::OutOfMemory.begins(&app.redis, &mut jobs).await;
    eventually("the session's use is to be written", || async {
        let answer = operator.get("/").await;
        answer.headers().contains_key("set-cookie")
    })
    .await;
    for key in session_keys(&mut jobs).await {
        jobs.run::<u64>(&["DEL", &key]).await;
    }
    eventually("the session has ended", || async {
        !is_in(&operator).await
    })
    .await;
    Cause::OutOfMemory.ends(&mut jobs).await;
    assert!(!is_in(&operator).await);
    assert!(session_keys(&mut jobs).await.is_empty());
}
