//! Live pages with faults: broken records, streams of another type, queues and logs that vanish.

use bullkeeper::domain::access::Role;
use bullkeeper::domain::queue::QueueId;
use reqwest::StatusCode;

use bullkeeper_testkit::eventually;
use bullkeeper_testkit::stream::{Event, Listening, address, counted, quiet_app};

fn told(text: &'static str) -> impl Fn(&Event) -> bool {
    move |event| event.part("new").is_some_and(|part| part.contains(text))
}

#[tokio::test]
async fn a_user_who_can_not_be_read_looks_on_no_more_and_keeps_nobody_else_from_being_checked() {
    let app = quiet_app().await;
    let sam = app.scoped("sam", Role::Viewer, &[]).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let mut sams = Listening::of(&sam, &page).await;
    let mut viewers = Listening::of(&viewer, &page).await;
    let mut jobs = app.jobs().await;
    jobs.run::<()>(&["DEL", "bullkeeper:user:sam"]).await;
    jobs.run::<()>(&["SET", "bullkeeper:user:sam", "no hash"])
        .await;
    viewer.post("/sign-out", &[]).await;
    for stream in [&mut viewers, &mut sams] {
        stream.until("the end", |event| event.name == "ended").await;
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn the_page_of_a_queue_that_goes_says_so() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("a", "1", "{}").await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/queue?name=a").await;
    let mut stream = Listening::of(&viewer, &page).await;
    jobs.run::<()>(&["DEL", "bull:a:meta", "bull:a:wait"]).await;
    jobs.run::<String>(&["XADD", "bull:a:events", "*", "event", "drained"])
        .await;
    stream
        .until("that it is gone", told("This queue is gone"))
        .await;
}

#[tokio::test]
async fn a_log_that_is_cut_is_told_and_not_mixed_up() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.active("a", "1", "{}").await;
    for line in ["one", "two", "three"] {
        jobs.run::<()>(&["RPUSH", "bull:a:1:logs", line]).await;
    }
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/job?queue=a&id=1").await;
    let mut stream = Listening::of(&viewer, &page).await;
    jobs.run::<()>(&["RPUSH", "bull:a:1:logs", "four"]).await;
    let line = stream
        .until("a line", |event| event.part("log-lines").is_some())
        .await;
    assert!(line.part("log-lines").unwrap().contains("four"));
    // As keepLogs does: as many lines as before, but different ones.
    jobs.run::<()>(&["RPUSH", "bull:a:1:logs", "five"]).await;
    jobs.run::<()>(&["LTRIM", "bull:a:1:logs", "-4", "-1"])
        .await;
    stream
        .until("that it was cut", told("Its log has changed"))
        .await;
}

#[tokio::test]
async fn one_stream_that_is_none_costs_the_others_no_event() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    for queue in ["good", "odd"] {
        jobs.waiting(queue, "1", "{}").await;
        let stream = format!("bull:{queue}:events");
        jobs.run::<String>(&["XADD", &stream, "*", "event", "waiting", "jobId", "1"])
            .await;
    }
    counted(&app, 2).await;
    let heard = || app.services.overview().now().kept.events;
    let before = heard();
    for _ in 0..5 {
        jobs.run::<()>(&["DEL", "bull:odd:events"]).await;
        jobs.run::<()>(&["SET", "bull:odd:events", "no stream"])
            .await;
        for _ in 0..20 {
            jobs.run::<String>(&[
                "XADD",
                "bull:good:events",
                "*",
                "event",
                "completed",
                "jobId",
                "1",
            ])
            .await;
        }
        jobs.run::<()>(&["DEL", "bull:odd:events"]).await;
        jobs.run::<String>(&["XADD", "bull:odd:events", "*", "event", "drained"])
            .await;
    }
    eventually("every event of the good one is heard", || async {
        heard() - before >= 100
    })
    .await;
    assert_eq!(app.viewer().await.get("/").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_second_page_of_a_large_overview_stays_the_second_page() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    let script = "
for queue = 1, 1005 do
  redis.call('HSET', string.format('bull:q%04d:meta', queue), 'version', 'bullmq:6.7.0')
end";
    jobs.run::<()>(&["EVAL", script, "0"]).await;
    counted(&app, 1005).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/?from=1000").await;
    assert_eq!(page.all("table.overview tr[id]").len(), 5);
    assert!(
        page.text().contains("1,001–1,005 of 1,005 queues"),
        "{}",
        page.text()
    );
    let another_process = address(&page).replace("seen=", "seen=1-1&was=");
    let mut stream = Listening::at(&viewer, &another_process).await;
    let anew = stream
        .until("the figures", |event| event.part("overview").is_some())
        .await;
    assert_eq!(anew.part("overview").unwrap().matches("<tr id=").count(), 5);
}

#[tokio::test]
async fn a_stream_that_goes_right_after_its_first_event_takes_nothing_down() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("a", "1", "{}").await;
    counted(&app, 1).await;
    for _ in 0..5 {
        jobs.run::<String>(&["XADD", "bull:a:events", "*", "event", "drained"])
            .await;
        jobs.run::<()>(&["DEL", "bull:a:events"]).await;
        jobs.announce("a", "1").await;
        jobs.run::<()>(&["DEL", "bull:a:events"]).await;
    }
    jobs.waiting("a", "2", "{}").await;
    jobs.announce("a", "2").await;
    let queue = QueueId::new("bull", "a").unwrap();
    eventually("the second job is counted", || async {
        let snapshot = app.services.overview().now();
        let seen = snapshot.queue(&queue);
        seen.is_some_and(|seen| seen.figures.counts.waiting == 2)
    })
    .await;
    let turned = app.services.overview().now().turned;
    assert_eq!(turned, 0, "Redis was never taken for away");
}
