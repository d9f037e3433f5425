//! Pinning a version as the current one: asked before, with a reason, and told afterwards.

use bullkeeper_testkit::stream::counted;
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

async fn two_versions(settings: &[(&str, &str)]) -> (TestApp, Jobs, Person) {
    let app = TestApp::with(settings).await;
    let mut jobs = app.jobs().await;
    for queue in ["email/v1", "email/v2"] {
        jobs.waiting(queue, "1", "{}").await;
    }
    counted(&app, 2).await;
    let admin = app.admin().await;
    (app, jobs, admin)
}

#[tokio::test]
async fn the_button_leads_to_a_page_that_asks_why_and_a_reason_is_needed() {
    let (_app, mut jobs, admin) = two_versions(&[]).await;
    let family = admin.page("/family?name=email").await;
    assert!(family.attributes("#act form", "action").is_empty());
    let asked = family.attributes("#act a[href*='/family/pin']", "href");
    let page = admin.page(&asked[1]).await;
    assert_eq!(page.all("h1"), ["Pin email/v1"]);
    assert_eq!(page.attributes("form.decide", "action"), ["/family/pin"]);

    let form = [("queue", "email/v1"), ("reason", "  ")];
    for path in ["/family/pin", "/family/unpin"] {
        let refused = Seen::of(admin.post(path, &form).await).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("A reason is required"), "{path}");
    }
    assert_eq!(jobs.run::<u64>(&["EXISTS", "bullkeeper:pins"]).await, 0);
    let entries = jobs.audit().await;
    let pins = entries
        .iter()
        .filter(|entry| entry.get("action") == "version.pin");
    assert_eq!(pins.count(), 0, "nothing was done, so nothing is recorded");
}

#[tokio::test]
async fn the_family_s_page_says_what_was_pinned_where_the_buttons_are() {
    let (_app, mut jobs, admin) = two_versions(&[]).await;
    let form = [("queue", "email/v1"), ("reason", "v2 loses mail")];
    let answer = Seen::of(admin.post("/family/pin", &form).await).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let (path, place) = answer.location().split_once('#').unwrap();
    assert_eq!(place, "act", "the page does not jump to its top");
    let page = admin.page(path).await;
    let told = page.all("#act [role=status]");
    assert_eq!(told, ["email/v1 is pinned as the current version."]);
    let pinned: String = jobs.run(&["HGET", "bullkeeper:pins", "bull:email"]).await;
    assert_eq!(pinned, "email/v1");
    let entries = jobs.audit().await;
    let pin = entries.last().unwrap();
    assert_eq!(pin.get("action"), "version.pin");
    assert_eq!(pin.get("reason"), "v2 loses mail");

    admin.post("/family/unpin", &form).await;
    let page = admin.page(path).await;
    let told = page.all("#act [role=status]");
    assert_eq!(told, ["email/v1 is no longer pinned."]);
    let again = admin.page(path).await;
    assert!(
        again.all("#act [role=status]").is_empty(),
        "it is said once"
    );
}

#[tokio::test]
async fn where_reasons_are_optional_a_pin_needs_none() {
    let (_app, _jobs, admin) = two_versions(&[("require_reason", "false")]).await;
    let page = admin.page("/family/pin?queue=email/v1").await;
    assert!(page.text().contains("Reason (optional)"));
    let form = [("queue", "email/v1")];
    let answer = admin.post("/family/pin", &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}
