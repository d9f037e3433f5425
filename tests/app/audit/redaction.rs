//! Values that `redact` names are never in the audit log, however an edit ends, and stay in the job.

use reqwest::StatusCode;

use bullkeeper_testkit::{Jobs, Person, TestApp, times};

const SETTINGS: [(&str, &str); 1] = [("redact", "password,*token*")];

/// Every value that must stay out of the log contains this word, and nothing else does.
const SECRET: &str = "xyzzy";

const STORED: &str = r#"{"user":"ann","password":"xyzzy-1","auth":{"accessToken":"xyzzy-2","list":[{"Token":"xyzzy-3","n":1},{"token":["xyzzy-4"],"n":2}]},"pass\u0077ord":7,"n":1}"#;

/// Everything that Bullkeeper keeps in Redis: the stream, the jobs' lists, and all other keys.
async fn all_own_records(jobs: &mut Jobs) -> String {
    let mut all = String::new();
    let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:*"]).await;
    for key in keys {
        let kind: String = jobs.run(&["TYPE", &key]).await;
        let read = match kind.as_str() {
            "hash" => ["HGETALL", &key].to_vec(),
            "set" => ["SMEMBERS", &key].to_vec(),
            "list" => ["LRANGE", &key, "0", "-1"].to_vec(),
            "zset" => ["ZRANGE", &key, "0", "-1"].to_vec(),
            "stream" => ["XRANGE", &key, "-", "+"].to_vec(),
            _ => ["GET", &key].to_vec(),
        };
        let held: redis::Value = jobs.run(&read).await;
        all.push_str(&format!("{key} {held:?}\n"));
    }
    all
}

async fn save(person: &Person, text: &str) -> StatusCode {
    let form = person.edit("email/v2", "1").await;
    let form = form.set("text", text).set("reason", "r");
    person.send("/job/review", &form).await;
    person.send("/job/save", &form).await.status
}

#[tokio::test]
async fn an_edit_is_recorded_without_its_secrets_and_stored_with_them() {
    let app = TestApp::with(&SETTINGS).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", STORED.replace(r#","pass\u0077ord":7"#, ""))
        .await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    // A changed secret, a list whose first item is removed so that the next moves up, and a plain change.
    let after = r#"{"user":"ann","password":"xyzzy-5","auth":{"accessToken":"xyzzy-2","list":[{"token":["xyzzy-4"],"n":2}]},"n":3}"#;
    let form = form.set("text", after).set("reason", "r");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), after.as_bytes());

    let records = all_own_records(&mut jobs).await;
    assert!(!records.contains(SECRET), "{records}");
    let entries = jobs.audit_of_jobs().await;
    let patch = entries[0].get("patch");
    assert!(
        patch.contains(r#""/password""#),
        "that it changed is told: {patch}"
    );
    assert!(patch.contains("redacted:"), "{patch}");
    assert!(
        patch.contains(r#"{"op":"replace","path":"/n","value":3}"#),
        "the rest is kept: {patch}"
    );
    assert!(
        !patch.contains("accessToken"),
        "what did not change is not in it: {patch}"
    );

    let admin = app.admin().await;
    for path in [
        "/audit",
        "/audit/export?format=jsonl",
        "/audit/export?format=csv",
    ] {
        let body = admin.get(path).await.text().await.unwrap();
        assert!(!body.contains(SECRET), "{path}: {body}");
    }
    let entry = admin
        .page("/audit")
        .await
        .attributes("a[aria-controls]", "href");
    for href in entry {
        assert!(!admin.page(&href).await.body.contains(SECRET), "{href}");
    }
}

#[tokio::test]
async fn no_way_an_edit_can_end_puts_a_secret_into_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let schema = r#"{"properties": {"password": {"maxLength": 20}, "n": {"const": 1}}}"#;
    std::fs::write(folder.path().join("email.json"), schema).unwrap();
    let schemas = ("schemas", folder.path().to_str().unwrap());
    let app = TestApp::with(&[SETTINGS[0], schemas, ("max_data_bytes", "2000")]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let long = format!(r#"{{"password":"{}"}}"#, SECRET.repeat(500));
    for (text, status) in [
        (r#"{"password":"xyzzy-6"}"#, StatusCode::SEE_OTHER),
        (
            r#"{"PASSWORD":{"xyzzy-7":["xyzzy-8"]}}"#,
            StatusCode::SEE_OTHER,
        ),
        (r#"{"pass\u0077ord":"xyzzy-9"}"#, StatusCode::SEE_OTHER),
        (
            r#"[{"a":{"my_token_":"xyzzy-a"}},{"b":1}]"#,
            StatusCode::SEE_OTHER,
        ),
        (
            r#"{"password":"xyzzy-far-too-long-for-it"}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            r#"{"password":"xyzzy","password":"xyzzy"}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (r#"{"password":"xyzzy"#, StatusCode::UNPROCESSABLE_ENTITY),
        (&long, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        for stored in [
            STORED,
            "{}",
            r#"{"password":"xyzzy-b" and no JSON"#,
            r#"{"password":"xyzzy-c","password":"xyzzy-d"}"#,
        ] {
            jobs.end_drafts().await;
            jobs.failed("email/v2", "1", stored).await;
            assert_eq!(save(&operator, text).await, status, "{stored} to {text}");
        }
    }
    // Somebody else changed the job first; a worker holds it; it is gone.
    jobs.end_drafts().await;
    jobs.failed("email/v2", "1", STORED).await;
    let form = operator.edit("email/v2", "1").await;
    let form = form
        .set("text", r#"{"password":"xyzzy-e"}"#)
        .set("reason", "r");
    jobs.run::<u64>(&[
        "HSET",
        "bull:email/v2:1",
        "data",
        r#"{"password":"xyzzy-f"}"#,
    ])
    .await;
    assert_eq!(
        operator.send("/job/save", &form).await.status,
        StatusCode::CONFLICT
    );
    jobs.run::<u64>(&["HSET", "bull:email/v2:1", "data", STORED])
        .await;
    jobs.run::<()>(&["SET", "bull:email/v2:1:lock", "token"])
        .await;
    assert_eq!(
        operator.send("/job/save", &form).await.status,
        StatusCode::CONFLICT
    );
    jobs.run::<u64>(&["DEL", "bull:email/v2:1"]).await;
    assert_eq!(
        operator.send("/job/save", &form).await.status,
        StatusCode::NOT_FOUND
    );

    app.services.finish_audit().await;
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(times(&entries), 8 * 4 + 3);
    for entry in &entries {
        assert!(!format!("{entry:?}").contains(SECRET), "{entry:?}");
    }
    assert!(!all_own_records(&mut jobs).await.contains(SECRET));
}

#[tokio::test]
async fn without_the_setting_the_values_are_recorded() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    let operator = app.operator().await;
    assert_eq!(
        save(&operator, r#"{"password":"xyzzy"}"#).await,
        StatusCode::SEE_OTHER
    );
    let entries = jobs.audit_of_jobs().await;
    assert!(entries[0].get("patch").contains(SECRET), "{entries:?}");
}

#[tokio::test]
async fn the_same_secret_is_hidden_alike_by_every_process_with_the_same_key() {
    let own_key = [
        SETTINGS[0],
        ("redaction_key", "a key of sixteen letters or more"),
    ];
    let mut hidden = Vec::new();
    for settings in [&own_key[..], &own_key[..], &SETTINGS[..]] {
        let app = TestApp::with(settings).await;
        let mut jobs = app.jobs().await;
        jobs.failed("email/v2", "1", "{}").await;
        let operator = app.operator().await;
        assert_eq!(
            save(&operator, r#"{"password":"xyzzy"}"#).await,
            StatusCode::SEE_OTHER
        );
        hidden.push(jobs.audit_of_jobs().await[0].get("patch").to_owned());
        let kept: bool = jobs.run(&["EXISTS", "bullkeeper:redaction-key"]).await;
        assert_eq!(
            kept,
            settings.len() == 1,
            "a key that is set is not kept in Redis"
        );
    }
    assert_eq!(hidden[0], hidden[1]);
    assert_ne!(hidden[0], hidden[2], "a key of one's own hides another way");
}

#[tokio::test]
async fn secrets_in_json_texts_addresses_other_members_and_the_reason_are_hidden_too() {
    let app = TestApp::with(&SETTINGS).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (before, after) in [
        (
            r#"{"body":"{\"password\":\"xyzzy-1\"}","n":1}"#,
            r#"{"body":"{\"password\":\"xyzzy-2\"}","n":1}"#,
        ),
        (
            r#"{"url":"https://ann:xyzzy-1@x.example/?api_token=xyzzy-2&n=1"}"#,
            r#"{"url":"https://ann:xyzzy-3@x.example/?api_token=xyzzy-2&n=2"}"#,
        ),
        (
            r#"{"password ":"xyzzy-1","pass_word":"xyzzy-2"}"#,
            r#"{"password ":"xyzzy-3","pass-word":"xyzzy-4"}"#,
        ),
        (
            r#"{"password":"xyzzy-1"}"#,
            r#"{"user":"xyzzy-1","note":"was xyzzy-1","xyzzy-1":1}"#,
        ),
    ] {
        jobs.failed("email/v2", "1", before).await;
        let form = operator.edit("email/v2", "1").await;
        let form = form
            .set("text", after)
            .set("reason", "xyzzy-1 became token=xyzzy-9")
            .set("then", "retry");
        let reason_holds_a_secret = before.contains("\"password\":\"xyzzy-1");
        let form = match reason_holds_a_secret {
            true => form,
            false => form.set("reason", "token=xyzzy-9"),
        };
        let saved = operator.send("/job/save", &form).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        assert_eq!(jobs.data("email/v2", "1").await.unwrap(), after.as_bytes());
        let entries = jobs.audit_of_jobs().await;
        assert!(!format!("{entries:?}").contains(SECRET), "{entries:?}");
        assert!(entries.last().unwrap().get("reason").contains("redacted:"));
    }
}
