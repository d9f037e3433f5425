//! Several people decide at once: one decision counts, and the others are told.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use super::{BEFORE, House, applied, approve, decide};

const AFTER: &str = r#"{"amount":20,"card":"4111","note":"n"}"#;

#[tokio::test]
async fn of_two_approvers_at_once_in_two_processes_one_applies_it_and_one_is_told() {
    let mut house = House::start().await;
    house.app.scoped("dave", Role::Viewer, &["*"]).await;
    let grants = "carol may approve and reveal on billing,dave may approve and reveal on billing";
    let other = house.another(&[("grants", grants)]).await;
    let dave = other.signed_in("dave").await;
    for round in 0..5 {
        house.set(std::str::from_utf8(BEFORE).unwrap()).await;
        let id = house.ask(AFTER).await;
        let (one, two) = tokio::join!(approve(&house.carol, &id), approve(&dave, &id));
        let mut statuses = [one.status, two.status];
        statuses.sort();
        assert_eq!(
            statuses,
            [StatusCode::SEE_OTHER, StatusCode::CONFLICT],
            "{round}"
        );
        let told = if one.status == StatusCode::CONFLICT {
            one
        } else {
            two
        };
        let text = told.text();
        assert!(text.contains("approved already"), "{text}");
        assert_eq!(house.data().await, AFTER.as_bytes());
        let steps = house.steps().await;
        let done = steps.iter().filter(|step| **step == applied()).count();
        assert_eq!(done, round + 1);
    }
}

#[tokio::test]
async fn of_an_approval_and_a_withdrawal_at_once_one_counts() {
    let mut house = House::start().await;
    for _ in 0..5 {
        house.set(std::str::from_utf8(BEFORE).unwrap()).await;
        let id = house.ask(AFTER).await;
        let form = [("id", id.as_str())];
        let before = house.steps().await.len();
        let (approved, withdrawn) = tokio::join!(
            approve(&house.carol, &id),
            decide(&house.asker, "withdraw", &form)
        );
        let data = house.data().await;
        let steps = house.steps().await.split_off(before);
        match (approved.status, withdrawn.status) {
            (StatusCode::SEE_OTHER, StatusCode::CONFLICT) => {
                assert_eq!(data, AFTER.as_bytes());
                assert_eq!(steps, [applied()]);
            }
            (StatusCode::CONFLICT, StatusCode::SEE_OTHER) => {
                assert_eq!(data, BEFORE);
                assert!(!steps.contains(&applied()), "{steps:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}
