//! Streams: what is read once for all viewers is drawn for each as they may see it.

use bullkeeper_testkit::stream::Listening;

use super::shop::{Shop, shows_hidden};

#[tokio::test]
async fn viewers_with_and_without_the_grant_who_watch_one_job_get_each_their_own_messages() {
    let mut shop = Shop::open(&[]).await;
    let (viewer, carol) = (shop.app.viewer().await, shop.carol().await);
    let address = "/job?queue=billing/v1&id=101";
    let pages = (viewer.page(address).await, carol.page(address).await);
    let mut hers = Listening::of(&carol, &pages.1).await;
    let mut his = Listening::of(&viewer, &pages.0).await;
    let key = "bull:billing/v1:101";
    let reason = "again: Xyzzy xyzzy-holder-101 has no card 7373737373101";
    shop.jobs
        .run::<u64>(&["HSET", key, "failedReason", reason])
        .await;
    let line = "again xyzzy-101@mail.example, the third";
    shop.jobs
        .run::<u64>(&["RPUSH", "bull:billing/v1:101:logs", line])
        .await;
    let seen = his
        .until("the error and the line", |event| {
            event.data.contains("again")
        })
        .await;
    assert!(!shows_hidden(&seen.data), "{}", seen.data);
    let seen = hers
        .until("the error with its values", |event| {
            shows_hidden(&event.data)
        })
        .await;
    assert!(seen.data.contains("again"));
    for event in his.until_quiet().await {
        assert!(!shows_hidden(&event.data), "{}", event.data);
    }
}

#[tokio::test]
async fn streams_of_searches_queues_and_logs_show_no_hidden_value() {
    let mut shop = Shop::open(&[]).await;
    let viewer = shop.app.viewer().await;
    for address in [
        "/events/search?q=data.amount+%3D+1",
        "/events/search?q=error+%7E+declined&queue=billing/v1",
    ] {
        let mut stream = Listening::at(&viewer, address).await;
        while let Some(event) = stream.next().await {
            assert!(!shows_hidden(&event.data), "{address}: {}", event.data);
        }
    }
    let log = viewer
        .page("/job/log?queue=billing/v1&id=101&order=newest&text=xyzzy")
        .await;
    let mut stream = Listening::of(&viewer, &log).await;
    let lines = ["next xyzzy-101@mail.example", "next"];
    for line in lines {
        shop.jobs
            .run::<u64>(&["RPUSH", "bull:billing/v1:101:logs", line])
            .await;
    }
    let total = stream
        .until("the number of lines", |event| {
            event.part("log-total").is_some()
        })
        .await;
    // The filter finds no line, since it looks for what is hidden.
    assert!(total.part("log-lines").is_none(), "{}", total.data);
}
