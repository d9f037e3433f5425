//! A proposal whose ground was changed is never applied, and never adapted.

use bullkeeper_testkit::{Person, eventually};
use reqwest::StatusCode;

use super::{House, applied, approve};

const AFTER: &str = r#"{"amount":20,"card":"4111","note":"n"}"#;

/// How many stale proposals are approved; `BULLKEEPER_STALE_APPROVALS` says more.
fn how_many() -> usize {
    let told = std::env::var("BULLKEEPER_STALE_APPROVALS").ok();
    told.and_then(|told| told.parse().ok()).unwrap_or(60)
}

#[tokio::test]
async fn of_many_stale_proposals_none_is_applied() {
    let mut house = House::start().await;
    let all = how_many();
    let mut refused = 0;
    // As many at once as one person may have.
    for round in 0..all.div_ceil(20) {
        let mut ids = Vec::new();
        for n in 0..20.min(all - 20 * round) {
            let text = format!(
                r#"{{"amount":{},"card":"4111","note":"n"}}"#,
                20 * round + n + 2
            );
            ids.push(house.ask(&text).await);
        }
        // Another program changes the job, or removes it.
        let changed = format!(r#"{{"amount":1,"card":"4111","note":"{round}"}}"#);
        house.set(&changed).await;
        for id in &ids {
            let answer = approve(&house.carol, id).await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text());
            refused += 1;
        }
        assert_eq!(house.data().await, changed.as_bytes());
    }
    assert_eq!(refused, all);
    let entries = house.entries().await;
    let outcomes = |outcome: &str| {
        let of = entries
            .iter()
            .filter(|entry| entry.get("action") == "proposal.approve");
        of.filter(|entry| entry.get("outcome") == outcome).count()
    };
    assert_eq!((outcomes("applied"), outcomes("conflict")), (0, all));
}

#[tokio::test]
async fn a_changed_job_schema_or_policy_makes_a_proposal_stale() {
    for ground in ["job", "gone", "schema", "policy"] {
        let mut house = House::start().await;
        house.folder.write(
            "billing.json",
            r#"{"type":"object","properties":{"amount":{},"card":{}}}"#,
        );
        let asker = house.asker.clone();
        // The folder is looked at once a second.
        eventually("the schema is in force", || async {
            let page = asker.page("/job/edit?queue=billing&id=1").await;
            page.text().contains("billing.json")
        })
        .await;
        let id = house.ask(AFTER).await;
        match ground {
            "job" => house.set("{}").await,
            "gone" => {
                let _: u64 = house.jobs.run(&["DEL", "bull:billing:1"]).await;
            }
            "schema" => house.folder.write(
                "billing.json",
                r#"{"type":"object","title":"t","properties":{"amount":{},"card":{}}}"#,
            ),
            _ => house.folder.write(
                "billing.policy.json",
                r#"{"critical": ["/amount", "/card"], "sensitive": ["/card"]}"#,
            ),
        }
        let (carol, at) = (house.carol.clone(), format!("/proposal?id={id}"));
        eventually("the page says so", || async {
            carol
                .page(&at)
                .await
                .text()
                .contains("can’t be applied any more")
        })
        .await;
        let refused = approve(&house.carol, &id).await;
        assert_eq!(
            refused.status,
            StatusCode::CONFLICT,
            "{ground}: {}",
            refused.text()
        );
        let page = house.carol.page(&format!("/proposal?id={id}")).await;
        assert!(page.text().contains("stale"), "{ground}: {}", page.text());
        assert!(!house.steps().await.contains(&applied()));
    }
}

#[tokio::test]
async fn a_job_that_a_worker_has_is_left_alone_and_can_be_approved_later() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    let _: String = house
        .jobs
        .run(&["SET", "bull:billing:1:lock", "token"])
        .await;
    let refused = approve(&house.carol, &id).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    let _: u64 = house.jobs.run(&["DEL", "bull:billing:1:lock"]).await;
    let approved = approve(&house.carol, &id).await;
    assert_eq!(
        approved.status,
        StatusCode::SEE_OTHER,
        "{}",
        approved.text()
    );
    assert_eq!(house.data().await, AFTER.as_bytes());
}

#[tokio::test]
async fn bytes_that_someone_put_in_the_place_of_the_proposed_ones_are_not_stored() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    let key = format!("bullkeeper:proposal-data:{id}");
    let _: String = house.jobs.run(&["SET", &key, r#"{"amount":666}"#]).await;
    let refused = approve(&house.carol, &id).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    house.assert_untouched("proposal.approve", "conflict").await;
}

#[tokio::test]
async fn a_killed_redis_leaves_a_proposal_to_be_approved_later() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    house.app.redis.kill();
    let refused = approve(&house.carol, &id).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    house.app.redis.start_again().await;
    house.jobs = house.app.jobs().await;
    let grants = [("grants", "carol may approve and reveal on billing")];
    let other = house.another(&grants).await;
    let carol: Person = other.signed_in("carol").await;
    let approved = approve(&carol, &id).await;
    assert_eq!(
        approved.status,
        StatusCode::SEE_OTHER,
        "{}",
        approved.text()
    );
    assert_eq!(house.data().await, AFTER.as_bytes());
}
