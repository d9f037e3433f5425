//! Moving jobs once a second person approves it.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::moves::{try_begin, two_versions_with};
use bullkeeper_testkit::{Jobs, Person, TestApp};
use reqwest::StatusCode;

use super::{Kind, Yard, approve};

/// Two versions, with two jobs waiting in the older one.
pub(super) async fn filled(settings: &[(&str, &str)]) -> (TestApp, Jobs, Person) {
    let (app, mut jobs, admin) = two_versions_with(settings).await;
    for id in ["one", "two"] {
        jobs.waiting("email/v1", id, "{\"to\":1}").await;
    }
    (app, jobs, admin)
}

#[tokio::test]
async fn the_proposal_shows_the_dry_run_and_the_patch() {
    let mut yard = Yard::start(Kind::Move).await;
    let patch = r#"[{"op":"replace","path":"/to","value":"two"}]"#;
    let asked = try_begin(&yard.admin, &[("patch", patch)]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
    let page = yard.carol.page(asked.location()).await;
    let text = page.text();
    for words in [
        "Move: email/v1 to email/v2",
        "would move 2",
        "with changed data 2",
        patch,
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let (_, id) = asked.location().split_once("?id=").unwrap();
    approve(&yard.carol, id).await;
    let run = yard.run_of(id).await;
    yard.done(&run).await;
    let moved = yard.jobs.data("email/v2", "one").await;
    assert_eq!(moved.unwrap(), b"{\"to\":\"two\"}");
}

#[tokio::test]
async fn it_takes_the_right_to_approve_in_both_versions_and_both_have_to_be_there() {
    let grants = (
        "grants",
        "carol may approve on *,dave may approve on email/v1",
    );
    let mut yard = Yard::with(Kind::Move, &[grants]).await;
    let dave = yard.app.scoped("dave", Role::Viewer, &["*"]).await;
    let id = yard.ask().await;
    let half = approve(&dave, &id).await;
    assert_eq!(half.status, StatusCode::FORBIDDEN, "{}", half.text());
    let list = dave.page("/proposals").await;
    let rows = list.all("section[aria-labelledby=to-approve-h] tbody tr");
    assert!(rows.is_empty(), "{rows:?}");
    yard.assert_untouched("proposal.approve", "denied").await;
    let _: u64 = yard.jobs.run(&["DEL", "bull:email/v2:meta"]).await;
    let refused = approve(&yard.carol, &id).await;
    assert!(
        refused.text().contains("the queue email/v2 is gone"),
        "{}",
        refused.text()
    );
    yard.assert_untouched("proposal.approve", "conflict").await;
}
