//! A repair policy holds on every way in which data is stored: a new job, a duplicate, a scheduler's template, a patch of a move.

use bullkeeper_testkit::moves::{moved, two_versions_with};
use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{EditForm, Person, Seen};
use reqwest::StatusCode;

async fn add(person: &Person, text: &str, reason: &str) -> Seen {
    let form = [
        ("queue", "email/v1"),
        ("job_name", "send"),
        ("text", text),
        ("reason", reason),
    ];
    Seen::of(person.post("/queue/add", &form).await).await
}

#[tokio::test]
async fn a_new_job_has_no_read_only_fields_and_its_critical_ones_take_a_second_person() {
    let folder = Folder::of(&[(
        "email.policy.json",
        r#"{"editable": ["/a", "/price"], "critical": ["/price"], "states": ["failed"], "reason": {"ticket": "T[0-9]"}}"#,
    )]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let operator = app.operator().await;
    let page = operator.page("/queue/add?name=email/v1").await;
    assert!(page.text().contains("email.policy.json"), "{}", page.text());
    let refused = add(&operator, r#"{"price":1}"#, "T1").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.text().contains("/price is critical"),
        "{}",
        refused.text()
    );
    assert!(refused.body.contains("price"), "the text is kept");
    let refused = add(&operator, r#"{"b":1}"#, "no ticket").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("T[0-9]"), "{}", refused.text());
    assert_eq!(jobs.length("email/v1", "wait").await, 0);
    let outcomes: Vec<String> = jobs
        .audit()
        .await
        .iter()
        .filter(|entry| entry.get("action") == "job.add")
        .map(|entry| entry.get("outcome").to_owned())
        .collect();
    assert_eq!(outcomes, ["denied", "invalid"]);
    let added = add(&operator, r#"{"b":1}"#, "T1").await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    assert_eq!(jobs.data("email/v1", "1").await.unwrap(), br#"{"b":1}"#);
    let entries = jobs.audit_of_jobs().await;
    let entry = entries.last().unwrap();
    assert_eq!(entry.get("policy"), "email.policy.json");
    assert_eq!(entry.get("ticket"), "T1");

    // A duplicate is a new job.
    jobs.failed("email/v1", "5", r#"{"price":1}"#).await;
    jobs.run::<u64>(&["HSET", "bull:email/v1:5", "name", "send"])
        .await;
    let page = operator.page("/queue/add?name=email/v1&from=5").await;
    let form = EditForm::of(&page, "/queue/add").set("text", r#"{"price":1}"#);
    let form = form.set("job_name", "send").set("reason", "T2");
    let refused = operator.send("/queue/add", &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
}

#[tokio::test]
async fn a_scheduler_s_template_is_changed_as_a_job_is() {
    let folder = Folder::of(&[("email.policy.json", r#"{"editable": ["/a"]}"#)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let admin = app.admin().await;
    let page = admin.page("/queue/schedulers/add?name=email/v1").await;
    let form = EditForm::of(&page, "/queue/schedulers/add")
        .set("scheduler_id", "nightly")
        .set("repeat", "every")
        .set("every", "1 h")
        .set("job_name", "send")
        .set("text", r#"{"a":1,"b":1}"#)
        .set("reason", "r");
    let made = admin.send("/queue/schedulers/add", &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    for (name, text, status) in [
        ("send", r#"{"a":1,"b":2}"#, StatusCode::FORBIDDEN),
        // Another name of its jobs does not lead around the policy.
        ("other", r#"{"a":1,"b":2}"#, StatusCode::FORBIDDEN),
        ("send", r#"{"a":2,"b":1}"#, StatusCode::SEE_OTHER),
    ] {
        folder.write("email/other.policy.json", "{}");
        let page = admin
            .page("/scheduler/edit?queue=email/v1&id=nightly")
            .await;
        let form = EditForm::of(&page, "/scheduler/edit")
            .set("repeat", "every")
            .set("job_name", name)
            .set("text", text)
            .set("reason", "r");
        let changed = admin.send("/scheduler/edit", &form).await;
        assert_eq!(changed.status, status, "{text}\n{}", changed.text());
        if status == StatusCode::FORBIDDEN {
            assert!(
                changed.text().contains("/b can't be changed"),
                "{}",
                changed.text()
            );
            let entries = jobs.audit().await;
            let entry = entries.last().unwrap();
            assert_eq!(entry.get("action"), "scheduler.edit");
            assert_eq!(entry.get("outcome"), "denied");
        }
    }
    let data: Vec<u8> = jobs
        .run(&["HGET", "bull:email/v1:repeat:nightly", "data"])
        .await;
    assert_eq!(data, br#"{"a":2,"b":1}"#);
}

#[tokio::test]
async fn a_patch_of_a_move_is_a_change_in_both_versions() {
    for file in ["email/v1.policy.json", "email/v2.policy.json"] {
        let folder = Folder::of(&[(
            file,
            r#"{"editable": ["/a"], "states": ["waiting"], "reason": {"ticket": "T[0-9]"}}"#,
        )]);
        let path = folder.0.path().to_str().unwrap();
        let (_app, mut jobs, admin) = two_versions_with(&[("schemas", path)]).await;
        jobs.waiting("email/v1", "own", r#"{"a":1,"b":1}"#).await;
        for (patch, reason, says) in [
            (
                r#"[{"op":"remove","path":"/b"}]"#,
                "T1",
                "read-only under its policy",
            ),
            (r#"[{"op":"remove","path":"/a"}]"#, "why", "ticket"),
        ] {
            let page = moved(&admin, &[("patch", patch), ("reason", reason)]).await;
            assert!(page.text().contains(says), "{file}: {}", page.text());
            let stored = jobs.data("email/v1", "own").await.unwrap();
            assert_eq!(stored, br#"{"a":1,"b":1}"#);
        }
        let patch = r#"[{"op":"replace","path":"/a","value":2}]"#;
        moved(&admin, &[("patch", patch), ("reason", "T1")]).await;
        let stored = jobs.data("email/v2", "own").await.unwrap();
        assert_eq!(stored, br#"{"a":2,"b":1}"#, "{file}");
    }
}
