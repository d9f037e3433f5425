//! What a schema says against a text and where, in every draft; and that nothing is fetched for it.

use std::net::TcpListener;

use reqwest::StatusCode;

use bullkeeper_testkit::Seen;
use bullkeeper_testkit::schema_folder::{Folder, save, save_new};

/// The problems of a page: `line:column pointer`.
fn problems(page: &Seen) -> Vec<String> {
    let lines = page.attributes("[data-problem] a", "data-line");
    let columns = page.attributes("[data-problem] a", "data-column");
    let pointers = page.all("[data-problem] code");
    let places = lines.iter().zip(&columns).zip(&pointers);
    places
        .map(|((line, column), pointer)| format!("{line}:{column} {pointer}"))
        .collect()
}

#[tokio::test]
async fn violations_are_told_with_their_place_in_the_text_and_nothing_is_saved() {
    let schema = r#"{
        "type": "object",
        "required": ["to"],
        "additionalProperties": false,
        "properties": {
            "n": {"type": "integer", "minimum": 1, "maximum": 12345678901234567890},
            "to": {"type": "string", "format": "email"},
            "tags": {"items": {"type": "string"}}
        }
    }"#;
    let folder = Folder::of(&[("email.json", schema)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"to":"nobody at all"}"#)
        .await;
    let operator = app.operator().await;
    let opened = operator.page("/job/edit?queue=email%2Fv2&id=1").await;
    assert_eq!(
        problems(&opened),
        ["2:9 /to"],
        "told when it is opened: {}",
        opened.text()
    );

    let text = "{\r\n  \"n\": 0,\r\n  \"to\": \"nobody at all\",\r\n  \"tags\": [\"é\", 7],\r\n  \"more\": 1\r\n}";
    let form = operator
        .edit("email/v2", "1")
        .await
        .set("text", text)
        .set("reason", "r");
    for to in ["/job/review", "/job/save"] {
        let refused = operator.send(to, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let places = ["2:8 /n", "3:9 /to", "4:17 /tags/1", "5:3 /more"];
        assert_eq!(problems(&refused), places, "{}", refused.text());
    }
    for (text, valid) in [
        ("{}", false),
        (r#"{"to":"ann@example.com"}"#, true),
        (
            r#"{"to":"ann@example.com","n":12345678901234567891}"#,
            false,
        ),
        (r#"{"to":"ann@example.com","n":12345678901234567890}"#, true),
    ] {
        let expected = if valid {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        assert_eq!(
            save(&operator, "email/v2", text).await.status,
            expected,
            "{text}"
        );
    }
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries[0].get("outcome"), "invalid");
    assert!(
        entries[0].get("error").contains("4 problems"),
        "{:?}",
        entries[0]
    );
    assert!(
        !format!("{:?}", entries[0]).contains("nobody at all"),
        "nothing of the text is recorded"
    );
    let changed: Vec<&str> = entries.iter().map(|entry| entry.get("outcome")).collect();
    assert_eq!(
        changed,
        ["invalid", "invalid", "applied", "invalid", "applied"]
    );
}

#[tokio::test]
async fn every_draft_from_4_to_2020_12_is_taken_at_its_word() {
    let cases = [
        (
            "draft4",
            "http://json-schema.org/draft-04/schema#",
            r#""maximum": 5, "exclusiveMaximum": true"#,
            "4",
            "5",
        ),
        (
            "draft6",
            "http://json-schema.org/draft-06/schema#",
            r#""exclusiveMaximum": 5"#,
            "4",
            "5",
        ),
        (
            "draft7",
            "http://json-schema.org/draft-07/schema#",
            r#""if": {"minimum": 5}, "then": {"multipleOf": 2}"#,
            "6",
            "7",
        ),
        (
            "draft2019",
            "https://json-schema.org/draft/2019-09/schema",
            r#""dependentRequired": {"a": ["b"]}"#,
            r#"{"a":1,"b":1}"#,
            r#"{"a":1}"#,
        ),
        (
            "draft2020",
            "https://json-schema.org/draft/2020-12/schema",
            r#""prefixItems": [{"type": "string"}], "items": {"type": "integer"}"#,
            r#"["a",1]"#,
            r#"["a","b"]"#,
        ),
    ];
    let folder = Folder::of(&[]);
    for (family, uri, words, ..) in cases {
        folder.write(
            &format!("{family}.json"),
            format!("{{\"$schema\": \"{uri}\", {words}}}"),
        );
    }
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (family, _, _, fits, breaks) in cases {
        let refused = save_new(&mut jobs, &operator, family, breaks).await;
        assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY, "{family}");
        assert_eq!(jobs.data(family, "1").await.unwrap(), b"{}");
        let saved = save_new(&mut jobs, &operator, family, fits).await;
        assert_eq!(saved, StatusCode::SEE_OTHER, "{family}");
    }
}

#[tokio::test]
async fn a_reference_out_of_the_file_is_a_fault_and_nothing_is_fetched() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let host = format!("http://{}", elsewhere.local_addr().unwrap());
    let folder = Folder::of(&[("beside.json", "{}")]);
    let beside = folder.0.path().join("beside.json");
    let schemas = [
        ("ref", format!("{{\"$ref\": \"{host}/a.json\"}}")),
        (
            "deep",
            format!(
                "{{\"properties\": {{\"a\": {{\"items\": {{\"$ref\": \"{host}/a.json#/b\"}}}}}}}}"
            ),
        ),
        (
            "id",
            format!(
                "{{\"$id\": \"{host}/base/\", \"properties\": {{\"a\": {{\"$ref\": \"other.json\"}}}}}}"
            ),
        ),
        ("schema", format!("{{\"$schema\": \"{host}/meta.json\"}}")),
        (
            "file",
            format!("{{\"$ref\": \"file://{}\"}}", beside.display()),
        ),
        ("relative", "{\"$ref\": \"beside.json\"}".to_owned()),
    ];
    for (name, text) in &schemas {
        folder.write(&format!("{name}.json"), text);
    }
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (name, _) in &schemas {
        jobs.failed(name, "1", "{}").await;
        let refused = save(&operator, name, r#"{"a":1}"#).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(
            refused.text().contains("Invalid schema"),
            "{name}: {}",
            refused.text()
        );
        assert_eq!(jobs.data(name, "1").await.unwrap(), b"{}", "{name}");
    }
    let asked = elsewhere.accept();
    assert_eq!(
        asked.unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "nobody called"
    );
}

#[tokio::test]
async fn a_text_is_checked_while_it_is_typed_and_nothing_is_written_or_recorded() {
    let schema = r#"{"properties": {"to": {"type": "string", "title": "Recipient", "description": "Gets <b>mail</b>"}}}"#;
    let folder = Folder::of(&[("email.json", schema)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"to":7}"#).await;
    let operator = app.operator().await;
    let opened = operator.page("/job/edit?queue=email%2Fv2&id=1").await;
    let about = ["Recipient: Gets <b>mail</b>"];
    assert_eq!(opened.all("[data-about]"), about, "it is escaped");
    let check = async |text: &str| {
        let form = [("queue", "email/v2"), ("id", "1"), ("text", text)];
        Seen::of(operator.post("/job/check", &form).await).await
    };
    let seen = check("{\n  \"to\": 8\n}").await;
    assert_eq!(problems(&seen), ["2:9 /to"], "{}", seen.text());
    assert_eq!(seen.all("[data-about]"), about);
    let seen = check(r#"{"to":"ann"}"#).await;
    assert_eq!(seen.all("h2"), ["No problems"]);
    let seen = check(r#"{"to":"ann""#).await;
    assert_eq!(seen.all("[data-problem]").len(), 1, "{}", seen.text());

    let large = check(&format!("\"{}\"", "x".repeat(300_000))).await;
    assert_eq!(large.status, StatusCode::BAD_REQUEST);
    assert!(large.text().contains("262144 bytes"), "{}", large.text());
    let too_large = check(&"x".repeat(1_000_000)).await;
    assert_eq!(too_large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"to":7}"#);
    assert!(jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn the_editor_shows_why_the_job_failed_and_each_fault_of_its_text_once() {
    let app = bullkeeper_testkit::TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    jobs.run::<u64>(&["HSET", "bull:email/v2:1", "failedReason", "no <address>"])
        .await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let opened = operator.page("/job/edit?queue=email%2Fv2&id=1").await;
    assert_eq!(opened.all("#problems .error"), ["no <address>"]);
    assert_eq!(opened.all("#problems-h"), ["No problems"]);
    let refused = operator.send("/job/review", &form.set("text", "{,}")).await;
    assert_eq!(refused.all("[data-problem]").len(), 1);
    assert_eq!(refused.all("#problems-h"), ["1 problem"]);
    assert_eq!(refused.all("#problems .error"), ["no <address>"]);
}
