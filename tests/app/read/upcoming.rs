//! What is to come: delayed jobs by when they are due, the runs of schedulers, and who is late.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::{Jobs, Seen, TestApp, eventually, now};

const MINUTE: u64 = 60_000;

/// Waits until the snapshot has so many delayed jobs.
async fn counted(app: &TestApp, delayed: u64) {
    eventually("the delayed jobs are counted", || async {
        let snapshot = app.services.overview().now();
        let counts = snapshot.queues.iter().map(|one| one.figures.counts.delayed);
        counts.sum::<u64>() == delayed
    })
    .await;
}

/// The numbers of delayed jobs in the table of the parts, added up.
fn in_table(page: &Seen) -> u64 {
    let cells = page.all("#due-table td[data-l='delayed jobs']");
    let counts = cells.iter().map(|cell| cell.replace(',', ""));
    counts.map(|count| count.parse::<u64>().unwrap()).sum()
}

fn rows(page: &Seen, section: &str) -> Vec<String> {
    page.all(&format!("section[aria-labelledby={section}] tbody th"))
}

/// Delays `count` jobs of a queue, the first to `first` and each `step` after the one before, in Unix milliseconds.
async fn delay(jobs: &mut Jobs, queue: &str, count: u64, first: u64, step: u64) {
    jobs.queue(queue, "bullmq:6.7.0").await;
    let fill = "for i = 0, ARGV[2] - 1 do
  local at = ARGV[3] + i * ARGV[4]
  redis.call('ZADD', 'bull:' .. ARGV[1] .. ':delayed', string.format('%.0f', at * 4096 + i % 4096), 'job-' .. i)
end";
    let numbers = [count, first, step].map(|number| number.to_string());
    let [count, first, step] = numbers.each_ref().map(String::as_str);
    jobs.run::<()>(&["EVAL", fill, "0", queue, count, first, step])
        .await;
}

/// A scheduler with its next job.
async fn schedule(jobs: &mut Jobs, queue: &str, id: &str, next: u64, fields: &[&str]) {
    let hash = format!("bull:{queue}:repeat:{id}");
    let command = ["HSET", hash.as_str(), "name", "report", "ic", "1"];
    jobs.run::<u64>(&[&command, fields].concat()).await;
    let (next, set) = (next.to_string(), format!("bull:{queue}:repeat"));
    jobs.run::<u64>(&["ZADD", &set, &next, id]).await;
    let job = format!("bull:{queue}:repeat:{id}:{next}");
    jobs.run::<u64>(&[
        "HSET",
        &job,
        "name",
        "report",
        "data",
        "{}",
        "timestamp",
        "1",
    ])
    .await;
}

#[tokio::test]
async fn delayed_jobs_are_counted_by_when_they_are_due_in_each_window() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let start = now();
    // Few are listed, many are counted part by part; both are told alike.
    delay(&mut jobs, "few", 3, start + 5 * MINUTE, MINUTE).await;
    delay(&mut jobs, "many", 300, start + 10 * MINUTE, 10_000).await;
    delay(&mut jobs, "later", 7, start + 5 * 60 * MINUTE, 1).await;
    delay(&mut jobs, "next-week", 2, start + 40 * 60 * MINUTE, 1).await;
    counted(&app, 312).await;
    let viewer = app.viewer().await;
    for (window, due, queues) in [
        ("", 303, &["many", "few"][..]),
        ("?window=day", 310, &["many", "later", "few"]),
        ("?window=week", 312, &["many", "later", "few", "next-week"]),
    ] {
        let page = viewer.page(&format!("/upcoming{window}")).await;
        let text = page.text();
        assert!(
            text.contains(&format!("{due} of 312 delayed jobs")),
            "{text}"
        );
        assert_eq!(in_table(&page), due, "{window}");
        assert_eq!(rows(&page, "queues-h"), queues, "{window}");
        assert_eq!(page.all(".sizes [aria-current]").len(), 1);
    }
    let of_queue = viewer.page("/queue/upcoming?name=few&window=day").await;
    assert_eq!(
        (in_table(&of_queue), rows(&of_queue, "queues-h")),
        (3, vec!["few".to_owned()])
    );
    let wrong = Seen::of(viewer.get("/upcoming?window=month").await).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(
        wrong.text().contains("hour, day and week"),
        "{}",
        wrong.text()
    );
}

#[tokio::test]
async fn jobs_that_were_due_and_not_taken_are_late_and_the_page_says_why() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let start = now();
    delay(&mut jobs, "stranded", 4, start - 10 * MINUTE, MINUTE).await;
    delay(&mut jobs, "held", 100, start - 60 * MINUTE, 1).await;
    jobs.run::<u64>(&["HSET", "bull:held:meta", "paused", "1"])
        .await;
    // Due a moment ago is no lateness yet.
    delay(&mut jobs, "punctual", 1, now() - 500, 1).await;
    counted(&app, 105).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/upcoming").await;
    assert_eq!(rows(&page, "late-h"), ["held", "stranded"]);
    assert_eq!(page.all("td[data-l='late jobs']"), ["100", "4"]);
    let why = page.all("section[aria-labelledby=late-h] td.wide");
    assert_eq!(why, ["The queue is paused.", "No worker is connected."]);
    assert_eq!(rows(&page, "queues-h"), ["punctual"]);
    let links = page.attributes("section[aria-labelledby=late-h] th a", "href");
    assert_eq!(links[0], "/queue?name=held&state=delayed");
}

#[tokio::test]
async fn the_runs_of_schedulers_are_counted_beside_the_jobs_that_are_stored() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("reports/v1", "bullmq:5.81.5").await;
    jobs.queue("other", "bullmq:5.81.5").await;
    let next = now() / MINUTE * MINUTE + 2 * MINUTE;
    // Half a day away: no run of it but its stored job falls into the hour that the page shows.
    let far_hour = (next / (60 * MINUTE) + 12) % 24;
    let once_a_day = format!("0 {far_hour} * * *");
    schedule(
        &mut jobs,
        "reports/v1",
        "tick",
        next,
        &["every", "1000", "limit", "31"],
    )
    .await;
    schedule(
        &mut jobs,
        "reports/v1",
        "night",
        next,
        &["pattern", &once_a_day, "tz", "UTC"],
    )
    .await;
    schedule(
        &mut jobs,
        "other",
        "late",
        now() - 30 * MINUTE,
        &["every", "60000"],
    )
    .await;
    let viewer = app.viewer().await;
    eventually("the schedulers are read", || async {
        let page = viewer.page("/upcoming").await;
        rows(&page, "late-h") == ["late"] && rows(&page, "runs-h").len() == 3
    })
    .await;
    let family = viewer.page("/family/upcoming?name=reports").await;
    assert_eq!(family.all("h1"), ["Upcoming of reports"]);
    assert_eq!(rows(&family, "late-h"), [""; 0]);
    // Its stored job, and 30 after it.
    let runs = family.all("section[aria-labelledby=runs-h] td[data-l=runs]");
    assert!(runs.contains(&"31".to_owned()), "{runs:?}");
    let queue = viewer.page("/queue/upcoming?name=reports/v1").await;
    let further = queue.all("#due-table td[data-l='further runs']");
    assert_eq!(
        further
            .iter()
            .map(|cell| cell.parse::<u64>().unwrap())
            .sum::<u64>(),
        30
    );
    let links = queue.attributes("section[aria-labelledby=runs-h] th a", "href");
    assert!(
        links.contains(&"/scheduler?queue=reports/v1&id=tick".to_owned()),
        "{links:?}"
    );
}

#[tokio::test]
async fn what_is_outside_the_scope_is_in_no_count() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    delay(&mut jobs, "email/v1", 2, now() + MINUTE, MINUTE).await;
    delay(&mut jobs, "email/v2", 3, now() - 5 * MINUTE, 1).await;
    delay(&mut jobs, "billing", 90, now() + MINUTE, 1).await;
    schedule(
        &mut jobs,
        "billing",
        "secret-run",
        now() + MINUTE,
        &["every", "60000"],
    )
    .await;
    counted(&app, 95).await;
    let sam = app.scoped("sam", Role::Viewer, &["email/v1"]).await;
    for path in [
        "/upcoming",
        "/family/upcoming?name=email",
        "/queue/upcoming?name=email/v1",
    ] {
        let page = sam.page(path).await;
        let text = page.text();
        assert!(text.contains("2 of 2 delayed jobs"), "{path}: {text}");
        for hidden in ["billing", "email/v2", "secret-run"] {
            assert!(!page.body.contains(hidden), "{path} tells of {hidden}");
        }
    }
    for path in [
        "/family/upcoming?name=billing",
        "/queue/upcoming?name=billing",
    ] {
        assert_eq!(
            sam.get(path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn two_thousand_queues_take_bounded_many_commands_and_what_is_left_out_is_told() {
    let app = TestApp::with(&[("redis_timeout", "15s"), ("round", "2s")]).await;
    let mut jobs = app.jobs().await;
    let fill = "for i = 1, 2000 do
  local key = 'bull:queue-' .. i .. ':'
  redis.call('HSET', key .. 'meta', 'version', 'bullmq:6.7.0', 'opts.maxLenEvents', '100')
  for j = 1, 61 do
    redis.call('ZADD', key .. 'delayed', string.format('%.0f', (ARGV[1] + j * 50000) * 4096), 'job-' .. j)
  end
end";
    let start = now() + MINUTE;
    jobs.run::<()>(&["EVAL", fill, "0", &start.to_string()])
        .await;
    counted(&app, 122_000).await;
    let viewer = app.viewer().await;
    let before = jobs.calls("zcount").await;
    let page = viewer.page("/upcoming").await;
    let cost = jobs.calls("zcount").await - before;
    assert!((15_000..=20_000).contains(&cost), "{cost}");
    let text = page.text();
    assert!(text.contains("are not counted here"), "{text}");
    assert_eq!(rows(&page, "queues-h").len(), 100);
    viewer.page("/upcoming").await;
    assert_eq!(jobs.calls("zcount").await - before, cost, "it was kept");
    let one = viewer.page("/queue/upcoming?name=queue-77").await;
    assert!(in_table(&one) >= 60, "{}", one.text());
}
