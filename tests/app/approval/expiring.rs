//! A proposal ends by itself: on the very millisecond, by Redis's clock.

use bullkeeper_testkit::{Jobs, eventually};
use reqwest::StatusCode;

use super::{House, approve};

const AFTER: &str = r#"{"amount":20,"card":"4111","note":"n"}"#;

/// Redis's clock, in Unix milliseconds.
async fn now(jobs: &mut Jobs) -> u64 {
    let time: Vec<u64> = jobs.run(&["TIME"]).await;
    time[0] * 1_000 + time[1] / 1_000
}

#[tokio::test]
async fn a_proposal_expires_on_the_very_millisecond_and_its_bytes_go_by_themselves() {
    let mut house = House::with(&[("approval_expires", "5s")]).await;
    let id = house.ask(AFTER).await;
    let key = format!("bullkeeper:proposal:{id}");
    let times: Vec<u64> = house.jobs.run(&["HMGET", &key, "made", "expires"]).await;
    assert_eq!(times[1] - times[0], 5_000);
    let data = format!("bullkeeper:proposal-data:{id}");
    let left: i64 = house.jobs.run(&["PTTL", &data]).await;
    assert!((1..=5_000).contains(&left), "{left}");
    while now(&mut house.jobs).await < times[1] {
        tokio::task::yield_now().await;
    }
    let late = approve(&house.carol, &id).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("expired"), "{}", late.text());
    house.assert_untouched("proposal.approve", "conflict").await;
    let status: String = house.jobs.run(&["HGET", &key, "status"]).await;
    assert_eq!(status, "expired");
    let jobs = &house.jobs;
    eventually("the bytes go", || async {
        let mut jobs = Jobs(jobs.0.clone());
        jobs.run::<Option<String>>(&["GET", &data]).await.is_none()
    })
    .await;
}

#[tokio::test]
async fn the_script_refuses_from_the_expiry_on_though_the_bytes_are_still_there() {
    let mut house = House::start().await;
    for (offset, status) in [(0, StatusCode::CONFLICT), (60_000, StatusCode::SEE_OTHER)] {
        let id = house.ask(AFTER).await;
        let key = format!("bullkeeper:proposal:{id}");
        let at = (now(&mut house.jobs).await + offset).to_string();
        let _: u64 = house.jobs.run(&["HSET", &key, "expires", &at]).await;
        let answer = approve(&house.carol, &id).await;
        assert_eq!(answer.status, status, "{offset}: {}", answer.text());
    }
    assert_eq!(house.data().await, AFTER.as_bytes());
}

#[tokio::test]
async fn what_has_expired_shows_as_expired_and_makes_room() {
    let mut house = House::start().await;
    let id = house.ask(AFTER).await;
    let key = format!("bullkeeper:proposal:{id}");
    let _: u64 = house.jobs.run(&["HSET", &key, "expires", "1"]).await;
    let line: String = house.jobs.run(&["HGET", "bullkeeper:proposals", &id]).await;
    let (_, rest) = line.split_once(' ').unwrap();
    let line = format!("1 {rest}");
    let _: u64 = house
        .jobs
        .run(&["HSET", "bullkeeper:proposals", &id, &line])
        .await;
    let page = house.carol.page("/proposals").await;
    assert!(
        page.all("section[aria-labelledby=to-approve-h] tbody tr")
            .is_empty()
    );
    assert!(page.text().contains("expired"), "{}", page.text());
    // The next proposal moves it to the history.
    house.ask(AFTER).await;
    let pending: Vec<String> = house.jobs.run(&["HKEYS", "bullkeeper:proposals"]).await;
    assert!(pending.len() == 1 && !pending.contains(&id), "{pending:?}");
    let page = house.carol.page("/proposals").await;
    assert_eq!(
        page.all("section[aria-labelledby=decided-h] tbody tr")
            .len(),
        1
    );
}
