//! Since when a version is stranded, and who worked there last.

use std::collections::BTreeSet;

use bullkeeper_testkit::clients::client;
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, TestRedis, eventually, now};

/// The minute of the day, as pages say it.
fn minute() -> String {
    let minutes = now() / 60_000;
    format!("{:02}:{:02} UTC", minutes / 60 % 24, minutes % 60)
}

/// What is said of a stranded `email/v1` on the overview and on its family's page, once it is.
async fn told(viewer: &Person) -> [String; 2] {
    let said = async |path: &str, selector: &str| {
        let page = Seen::of(viewer.get(path).await).await;
        page.all(selector).concat()
    };
    eventually("it is stranded", || async {
        said("/", "#alarms").await.contains("email/v1")
            && said("/family?name=email", ".verdicts p")
                .await
                .contains("is stranded")
    })
    .await;
    [
        said("/", "#alarms").await,
        said("/family?name=email", ".verdicts p").await,
    ]
}

#[tokio::test]
async fn the_alarm_says_since_when_no_worker_is_there_and_who_was_the_last() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let last = client(&app.redis, 0, "email/v1", ":w:mailer-<1>").await;
    jobs.waiting("email/v1", "1", "{}").await;
    let viewer = app.viewer().await;
    eventually("the worker is seen", || async {
        let snapshot = app.services.overview().now();
        let mut queues = snapshot.queues.iter();
        queues.any(|queue| queue.figures.workers == Some(1) && queue.figures.counts.waiting == 1)
    })
    .await;
    let mut minutes = BTreeSet::from([minute()]);
    drop(last);
    let told = told(&viewer).await;
    minutes.insert(minute());
    for words in told {
        let exact = minutes
            .iter()
            .any(|minute| words.contains(&format!(" since {minute}")));
        assert!(exact, "{words}: one of {minutes:?}");
        assert!(
            words.contains("last worker mailer-<1> on 127.0.0.1"),
            "{words}"
        );
    }
    // A worker comes: the alarm is over, and the next one has a time of its own.
    let _next = client(&app.redis, 0, "email/v1", "").await;
    eventually("the alarm is over", || async {
        viewer.page("/").await.all("#alarms") == ["No version is stranded."]
    })
    .await;
}

#[tokio::test]
async fn what_was_stranded_before_this_process_began_is_said_to_be_so_and_its_last_worker_unknown()
{
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.waiting("email/v1", "1", "{}").await;
    let mut minutes = BTreeSet::from([minute()]);
    let app = TestApp::on(redis, &[]).await;
    let viewer = app.viewer().await;
    let told = told(&viewer).await;
    minutes.insert(minute());
    for words in told {
        let before = minutes
            .iter()
            .any(|minute| words.contains(&format!(" since before {minute}")));
        assert!(before, "{words}: one of {minutes:?}");
        assert!(words.contains("last worker unknown"), "{words}");
    }
}

#[tokio::test]
async fn nothing_of_a_worker_is_kept_once_its_queue_is_gone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    let worker = client(&app.redis, 0, "email/v1", ":w:mailer-1").await;
    let workers = || {
        let snapshot = app.services.overview().now();
        let queue = snapshot.queues.first().cloned();
        queue.map(|queue| queue.figures.workers)
    };
    eventually("the worker is seen", || async {
        workers() == Some(Some(1))
    })
    .await;
    drop(worker);
    let keys: Vec<String> = jobs.run(&["KEYS", "bull:email/v1:*"]).await;
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    jobs.run::<u64>(&[&["DEL"], keys.as_slice()].concat()).await;
    eventually("the queue is gone", || async { workers().is_none() }).await;
    jobs.waiting("email/v1", "2", "{}").await;
    let viewer = app.viewer().await;
    let [alarm, _] = told(&viewer).await;
    assert!(alarm.contains("last worker unknown"), "{alarm}");
}
