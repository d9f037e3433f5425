//! Reads and exports of the audit log are recorded, and hidden until asked for.

use bullkeeper_testkit::past_audit::ids;
use bullkeeper_testkit::{AuditEntry, Jobs, TestApp, eventually};

async fn entries_of(jobs: &Jobs, action: &str) -> Vec<AuditEntry> {
    let mut entries = jobs.clone().audit().await;
    entries.retain(|entry| entry.get("action") == action);
    entries
}

#[tokio::test]
async fn reading_is_recorded_once_a_person_with_the_rest_counted_at_the_end() {
    let mut app = TestApp::start().await;
    let jobs = app.jobs().await;
    let (admin, operator) = (app.admin().await, app.operator().await);
    for _ in 0..30 {
        admin.page("/audit").await;
    }
    operator.page("/audit").await;
    let entries = entries_of(&jobs, "audit.read").await;
    let who: Vec<&str> = entries.iter().map(|entry| entry.get("actor")).collect();
    assert_eq!(who, ["admin", "operator"]);
    app.end().await;
    let entries = entries_of(&jobs, "audit.read").await;
    let last = entries.last().unwrap();
    assert_eq!((last.get("actor"), last.get("count")), ("admin", "29"));
    assert_eq!(entries.len(), 3);
}

#[tokio::test]
async fn an_export_is_recorded_with_its_filter_and_how_many_entries_it_held() {
    let app = TestApp::start().await;
    let jobs = app.jobs().await;
    let admin = app.admin().await;
    let path = "/audit/export?format=csv&action=user.add";
    let csv = admin.get(path).await.text().await.unwrap();
    assert_eq!(csv.lines().count(), 4);
    eventually("the export is recorded", || async {
        entries_of(&jobs, "audit.export").await.len() == 1
    })
    .await;
    let entries = entries_of(&jobs, "audit.export").await;
    assert_eq!(entries[0].get("actor"), "admin");
    assert_eq!(entries[0].get("note"), "as csv, action=user.add: 3 entries");
}

#[tokio::test]
async fn reads_are_hidden_until_they_are_asked_for() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let hidden = ids(&admin.page("/audit").await);
    let page = admin.page("/audit").await;
    assert_eq!(ids(&page), hidden);
    let href = page.attributes(".hint a", "href").remove(0);
    let shown = admin.page(&href).await;
    assert_eq!(ids(&shown).len(), hidden.len() + 1);
    let back = shown.attributes(".hint a", "href").remove(0);
    assert_eq!(ids(&admin.page(&back).await), hidden);
    let reads = admin.page("/audit?action=audit.read").await;
    assert_eq!(ids(&reads).len(), 1, "whoever filters by them sees them");
}
