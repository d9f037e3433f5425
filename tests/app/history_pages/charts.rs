//! What the pages show before anything is recorded: words, and BullMQ's own metrics.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, TestRedis, eventually, now};

const MINUTE: u64 = 60_000;

/// An application that begins with queues whose workers counted, and the half hour up to the minute before it began, in which it
/// recorded nothing.
async fn with_metrics(settings: &[(&str, &str)]) -> (TestApp, String) {
    let end = now() / MINUTE * MINUTE;
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.counted_by_workers("email/v1", end, &[3, 5, 7], &[0, 1, 0])
        .await;
    jobs.counted_by_workers("email/v2", end, &[10, 20, 30], &[0, 0, 2])
        .await;
    jobs.counted_by_workers("billing", end, &[100, 200, 300], &[0, 0, 0])
        .await;
    let app = TestApp::on(redis, settings).await;
    eventually("the metrics are read", || async {
        let snapshot = app.services.overview().now();
        let mut queues = snapshot.queues.iter();
        snapshot.queues.len() == 3 && queues.all(|queue| queue.series.is_some())
    })
    .await;
    (app, format!("from={}&to={end}", end - 30 * MINUTE))
}

/// The values of a column of the table, newest first.
fn column(page: &Seen, word: &str) -> Vec<String> {
    page.all(&format!("#points td[data-l='{word}']"))
}

/// The rows of the file, as names and values.
async fn file(person: &Person, path: &str) -> Vec<Vec<(String, String)>> {
    let answer = Seen::of(person.get(path).await).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/csv"),
        "{:?}",
        answer.headers
    );
    let mut read = csv::Reader::from_reader(answer.body.as_bytes());
    let names = read.headers().unwrap().clone();
    let rows = read.records().map(|row| {
        let row = row.unwrap();
        let values = row.iter().map(str::to_owned);
        names.iter().map(str::to_owned).zip(values).collect()
    });
    rows.collect()
}

fn of<'a>(row: &'a [(String, String)], name: &str) -> &'a str {
    &row.iter().find(|(other, _)| other == name).unwrap().1
}

#[tokio::test]
async fn before_anything_is_recorded_the_page_says_what_will_be_there_and_shows_bullmqs_metrics() {
    let (app, range) = with_metrics(&[("read_only", "true")]).await;
    let viewer = app.viewer().await;
    let page = viewer
        .page(&format!("/queue/history?name=email/v1&{range}"))
        .await;
    let text = page.text();
    assert!(
        text.contains("Nothing is recorded: this Bullkeeper only reads"),
        "{text}"
    );
    assert!(text.contains("Here will be, point by point"), "{text}");
    assert!(text.contains("BullMQ’s own metrics"), "{text}");
    assert_eq!(page.all("h3"), ["Throughput jobs in a minute"]);
    assert!(
        page.body.contains("class=\"s-completed before\""),
        "{}",
        page.body
    );
    assert_eq!(column(&page, "completed"), ["3", "5", "7"]);
    assert_eq!(column(&page, "failed"), ["0", "1", "0"]);
    // What is not known is no zero.
    assert_eq!(column(&page, "outstanding"), [""; 0]);
    assert!(
        page.all("#points td.quiet")
            .contains(&"not recorded".to_owned())
    );
    // Hatched, with words in a gap that has room for them.
    assert!(page.body.contains("fill=\"url(#hatch)\""));
    assert!(page.body.contains("not recorded</text>"));
}

#[tokio::test]
async fn the_pages_of_a_family_and_of_all_add_up_the_queues_that_one_may_see() {
    let (app, range) = with_metrics(&[("read_only", "true")]).await;
    let sums = async |person: &Person, path: &str| {
        let page = person.page(&format!("{path}{range}")).await;
        column(&page, "completed")
    };
    let viewer = app.viewer().await;
    assert_eq!(
        sums(&viewer, "/family/history?name=email&").await,
        ["13", "25", "37"]
    );
    assert_eq!(sums(&viewer, "/history?").await, ["113", "225", "337"]);
    let page = viewer.page("/history").await;
    assert!(page.text().contains("Sums of 3 queues"), "{}", page.text());
}

#[tokio::test]
async fn jobs_of_queues_that_one_may_not_see_are_in_no_sum_and_no_file() {
    let (app, range) = with_metrics(&[]).await;
    let person = app.scoped("mailer", Role::Viewer, &["email/v2"]).await;
    for path in ["/history?", "/family/history?name=email&"] {
        let page = person.page(&format!("{path}{range}")).await;
        assert_eq!(column(&page, "completed"), ["10", "20", "30"], "{path}");
        assert!(page.text().contains("Sums of 1 queue"), "{}", page.text());
    }
    let rows = file(&person, &format!("/history.csv?{range}")).await;
    let jobs = rows
        .iter()
        .filter_map(|row| of(row, "completed").parse::<u64>().ok());
    assert_eq!(jobs.sum::<u64>(), 60);
    for path in [
        "/queue/history?name=billing",
        "/queue/history.csv?name=billing",
        "/family/history?name=billing",
        "/family/history.csv?name=billing",
        "/queue/history?name=nobody",
    ] {
        let status = person.get(path).await.status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_file_has_what_the_table_has() {
    let (app, range) = with_metrics(&[("read_only", "true")]).await;
    let viewer = app.viewer().await;
    let page = viewer
        .page(&format!("/queue/history?name=email/v2&{range}"))
        .await;
    let mut rows = file(
        &viewer,
        &format!("/queue/history.csv?name=email/v2&{range}"),
    )
    .await;
    assert_eq!(rows.len(), 30);
    rows.reverse();
    let known: Vec<_> = rows
        .iter()
        .filter(|row| of(row, "source") != "not-recorded")
        .collect();
    for (word, name) in [("completed", "completed"), ("failed", "failed")] {
        let in_file: Vec<&str> = known.iter().map(|row| of(row, name)).collect();
        assert_eq!(column(&page, word), in_file, "{word}");
    }
    assert_eq!(known.len(), 3);
    let first = &rows[29];
    assert_eq!(of(first, "start_ms"), &range[5..18]);
    assert!(of(first, "start").ends_with("00.000Z"), "{first:?}");
    assert_eq!((of(first, "seconds"), of(first, "completed")), ("60", ""));
    assert_eq!(of(&rows[0], "source"), "bullmq-metrics");
}

#[tokio::test]
async fn a_page_of_a_month_has_at_most_four_hundred_points_and_stays_small() {
    let (app, _) = with_metrics(&[]).await;
    let viewer = app.viewer().await;
    for range in ["1h", "24h", "7d", "30d"] {
        let page = viewer.page(&format!("/history?range={range}")).await;
        assert!(page.all("#points tbody tr").len() <= 400, "{range}");
        assert!(page.body.len() < 300_000, "{} bytes", page.body.len());
        assert_eq!(page.all(".sizes [aria-current]"), [range]);
    }
}

#[tokio::test]
async fn the_pages_of_a_queue_and_a_family_and_the_navigation_lead_to_the_history() {
    let (app, _) = with_metrics(&[]).await;
    let viewer = app.viewer().await;
    for (path, link) in [
        ("/queue?name=email/v1", "/queue/history?name=email/v1"),
        ("/family?name=email", "/family/history?name=email"),
        ("/", "/history"),
    ] {
        let page = viewer.page(path).await;
        let links = page.attributes("a", "href");
        assert!(links.iter().any(|href| href == link), "{path}: {links:?}");
    }
}
