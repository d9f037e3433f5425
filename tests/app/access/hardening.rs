//! Faults that hostile input once triggered.

use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::service::accounts::users::UserChange;
use reqwest::StatusCode;

use bullkeeper_testkit::{PASSWORD, Seen, TestApp};

#[tokio::test]
async fn disabling_a_user_is_not_undone_by_their_change_of_password() {
    let app = TestApp::start().await;
    for round in 0..5 {
        let name = format!("mal{round}");
        let person = app.scoped(&name, Role::Viewer, &["*"]).await;
        let form = [
            ("present", PASSWORD),
            ("new", "another long passphrase"),
            ("again", "another long passphrase"),
        ];
        let console = Operator::console();
        let (_, disabled) = tokio::join!(
            person.post("/account", &form),
            app.services
                .change_user(&console, &name, UserChange::Disable),
        );
        disabled.unwrap().unwrap();
        let users = app.services.users(&console).await.unwrap();
        let user = users.iter().find(|user| user.name == name).unwrap();
        assert!(user.disabled, "round {round}");
    }
}

#[tokio::test]
async fn a_large_change_is_kept_beside_the_log_and_comes_with_its_entry_and_the_export() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let large = "z".repeat(20_000);
    let form = operator.edit("email/v2", "1").await;
    let form = form
        .set("text", &format!("{{\"a\":\"{large}\"}}"))
        .set("reason", "large");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries[0].get("patch"), "", "the log stays small");
    assert_eq!(entries[0].get("apart"), "1");
    let log = operator.page("/audit?action=job.edit").await;
    assert!(!log.body.contains(&large));
    let entry = log.attributes("a[href^='/audit/entry']", "href").remove(0);
    assert!(operator.page(&entry).await.body.contains(&large));
    let export = operator
        .get("/audit/export?format=jsonl&action=job.edit")
        .await;
    assert!(export.text().await.unwrap().contains(&large));
}

#[tokio::test]
async fn a_reason_has_a_limit_and_the_text_survives_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form
        .set("text", r#"{"a":2}"#)
        .set("reason", &"r".repeat(2_001));
    let refused = operator.send("/job/save", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("2000"), "{}", refused.text());
    assert!(refused.body.contains("{&#34;a&#34;:2}"), "the text is kept");
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":1}"#);
}

#[tokio::test]
async fn a_relative_in_a_hidden_queue_is_not_named() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    jobs.run::<u64>(&[
        "HSET",
        "bull:email/v2:1",
        "parentKey",
        "bull:hidden-q:secret-77",
    ])
    .await;
    let person = app.scoped("sam", Role::Viewer, &["email/*"]).await;
    let page = person.page("/job?queue=email/v2&id=1").await;
    assert!(!page.body.contains("hidden-q") && !page.body.contains("secret-77"));
    let all = app.viewer().await.page("/job?queue=email/v2&id=1").await;
    assert!(all.body.contains("secret-77"), "who may see it does");
}

#[tokio::test]
async fn an_id_that_ends_in_a_blank_is_another_job() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "7", "{}").await;
    jobs.failed("email/v2", "7 ", "{}").await;
    let operator = app.operator().await;
    let form = [("queue", "email/v2"), ("id", "7 ")];
    let retried = Seen::of(operator.post("/job/retry", &form).await).await;
    assert_eq!(retried.status, StatusCode::SEE_OTHER, "{}", retried.text());
    let failed: Vec<String> = jobs
        .run(&["ZRANGE", "bull:email/v2:failed", "0", "-1"])
        .await;
    assert_eq!(failed, ["7"], "the other one stays");
}
