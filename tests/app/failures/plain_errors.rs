//! Redis's own error texts are only logged; pages say what they mean.

use reqwest::StatusCode;

use bullkeeper_testkit::{Jobs, Seen, TestApp};

/// Asserts that the page has no part of Redis's own text: no code, command, address or digest of a script.
fn assert_plain(cause: &str, page: &Seen, told: &str) {
    assert_eq!(
        page.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{cause}: {}",
        page.text()
    );
    let text = page.text();
    assert!(text.contains(told), "{cause}: {text}");
    for word in [
        "NOPERM",
        "WRONGTYPE",
        "OOM",
        "ERR",
        "script:",
        "user_script",
        "@",
        "127.0.0.1",
        "evalsha",
        "hmget",
    ] {
        assert!(!text.contains(word), "{cause}: {word} in {text}");
    }
    let digest = regex::Regex::new(r"\b[0-9a-f]{40}\b").unwrap();
    assert!(!digest.is_match(&text), "{cause}: {text}");
}

async fn allow(jobs: &mut Jobs, rules: &[&str]) {
    let command = [&["ACL", "SETUSER", "default"], rules].concat();
    jobs.run::<()>(&command).await;
}

#[tokio::test]
async fn a_page_says_why_redis_refused_and_nothing_of_its_words() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let job = "/job?queue=email%2Fv2&id=1";
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", r#"{"a":2}"#).set("reason", "r");

    allow(&mut jobs, &["-hstrlen"]).await;
    let page = Seen::of(operator.get(job).await).await;
    assert_plain(
        "may not read",
        &page,
        "Bullkeeper's Redis user may not do this",
    );
    allow(&mut jobs, &["+hstrlen", "-evalsha"]).await;
    let page = operator.send("/job/save", &form).await;
    assert_plain(
        "may not run scripts",
        &page,
        "Bullkeeper's Redis user may not do this",
    );
    allow(&mut jobs, &["+evalsha", "-xadd"]).await;
    let page = operator.send("/job/save", &form).await;
    assert_plain(
        "may not write in a script",
        &page,
        "Bullkeeper's Redis user may not do this",
    );
    allow(&mut jobs, &["+xadd"]).await;

    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let page = operator.send("/job/save", &form).await;
    assert_plain("out of memory", &page, "it is out of memory");
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;

    jobs.run::<()>(&["RENAME", "bullkeeper:audit", "saved"])
        .await;
    jobs.run::<()>(&["SET", "bullkeeper:audit", "x"]).await;
    let page = operator.send("/job/save", &form).await;
    assert_plain(
        "a key of another type",
        &page,
        "another type than it should have",
    );
    let page = Seen::of(operator.get("/audit").await).await;
    assert_plain(
        "a log of another type",
        &page,
        "another type than it should have",
    );
    jobs.run::<()>(&["RENAME", "saved", "bullkeeper:audit"])
        .await;

    // A script that Redis forgot is loaded again.
    jobs.run::<()>(&["SCRIPT", "FLUSH"]).await;
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":2}"#);
}

#[tokio::test]
async fn a_stranger_who_can_not_sign_in_is_told_nothing_of_redis_words() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    allow(&mut jobs, &["-hgetall", "-hmget", "-hget"]).await;
    let page = Seen::of(app.stranger().sign_in("viewer", "whatever it is").await).await;
    assert_plain(
        "users can't be read",
        &page,
        "Bullkeeper's Redis user may not do this",
    );
}
