//! One edit undone: every byte of the data before is back, with an entry of its own.

use reqwest::StatusCode;

use bullkeeper_testkit::{EditForm, TestApp};

use super::{edited, edits, look, undo};

/// Data whose writing no patch holds: the order of keys, escapes, exponents and white space.
const ODD: [&str; 6] = [
    r#"{"to":"ann","n":1.0}"#,
    "{ \"b\" : 1E400,\n \"a\":\"\\u00e9\", \"to\":[1,2 , 3] }",
    r#"{"z":1,"a":2,"to":{"x":[]},"big":12345678901234567890}"#,
    r#"{"to":1,"to":2}"#,
    "[1,2,3]",
    "\"\\ud800\"",
];

#[tokio::test]
async fn an_undone_edit_leaves_every_byte_from_before_and_an_entry_that_names_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (at, before) in ODD.into_iter().enumerate() {
        let id = &format!("{at}");
        jobs.failed("email/v2", id, before).await;
        let edit = edited(&mut jobs, &operator, id, r#"{"a":2,"to":"bob"}"#).await;

        let page = look(&operator, &edit).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let form = EditForm::of(&page, "/undo");
        assert!(form.get("reason").contains("a slip"), "{form:?}");
        assert_eq!(
            jobs.data("email/v2", id).await.unwrap(),
            br#"{"a":2,"to":"bob"}"#,
            "a look writes nothing"
        );
        let form = form.set("reason", "it was right before");
        let undone = operator.send("/undo", &form).await;
        assert_eq!(operator.told_after(&undone).await, "The edit is undone.");
        let stored = jobs.data("email/v2", id).await.unwrap();
        assert_eq!(String::from_utf8(stored).unwrap(), before);

        let entries = jobs.audit_of_jobs().await;
        let [of_edit, of_undo] = &entries[entries.len() - 2..] else {
            panic!("{entries:?}")
        };
        for (name, value) in [
            ("action", "job.edit"),
            ("outcome", "applied"),
            ("undoes", edit.as_str()),
            ("reason", "it was right before"),
            ("before", of_edit.get("after")),
            ("after", of_edit.get("before")),
        ] {
            assert_eq!(of_undo.get(name), value, "{name}");
        }
    }
}

#[tokio::test]
async fn an_undo_is_undone_as_any_edit_and_the_entries_name_each_other() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", ODD[1]).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", r#"{"a":2}"#).await;
    assert_eq!(undo(&operator, &edit).await.status, StatusCode::SEE_OTHER);
    let of_undo = edits(&mut jobs).await.pop().unwrap();
    assert_eq!(
        undo(&operator, &of_undo).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":2}"#);
    let again = edits(&mut jobs).await.pop().unwrap();
    assert_eq!(undo(&operator, &again).await.status, StatusCode::SEE_OTHER);
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), ODD[1].as_bytes());

    let page = operator.page(&format!("/audit/entry?id={edit}")).await;
    assert!(
        page.text().contains(&format!("Undone by entry {of_undo}")),
        "{}",
        page.text()
    );
    assert!(page.attributes("a[href*='/undo?']", "href").is_empty());
    let page = operator.page(&format!("/audit/entry?id={of_undo}")).await;
    let told = page.text();
    assert!(told.contains(&format!("Undoes entry {edit}")), "{told}");
    // The job's history opens the same details.
    let last = edits(&mut jobs).await.pop().unwrap();
    let part = operator
        .page(&format!("/audit/entry?id={last}&part=1"))
        .await;
    let hrefs = part.attributes("a[href*='/undo?']", "href");
    assert_eq!(hrefs, [format!("/undo?entry={last}")]);
}

#[tokio::test]
async fn a_job_without_data_and_one_with_an_empty_field_have_that_again() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (id, field) in [("1", None), ("2", Some(""))] {
        jobs.failed("email/v2", id, "").await;
        if field.is_none() {
            let key = format!("bull:email/v2:{id}");
            let _: u64 = jobs.run(&["HDEL", &key, "data"]).await;
        }
        let edit = edited(&mut jobs, &operator, id, r#"{"a":1}"#).await;
        assert_eq!(undo(&operator, &edit).await.status, StatusCode::SEE_OTHER);
        let stored = jobs.data("email/v2", id).await;
        assert_eq!(stored.as_deref(), field.map(str::as_bytes));
        let of_undo = edits(&mut jobs).await.pop().unwrap();
        assert_eq!(
            undo(&operator, &of_undo).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(jobs.data("email/v2", id).await.unwrap(), br#"{"a":1}"#);
    }
}

#[tokio::test]
async fn a_failed_job_is_retried_after_an_undo_that_asks_for_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", r#"{"a":2}"#).await;
    let form = EditForm::of(&look(&operator, &edit).await, "/undo").set("then", "retry");
    let undone = operator.send("/undo", &form).await;
    let told = operator.told_after(&undone).await;
    assert!(told.starts_with("Saved and retried."), "{told}");
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":1}"#);
    assert_eq!(jobs.length("email/v2", "wait").await, 1);
}

#[tokio::test]
async fn a_large_edit_is_undone_from_the_text_beside_its_entry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let numbers = |from: u32| {
        let numbers = (from..from + 60_000).map(|n| n.to_string());
        format!("[{}]", numbers.collect::<Vec<_>>().join(", "))
    };
    let (before, after) = (numbers(100_000), numbers(300_000));
    jobs.failed("email/v2", "1", &before).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", &after).await;
    assert_eq!(undo(&operator, &edit).await.status, StatusCode::SEE_OTHER);
    assert!(jobs.data("email/v2", "1").await.unwrap() == before.as_bytes());
}

#[tokio::test]
async fn what_happened_to_the_job_since_is_told() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", r#"{"a":2}"#).await;
    let retried = operator
        .post("/job/retry", &[("queue", "email/v2"), ("id", "1")])
        .await;
    assert_eq!(retried.status(), StatusCode::SEE_OTHER);
    let told = look(&operator, &edit).await.text();
    assert!(
        told.contains("operator retried the job after this edit"),
        "{told}"
    );
    jobs.moves("email/v2", "1", "wait", "completed").await;
    let told = look(&operator, &edit).await.text();
    assert!(told.contains("The job has completed."), "{told}");
}
