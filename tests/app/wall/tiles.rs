//! What the tiles tell.

use bullkeeper_testkit::clients::client;
use bullkeeper_testkit::{Person, TestApp, eventually, now};
use redis::aio::MultiplexedConnection;

use crate::metrics::event;

async fn tile(person: &Person, name: &str) -> Option<Vec<String>> {
    let page = person.page("/wall").await;
    let at = page
        .all(".tile h2")
        .iter()
        .position(|other| other == name)?;
    let text = page.all(".tile")[at].clone();
    Some(vec![page.attributes(".tile", "class")[at].clone(), text])
}

/// Waits until a family's tile has the class and all of the texts.
async fn told(person: &Person, name: &str, class: &str, texts: &[&str]) {
    eventually(&format!("{name} is {class} with {texts:?}"), || async {
        let tile = tile(person, name).await.unwrap_or_default();
        tile.len() == 2
            && tile[0].contains(class)
            && texts.iter().all(|text| tile[1].contains(text))
    })
    .await;
}

async fn worker(app: &TestApp, queue: &str) -> MultiplexedConnection {
    client(&app.redis, 0, queue, "").await
}

#[tokio::test]
async fn families_stand_the_worst_first_with_what_is_wrong() {
    let app = TestApp::start().await;
    let (mut jobs, viewer) = (app.jobs().await, app.viewer().await);
    let page = viewer.page("/wall").await;
    assert_eq!(page.all(".wall-none"), ["No queues"]);
    let _workers = (worker(&app, "fine").await, worker(&app, "broken").await);
    jobs.waiting("fine", "1", "{}").await;
    jobs.waiting("broken", "1", "{}").await;
    jobs.many("zombie/v1", 1_234).await;
    told(
        &viewer,
        "fine",
        "wall-fine",
        &["fine", "1 worker", "1 outstanding"],
    )
    .await;
    told(
        &viewer,
        "zombie",
        "wall-stranded",
        &["stranded", "1,234", "zombie/v1 has no workers since"],
    )
    .await;
    told(&viewer, "broken", "wall-fine", &[]).await;
    for job in 0..4 {
        let ends = if job < 3 { "failed" } else { "completed" };
        event(&mut jobs, "broken", now(), ends, &job.to_string()).await;
    }
    told(
        &viewer,
        "broken",
        "wall-failing",
        &["failing", "3 of 4 failed in 15 min"],
    )
    .await;
    let page = viewer.page("/wall").await;
    assert_eq!(page.all(".tile h2"), ["zombie", "broken", "fine"]);
    assert_eq!(
        page.all(".wall-sums span"),
        ["1 stranded", "1 failing", "1 fine"]
    );
    assert_eq!(page.all(".wall-more"), [""; 0]);
    // Nobody can click on a wall.
    assert_eq!(page.all("#wall a, #wall button, #wall input"), [""; 0]);
}

#[tokio::test]
async fn of_many_families_the_worst_are_shown_and_the_others_counted() {
    let app = TestApp::start().await;
    let (mut jobs, viewer) = (app.jobs().await, app.viewer().await);
    for family in 0..20 {
        jobs.queue(&format!("quiet{family:02}"), "bullmq:5.81.5")
            .await;
    }
    jobs.waiting("zombie/v1", "1", "{}").await;
    eventually("all are on the wall", || async {
        let page = viewer.page("/wall").await;
        page.all(".wall-more") == ["and 9 more that are fine"]
    })
    .await;
    let page = viewer.page("/wall").await;
    let names = page.all(".tile h2");
    assert_eq!(names.len(), 12);
    assert_eq!(names[0], "zombie");
    assert_eq!(names[1], "quiet00");
}
