//! Rights that are taken away between the proposal and its approval.

use bullkeeper::domain::access::scope::Scope;
use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::service::accounts::users::UserChange;
use bullkeeper_testkit::PASSWORD;
use reqwest::StatusCode;

use super::{House, approve, decide};

const AFTER: &str = r#"{"amount":20,"card":"4111","note":"n"}"#;

async fn change(house: &House, name: &str, change: UserChange) {
    let services = &house.app.services;
    let console = Operator::console();
    let changed = services.change_user(&console, name, change).await;
    changed.unwrap().unwrap();
}

#[tokio::test]
async fn a_proposal_ends_with_the_rights_of_its_requester() {
    let elsewhere = || Scope::of(vec!["email/*".to_owned()]);
    for (taken, why) in [
        (
            UserChange::Role(Role::Viewer),
            "may not change this job's data any more",
        ),
        (
            UserChange::Queues(elsewhere()),
            "may not change this job's data any more",
        ),
        (UserChange::Disable, "was disabled"),
        (UserChange::Remove, "was removed"),
    ] {
        let mut house = House::start().await;
        let id = house.ask(AFTER).await;
        change(&house, "operator", taken).await;
        let refused = approve(&house.carol, &id).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert!(refused.text().contains(why), "{why}: {}", refused.text());
        house.assert_untouched("proposal.approve", "conflict").await;
        let again = approve(&house.carol, &id).await;
        assert!(again.text().contains("stale already"), "{}", again.text());
    }
}

#[tokio::test]
async fn an_approver_without_their_rights_approves_nothing() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    change(&house, "carol", UserChange::Disable).await;
    let refused = approve(&house.carol, &id).await;
    assert!(
        refused.location().starts_with("/sign-in"),
        "the session has ended"
    );
    change(&house, "carol", UserChange::Enable).await;
    let scope = Scope::of(vec!["email/*".to_owned()]);
    change(&house, "carol", UserChange::Queues(scope)).await;
    let again = house.app.signed_in("carol").await;
    let refused = approve(&again, &id).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    house.assert_untouched("proposal.approve", "denied").await;
}

#[tokio::test]
async fn a_grant_that_a_restart_took_away_approves_nothing() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    let without = [("grants", "carol may reveal on billing")];
    let restarted = house.another(&without).await;
    let carol = restarted.signed_in("carol").await;
    let refused = approve(&carol, &id).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    house.assert_untouched("proposal.approve", "denied").await;
}

#[tokio::test]
async fn an_approver_types_their_password_for_an_approval_and_not_for_a_rejection() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    for (password, says) in [("", "Enter your password"), ("not it at all", "is wrong")] {
        let form = [("id", id.as_str()), ("password", password)];
        let refused = decide(&house.carol, "approve", &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(says), "{}", refused.text());
        house.assert_untouched("proposal.ask", "applied").await;
    }
    let form = [("id", id.as_str()), ("password", PASSWORD)];
    let approved = decide(&house.carol, "approve", &form).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER);
    let second = house.ask(r#"{"amount":21,"card":"4111","note":"n"}"#).await;
    decide(&house.carol, "reject", &[("id", &second), ("why", "no")]).await;
    assert_eq!(house.data().await, AFTER.as_bytes());
}
