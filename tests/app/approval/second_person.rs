//! Nobody approves their own change, in whatever guise they come.

use bullkeeper::domain::access::scope::Scope;
use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::service::accounts::users::{NewUser, UserChange};
use bullkeeper_testkit::PASSWORD;
use reqwest::StatusCode;

use super::{House, approve};

const AFTER: &str = r#"{"amount":20,"card":"4111","note":"n"}"#;

async fn make(house: &House, name: &str) {
    let new = NewUser {
        name: name.to_owned(),
        role: Role::Operator,
        scope: Scope::everything(),
        password: PASSWORD.to_owned(),
    };
    let made = house.app.services.add_user(&Operator::console(), new).await;
    made.unwrap().unwrap();
}

async fn change(house: &House, name: &str, change: UserChange) {
    let services = &house.app.services;
    let console = Operator::console();
    let changed = services.change_user(&console, name, change).await;
    changed.unwrap().unwrap();
}

#[tokio::test]
async fn the_requester_can_not_approve_in_another_tab_or_another_session() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    let elsewhere = house.app.operator().await;
    for person in [&house.asker.clone(), &elsewhere] {
        let refused = approve(person, &id).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
        assert!(
            refused.text().contains("another person has to"),
            "{}",
            refused.text()
        );
        house.assert_untouched("proposal.approve", "denied").await;
    }
}

#[tokio::test]
async fn a_user_who_was_removed_and_made_again_is_no_second_person() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    change(&house, "operator", UserChange::Remove).await;
    make(&house, "operator").await;
    let again = house.app.operator().await;
    let refused = approve(&again, &id).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    house.assert_untouched("proposal.approve", "denied").await;
    // Nor is there a requester any more, whoever approves.
    let stale = approve(&house.carol, &id).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(
        stale.text().contains("removed and made again"),
        "{}",
        stale.text()
    );
    house.assert_untouched("proposal.approve", "conflict").await;
}

#[tokio::test]
async fn a_user_who_was_made_after_the_proposal_is_no_second_person() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    make(&house, "dave").await;
    let dave = house.app.signed_in("dave").await;
    let refused = approve(&dave, &id).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().contains("made after"), "{}", refused.text());
    house.assert_untouched("proposal.approve", "denied").await;
    let later = house.ask(AFTER).await;
    let approved = approve(&dave, &later).await;
    assert_eq!(
        approved.status,
        StatusCode::SEE_OTHER,
        "{}",
        approved.text()
    );
    assert_eq!(house.data().await, AFTER.as_bytes());
}

#[tokio::test]
async fn a_user_keeps_their_id_through_every_change_and_no_other_user_gets_it() {
    let mut house = House::start().await;
    let key = ["HGET", "bullkeeper:user:operator", "id"];
    let before: String = house.jobs.run(&key).await;
    change(&house, "operator", UserChange::Role(Role::Admin)).await;
    change(&house, "operator", UserChange::Disable).await;
    change(&house, "operator", UserChange::Enable).await;
    let after: String = house.jobs.run(&key).await;
    assert_eq!(before, after);
    change(&house, "operator", UserChange::Remove).await;
    make(&house, "operator").await;
    let again: String = house.jobs.run(&key).await;
    assert_ne!(before, again);
}
