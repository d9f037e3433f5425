//! Data that a page can't show or a form would change, and jobs without data: only what was typed is changed.

use reqwest::StatusCode;

use bullkeeper_testkit::{EditForm, TestApp};

/// Stored data, and what a person types instead.
const UNSHOWN: [&[u8]; 4] = [
    b"{\"to\":\"a\0b\",\"n\":1}",
    b"\0",
    b"{\"to\":\"\xff\xfe\",\"n\":1}",
    b"{\"to\":\"\xed\xa0\x80\"}",
];

#[tokio::test]
async fn a_save_without_a_change_writes_nothing_whatever_the_data_holds() {
    let app = TestApp::start().await;
    let (mut jobs, operator) = (app.jobs().await, app.operator().await);
    let rewritten: [&[u8]; 5] = [
        b"{oops\r\rx\n\r\ny",
        b"\n\n{\"a\":1}\r",
        b"{\r\"a\":\r\n1}",
        b"\r\n",
        b"",
    ];
    for stored in UNSHOWN.into_iter().chain(rewritten) {
        jobs.failed("email/v2", "1", stored).await;
        let form = operator.edit("email/v2", "1").await.set("reason", "r");
        for action in ["/job/review", "/job/save"] {
            let answer = operator.send(action, &form).await;
            assert_eq!(
                operator.told_after(&answer).await,
                "Nothing was saved: the text is the same as the stored data.",
                "{:?}, {action}",
                String::from_utf8_lossy(stored)
            );
        }
        assert_eq!(jobs.data("email/v2", "1").await.unwrap(), stored);
    }
    assert!(jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn a_text_that_stands_for_bytes_it_does_not_show_is_not_saved() {
    let app = TestApp::start().await;
    let (mut jobs, operator) = (app.jobs().await, app.operator().await);
    for (id, stored) in [("1", UNSHOWN[0]), ("2", UNSHOWN[2])] {
        jobs.failed("email/v2", id, stored).await;
        let query = format!("/job/edit?queue=email/v2&id={id}");
        let editor = operator.page(&query).await;
        assert!(
            editor.text().contains("Some stored bytes can't be shown"),
            "{}",
            editor.text()
        );
        let form = EditForm::of(&editor, "/job/review").set("reason", "r");
        let text = form.get("text").replace('1', "2");
        for action in ["/job/review", "/job/save"] {
            let refused = operator
                .send(action, &form.clone().set("text", &text))
                .await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(
                refused.text().contains("Replace it with the intended text"),
                "{}",
                refused.text()
            );
            assert!(refused.body.contains('\u{fffd}'), "the text is kept");
        }
        assert_eq!(jobs.data("email/v2", id).await.unwrap(), stored);

        let typed = text.replace('\u{fffd}', "-");
        let saved = operator.send("/job/save", &form.set("text", &typed)).await;
        assert_eq!(operator.told_after(&saved).await, "Saved.");
    }
}

#[tokio::test]
async fn a_job_without_data_is_edited_from_what_bullmq_reads() {
    let app = TestApp::start().await;
    let (mut jobs, operator) = (app.jobs().await, app.operator().await);
    jobs.failed("email/v2", "1", "{}").await;
    jobs.run::<u64>(&["HDEL", "bull:email/v2:1", "data"]).await;
    let page = operator.page("/job?queue=email/v2&id=1").await;
    assert!(page.text().contains("Edit data"));
    let editor = operator.page("/job/edit?queue=email/v2&id=1").await;
    assert!(editor.text().contains("no data field"), "{}", editor.text());
    let form = EditForm::of(&editor, "/job/review").set("reason", "r");
    assert_eq!(form.get("text"), "{}");
    let unchanged = operator.send("/job/save", &form).await;
    assert_eq!(
        operator.told_after(&unchanged).await,
        "Nothing was saved: the text is the same as the stored data."
    );
    assert_eq!(jobs.data("email/v2", "1").await, None);

    let form = form.set("text", r#"{"to":"ann@example.com"}"#);
    let review = operator.send("/job/review", &form).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text());
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(operator.told_after(&saved).await, "Saved.");
    let after = br#"{"to":"ann@example.com"}"#;
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), after);
    let entries = jobs.audit_of_jobs().await;
    let entry = entries.last().unwrap();
    assert_eq!((entry.get("outcome"), entry.get("before")), ("applied", ""));
    assert_eq!(entry.get("note"), "the job had no data field");
    assert!(entry.get("patch").contains("ann@example.com"));
}

#[tokio::test]
async fn data_that_came_or_went_since_is_a_conflict() {
    let app = TestApp::start().await;
    let (mut jobs, operator) = (app.jobs().await, app.operator().await);
    jobs.failed("email/v2", "1", "{}").await;
    let key = "bull:email/v2:1";
    let change = async || {
        let form = operator.edit("email/v2", "1").await.set("reason", "r");
        form.set("text", r#"{"mine":1}"#)
    };
    jobs.run::<u64>(&["HDEL", key, "data"]).await;
    let form = change().await;
    // `{}` came: the same to BullMQ, and yet not what was seen.
    jobs.run::<u64>(&["HSET", key, "data", "{}"]).await;
    let stale = operator.send("/job/save", &form).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), b"{}");

    let form = change().await;
    jobs.run::<u64>(&["HDEL", key, "data"]).await;
    let stale = operator.send("/job/save", &form).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    assert_eq!(jobs.data("email/v2", "1").await, None);

    jobs.run::<u64>(&["DEL", key]).await;
    let gone = operator.send("/job/save", &form).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.text());
    let exists: u64 = jobs.run(&["EXISTS", key]).await;
    assert_eq!(exists, 0, "nothing is made up for it");
}

#[tokio::test]
async fn a_text_that_is_not_utf_8_links_to_its_stored_bytes() {
    let app = TestApp::start().await;
    let (mut jobs, viewer) = (app.jobs().await, app.viewer().await);
    let odd: &[u8] = b"[\"Error: \xff\xfe\"]";
    jobs.failed("email/v2", "1", UNSHOWN[2]).await;
    for field in ["stacktrace", "failedReason", "returnvalue", "opts"] {
        let mut set = redis::cmd("HSET");
        set.arg("bull:email/v2:1").arg(field).arg(odd);
        set.query_async::<()>(&mut jobs.0).await.unwrap();
    }
    let page = viewer.page("/job?queue=email/v2&id=1").await;
    for (field, stored) in [
        ("data", UNSHOWN[2]),
        ("stacktrace", odd),
        ("failedReason", odd),
        ("returnvalue", odd),
        ("opts", odd),
    ] {
        let links = page.attributes(&format!("#{field} .notice a"), "href");
        assert_eq!(links.len(), 1, "{field}");
        let raw = viewer.get(&links[0]).await;
        assert_eq!(raw.headers()["content-type"], "application/octet-stream");
        assert_eq!(raw.bytes().await.unwrap(), stored, "{field}");
    }
    jobs.failed("email/v2", "2", "{}").await;
    let page = viewer.page("/job?queue=email/v2&id=2").await;
    assert!(page.attributes("section .notice a", "href").is_empty());
}

#[tokio::test]
async fn a_stack_trace_with_a_lone_surrogate_is_shown_in_lines() {
    let app = TestApp::start().await;
    let (mut jobs, viewer) = (app.jobs().await, app.viewer().await);
    jobs.failed("email/v2", "1", "{}").await;
    let traces = r#"["Error: no \ud800 name\n    at a.js:1",null,"Error: again"]"#;
    jobs.run::<u64>(&["HSET", "bull:email/v2:1", "stacktrace", traces])
        .await;
    let page = viewer.page("/job?queue=email/v2&id=1").await;
    let lines = "Error: no \u{fffd} name\n    at a.js:1\n\nError: again";
    assert!(page.body.contains(lines), "{:?}", page.all("#stacktrace"));
}
