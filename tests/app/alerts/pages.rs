//! Who sees what of alerts.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::TestApp;

use super::{Watched, says};

#[tokio::test]
async fn people_see_alerts_of_the_queues_that_they_may_see() {
    let rule = "stranded on billing/* and email/* critical";
    let mut watched = Watched::start(rule, "json").await;
    let vera = watched.app.scoped("vera", Role::Viewer, &["email/*"]).await;
    let admin = watched.app.admin().await;
    watched.strand("billing/v1").await;
    says(&admin, "[aria-labelledby=firing-h]", "billing/v1").await;
    let page = vera.page("/").await;
    assert!(page.all("#alarm").is_empty(), "{}", page.text());
    watched.strand("email/v1").await;
    says(&vera, "[aria-labelledby=firing-h]", "email/v1").await;
    let page = vera.page("/alerts").await;
    assert!(!page.body.contains("billing"), "{}", page.body);
    assert!(page.all("#alarm").concat().contains("email/v1"));
    assert!(
        page.all("[aria-labelledby=webhooks-h]").is_empty(),
        "for admins alone"
    );
    let count = page.attributes("nav a[data-go=l]", "aria-label");
    assert_eq!(count, ["Alerts 1 firing"]);
    watched.clear("billing/v1").await;
    says(&admin, "[aria-labelledby=recent-h]", "billing/v1").await;
    let page = vera.page("/alerts").await;
    assert!(!page.body.contains("billing"), "{}", page.body);
}

#[tokio::test]
async fn without_rules_the_page_says_where_they_belong() {
    let app = TestApp::start().await;
    let page = app.viewer().await.page("/alerts").await;
    assert!(
        page.text().contains("The setting alerts holds them"),
        "{}",
        page.text()
    );
    assert!(page.attributes("nav a[data-go=l]", "aria-label").is_empty());
}
