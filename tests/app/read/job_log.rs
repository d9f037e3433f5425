//! The page of a job's log: from either end, filtered, followed, and downloaded.

use bullkeeper_testkit::stream::{Listening, counted, quiet_app};
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

const LOG: &str = "bull:email/v2:1:logs";

/// Writes lines to the log of the job.
async fn write(jobs: &mut Jobs, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    for some in lines.chunks(5_000) {
        let some = some.iter().map(String::as_str);
        let command: Vec<&str> = ["RPUSH", LOG].into_iter().chain(some).collect();
        jobs.run::<u64>(&command).await;
    }
}

async fn app_with_log(lines: impl Iterator<Item = String>) -> (TestApp, Jobs) {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    write(&mut jobs, lines).await;
    (app, jobs)
}

fn lines(page: &Seen) -> Vec<String> {
    page.all("#log-lines li")
}

/// The lines of a page and of all that follow it.
async fn read_on(person: &Person, address: &str) -> Vec<String> {
    let mut page = person.page(address).await;
    let mut read = lines(&page);
    while let Some(next) = page.attributes(".pager [rel=next]", "href").pop() {
        page = person.page(&next).await;
        read.extend(lines(&page));
    }
    read
}

#[tokio::test]
async fn a_log_is_read_page_by_page_from_either_end() {
    let (app, _) = app_with_log((1..=250).map(|n| format!("line {n}"))).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/job?queue=email/v2&id=1").await;
    let newest = page.attributes("#log header a", "href").pop().unwrap();
    let mut all: Vec<String> = (1..=250).map(|n| format!("line {n}")).collect();
    assert_eq!(read_on(&viewer, "/job/log?queue=email/v2&id=1").await, all);
    let first = viewer.page(&newest).await;
    assert_eq!(lines(&first).len(), 100);
    assert_eq!(
        first.attributes("#log-lines li", "value")[..2],
        ["250", "249"]
    );
    all.reverse();
    assert_eq!(read_on(&viewer, &newest).await, all);
    let bad = viewer.get("/job/log?queue=email/v2&id=1&order=up").await;
    assert_eq!(bad.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_filter_says_how_much_it_looked_at_and_goes_on_from_there() {
    let line = |n| {
        if n == 20_500 {
            "the NEEDLE <b>".to_owned()
        } else {
            format!("line {n}")
        }
    };
    let (app, _) = app_with_log((1..=25_000).map(line)).await;
    let viewer = app.viewer().await;
    let address = "/job/log?queue=email/v2&id=1&text=needle+%3Cb%3E";
    let first = viewer.page(address).await;
    let text = first.text();
    assert!(text.contains("0 matching in the 10,000 searched"), "{text}");
    assert!(text.contains("there are more to search"), "{text}");
    assert_eq!(read_on(&viewer, address).await, ["the NEEDLE <b>"]);
    let newest = viewer.page(&format!("{address}&order=newest")).await;
    assert_eq!(lines(&newest), ["the NEEDLE <b>"]);
    assert_eq!(newest.attributes("#log-lines li", "value"), ["20500"]);
    let long = format!("/job/log?queue=email/v2&id=1&text={}", "a".repeat(501));
    assert_eq!(viewer.get(&long).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_log_of_very_long_lines_is_read_in_bounded_pages() {
    let (app, _) = app_with_log((0..40).map(|n| format!("{n} {}", "x".repeat(1_000_000)))).await;
    let viewer = app.viewer().await;
    let page = viewer
        .page("/job/log?queue=email/v2&id=1&order=newest")
        .await;
    assert!(
        (1..=20).contains(&lines(&page).len()),
        "{}",
        lines(&page).len()
    );
    assert!(page.body.len() < 200_000, "{} bytes", page.body.len());
    let all = read_on(&viewer, "/job/log?queue=email/v2&id=1").await;
    let numbers: Vec<&str> = all
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let expected: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn the_download_is_the_whole_log_as_text() {
    let line = |n: u32| match n {
        7 => "x".repeat(700_000),
        n => format!("line {n} ü"),
    };
    let (app, _) = app_with_log((1..=12_000).map(line)).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/job/log?queue=email/v2&id=1").await;
    let href = page.attributes("a[href*='/job/log/download']", "href");
    let file = viewer.page(&href[0]).await;
    assert_eq!(file.headers["content-type"], "text/plain; charset=utf-8");
    let name = file.headers["content-disposition"].to_str().unwrap();
    assert_eq!(name, "attachment; filename=\"job-1-log.txt\"");
    let whole: String = (1..=12_000).map(|n| format!("{}\n", line(n))).collect();
    assert!(
        file.body == whole,
        "{} bytes of {}",
        file.body.len(),
        whole.len()
    );
}

#[tokio::test]
async fn pages_about_a_missing_job_are_404_even_if_its_log_is_left() {
    let (app, mut jobs) = app_with_log(["left".to_owned()].into_iter()).await;
    jobs.run::<u64>(&["DEL", "bull:email/v2:1"]).await;
    let admin = app.admin().await;
    for path in [
        "/job/log",
        "/job/log/download",
        "/job/retry",
        "/job/remove",
        "/job/promote",
        "/job/reschedule",
        "/job/change-priority",
    ] {
        let missing = Seen::of(admin.get(&format!("{path}?queue=email/v2&id=1")).await).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!missing.body.contains("left"), "{path}");
    }
    let part = admin
        .get_part("/job/log?queue=email/v2&id=1&from=0&total=1")
        .await;
    assert_eq!(part.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_open_log_gets_new_lines_on_top_and_only_those_that_match() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.active("email/v2", "1", "{}").await;
    write(&mut jobs, (1..=150).map(|n| format!("sent {n}"))).await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let address = "/job/log?queue=email/v2&id=1&order=newest&text=SENT";
    let page = viewer.page(address).await;
    assert!(
        page.text().contains("new lines appear here"),
        "{}",
        page.text()
    );
    let mut stream = Listening::of(&viewer, &page).await;
    let new = ["taking", "sent <151>", "giving up", "sent 152"];
    write(&mut jobs, new.into_iter().map(str::to_owned)).await;
    let message = stream
        .until("the lines", |event| event.part("log-lines").is_some())
        .await;
    assert!(
        message
            .data
            .contains("hx-target=\"#log-lines\" hx-swap=\"afterbegin\"")
    );
    let lines = message.part("log-lines").unwrap();
    let order = [lines.find("sent 152"), lines.find("sent &#60;151&#62;")];
    assert!(order[0].is_some() && order[0] < order[1], "{lines}");
    assert!(
        !lines.contains("taking") && lines.contains("value=\"154\""),
        "{lines}"
    );
    assert!(message.part("log-total").unwrap().contains("154 lines"));
    assert_eq!(
        message.part("standing"),
        None,
        "the page shows only the log"
    );

    // A page in the middle of the log is not added to.
    let middle = viewer.page(&format!("{address}&from=50")).await;
    assert!(
        !middle.text().contains("new lines appear"),
        "{}",
        middle.text()
    );
}
