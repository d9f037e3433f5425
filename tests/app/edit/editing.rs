//! Editing a job's data: what is stored, what is refused, and what is recorded of both.

use reqwest::StatusCode;
use serde_json::json;

use bullkeeper_testkit::{AuditEntry, EditForm, Seen, TestApp};

const ODD: &str = r#"{"big":12345678901234567890,"one":1.0,"z":"é\u00e9\ud800","a":[1E400,-0]}"#;

#[tokio::test]
async fn an_operator_repairs_a_failed_job_and_the_audit_log_has_the_change() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "17", r#"{"to":"ann@example","n":1.0}"#)
        .await;
    let operator = app.operator().await;

    let form = operator.edit("email/v2", "17").await;
    assert_eq!(
        form.get("text"),
        "{\r\n  \"to\": \"ann@example\",\r\n  \"n\": 1.0\r\n}"
    );
    let form = form.set(
        "text",
        "{\r\n  \"to\": \"ann@example.com\",\r\n  \"n\": 1.0\r\n}",
    );
    let review = operator.send("/job/review", &form).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text());
    assert!(review.text().contains("ann@example.com"));
    assert_eq!(
        jobs.data("email/v2", "17").await.unwrap(),
        br#"{"to":"ann@example","n":1.0}"#,
        "a review writes nothing"
    );

    let form = EditForm::of(&review, "/job/save").set("reason", "the domain was cut off");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(operator.told_after(&saved).await, "Saved.");
    assert_eq!(
        jobs.data("email/v2", "17").await.unwrap(),
        br#"{"to":"ann@example.com","n":1.0}"#
    );

    let entries = jobs.audit_of_jobs().await;
    let [entry] = &entries[..] else {
        panic!("{entries:?}")
    };
    for (name, value) in [
        ("v", "2"),
        ("action", "job.edit"),
        ("outcome", "applied"),
        ("actor", "operator"),
        ("role", "operator"),
        ("prefix", "bull"),
        ("queue", "email/v2"),
        ("job", "17"),
        ("state", "failed"),
        ("reason", "the domain was cut off"),
        ("ip", "127.0.0.1"),
    ] {
        assert_eq!(entry.get(name), value, "{name}");
    }
    let patch: serde_json::Value = serde_json::from_str(entry.get("patch")).unwrap();
    assert_eq!(
        patch,
        json!([
            {"op": "test", "path": "/to", "value": "ann@example"},
            {"op": "replace", "path": "/to", "value": "ann@example.com"},
        ])
    );
    assert_eq!(entry.get("before").len(), 64);
    assert_ne!(entry.get("before"), entry.get("after"));
}

#[tokio::test]
async fn saving_without_a_change_writes_nothing_and_keeps_every_byte() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (id, data) in [("1", ODD), ("2", "{oops\n"), ("3", " { \"a\" : 1 } ")] {
        jobs.failed("email/v2", id, data).await;
        let form = operator.edit("email/v2", id).await.set("reason", "none");
        let saved = operator.send("/job/save", &form).await;
        assert_eq!(
            operator.told_after(&saved).await,
            "Nothing was saved: the text is the same as the stored data."
        );
        assert_eq!(jobs.data("email/v2", id).await.unwrap(), data.as_bytes());
    }
    assert!(jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn digits_escapes_and_key_order_come_out_as_they_went_in() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", ODD).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let text = form.get("text").replace("-0", "-0.50");
    let form = form.set("text", &text).set("reason", "r");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let stored = jobs.data("email/v2", "1").await.unwrap();
    assert_eq!(
        String::from_utf8(stored).unwrap(),
        ODD.replace("-0", "-0.50")
    );
}

#[tokio::test]
async fn an_edit_that_came_second_is_refused_three_ways_and_keeps_its_text() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1,"b":1}"#).await;
    let (ann, ben) = (app.operator().await, app.admin().await);
    let anns = ann.edit("email/v2", "1").await;
    let bens = ben.edit("email/v2", "1").await;

    let bens = bens.set("text", r#"{"a":1,"b":2}"#).set("reason", "b");
    assert_eq!(
        ben.send("/job/save", &bens).await.status,
        StatusCode::SEE_OTHER
    );
    let anns = anns.set("text", r#"{"a":3,"b":1}"#).set("reason", "a");
    let conflict = ann.send("/job/save", &anns).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    let by = conflict.all("#changed-by");
    assert!(by[0].starts_with("admin changed it 0 s ago"), "{by:?}");
    assert_eq!(
        jobs.data("email/v2", "1").await.unwrap(),
        br#"{"a":1,"b":2}"#
    );
    assert!(
        conflict.body.contains("{&#34;a&#34;:3,&#34;b&#34;:1}"),
        "{}",
        conflict.body
    );

    // The two changes do not touch, so both together are offered, and can be saved from there.
    let merged = EditForm::of(&conflict, "/job/edit");
    let reopened = ann.send("/job/edit", &merged).await;
    let form = EditForm::of(&reopened, "/job/review").set("reason", "both");
    assert_eq!(
        ann.send("/job/save", &form).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        jobs.data("email/v2", "1").await.unwrap(),
        br#"{"a":3,"b":2}"#
    );
    let entries = jobs.audit_of_jobs().await;
    let outcomes: Vec<&str> = entries.iter().map(|entry| entry.get("outcome")).collect();
    assert_eq!(outcomes, ["applied", "conflict", "applied"]);
}

#[tokio::test]
async fn a_job_that_a_worker_holds_is_not_edited() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.active("email/v2", "1", r#"{"a":1}"#).await;
    jobs.waiting("email/v2", "2", r#"{"a":1}"#).await;
    jobs.run::<String>(&["SET", "bull:email/v2:2:lock", "token"])
        .await;
    let operator = app.operator().await;
    for id in ["1", "2"] {
        let form = operator.edit("email/v2", id).await;
        let form = form.set("text", r#"{"a":2}"#).set("reason", "r");
        let refused = operator.send("/job/save", &form).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text().contains("worker"), "{}", refused.text());
        assert!(refused.body.contains("{&#34;a&#34;:2}"), "the text is kept");
        assert_eq!(jobs.data("email/v2", id).await.unwrap(), br#"{"a":1}"#);
    }
    let entries = jobs.audit_of_jobs().await;
    assert!(
        entries
            .iter()
            .all(|entry| entry.get("outcome") == "conflict")
    );
    assert_eq!(entries.len(), 2);
}

#[tokio::test]
async fn an_edit_of_a_job_that_is_gone_is_told_so_and_keeps_its_text() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    jobs.run::<u64>(&["DEL", "bull:email/v2:1"]).await;
    let form = form.set("text", r#"{"a":2}"#).set("reason", "r");
    let gone = operator.send("/job/save", &form).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.body.contains("{&#34;a&#34;:2}"), "the text is kept");
    assert_eq!(jobs.data("email/v2", "1").await, None, "nothing comes back");
}

#[tokio::test]
async fn what_is_no_json_or_doubles_a_key_is_refused_with_its_place() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let deep = format!("{}1{}", "[".repeat(600), "]".repeat(600));
    for (text, place) in [
        ("{\"a\":1,}", "1:7"),
        ("{\n \"a\": tru }", "2:7"),
        ("{\"a\":1,\n\"a\":2}", "2:1"),
        ("", "1:1"),
        (deep.as_str(), "1:1"),
    ] {
        let form = operator.edit("email/v2", "1").await;
        let form = form.set("text", text).set("reason", "r");
        for to in ["/job/review", "/job/save"] {
            let refused = operator.send(to, &form).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
            let (line, column) = place.split_once(':').unwrap();
            assert_eq!(
                places(&refused).first().map(String::as_str),
                Some(format!("{line}:{column}").as_str()),
                "{text}"
            );
        }
    }
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":1}"#);
}

/// The places that a page's problems link to.
fn places(page: &Seen) -> Vec<String> {
    let lines = page.attributes("[data-problem] a", "data-line");
    let columns = page.attributes("[data-problem] a", "data-column");
    lines
        .into_iter()
        .zip(columns)
        .map(|(line, column)| format!("{line}:{column}"))
        .collect()
}

#[tokio::test]
async fn a_reason_is_needed_unless_the_setting_says_not() {
    for (setting, status) in [
        ("true", StatusCode::UNPROCESSABLE_ENTITY),
        ("false", StatusCode::SEE_OTHER),
    ] {
        let app = TestApp::with(&[("require_reason", setting)]).await;
        let mut jobs = app.jobs().await;
        jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
        let operator = app.operator().await;
        let form = operator.edit("email/v2", "1").await;
        let form = form.set("text", r#"{"a":2}"#).set("reason", "  ");
        assert_eq!(operator.send("/job/save", &form).await.status, status);
    }
}

#[tokio::test]
async fn data_above_the_limit_is_refused_and_data_at_the_limit_is_not() {
    let app = TestApp::with(&[("max_data_bytes", "2000")]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    let operator = app.operator().await;
    let of_size = |size: usize| format!("\"{}\"", "x".repeat(size - 2));
    for (size, status) in [
        (2001, StatusCode::PAYLOAD_TOO_LARGE),
        (2000, StatusCode::SEE_OTHER),
    ] {
        let form = operator.edit("email/v2", "1").await;
        let form = form.set("text", &of_size(size)).set("reason", "r");
        let answer = operator.send("/job/save", &form).await;
        assert_eq!(answer.status, status);
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            assert!(answer.body.contains(&"x".repeat(1999)), "the text is kept");
        }
    }
    // The answer is a page even to a form that is larger than any can be.
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", &of_size(200_000));
    let answer = operator.send("/job/review", &form).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        answer.text().contains("max_data_bytes"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn five_megabytes_are_edited_and_every_other_byte_stays() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let filler = format!("\"{}\"", "é".repeat(2_400_000));
    let before = format!("{{\"n\":1.0,\"filler\":{filler}}}");
    jobs.failed("email/v2", "1", &before).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let text = form.get("text").replacen("1.0", "2.0", 1);
    let form = form.set("text", &text).set("reason", "r");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let stored = jobs.data("email/v2", "1").await.unwrap();
    assert!(stored == before.replacen("1.0", "2.0", 1).into_bytes());
    let entries = jobs.audit_of_jobs().await;
    assert!(
        entries[0].get("patch").len() < 500,
        "the patch holds the change alone"
    );
}

#[tokio::test]
async fn a_hundred_edits_at_once_win_one_a_revision_and_all_are_recorded() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"n":0}"#).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let edits = (1..=100).map(|n| {
        let (operator, form) = (operator.clone(), form.clone());
        let form = form
            .set("text", &format!("{{\"n\":{n}}}"))
            .set("reason", "race");
        async move { (n, operator.send("/job/save", &form).await.status) }
    });
    let answers = futures::future::join_all(edits).await;
    let winners: Vec<i32> = answers
        .iter()
        .filter(|(_, status)| *status == StatusCode::SEE_OTHER)
        .map(|(n, _)| *n)
        .collect();
    let [winner] = winners[..] else {
        panic!("{answers:?}")
    };
    let lost = answers
        .iter()
        .filter(|(_, status)| *status == StatusCode::CONFLICT);
    assert_eq!(lost.count(), 99);
    assert_eq!(
        jobs.data("email/v2", "1").await.unwrap(),
        format!("{{\"n\":{winner}}}").into_bytes()
    );
    app.services.finish_audit().await;
    let entries = jobs.audit_of_jobs().await;
    let of = |outcome: &str| {
        let same = entries
            .iter()
            .filter(|entry| entry.get("outcome") == outcome);
        same.map(AuditEntry::times).sum::<u64>()
    };
    assert_eq!((of("applied"), of("conflict")), (1, 99));
}
