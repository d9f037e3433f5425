//! A job that is not added: the answer names each fault at its field and keeps all that was typed, and nothing changes.

use bullkeeper_testkit::retry::outcomes;
use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

const QUEUE: &str = "email/v2";

async fn send(person: &Person, fields: &[(&str, &str)]) -> Seen {
    let usual = [
        ("queue", QUEUE),
        ("job_name", "send"),
        ("text", r#"{"typed":"<text>"}"#),
        ("reason", "my <own> reason"),
    ];
    let is_given = |name: &str| fields.iter().any(|(other, _)| *other == name);
    let usual = usual.into_iter().filter(|(name, _)| !is_given(name));
    let form: Vec<(&str, &str)> = usual.chain(fields.iter().copied()).collect();
    Seen::of(person.post("/queue/add", &form).await).await
}

/// Every key of BullMQ's, with what it holds.
async fn keys(jobs: &mut Jobs) -> Vec<(String, String)> {
    let mut keys: Vec<String> = jobs.run(&["KEYS", "bull:*"]).await;
    keys.sort();
    let mut all = Vec::new();
    for key in keys {
        let held: redis::Value = jobs.run(&["DUMP", &key]).await;
        all.push((key, format!("{held:?}")));
    }
    all
}

/// The value of a field on a page, however it is filled in.
fn kept(page: &Seen, field: &str) -> String {
    let id = match field {
        "job_name" => "#job-name".to_owned(),
        "reason" => "#reason".to_owned(),
        field => format!("#p-{field}"),
    };
    let chosen = page.attributes(&format!("{id} option[selected]"), "value");
    match chosen.first() {
        Some(chosen) => chosen.clone(),
        None => page.attributes(&id, "value").join(""),
    }
}

#[tokio::test]
async fn each_field_that_is_wrong_is_named_and_everything_typed_is_kept() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue(QUEUE, "bullmq:6.7.0").await;
    let before = keys(&mut jobs).await;
    let operator = app.operator().await;
    let long = "a".repeat(501);
    for (fields, says) in [
        (&[("job_name", "")][..], "Name is missing"),
        (&[("job_name", &long)], "Name has 501 characters"),
        (&[("job_name", "a\u{7}b")], "control characters"),
        (&[("delay", "tomorrow <noon>")], "how long from now"),
        (&[("delay", "2020-01-01 00:00")], "in the past"),
        (&[("priority", "2097152")], "from 0 to 2097151"),
        (&[("attempts", "many")], "from 0 to 1000000"),
        (&[("backoff_delay", "5 s")], "First wait is for attempts"),
        (&[("backoff_delay", "never")], "Allowed is a duration"),
        (&[("job_id", "17")], "can't be an integer"),
        (&[("job_id", "0:a")], "begin with 0:"),
        (&[("job_id", "a:b")], "exactly two"),
        (&[("job_id", "meta")], "a key of its own"),
        (&[("job_id", "de:a:b")], "a key of its own"),
        (
            &[("deduplication_ttl", "1 h")],
            "Deduplication id is missing",
        ),
        (&[("remove_on_fail", "sometimes")], "Allowed is yes, no"),
        (&[("parent_queue", "a:b")], "Parent job id is missing"),
        (&[("parent_id", "none")], "no such job"),
        (
            &[("parent_id", "none"), ("parent_queue", "nowhere")],
            "no such job",
        ),
        (&[("reason", " ")], "A reason is required"),
        (&[("reason", "a\u{7}b")], "control character"),
    ] {
        let refused = send(&operator, fields).await;
        let expected = match says {
            // Only the step that would add the job looks for it.
            "no such job" if fields.len() == 1 => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        assert_eq!(refused.status, expected, "{fields:?}: {}", refused.text());
        assert!(
            refused.text().contains(says),
            "{fields:?}: {}",
            refused.text()
        );
        assert_eq!(refused.all(".field-error").len(), 1, "{fields:?}");
        assert_eq!(refused.all("#document"), [r#"{"typed":"<text>"}"#]);
        for (field, typed) in fields {
            assert_eq!(kept(&refused, field), *typed, "{field}");
        }
        assert_eq!(keys(&mut jobs).await, before, "{fields:?}");
    }
}

#[tokio::test]
async fn data_that_is_no_json_or_breaks_the_schema_is_refused_with_its_places() {
    let schema = r#"{"type":"object","required":["to"]}"#;
    let folder = Folder::of(&[("email.json", schema), ("sms.json", "{")]);
    let app = folder.app(&[("max_data_bytes", "1000")]).await;
    let mut jobs = app.jobs().await;
    jobs.queue(QUEUE, "bullmq:6.7.0").await;
    jobs.queue("sms/v1", "bullmq:6.7.0").await;
    let before = keys(&mut jobs).await;
    let operator = app.operator().await;
    let long = format!(r#"{{"to":"{}"}}"#, "a".repeat(1_000));
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    for (queue, text, status, says) in [
        (QUEUE, "", unprocessable, "write {} for none"),
        (QUEUE, "{oops", unprocessable, "Line 1"),
        (QUEUE, r#"{"to":1,"to":2}"#, unprocessable, "Line 1"),
        (QUEUE, r#"{"from":1}"#, unprocessable, "to"),
        (
            QUEUE,
            &long,
            StatusCode::PAYLOAD_TOO_LARGE,
            "The limit is 1000 bytes",
        ),
        (
            "sms/v1",
            r#"{"to":1}"#,
            unprocessable,
            "schema for this job is invalid",
        ),
    ] {
        let refused = send(
            &operator,
            &[("queue", queue), ("text", text), ("priority", "7")],
        )
        .await;
        assert_eq!(refused.status, status, "{text}: {}", refused.text());
        assert!(refused.text().contains(says), "{text}: {}", refused.text());
        assert_eq!(refused.all("#document"), [text]);
        assert_eq!(kept(&refused, "priority"), "7");
    }
    assert_eq!(keys(&mut jobs).await, before);
    let added = send(&operator, &[("text", r#"{"to":1}"#)]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    let entries = jobs.audit_of_jobs().await;
    let entry = entries.last().unwrap();
    assert_eq!(entry.get("schema"), "email.json");
    assert!(
        entries
            .iter()
            .any(|entry| entry.get("error") == "invalid: data")
    );
}

#[tokio::test]
async fn an_id_or_deduplication_id_that_is_taken_is_a_conflict_and_nothing_changes() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed(QUEUE, "order-7", "{}").await;
    jobs.run::<()>(&["SET", "bull:email/v2:de:once", "order-7"])
        .await;
    let before = keys(&mut jobs).await;
    let operator = app.operator().await;
    for (field, typed, says) in [
        ("job_id", "order-7", "There is a job with the id"),
        ("deduplication", "once", "holds this deduplication id"),
        ("parent_id", "order-7", "does not wait for children"),
    ] {
        let refused = send(&operator, &[(field, typed)]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert!(
            refused.all(".field-error").join("").contains(says),
            "{}",
            refused.text()
        );
        assert_eq!(kept(&refused, field), typed);
        assert_eq!(kept(&refused, "reason"), "my <own> reason");
    }
    assert_eq!(keys(&mut jobs).await, before);
    app.services.finish_audit().await;
    let entries = jobs.audit_of_jobs().await;
    assert!(
        outcomes(&entries)
            .iter()
            .all(|it| *it == ("job.add", "conflict"))
    );
    assert_eq!(bullkeeper_testkit::times(&entries), 3);
}

#[tokio::test]
async fn what_bullmq_4_can_not_do_is_refused_in_its_queues_alone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (version, status) in [
        ("bullmq:4.18.3", StatusCode::UNPROCESSABLE_ENTITY),
        ("bullmq:5.81.5", StatusCode::SEE_OTHER),
    ] {
        jobs.queue(QUEUE, version).await;
        let answer = send(&operator, &[("deduplication", "once")]).await;
        assert_eq!(answer.status, status, "{version}: {}", answer.text());
    }
    jobs.queue(QUEUE, "bullmq:4.18.3").await;
    let added = send(&operator, &[("job_id", "a:b")]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
}

#[tokio::test]
async fn a_queue_that_does_not_exist_gets_no_job_and_is_not_made() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let looked = operator.get("/queue/add?name=email/v2").await;
    assert_eq!(looked.status(), StatusCode::NOT_FOUND);
    let refused = send(&operator, &[]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(refused.all("#document"), [r#"{"typed":"<text>"}"#]);
    assert_eq!(keys(&mut jobs).await, []);
}

#[tokio::test]
async fn who_may_not_add_jobs_sees_no_button_and_keeps_what_they_typed() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed(QUEUE, "1", "{}").await;
    let before = keys(&mut jobs).await;
    let viewer = app.viewer().await;
    for path in ["/queue?name=email/v2", "/job?queue=email/v2&id=1"] {
        let page = viewer.page(path).await;
        let hrefs = page.attributes("a", "href");
        assert!(
            !hrefs.iter().any(|href| href.starts_with("/queue/add")),
            "{hrefs:?}"
        );
    }
    let refused = send(&viewer, &[("priority", "7")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    assert_eq!(refused.all("#document"), [r#"{"typed":"<text>"}"#]);
    assert_eq!(kept(&refused, "priority"), "7");
    let stranger = send(&app.stranger(), &[]).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert_eq!(stranger.all("#document"), [r#"{"typed":"<text>"}"#]);
    assert_eq!(keys(&mut jobs).await, before);
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.add", "denied")]);
}

#[tokio::test]
async fn a_parent_out_of_sight_is_as_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue(QUEUE, "bullmq:6.7.0").await;
    jobs.queue("billing", "bullmq:6.7.0").await;
    jobs.hash("billing", "7", b"{}").await;
    jobs.run::<u64>(&["ZADD", "bull:billing:waiting-children", "1", "7"])
        .await;
    let before = keys(&mut jobs).await;
    let role = bullkeeper::domain::access::Role::Operator;
    let person = app.scoped("sam", role, &["email/*"]).await;
    let told = async |queue: &str| {
        let fields = [("parent_id", "7"), ("parent_queue", queue)];
        let refused = send(&person, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.all(".field-error")
    };
    assert_eq!(told("billing").await, told("nowhere").await);
    assert_eq!(keys(&mut jobs).await, before);
    let admin = app.admin().await;
    let fields = [("parent_id", "7"), ("parent_queue", "billing")];
    let added = send(&admin, &fields).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    let children: Vec<String> = jobs.run(&["SMEMBERS", "bull:billing:7:dependencies"]).await;
    assert_eq!(children, ["bull:email/v2:1"]);
}
