//! What the pages show of what was recorded, and the marks.

use bullkeeper::domain::access::Operator;
use bullkeeper::service::marks::add::MarkRequest;

use bullkeeper_testkit::{Jobs, Seen, TestApp, TestRedis, eventually, now};

const MINUTE: u64 = 60_000;

/// An application that records, from the events that BullMQ kept, that five jobs completed and one failed in a minute of which this
/// is the beginning; nothing was recorded up to the minute before.
async fn with_history() -> (TestApp, u64) {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let recorded = now() / MINUTE - 10;
    let set = ["SET", "bullkeeper:history-recorded", &recorded.to_string()];
    jobs.run::<()>(&set).await;
    for queue in ["email/v1", "billing"] {
        jobs.queue(queue, "bullmq:6.7.0").await;
    }
    let since = (recorded + 1) * MINUTE;
    for job in 0..6 {
        let end = if job == 5 { "failed" } else { "completed" };
        for (after, event) in [(0, "added"), (0, "waiting"), (200, "active"), (2_200, end)] {
            let at = format!("{}-*", since + job * 3_000 + after);
            let job = job.to_string();
            let add = [
                "XADD",
                "bull:email/v1:events",
                &at,
                "event",
                event,
                "jobId",
                &job,
            ];
            jobs.run::<String>(&add).await;
        }
    }
    (TestApp::on(redis, &[]).await, since)
}

async fn until_recorded(app: &TestApp, path: &str) -> Seen {
    let viewer = app.viewer().await;
    eventually("the history is recorded", || async {
        let page = viewer.page(path).await;
        page.text().contains("History is kept since")
            && page
                .all("#points td[data-l='completed']")
                .contains(&"5".to_owned())
    })
    .await;
    viewer.page(path).await
}

#[tokio::test]
async fn what_was_recorded_is_drawn_and_what_was_not_is_hatched_and_never_zero() {
    let (app, since) = with_history().await;
    let (from, to) = (since - 5 * MINUTE, since + 5 * MINUTE);
    let path = format!("/queue/history?name=email/v1&from={from}&to={to}");
    let page = until_recorded(&app, &path).await;
    assert_eq!(
        page.all("h3 b"),
        [
            "Throughput",
            "Outstanding",
            "Workers",
            "Waiting time",
            "Processing time"
        ]
    );
    let column = |word: &str| page.all(&format!("#points td[data-l='{word}']"));
    // Newest first: four quiet minutes, then the busy one. Before it, nothing is known.
    assert_eq!(column("completed"), ["0", "0", "0", "0", "5"]);
    assert_eq!(column("failed"), ["0", "0", "0", "0", "1"]);
    assert_eq!(column("added")[4], "6");
    assert_eq!(
        (column("waiting p50").len(), column("processing p95").len()),
        (1, 1)
    );
    assert_eq!(page.all("#points td.quiet"), ["not recorded"]);
    assert_eq!(
        page.attributes("#points tbody tr", "data-points")
            .last()
            .unwrap(),
        "0-4"
    );
    let gaps = page.attributes("#chart-throughput rect.gap", "width");
    assert_eq!(gaps, ["50.00%"]);
    let text = page.text();
    assert!(text.contains("Hatched: not recorded (5 points)"), "{text}");
    assert!(
        text.contains("bytes in Redis") || text.contains("kB in Redis"),
        "{text}"
    );
    assert!(text.contains("points of a minute"), "{text}");
}

#[tokio::test]
async fn a_mark_is_a_numbered_line_and_its_words_are_text_on_the_page_and_no_formula_in_the_file() {
    let (app, _) = with_history().await;
    until_recorded(&app, "/queue/history?name=email/v1").await;
    let words = "=1+1 <b>Deployed</b> & more";
    let console = Operator::console();
    let request = MarkRequest {
        words: words.to_owned(),
        queues: "email/*".to_owned(),
        is_forced: false,
    };
    app.services.add_mark(&console, &request).await.unwrap();
    let viewer = app.viewer().await;
    for path in [
        "/queue/history?name=email/v1",
        "/family/history?name=email",
        "/history",
    ] {
        let page = viewer.page(path).await;
        assert_eq!(page.all("#marks td[data-words]"), [words], "{path}");
        assert!(!page.body.contains("<b>Deployed"), "{path}");
        assert_eq!(page.all("#mark-1 b"), ["1"]);
        assert_eq!(page.all("#chart-throughput text.mark"), ["1"]);
        assert_eq!(
            page.attributes("#chart-throughput line.mark", "x1").len(),
            1
        );
        let link = &page.attributes("#mark-1 th a", "href")[0];
        assert_eq!(
            viewer.page(link).await.all("#marks td[data-words]"),
            [words]
        );
    }
    let file = Seen::of(viewer.get("/family/history.csv?name=email").await).await;
    let mut read = csv::Reader::from_reader(file.body.as_bytes());
    let rows: Vec<csv::StringRecord> = read.records().map(Result::unwrap).collect();
    let marks: Vec<&str> = rows
        .iter()
        .map(|row| &row[17])
        .filter(|mark| !mark.is_empty())
        .collect();
    assert_eq!(marks, [format!("'{words}")]);
    let other = viewer.page("/queue/history?name=billing").await;
    assert!(
        other.text().contains("No marks in this range"),
        "{}",
        other.text()
    );
}
