//! A paused queue whose jobs BullMQ 6 leaves where they waited: no page says that none is paused.

use bullkeeper_testkit::stream::counted;
use bullkeeper_testkit::{Person, TestApp, eventually};

async fn texts(person: &Person, path: &str, selector: &str) -> Vec<String> {
    person.page(path).await.all(selector)
}

#[tokio::test]
async fn the_tile_the_column_and_the_tab_say_that_the_paused_jobs_are_in_waiting() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for id in 1..=60 {
        jobs.waiting("reports", &id.to_string(), "{}").await;
    }
    jobs.waiting("email", "1", "{}").await;
    jobs.run::<()>(&["HSET", "bull:reports:meta", "paused", "1"])
        .await;
    counted(&app, 2).await;
    let viewer = app.viewer().await;
    eventually("the tile tells where they are", || async {
        let tiles = texts(&viewer, "/", ".totals li").await;
        tiles.contains(&"60paused60 in waiting".to_owned())
    })
    .await;
    let cells = texts(&viewer, "/", "table.overview td.s-paused").await;
    assert!(
        cells.contains(&"in waiting (paused)".to_owned()),
        "{cells:?}"
    );
    assert!(
        cells.contains(&"0".to_owned()),
        "email is not paused: {cells:?}"
    );
    let page = viewer.page("/queue?name=reports&state=waiting").await;
    let tabs = page.all(".tabs a");
    assert!(
        tabs.contains(&"paused 60 in waiting".to_owned()),
        "{tabs:?}"
    );
    let leads_to = page.attributes(".tabs a.s-paused", "href");
    assert_eq!(leads_to, ["/queue?name=reports&state=waiting"]);
    let row = texts(&viewer, "/family?name=reports", "tr:has(.s-paused)").await;
    assert!(row.iter().any(|row| row.contains("in waiting")), "{row:?}");
    let listed = texts(&viewer, "/?state=paused", "table.overview tr[id] th").await;
    assert_eq!(listed.len(), 1, "the filter finds it: {listed:?}");
}

#[tokio::test]
async fn jobs_that_bullmq_5_put_aside_are_counted_as_paused() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("reports", "bullmq:5.81.5").await;
    jobs.run::<()>(&["HSET", "bull:reports:meta", "paused", "1"])
        .await;
    jobs.hash("reports", "1", b"{}").await;
    jobs.run::<()>(&["LPUSH", "bull:reports:paused", "1"]).await;
    let viewer = app.viewer().await;
    eventually("the tile counts it as paused", || async {
        let tiles = texts(&viewer, "/", ".totals li").await;
        tiles.contains(&"1paused".to_owned())
    })
    .await;
}
