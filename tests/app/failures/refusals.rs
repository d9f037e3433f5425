//! Redis refuses commands or holds keys of other types: no entry, no change; and no entry that claims more than was done.

use bullkeeper_testkit::one_repair::{
    BEFORE, assert_keeps_the_text, assert_refused, assert_untouched, assert_works, ready_edit,
    recorded, retry,
};
use reqwest::StatusCode;

use bullkeeper_testkit::{AuditEntry, Jobs, PASSWORD, Seen, TestApp, TestRedis};

/// Bullkeeper as a Redis user of its own, whose rights a test removes step by step.
async fn app_as_keeper() -> TestApp {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let keeper = [
        "ACL",
        "SETUSER",
        "keeper",
        "on",
        ">keepers-word",
        "~*",
        "&*",
        "+@all",
    ];
    jobs.run::<()>(&keeper).await;
    let url = format!("redis://keeper:keepers-word@127.0.0.1:{}/", redis.port);
    TestApp::on(redis, &[("redis", &url)]).await
}

async fn allow(jobs: &mut Jobs, rule: &str) {
    jobs.run::<()>(&["ACL", "SETUSER", "keeper", rule]).await;
}

/// All keys but the list of such entries of a job.
async fn keys(jobs: &mut Jobs) -> Vec<String> {
    let mut keys: Vec<String> = jobs.run(&["KEYS", "*"]).await;
    keys.retain(|key| !key.starts_with("bullkeeper:audit:bull:"));
    keys
}

#[tokio::test]
async fn while_the_audit_log_can_not_be_written_nothing_is_changed_and_nobody_signs_in() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", BEFORE).await;
    let operator = app.operator().await;
    let form = ready_edit(&operator, "1").await;
    jobs.run::<()>(&["RENAME", "bullkeeper:audit", "put-aside"])
        .await;
    jobs.run::<()>(&["SET", "bullkeeper:audit", "no stream"])
        .await;

    let refused = operator.send("/job/save", &form).await;
    assert_refused(&refused, "Unexpected data in Redis");
    assert_keeps_the_text(&refused);
    assert_refused(&retry(&operator, "1").await, "Unexpected data in Redis");
    assert_untouched(&mut jobs, "1").await;

    let sessions = "bullkeeper:session:*";
    let before: Vec<String> = jobs.run(&["KEYS", sessions]).await;
    let sign_in = app.stranger().sign_in("admin", PASSWORD).await;
    assert_eq!(sign_in.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(sign_in.headers().get("set-cookie").is_none());
    let after: Vec<String> = jobs.run(&["KEYS", sessions]).await;
    assert_eq!(before, after, "no session was made");

    let new = "another long passphrase";
    let words = [("present", PASSWORD), ("new", new), ("again", new)];
    let password = Seen::of(operator.post("/account", &words).await).await;
    assert_refused(&password, "Unexpected data in Redis");
    let log: String = jobs.run(&["GET", "bullkeeper:audit"]).await;
    assert_eq!(log, "no stream");

    jobs.run::<()>(&["RENAME", "put-aside", "bullkeeper:audit"])
        .await;
    app.operator().await;
    assert_works(&mut jobs, &operator, &form, "1").await;
}

#[tokio::test]
async fn an_edit_whose_entry_can_not_be_listed_with_its_job_is_taken_back_with_its_entry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", BEFORE).await;
    let operator = app.operator().await;
    let form = ready_edit(&operator, "1").await;
    let list = "bullkeeper:audit:bull:email/v2:1";
    jobs.run::<()>(&["SET", list, "no list"]).await;

    let refused = operator.send("/job/save", &form).await;
    assert_refused(&refused, "Unexpected data in Redis");
    assert_keeps_the_text(&refused);
    assert_refused(&retry(&operator, "1").await, "Unexpected data in Redis");
    assert_untouched(&mut jobs, "1").await;
    assert!(
        recorded(&mut jobs).await.is_empty(),
        "no entry is left behind"
    );
    let odd: String = jobs.run(&["GET", list]).await;
    assert_eq!(odd, "no list");

    jobs.run::<u64>(&["DEL", list]).await;
    assert_works(&mut jobs, &operator, &form, "1").await;
}

#[tokio::test]
async fn without_the_right_to_any_of_its_commands_an_edit_leaves_nothing() {
    let app = app_as_keeper().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", BEFORE).await;
    let operator = app.operator().await;
    let form = ready_edit(&operator, "1").await;
    // A large change is kept beside its entry.
    let large = form
        .clone()
        .set("text", &format!("\"{}\"", "x".repeat(300_000)));
    for command in ["xadd", "lpush", "hset"] {
        allow(&mut jobs, &format!("-{command}")).await;
        for form in [&form, &large] {
            let before = keys(&mut jobs).await;
            assert_refused(
                &operator.send("/job/save", form).await,
                "Redis refused the command",
            );
            assert_untouched(&mut jobs, "1").await;
            let entries = recorded(&mut jobs).await;
            assert!(entries.is_empty(), "no entry without {command}");
            let after = keys(&mut jobs).await;
            assert_eq!(before.len(), after.len(), "{command}: {after:?}");
        }
        assert_keeps_the_text(&operator.send("/job/save", &form).await);
        allow(&mut jobs, &format!("+{command}")).await;
    }
    assert_works(&mut jobs, &operator, &form, "1").await;
}

#[tokio::test]
async fn without_the_right_to_write_the_job_or_the_log_a_key_alone_is_enough_to_refuse() {
    let app = app_as_keeper().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", BEFORE).await;
    let operator = app.operator().await;
    let form = ready_edit(&operator, "1").await;
    // May read everything and write only its own keys; then only the queues' keys.
    for keys in [["%R~*", "%RW~bullkeeper:*"], ["%R~*", "%RW~bull:*"]] {
        let rights = [&["ACL", "SETUSER", "keeper", "resetkeys"], &keys[..]].concat();
        jobs.run::<()>(&rights).await;
        let refused = operator.send("/job/save", &form).await;
        assert_refused(&refused, "Redis refused the command");
        assert_keeps_the_text(&refused);
        assert_untouched(&mut jobs, "1").await;
        assert!(recorded(&mut jobs).await.is_empty(), "{keys:?}");
    }
    allow(&mut jobs, "~*").await;
    assert_works(&mut jobs, &operator, &form, "1").await;
}

#[tokio::test]
async fn a_retry_whose_entry_can_not_be_written_is_not_carried_out() {
    let app = app_as_keeper().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "6", BEFORE).await;
    let operator = app.operator().await;
    for version in ["bullmq:6.7.0", "bullmq:5.81.0"] {
        jobs.queue("email/v2", version).await;
        for command in ["xadd", "lpush"] {
            allow(&mut jobs, &format!("-{command}")).await;
            assert_refused(&retry(&operator, "6").await, "Redis refused the command");
            assert_untouched(&mut jobs, "6").await;
            assert!(
                recorded(&mut jobs).await.is_empty(),
                "{version} without {command}"
            );
            allow(&mut jobs, &format!("+{command}")).await;
        }
    }
}

#[tokio::test]
async fn a_retry_that_redis_refuses_half_way_is_taken_back_and_recorded_as_failed() {
    let app = app_as_keeper().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", BEFORE).await;
    let operator = app.operator().await;
    // In the order in which the script writes; each comes after the job's entry.
    for (times, command) in (1..).zip(["zrem", "hdel", "zadd"]) {
        allow(&mut jobs, &format!("-{command}")).await;
        assert_refused(&retry(&operator, "1").await, "Redis refused the command");
        assert_untouched(&mut jobs, "1").await;
        let events: u64 = jobs.run(&["XLEN", "bull:email/v2:events"]).await;
        assert_eq!(events, 0, "{command}: nobody is told");
        allow(&mut jobs, &format!("+{command}")).await;
        app.services.finish_audit().await;
        let entries = jobs.audit_of_jobs().await;
        assert!(entries.iter().all(|entry| entry.get("outcome") == "failed"));
        let recorded: u64 = entries.iter().map(AuditEntry::times).sum();
        assert_eq!(recorded, times, "{command}");
        let last = entries.last().unwrap();
        let told = "Bullkeeper's Redis user may not do this";
        assert_eq!(last.get("error"), told);
    }
    assert_eq!(retry(&operator, "1").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_redis_that_is_out_of_memory_takes_no_change_and_no_sign_in() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", BEFORE).await;
    let operator = app.operator().await;
    let form = ready_edit(&operator, "1").await;
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let refused = operator.send("/job/save", &form).await;
    assert_refused(&refused, "Redis refused the command");
    assert!(
        refused.text().contains("out of memory"),
        "{}",
        refused.text()
    );
    assert_keeps_the_text(&refused);
    assert_refused(&retry(&operator, "1").await, "Redis refused the command");
    assert_untouched(&mut jobs, "1").await;
    assert!(recorded(&mut jobs).await.is_empty());
    let sign_in = app.stranger().sign_in("admin", PASSWORD).await;
    assert_eq!(sign_in.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        operator.page("/").await.status,
        StatusCode::OK,
        "reading goes on"
    );
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_works(&mut jobs, &operator, &form, "1").await;
}
