//! The way of a proposal: asked for, approved, rejected, withdrawn; and what is stored and recorded at each step.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::{Seen, eventually};
use reqwest::StatusCode;

use super::{BEFORE, House, applied, approve, decide, save};

const AFTER: &str = r#"{"amount":20,"card":"4111","note":"n"}"#;

#[tokio::test]
async fn an_edit_of_a_critical_field_is_saved_once_someone_else_approves_it() {
    let mut house = House::start().await;
    let form = house.asker.edit("billing", "1").await;
    let form = form.set(
        "text",
        "{\"amount\": 20, \"card\": \"4111\", \"note\": \"n\"}",
    );
    let review = house.asker.send("/job/review", &form).await;
    assert!(
        review.text().contains("Ask for approval"),
        "{}",
        review.text()
    );
    assert!(!review.text().contains("Save and retry"));
    let id = house
        .ask("{\"amount\": 20, \"card\": \"4111\", \"note\": \"n\"}")
        .await;
    house.assert_untouched("proposal.ask", "applied").await;

    let page = house.carol.page(&format!("/proposal?id={id}")).await;
    assert_eq!(page.all(".changes code"), ["/amount"]);
    let approved = approve(&house.carol, &id).await;
    let told = Seen::of(house.carol.get(approved.location()).await).await;
    assert!(
        told.text().contains("Approved and saved."),
        "{}",
        told.text()
    );
    assert_eq!(house.data().await, AFTER.as_bytes());

    let entries = house.entries().await;
    let (asked, last) = (&entries[0], &entries[1]);
    assert_eq!(
        (last.get("actor"), asked.get("actor")),
        ("carol", "operator")
    );
    assert_eq!(
        (last.get("action"), last.get("outcome")),
        ("proposal.approve", "applied")
    );
    assert!(last.get("patch").contains("/amount"), "{last:?}");
    assert!(last.get("note").contains(&id) && last.get("note").contains("operator"));
    assert_eq!(last.get("reason"), "r");
    assert_eq!(last.get("before"), asked.get("before"));
    // What would be stored is not in the log before it is.
    assert!(
        asked.get("patch").is_empty() && !format!("{asked:?}").contains("card"),
        "{asked:?}"
    );
    // The bytes are gone from Redis, and the record is not.
    let bytes: Option<String> = house
        .jobs
        .run(&["GET", &format!("bullkeeper:proposal-data:{id}")])
        .await;
    assert_eq!(bytes, None);
    let page = house.asker.page(&format!("/proposal?id={id}")).await;
    assert!(page.text().contains("approved"), "{}", page.text());
}

#[tokio::test]
async fn the_exact_bytes_are_stored_that_were_approved() {
    let mut house = House::start().await;
    let typed = "{\"note\":\"\\u00e9é\\ud800\",\r\n \"amount\": 12345678901234567890.10, \"card\":\"4111\"}";
    let id = house.ask(typed).await;
    approve(&house.carol, &id).await;
    let stored =
        "{\"note\":\"\\u00e9é\\ud800\",\"amount\":12345678901234567890.10,\"card\":\"4111\"}";
    assert_eq!(house.data().await, stored.as_bytes());
}

#[tokio::test]
async fn a_rejected_or_withdrawn_proposal_is_closed_and_the_page_says_why() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    let refused = decide(&house.carol, "reject", &[("id", &id), ("why", " ")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    decide(
        &house.carol,
        "reject",
        &[("id", &id), ("why", "wrong customer")],
    )
    .await;
    house.assert_untouched("proposal.reject", "applied").await;
    assert_eq!(
        house.entries().await.last().unwrap().get("reason"),
        "wrong customer"
    );
    let page = house.asker.page(&format!("/proposal?id={id}")).await;
    assert!(page.text().contains("wrong customer"), "{}", page.text());
    let late = approve(&house.carol, &id).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("rejected already"), "{}", late.text());

    let id = house.ask(AFTER).await;
    let others = decide(&house.carol, "withdraw", &[("id", &id)]).await;
    assert_eq!(
        others.status,
        StatusCode::FORBIDDEN,
        "a viewer has nothing to withdraw"
    );
    decide(&house.asker, "withdraw", &[("id", &id)]).await;
    house.assert_untouched("proposal.withdraw", "applied").await;
    let late = approve(&house.carol, &id).await;
    assert!(late.text().contains("withdrawn already"), "{}", late.text());
}

#[tokio::test]
async fn the_lists_and_the_navigation_show_each_person_what_concerns_them() {
    let mut house = House::start().await;
    let outsider = house.app.scoped("erin", Role::Operator, &["email/*"]).await;
    let id = house.ask(AFTER).await;
    let carol = house.carol.clone();
    eventually("the navigation counts it", || async {
        let page = carol.page("/").await;
        page.attributes("a[data-go=p]", "aria-label") == ["Proposals 1 to approve"]
    })
    .await;
    let rows = |page: &Seen, of: &str| {
        page.all(&format!("section[aria-labelledby={of}] tbody tr"))
            .len()
    };
    let page = house.carol.page("/proposals").await;
    assert_eq!((rows(&page, "to-approve-h"), rows(&page, "own-h")), (1, 0));
    let page = house.asker.page("/proposals").await;
    assert_eq!((rows(&page, "to-approve-h"), rows(&page, "own-h")), (0, 1));
    let page = outsider.page("/proposals").await;
    assert_eq!((rows(&page, "to-approve-h"), rows(&page, "own-h")), (0, 0));
    let hidden = outsider.get(&format!("/proposal?id={id}")).await;
    assert_eq!(hidden.status(), StatusCode::NOT_FOUND);
    let viewer = house.app.viewer().await;
    let hidden = viewer.get(&format!("/proposal?id={id}")).await;
    assert_eq!(hidden.status(), StatusCode::NOT_FOUND);
    approve(&house.carol, &id).await;
    let page = house.carol.page("/proposals").await;
    assert_eq!(
        (rows(&page, "to-approve-h"), rows(&page, "decided-h")),
        (0, 1)
    );
    assert_eq!(house.steps().await.last(), Some(&applied()));
}

#[tokio::test]
async fn only_the_grant_lets_someone_approve_and_an_admin_has_no_way_around() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    let admin = house.app.admin().await;
    let refused = approve(&admin, &id).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    house.assert_untouched("proposal.approve", "denied").await;
    // Saving it by themselves is a proposal as well.
    let own = save(&admin, "1", AFTER).await;
    assert!(own.location().contains("/proposal?id="), "{}", own.text());
    assert_eq!(house.data().await, BEFORE);
}

#[tokio::test]
async fn proposals_of_five_megabytes_are_bounded_in_number_and_bytes() {
    let mut house = House::with(&[("redis_timeout", "20s")]).await;
    let large = format!(
        r#"{{"amount":2,"card":"4111","note":"{}"}}"#,
        "x".repeat(4_900_000)
    );
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(house.ask(&large).await);
    }
    let refused = save(&house.asker, "1", &large).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text().contains("4 of your proposals"),
        "{}",
        refused.text()
    );
    assert!(refused.body.contains("xxxxxxxx"), "the text is kept");
    let kept: u64 = house.jobs.run(&["HLEN", "bullkeeper:proposals"]).await;
    assert_eq!(kept, 4);
    decide(&house.asker, "withdraw", &[("id", &ids[0])]).await;
    house.ask(&large).await;
    // A patch of five megabytes is not in the log either.
    let bytes: u64 = house
        .jobs
        .run(&["MEMORY", "USAGE", "bullkeeper:audit"])
        .await;
    assert!(bytes < 100_000, "{bytes}");
}
