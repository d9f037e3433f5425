//! A part of large data edited by its pointer: what is sent, stored and kept is small, and everything outside stays as it is.

use reqwest::StatusCode;

use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{EditForm, Jobs, Person, Seen, TestApp, serde_urlencoded};

const QUEUE: &str = "email/v2";

/// About five megabytes of orders, written with white space here and there.
fn orders() -> String {
    let order = |n: usize| {
        format!(
            "{{ \"id\":{n}, \"to\":\"customer-{n}@example.com\",\"amount\":1.50,\"lines\":[1e3,{{\"~/\":\"\\u00e9\"}}],\"note\":\"{}\"}}",
            "x".repeat(120)
        )
    };
    let orders: Vec<String> = (0..22_000).map(order).collect();
    format!(
        "{{\"kind\":\"orders\" , \"orders\":[{}],\"end\":null}}",
        orders.join(",")
    )
}

/// The page of a part, whatever its status.
async fn look(person: &Person, id: &str, pointer: &str) -> Seen {
    let query = serde_urlencoded(&[("queue", QUEUE), ("id", id), ("pointer", pointer)]);
    Seen::of(person.get(&format!("/job/edit/part?{query}")).await).await
}

async fn open(person: &Person, id: &str, pointer: &str) -> EditForm {
    let page = look(person, id, pointer).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    EditForm::of(&page, "/job/edit/part/review")
}

async fn stored(jobs: &mut Jobs, id: &str) -> String {
    String::from_utf8(jobs.data(QUEUE, id).await.unwrap()).unwrap()
}

/// How many bytes Redis holds of a change: its entry in the stream, and what is beside it.
async fn kept(jobs: &mut Jobs) -> usize {
    let entry = jobs.audit_of_jobs().await.pop().unwrap();
    let beside = format!("bullkeeper:audit-change:{}", entry.get("event"));
    let beside: Vec<Vec<u8>> = jobs.run(&["HGETALL", &beside]).await;
    let stream: redis::Value = jobs
        .run(&["XREVRANGE", "bullkeeper:audit", "+", "-", "COUNT", "1"])
        .await;
    fn size(value: &redis::Value) -> usize {
        match value {
            redis::Value::BulkString(bytes) => bytes.len(),
            redis::Value::Array(values) => values.iter().map(size).sum(),
            _ => 0,
        }
    }
    size(&stream) + beside.iter().map(Vec::len).sum::<usize>()
}

#[tokio::test]
async fn a_small_change_of_five_megabytes_costs_less_than_two_kilobytes_and_is_undone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let before = orders();
    assert!(
        before.len() > 4_500_000 && before.len() < 5_000_000,
        "{}",
        before.len()
    );
    jobs.failed(QUEUE, "1", &before).await;
    let operator = app.operator().await;

    // The editor of large data works on parts.
    let query = serde_urlencoded(&[("queue", QUEUE), ("id", "1")]);
    let opened = operator.get(&format!("/job/edit?{query}")).await;
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    let to = opened.headers()["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with("/job/edit/part?"), "{to}");
    let page = operator.page(&to).await;
    assert!(page.body.len() < 20_000, "{}", page.body.len());
    assert_eq!(page.all("th[scope=row]"), ["kind", "orders", "end"]);

    let page = look(&operator, "1", "/orders").await;
    assert!(page.body.len() < 80_000, "{}", page.body.len());
    assert!(
        page.text().contains("1 to 100 of 22,000"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("its text is not shown"));
    let later = page.attributes("nav[aria-label='More members'] a", "href");
    let page = operator.page(&later[0]).await;
    assert!(
        page.text().contains("101 to 200 of 22,000"),
        "{}",
        page.text()
    );

    let form = open(&operator, "1", "/orders/20000").await;
    let text = form
        .get("text")
        .replace("customer-20000@example.com", "ann@example.com");
    let form = form.set("text", &text);
    let sent = serde_urlencoded(&form.pairs()).len();
    assert!(sent < 2_000, "{sent} bytes were sent");
    let review = operator.send("/job/edit/part/review", &form).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text());
    assert!(review.body.len() < 20_000, "{}", review.body.len());
    let form = EditForm::of(&review, "/job/edit/part/save").set("reason", "the wrong customer");
    let sent = serde_urlencoded(&form.pairs()).len();
    assert!(sent < 2_000, "{sent} bytes were sent");
    let saved = operator.send("/job/edit/part/save", &form).await;
    assert_eq!(operator.told_after(&saved).await, "Saved.");

    let after = stored(&mut jobs, "1").await;
    let part = after.find("\"id\":20000,").unwrap() - 1;
    assert_eq!(after[..part], before[..part]);
    let rest = before.find("{ \"id\":20001,").unwrap();
    let same_end = before.len() - rest;
    assert_eq!(after[after.len() - same_end..], before[rest..]);
    assert!(after[part..].starts_with("{\"id\":20000,\"to\":\"ann@example.com\",\"amount\":1.50,\"lines\":[1e3,{\"~/\":\"\\u00e9\"}]"));
    let bytes = kept(&mut jobs).await;
    assert!(bytes < 2_000, "{bytes} bytes are kept");

    let entry = crate::undo::edits(&mut jobs).await.pop().unwrap();
    let undone = crate::undo::undo(&operator, &entry).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.text());
    assert!(stored(&mut jobs, "1").await == before);
    let bytes = kept(&mut jobs).await;
    assert!(bytes < 2_000, "{bytes} bytes are kept of the undo");
}

#[tokio::test]
async fn odd_pointers_name_one_value_or_are_refused_with_why() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let data = r#"{"":{"":1},"a/b~c":2,"0":[3,{"1":4}],"two":{"x":1,"x":2},"l\nf":5,"%2A":6}"#;
    jobs.failed(QUEUE, "1", data).await;
    let operator = app.operator().await;
    for (pointer, part) in [
        ("/", "{\r\n  \"\": 1\r\n}"),
        ("//", "1"),
        ("/a~1b~0c", "2"),
        ("/0/1/1", "4"),
        ("/l\nf", "5"),
        ("/%2A", "6"),
    ] {
        let form = open(&operator, "1", pointer).await;
        assert_eq!(form.get("text"), part, "{pointer:?}");
        let form = form.set("text", "[7]").set("reason", "odd");
        let review = operator.send("/job/edit/part/review", &form).await;
        assert_eq!(
            review.status,
            StatusCode::OK,
            "{pointer:?} {}",
            review.text()
        );
        let saved = operator
            .send(
                "/job/edit/part/save",
                &EditForm::of(&review, "/job/edit/part/save"),
            )
            .await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        let entry = crate::undo::edits(&mut jobs).await.pop().unwrap();
        assert_ne!(stored(&mut jobs, "1").await, data);
        crate::undo::undo(&operator, &entry).await;
        assert_eq!(stored(&mut jobs, "1").await, data);
    }
    for (pointer, status, why) in [
        ("a", StatusCode::BAD_REQUEST, "begins with a slash"),
        ("/a~2", StatusCode::BAD_REQUEST, "~0"),
        ("/none", StatusCode::NOT_FOUND, "nothing at"),
        ("/0/01", StatusCode::NOT_FOUND, "nothing at"),
        ("/0/-", StatusCode::NOT_FOUND, "nothing at"),
        ("/two/x", StatusCode::UNPROCESSABLE_ENTITY, "Two members"),
    ] {
        let page = look(&operator, "1", pointer).await;
        assert_eq!(page.status, status, "{pointer}");
        assert!(page.text().contains(why), "{}", page.text());
        let form = open(&operator, "1", "/").await.name("pointer", pointer);
        let form = form.set("text", "[\"kept\"]").set("reason", "odd");
        let page = operator.send("/job/edit/part/save", &form).await;
        assert!(page.status.is_client_error(), "{pointer}");
        assert!(page.text().contains(why), "{}", page.text());
        let kept = EditForm::of(&page, "/job/edit/part/review");
        assert_eq!(kept.get("text"), "[\"kept\"]");
        assert_eq!(stored(&mut jobs, "1").await, data);
    }
    // The value around two members of one name can be edited, and not left so.
    let form = open(&operator, "1", "/two").await.set("reason", "odd");
    let same = operator.send("/job/edit/part/save", &form).await;
    assert!(
        operator
            .told_after(&same)
            .await
            .starts_with("Nothing was saved")
    );
    let form = form.set("text", r#"{"x":1,"x":3}"#);
    let page = operator.send("/job/edit/part/save", &form).await;
    assert_eq!(
        page.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_part_of_data_that_was_changed_since_is_kept_and_overwrites_nothing() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed(QUEUE, "1", r#"{"a":{"n":1},"b":1}"#).await;
    let (operator, admin) = (app.operator().await, app.admin().await);
    let form = open(&operator, "1", "/a").await.set("text", r#"{"n":2}"#);
    let theirs = open(&admin, "1", "/b").await;
    let theirs = theirs.set("text", "7").set("reason", "theirs");
    let saved = admin.send("/job/edit/part/save", &theirs).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);

    let form = form.set("reason", "mine");
    let page = operator.send("/job/edit/part/save", &form).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    assert_eq!(stored(&mut jobs, "1").await, r#"{"a":{"n":1},"b":7}"#);
    app.services.finish_audit().await;
    let entry = jobs.audit_of_jobs().await.pop().unwrap();
    assert_eq!(
        (entry.get("outcome"), entry.get("reason")),
        ("conflict", "mine")
    );
    let again = EditForm::of(&page, "/job/edit/part/review");
    assert_eq!(again.get("text"), r#"{"n":2}"#);
    let review = operator.send("/job/edit/part/review", &again).await;
    let form = EditForm::of(&review, "/job/edit/part/save");
    assert_eq!(form.get("reason"), "mine");
    let saved = operator.send("/job/edit/part/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(stored(&mut jobs, "1").await, r#"{"a":{"n":2},"b":7}"#);
}

#[tokio::test]
async fn the_schema_checks_the_whole_data_and_says_where_in_the_part() {
    let schema = r#"{"properties":{"a":{"properties":{"n":{"type":"integer"}}},"b":{"type":"integer"}},"maxProperties":2}"#;
    let folder = Folder::of(&[("email.json", schema)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed(QUEUE, "1", r#"{"a":{"n":1},"b":"x"}"#).await;
    let operator = app.operator().await;
    let form = open(&operator, "1", "/a").await.set("reason", "r");
    let form = form.set("text", "{\n\"n\": \"y\"}");
    let page = operator.send("/job/edit/part/save", &form).await;
    assert_eq!(
        page.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        page.text()
    );
    let lines = page.attributes("[data-problem] a", "data-line");
    assert_eq!(page.all("[data-problem] code"), ["/a/n", "/b"]);
    assert_eq!(lines, ["2", "1"]);
    assert_eq!(stored(&mut jobs, "1").await, r#"{"a":{"n":1},"b":"x"}"#);
    let form = open(&operator, "1", "/b")
        .await
        .set("text", "2")
        .set("reason", "r");
    let saved = operator.send("/job/edit/part/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let entry = jobs.audit_of_jobs().await.pop().unwrap();
    assert_eq!(entry.get("schema"), "email.json");
}

#[tokio::test]
async fn a_locked_job_a_missing_reason_and_text_that_is_no_json_keep_the_text() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed(QUEUE, "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let form = open(&operator, "1", "/a").await.set("text", "2");
    let page = operator.send("/job/edit/part/save", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text().contains("A reason is required."),
        "{}",
        page.text()
    );
    let form = form.set("reason", "r");
    let page = operator
        .send("/job/edit/part/save", &form.clone().set("text", "{oops"))
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(EditForm::of(&page, "/part/review").get("text"), "{oops");
    let _: () = jobs.run(&["SET", "bull:email/v2:1:lock", "token"]).await;
    let page = operator.send("/job/edit/part/save", &form).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    assert_eq!(EditForm::of(&page, "/part/review").get("text"), "2");
    assert_eq!(stored(&mut jobs, "1").await, r#"{"a":1}"#);
    let page = operator.send("/job/edit/part", &form).await;
    assert_eq!(page.status, StatusCode::OK, "back from a review");
    assert_eq!(EditForm::of(&page, "/part/review").get("text"), "2");
    // Data that is not JSON has no parts: its whole text is edited.
    jobs.failed(QUEUE, "2", "{oops").await;
    let page = look(&operator, "2", "").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(page.location().contains("whole=1"), "{}", page.location());
}
