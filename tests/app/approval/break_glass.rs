//! Break-glass: an admin saves alone what takes a second person. Off by default, and never unseen.

use bullkeeper_testkit::{PASSWORD, Person, Seen, eventually};
use reqwest::StatusCode;

use super::{BEFORE, House};

const AFTER: &str = r#"{"amount":20,"card":"4111","note":"n"}"#;
const WHY: &str = "payments stop at midnight and nobody answers";

async fn save_alone(person: &Person, reason: &str, password: &str) -> Seen {
    let form = person.edit("billing", "1").await;
    let form = form.set("text", AFTER).set("reason", reason);
    let form = form.set("password", password).set("then", "break-glass");
    person.send("/job/save", &form).await
}

#[tokio::test]
async fn it_is_off_by_default_and_for_admins_alone() {
    let mut house = House::start().await;
    let admin = house.app.admin().await;
    let review = admin.edit("billing", "1").await.set("text", AFTER);
    let page = admin.send("/job/review", &review).await;
    assert!(!page.text().contains("Save without approval"));
    let refused = save_alone(&admin, WHY, PASSWORD).await;
    assert_eq!(
        refused.status,
        StatusCode::BAD_REQUEST,
        "{}",
        refused.text()
    );
    assert!(refused.text().contains("break_glass"), "{}", refused.text());
    assert_eq!(house.data().await, BEFORE);

    let mut house = House::with(&[("break_glass", "true")]).await;
    let refused = save_alone(&house.asker, WHY, PASSWORD).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let entries = house.jobs.audit_of_jobs().await;
    let last = entries.last().unwrap();
    assert_eq!(
        (last.get("action"), last.get("outcome")),
        ("job.break-glass", "denied")
    );
    assert_eq!(house.data().await, BEFORE);
}

#[tokio::test]
async fn it_takes_the_password_and_a_long_reason_and_tells_every_admin() {
    let mut house = House::with(&[("break_glass", "true")]).await;
    let admin = house.app.admin().await;
    let short = save_alone(&admin, "because", PASSWORD).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text().contains("at least 20"), "{}", short.text());
    let elsewhere = house.app.admin().await;
    let unconfirmed = save_alone(&elsewhere, WHY, "").await;
    assert_eq!(unconfirmed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unconfirmed.text().contains("Enter your password"),
        "{}",
        unconfirmed.text()
    );
    assert_eq!(house.data().await, BEFORE);

    let saved = save_alone(&admin, WHY, PASSWORD).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(house.data().await, AFTER.as_bytes());
    let entries = house.jobs.audit_of_jobs().await;
    let last = entries.last().unwrap();
    assert_eq!(
        (last.get("action"), last.get("outcome")),
        ("job.break-glass", "applied")
    );
    assert!(
        last.get("reason") == WHY && last.get("patch").contains("/amount"),
        "{last:?}"
    );
    eventually("the overview tells the admins", || async {
        let page = elsewhere.page("/").await;
        page.all("#broken-glass")
            .concat()
            .contains("admin saved a change without approval")
    })
    .await;
    let page = house.asker.page("/").await;
    assert!(page.all("#broken-glass").is_empty(), "and nobody else");
    let left: i64 = house.jobs.run(&["PTTL", "bullkeeper:broken-glass"]).await;
    assert!((1..=86_400_000).contains(&left), "{left}");
}
