//! Repair policies: which edits of a job they refuse, what is stored and recorded then, and which file is in force.

use bullkeeper_testkit::schema_folder::{Folder, save};
use bullkeeper_testkit::{Seen, eventually};
use reqwest::StatusCode;

use bullkeeper::domain::access::Role;

const POLICY: &str = r#"{
  "editable": ["/amount", "/lines/*/quantity", "/card/**", "/price"],
  "sensitive": ["/card/**"],
  "critical": ["/price"],
  "states": ["failed", "delayed"],
  "reason": {"ticket": "^OPS-[0-9]+$", "link": "https://tickets.example.com/{ticket}?a=1&b=2"}
}"#;

const DATA: &str = r#"{"amount":1,"id":"x","lines":[{"quantity":1,"sku":"a"}],"card":{"number":"4111"},"price":5}"#;

fn folder() -> Folder {
    Folder::of(&[("billing.policy.json", POLICY)])
}

/// The last entry about a job: how it ended, and its error.
async fn last(jobs: &mut bullkeeper_testkit::Jobs) -> (String, String) {
    let entries = jobs.audit_of_jobs().await;
    let entry = entries.last().unwrap();
    assert!(!entry.get("error").contains("4111"));
    (
        entry.get("outcome").to_owned(),
        entry.get("error").to_owned(),
    )
}

#[tokio::test]
async fn only_what_a_policy_names_can_be_changed_and_a_refusal_names_the_pointer_and_keeps_the_text()
 {
    let folder = folder();
    let app = folder
        .app(&[("grants", "operator may reveal on billing")])
        .await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("billing", "1", DATA).await;
    let page = operator.page("/job/edit?queue=billing&id=1").await;
    for says in [
        "billing.policy.json",
        "/lines/*/quantity",
        "^OPS-[0-9]+$",
        "failed, delayed",
    ] {
        assert!(page.text().contains(says), "{says}: {}", page.text());
    }
    let cases = [
        (
            &operator,
            r#""id":"x""#,
            r#""id":"y""#,
            "/id",
            StatusCode::FORBIDDEN,
        ),
        (
            &operator,
            r#""sku":"a""#,
            r#""sku":"b""#,
            "/lines/0/sku",
            StatusCode::FORBIDDEN,
        ),
        (
            &operator,
            r#""price":5"#,
            r#""price":5,"new":1"#,
            "/new",
            StatusCode::FORBIDDEN,
        ),
        (
            &operator,
            r#""amount":1,"#,
            r#""a/b":1,"amount":1,"#,
            "/a~1b",
            StatusCode::FORBIDDEN,
        ),
    ];
    for (person, from, to, says, status) in cases {
        let text = DATA.replace(from, to);
        assert_ne!(text, DATA);
        let form = person.edit("billing", "1").await;
        let form = form.set("text", &text).set("reason", "OPS-7");
        let refused = person.send("/job/save", &form).await;
        assert_eq!(refused.status, status, "{to}\n{}", refused.text());
        assert!(refused.text().contains(says), "{says}\n{}", refused.text());
        assert!(
            refused.body.contains(&to.replace('"', "&#34;")) || refused.text().contains(to),
            "{}",
            refused.body
        );
        assert_eq!(jobs.data("billing", "1").await.unwrap(), DATA.as_bytes());
        let (outcome, error) = last(&mut jobs).await;
        assert_eq!(outcome, "denied");
        assert!(error.contains(says), "{error}");
    }
    let text = DATA
        .replace(r#""amount":1"#, r#""amount":"2""#)
        .replace(r#""quantity":1"#, r#""quantity":7"#);
    let form = operator.edit("billing", "1").await;
    let form = form.set("text", &text).set("reason", "see OPS-7.");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(jobs.data("billing", "1").await.unwrap(), text.as_bytes());
    let entries = jobs.audit_of_jobs().await;
    let entry = entries.last().unwrap();
    assert_eq!(entry.get("outcome"), "applied");
    assert_eq!(entry.get("policy"), "billing.policy.json");
    assert_eq!(entry.get("policy_hash").len(), 64);
    assert_eq!(entry.get("ticket"), "OPS-7");
    let page = operator.page("/job?queue=billing&id=1").await;
    let links = page.attributes("#history a[rel]", "href");
    assert_eq!(links, ["https://tickets.example.com/OPS-7?a=1&b=2"]);
}

#[tokio::test]
async fn a_change_of_writing_alone_is_no_change_of_a_read_only_field() {
    let folder = folder();
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("billing", "1", r#"{"id":"a/b","amount":1,"s":"ü"}"#)
        .await;
    let text = r#"{"amount":1,"s":"\u00fc","\u0069d":"a\/b"}"#;
    let form = operator.edit("billing", "1").await;
    let form = form.set("text", text).set("reason", "OPS-1");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(jobs.data("billing", "1").await.unwrap(), text.as_bytes());
}

#[tokio::test]
async fn data_that_is_not_json_or_has_a_name_twice_is_changed_with_care() {
    let folder = Folder::of(&[
        ("billing.policy.json", r#"{"editable": ["/a"]}"#),
        ("open.policy.json", r#"{"editable": [""]}"#),
    ]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (queue, data, text, status) in [
        ("billing", "{oops", r#"{"a":1}"#, StatusCode::FORBIDDEN),
        ("open", "{oops", r#"{"a":1}"#, StatusCode::SEE_OTHER),
        (
            "billing",
            r#"{"b":1,"b":2}"#,
            r#"{"b":2}"#,
            StatusCode::FORBIDDEN,
        ),
        (
            "billing",
            r#"{"a":1,"a":2}"#,
            r#"{"a":2}"#,
            StatusCode::SEE_OTHER,
        ),
    ] {
        jobs.failed(queue, "1", data).await;
        let saved = save(&operator, queue, text).await;
        assert_eq!(saved.status, status, "{data}\n{}", saved.text());
        let stored = jobs.data(queue, "1").await.unwrap();
        let expected = if status == StatusCode::SEE_OTHER {
            text
        } else {
            data
        };
        assert_eq!(stored, expected.as_bytes());
    }
}

#[tokio::test]
async fn a_policy_names_the_states_and_asks_for_a_ticket() {
    let folder = folder();
    let app = folder
        .app(&[
            ("require_reason", "false"),
            ("grants", "operator may reveal on billing"),
        ])
        .await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.waiting("billing", "1", DATA).await;
    let text = DATA.replace(r#""amount":1"#, r#""amount":2"#);
    let refused = save(&operator, "billing", &text).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text().contains("failed, delayed"),
        "{}",
        refused.text()
    );
    assert_eq!(last(&mut jobs).await.0, "conflict");

    jobs.failed("billing", "2", DATA).await;
    for reason in ["", "no ticket", "OPS-x", "XOPS-1"] {
        let form = operator.edit("billing", "2").await;
        let form = form.set("text", &text).set("reason", reason);
        let asked = operator.send("/job/save", &form).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
        let error = asked.all(".field-error").join(" ");
        assert!(error.contains("reason"), "{error}");
        assert!(
            reason.is_empty() || error.contains("^OPS-[0-9]+$"),
            "{error}"
        );
        assert_eq!(jobs.data("billing", "2").await.unwrap(), DATA.as_bytes());
    }
}

#[tokio::test]
async fn a_policy_is_read_again_and_a_faulty_one_blocks_every_change() {
    let folder = Folder::of(&[("email.policy.json", r#"{"editable": ["/b"]}"#)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v2", "1", "{}").await;
    let refused = save(&operator, "email/v2", r#"{"a":1}"#).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    folder.write("email.policy.json", "{\"editable\":\n [1]}");
    eventually("the fault is noticed", || async {
        let refused = save(&operator, "email/v2", r#"{"a":1}"#).await;
        refused.status == StatusCode::UNPROCESSABLE_ENTITY
            && refused.text().contains("email.policy.json:2:3")
    })
    .await;
    assert_eq!(last(&mut jobs).await.0, "failed");
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), b"{}");
    // A more particular file is in force alone.
    folder.write("email/v2.policy.json", "{}");
    eventually("the new file is in force", || async {
        save(&operator, "email/v2", r#"{"a":1}"#).await.status == StatusCode::SEE_OTHER
    })
    .await;
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":1}"#);
    folder.remove("email/v2.policy.json");
    folder.remove("email.policy.json");
    eventually("without a file nothing is restricted", || async {
        save(&operator, "email/v2", "{}").await.status == StatusCode::SEE_OTHER
    })
    .await;
}

#[tokio::test]
async fn a_family_that_is_named_like_a_policy_has_a_schema_of_its_own() {
    let folder = Folder::of(&[
        ("odd.policy.json", r#"{"editable": ["/a"]}"#),
        ("odd%2Epolicy.json", r#"{"type": "object"}"#),
        ("odd.policy.policy.json", r#"{"editable": ["/b"]}"#),
    ]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (queue, text, schema, policy) in [
        ("odd", r#"{"a":1}"#, "", "odd.policy.json"),
        (
            "odd.policy",
            r#"{"b":1}"#,
            "odd%2Epolicy.json",
            "odd.policy.policy.json",
        ),
    ] {
        jobs.failed(queue, "1", "{}").await;
        let saved = save(&operator, queue, text).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        let entries = jobs.audit_of_jobs().await;
        let entry = entries.last().unwrap();
        assert_eq!((entry.get("schema"), entry.get("policy")), (schema, policy));
    }
}

#[tokio::test]
async fn read_only_fields_are_named_at_their_lines_while_one_types() {
    let folder = folder();
    let grants = ("grants", "operator may reveal on billing");
    let app = folder.app(&[grants]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("billing", "1", DATA).await;
    let text = format!(
        "{{\n\"id\":\"y\",{}",
        &DATA[1..].replace(r#""id":"x","#, "")
    );
    let form = [("queue", "billing"), ("id", "1"), ("text", text.as_str())];
    let checked = Seen::of(operator.post("/job/check", &form).await).await;
    assert_eq!(checked.status, StatusCode::OK);
    for says in ["/id", "read-only"] {
        assert!(checked.text().contains(says), "{}", checked.text());
    }
    let right = [("queue", "billing"), ("id", "1"), ("text", DATA)];
    let checked = Seen::of(operator.post("/job/check", &right).await).await;
    assert!(!checked.text().contains("read-only"), "{}", checked.text());
}

#[tokio::test]
async fn a_viewer_with_the_grant_repair_edits_there_and_nowhere_else() {
    let app = bullkeeper_testkit::TestApp::with(&[(
        "grants",
        "vera may repair on email/v2,sam may repair on *",
    )])
    .await;
    let mut jobs = app.jobs().await;
    for queue in ["email/v2", "billing"] {
        jobs.failed(queue, "1", "{}").await;
    }
    let vera = app.scoped("vera", Role::Viewer, &[]).await;
    let saved = save(&vera, "email/v2", r#"{"a":1}"#).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":1}"#);
    let entries = jobs.audit_of_jobs().await;
    let entry = entries.last().unwrap();
    assert_eq!((entry.get("actor"), entry.get("role")), ("vera", "viewer"));
    let refused = Seen::of(vera.get("/job/edit?queue=billing&id=1").await).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.text().contains("the grant repair"),
        "{}",
        refused.text()
    );

    // No grant reaches beyond the scope.
    let sam = app.scoped("sam", Role::Viewer, &["email/*"]).await;
    let hidden = Seen::of(sam.get("/job/edit?queue=billing&id=1").await).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    let open = Seen::of(sam.get("/job/edit?queue=email/v2&id=1").await).await;
    assert_eq!(open.status, StatusCode::OK);
}
