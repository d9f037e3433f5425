//! Schemas: which file of the folder is in force, and that a faulty one blocks every edit under it.

use bullkeeper_testkit::schema_folder::{Folder, save, save_new};
use std::fs;

use reqwest::StatusCode;

use bullkeeper_testkit::{TestApp, eventually};

#[tokio::test]
async fn the_most_particular_file_is_in_force() {
    let any = r#"{"type": "object"}"#;
    let names = ["v2/send.json", "v2.json", "send.json"];
    let folder = Folder::of(&[
        ("unversioned/send.json", any),
        ("unversioned/v2.json", any),
        ("team/email/v2.json", any),
        ("100%25/v2.json", any),
        ("odd/v2/a%2Fb%25.json", any),
    ]);
    // Each of four families has one file less than the one before, beginning with the most specific.
    for family in 0..4 {
        for name in &names[family.min(3)..] {
            folder.write(&format!("family{family}/{name}"), any);
        }
        folder.write(&format!("family{family}.json"), any);
    }
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (queue, name, expected) in [
        ("family0/v2", "send", "family0/v2/send.json"),
        ("family1/v2", "send", "family1/v2.json"),
        ("family2/v2", "send", "family2/send.json"),
        ("family3/v2", "send", "family3.json"),
        ("family0/v2", "other", "family0/v2.json"),
        ("family0/v3", "send", "family0/send.json"),
        ("family0/v3", "other", "family0.json"),
        ("family0-v2", "send", "family0/v2/send.json"),
        ("unversioned", "send", "unversioned/send.json"),
        ("unversioned", "v2", "unversioned/v2.json"),
        ("unversioned", "other", ""),
        ("team/email/v2", "send", "team/email/v2.json"),
        ("100%/v2", "send", "100%25/v2.json"),
        ("odd/v2", "a/b%", "odd/v2/a%2Fb%25.json"),
        ("another/v2", "send", ""),
    ] {
        jobs.failed(queue, "1", "{}").await;
        jobs.run::<u64>(&["HSET", &format!("bull:{queue}:1"), "name", name])
            .await;
        let saved = save(&operator, queue, r#"{"a":1}"#).await;
        assert_eq!(
            saved.status,
            StatusCode::SEE_OTHER,
            "{queue}: {}",
            saved.text()
        );
        let entries = jobs.audit_of_jobs().await;
        let entry = entries.last().unwrap();
        assert_eq!(entry.get("schema"), expected, "{queue} {name}");
        let hashed = if expected.is_empty() { 0 } else { 64 };
        assert_eq!(entry.get("schema_hash").len(), hashed, "{queue} {name}");
    }
}

#[tokio::test]
async fn a_faulty_schema_blocks_every_edit_under_it_and_says_where_it_is_faulty() {
    let folder = Folder::of(&[("email.json", r#"{"type": "object"}"#)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let faulty: [(&str, &[u8], &str); 8] = [
        (
            "no-json",
            b"{\"type\":\n  object}",
            "email/no-json.json:2:3",
        ),
        ("no-type", b"{\"type\": 5}", "email/no-type.json:1:10"),
        (
            "no-draft",
            b"{\"$schema\": \"urn:mine\"}",
            "email/no-draft.json:1:13",
        ),
        (
            "no-place",
            b"{\"$ref\": \"#/$defs/a\"}",
            "email/no-place.json:1:10",
        ),
        (
            "no-regex",
            b"{\"pattern\": \"(\"}",
            "email/no-regex.json:1:13",
        ),
        (
            "look-around",
            b"{\"pattern\": \"(?=a)\"}",
            "email/look-around.json:1:13",
        ),
        (
            "twice",
            b"{\"type\": \"object\",\n\"type\": \"array\"}",
            "email/twice.json:2:1",
        ),
        (
            "latin-1",
            b"{\"title\": \"\xe9\"}",
            "email/latin-1.json:1:1",
        ),
    ];
    for (name, text, _) in &faulty {
        folder.write(&format!("email/{name}.json"), text);
        jobs.failed("email", name, "{}").await;
        jobs.run::<u64>(&["HSET", &format!("bull:email:{name}"), "name", name])
            .await;
    }
    eventually("the folder was read", || async {
        operator
            .page("/job/edit?queue=email&id=latin-1")
            .await
            .text()
            .contains("faulty")
    })
    .await;
    for (name, _, place) in faulty {
        let opened = operator
            .page(&format!("/job/edit?queue=email&id={name}"))
            .await;
        assert!(opened.text().contains(place), "{name}: {}", opened.text());
        let form = operator.edit("email", name).await;
        let form = form.set("text", r#"{"a":1}"#).set("reason", "r");
        for to in ["/job/review", "/job/save"] {
            let refused = operator.send(to, &form).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(
                refused.text().contains("Invalid schema"),
                "{name}: {}",
                refused.text()
            );
            assert!(refused.text().contains(place), "{name}: {}", refused.text());
            assert!(refused.body.contains("{&#34;a&#34;:1}"), "the text is kept");
        }
        assert_eq!(jobs.data("email", name).await.unwrap(), b"{}");
    }
    // The valid schema of the family stays in force for the others.
    jobs.failed("email", "1", "{}").await;
    assert_eq!(
        save(&operator, "email", "[]").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        save(&operator, "email", r#"{"a":1}"#).await.status,
        StatusCode::SEE_OTHER
    );
    let entries = jobs.audit_of_jobs().await;
    let failed: Vec<&str> = entries[..8]
        .iter()
        .map(|entry| entry.get("outcome"))
        .collect();
    assert_eq!(failed, ["failed"; 8]);
}

#[tokio::test]
async fn the_folder_is_read_again_when_it_changes() {
    let folder = Folder::of(&[("email.json", "{")]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    let operator = app.operator().await;
    let is_in_force = async |what: &str| {
        eventually(what, || async {
            let page = operator.page("/job/edit?queue=email%2Fv2&id=1").await;
            page.all("aside .facts dd")[0].starts_with(what)
        })
        .await;
    };
    is_in_force("faulty").await;
    folder.write("email.json", r#"{"required": ["to"]}"#);
    is_in_force("email.json").await;
    assert_eq!(
        save(&operator, "email/v2", r#"{"a":1}"#).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // The length stays the same, so that only the time and the text show the change.
    folder.write("email.json", r#"{"required": ["cc"]}"#);
    eventually("the changed file is in force", || async {
        save(&operator, "email/v2", r#"{"cc":1}"#).await.status == StatusCode::SEE_OTHER
    })
    .await;
    folder.write("email/v2.json", "{}");
    is_in_force("email/v2.json").await;
    folder.write("email/v2/send.json", "[");
    is_in_force("faulty").await;
    folder.remove("email/v2/send.json");
    is_in_force("email/v2.json").await;
    folder.remove("email/v2.json");
    is_in_force("email.json").await;
    folder.remove("email.json");
    is_in_force("none").await;

    // A missing folder is not a folder without schemas.
    fs::remove_dir_all(folder.0.path()).unwrap();
    is_in_force("faulty").await;
    assert_eq!(
        save(&operator, "email/v2", r#"{"b":1}"#).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    folder.write("email.json", "{}");
    is_in_force("email.json").await;
}

#[tokio::test]
async fn a_schema_can_be_required() {
    let folder = Folder::of(&[("billing.json", "{}")]);
    let app = folder.app(&[("require_schema", "true")]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    assert_eq!(
        save_new(&mut jobs, &operator, "billing/v1", r#"{"a":1}"#).await,
        StatusCode::SEE_OTHER
    );
    jobs.failed("email/v2", "1", "{}").await;
    let refused = save(&operator, "email/v2", r#"{"a":1}"#).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text().contains("require_schema"),
        "{}",
        refused.text()
    );
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), b"{}");
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.last().unwrap().get("outcome"), "invalid");
    folder.write("email.json", "{}");
    eventually("the new schema is enough", || async {
        save(&operator, "email/v2", r#"{"a":1}"#).await.status == StatusCode::SEE_OTHER
    })
    .await;

    let app = TestApp::with(&[("require_schema", "true")]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let status = save_new(&mut jobs, &operator, "billing/v1", r#"{"a":1}"#).await;
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "without a folder there is none at all"
    );
}
