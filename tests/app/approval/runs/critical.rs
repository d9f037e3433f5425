//! A repair of many jobs that changes what a policy puts before a second person: the whole run waits for one.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::moves::until;
use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{EditForm, Jobs, PASSWORD, Person, Seen, TestApp, eventually};
use reqwest::StatusCode;

use super::{GRANTS, WHY, approve};
use crate::repair::steps::{asked, confirmed, data, send};

const CRITICAL: &str = r#"{"critical": ["/amount"]}"#;
const STORED: &str = r#"{"amount":"1","note":"x"}"#;
const MERGE: [(&str, &str); 2] = [("kind", "merge"), ("merge", r#"{"amount":1}"#)];

/// Two failed jobs under a policy; carol may approve, the admin asks.
struct Billing {
    folder: Folder,
    _app: TestApp,
    jobs: Jobs,
    admin: Person,
    carol: Person,
}

impl Billing {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = Folder::of(&[("billing.policy.json", CRITICAL)]);
        let app = folder.app(&[&[GRANTS], settings].concat()).await;
        let (mut jobs, admin) = (app.jobs().await, app.admin().await);
        for id in ["1", "2"] {
            jobs.failed("billing", id, STORED).await;
        }
        let carol = app.scoped("carol", Role::Viewer, &["*"]).await;
        Self {
            folder,
            _app: app,
            jobs,
            admin,
            carol,
        }
    }

    async fn review(&self) -> Seen {
        send(&self.admin, "/repair/review", &asked("", &MERGE)).await
    }

    async fn send(&self, form: &EditForm) -> Seen {
        send(&self.admin, "/repair/run", &form.pairs()).await
    }

    /// Asks for approval; the proposal's id.
    async fn ask(&self) -> String {
        let asked = self.send(&confirmed(&self.review().await)).await;
        let (_, id) = asked
            .location()
            .split_once("/proposal?id=")
            .unwrap_or_else(|| panic!("{}", asked.text()));
        id.to_owned()
    }

    async fn both(&mut self) -> [String; 2] {
        let one = data(&mut self.jobs, "billing", "1").await;
        [one, data(&mut self.jobs, "billing", "2").await]
    }
}

#[tokio::test]
async fn the_whole_run_is_proposed_and_changes_the_fields_once_it_is_approved() {
    let mut billing = Billing::start(&[]).await;
    let page = billing.review().await;
    let text = page.text();
    assert!(text.contains("2 jobs would change."), "{text}");
    assert!(
        text.contains("2 jobs change fields that a policy calls critical: /amount"),
        "{text}"
    );
    assert_eq!(page.all("form.decide button.primary"), ["Ask for approval"]);
    let id = billing.ask().await;
    assert_eq!(billing.both().await, [STORED, STORED]);
    let page = billing.carol.page(&format!("/proposal?id={id}")).await;
    let text = page.text();
    assert!(text.contains("Needs approval for /amount"), "{text}");
    assert!(text.contains("change critical fields 2"), "{text}");
    let own = approve(&billing.admin, &id).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN, "{}", own.text());
    let approved = approve(&billing.carol, &id).await;
    assert_eq!(
        approved.status,
        StatusCode::SEE_OTHER,
        "{}",
        approved.text()
    );
    let page = billing.carol.page(&format!("/proposal?id={id}")).await;
    let run = page
        .attributes("dl.facts a[href^='/run?']", "href")
        .remove(0);
    let page = until(&billing.admin, &run, "done").await;
    assert!(page.text().contains("2 done, 0 skipped"), "{}", page.text());
    let after = r#"{"amount":1,"note":"x"}"#;
    assert_eq!(billing.both().await, [after, after]);
    let edits = billing.jobs.audit_of_jobs().await;
    assert_eq!(edits.len(), 2);
    for edit in edits {
        assert_eq!(
            (edit.get("action"), edit.get("actor")),
            ("job.edit", "admin")
        );
        assert!(run.ends_with(edit.get("run")));
    }
}

#[tokio::test]
async fn another_policy_than_was_reviewed_begins_nothing() {
    let mut billing = Billing::start(&[]).await;
    let id = billing.ask().await;
    let other = r#"{"critical": ["/amount", "/note"]}"#;
    billing.folder.write("billing.policy.json", other);
    let carol = billing.carol.clone();
    eventually("the policy is read", || async {
        let page = carol.page(&format!("/proposal?id={id}")).await;
        page.text()
            .contains("a policy or a setting for these jobs was changed")
    })
    .await;
    let refused = approve(&billing.carol, &id).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert_eq!(billing.both().await, [STORED, STORED]);
}

#[tokio::test]
async fn break_glass_changes_the_fields_and_a_run_that_takes_nobody_leaves_them() {
    let mut billing = Billing::start(&[("break_glass", "true")]).await;
    let form = confirmed(&billing.review().await).set("reason", WHY);
    let form = form.set("alone", "1").set("password", PASSWORD);
    let begun = billing.send(&form).await;
    assert!(begun.location().starts_with("/run?"), "{}", begun.text());
    until(&billing.admin, begun.location(), "done").await;
    let after = r#"{"amount":1,"note":"x"}"#;
    assert_eq!(billing.both().await, [after, after]);

    // Only the note changes, which is not critical.
    let merge = [("kind", "merge"), ("merge", r#"{"note":"y"}"#)];
    let page = send(&billing.admin, "/repair/review", &asked("", &merge)).await;
    assert_eq!(page.all("form.decide button.primary"), ["Repair"]);
    let begun = billing.send(&confirmed(&page)).await;
    assert!(begun.location().starts_with("/run?"), "{}", begun.text());
    until(&billing.admin, begun.location(), "done").await;
    assert_eq!(billing.both().await[0], r#"{"amount":1,"note":"y"}"#);
}
