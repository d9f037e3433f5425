//! Data that is too large to be edited is refused before it is read. An edit for which there is no memory is told so.
//! Neither loses a text or delays others.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::StatusCode;

use bullkeeper_testkit::{Jobs, Seen, TestApp};

/// How many bytes Redis has sent so far.
async fn sent(jobs: &mut Jobs) -> u64 {
    let stats: String = jobs.run(&["INFO", "stats"]).await;
    let line = stats
        .lines()
        .find_map(|line| line.strip_prefix("total_net_output_bytes:"));
    line.unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn data_larger_than_the_limit_is_refused_before_it_is_read_and_the_text_is_kept() {
    let app = TestApp::with(&[("max_data_bytes", "1MB")]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", "{}").await;
    let operator = app.operator().await;
    let form = operator.edit("email/v1", "1").await;
    let form = form.set("text", "{\"mine\":1}").set("reason", "why");
    let stored = format!("\"{}\"", "z".repeat(5_000_000));
    jobs.run::<u64>(&["HSET", "bull:email/v1:1", "data", &stored])
        .await;

    let began = sent(&mut jobs).await;
    let open = operator.get("/job/edit?queue=email/v1&id=1&whole=1").await;
    assert_eq!(open.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let page = open.text().await.unwrap();
    for word in ["5.0 MB", "1.0 MB", "max_data_bytes", "/job/raw?"] {
        assert!(page.contains(word), "{word} in {page}");
    }
    for path in ["/job/review", "/job/save", "/job/edit"] {
        let refused = operator.send(path, &form).await;
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert!(
            refused.text().contains("max_data_bytes"),
            "{}",
            refused.text()
        );
        assert!(
            refused.body.contains("{&#34;mine&#34;:1}"),
            "{path} keeps the text"
        );
    }
    let part = operator
        .get("/job/text?queue=email/v1&id=1&text=data")
        .await;
    assert_eq!(part.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        sent(&mut jobs).await - began < 1_000_000,
        "the data was not read"
    );

    let raw = operator.get("/job/raw?queue=email/v1&id=1&text=data").await;
    assert_eq!(raw.bytes().await.unwrap(), stored.as_bytes());
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(entries[0].get("outcome"), "invalid");
    assert!(
        entries[0].get("error").contains("5000002 bytes"),
        "{entries:?}"
    );
}

#[tokio::test]
async fn where_there_is_no_memory_for_an_edit_it_is_told_and_its_text_is_kept() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(300_000));
    jobs.failed("email/v1", "1", &long).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v1", "1").await;
    let mine = long.replace("{\"a\"", "{\"mine\"");
    let form = form.set("text", &mine).set("reason", "why");

    let all = app
        .services
        .room()
        .take(u64::MAX, Duration::from_secs(9))
        .await
        .unwrap();
    let sent = form.pairs();
    let refused = Seen::of(operator.post_patiently("/job/save", &sent).await).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers.contains_key("retry-after"));
    assert!(
        refused.body.contains(&mine.replace('"', "&#34;")),
        "the text survives"
    );
    let opened = operator.get("/job/edit?queue=email/v1&id=1&whole=1").await;
    assert_eq!(opened.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(opened.headers().contains_key("retry-after"));
    assert_eq!(jobs.data("email/v1", "1").await.unwrap(), long.as_bytes());
    // What is small needs no room.
    jobs.failed("email/v1", "2", "{}").await;
    operator.edit("email/v1", "2").await;

    drop(all);
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_health_check_answers_while_large_edits_are_saved_on_a_single_thread() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let text = |end: &str| format!("[{}{end}]", "123456,".repeat(60_000));
    let operator = app.operator().await;
    let mut forms = Vec::new();
    for id in ["1", "2", "3", "4"] {
        jobs.failed("email/v1", id, text("1")).await;
        let form = operator.edit("email/v1", id).await;
        forms.push(
            form.set("text", &text("2").replace("123456", "654321"))
                .set("reason", "r"),
        );
    }
    let (saved, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let saves = async {
        let sent = forms.iter().map(|form| operator.send("/job/save", form));
        let answers = futures::future::join_all(sent).await;
        saved.store(true, Ordering::Relaxed);
        answers
    };
    let health = async {
        while !saved.load(Ordering::Relaxed) {
            let answer = app.stranger().get("/healthz").await;
            assert_eq!(answer.status(), StatusCode::OK);
            answered.fetch_add(1, Ordering::Relaxed);
        }
    };
    let (answers, ()) = tokio::join!(saves, health);
    assert!(
        answers
            .iter()
            .all(|seen| seen.status == StatusCode::SEE_OTHER)
    );
    assert!(answered.load(Ordering::Relaxed) >= 5, "{answered:?}");
}

#[tokio::test]
async fn long_lines_of_a_log_are_folded_and_read_no_further_than_a_page_shows() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", "{}").await;
    let line = format!("begins ü{}", "x".repeat(2_000_000));
    for _ in 0..30 {
        jobs.run::<u64>(&["RPUSH", "bull:email/v1:1:logs", &line])
            .await;
    }
    jobs.run::<u64>(&["RPUSH", "bull:email/v1:1:logs", "the last"])
        .await;
    let viewer = app.viewer().await;
    let began = sent(&mut jobs).await;
    let page = viewer.page("/job?queue=email/v1&id=1").await;
    assert!(page.body.len() < 120_000, "{}", page.body.len());
    assert!(sent(&mut jobs).await - began < 20_000_000);
    let lines = page.all("#log-lines li[value]");
    assert!(
        lines[0].starts_with("begins ü") && lines[0].contains("2.0 MB more"),
        "{}",
        &lines[0][..20]
    );
    let whole = page.attributes("#log-lines li[value] a", "href").remove(0);
    assert_eq!(viewer.page(&whole).await.body, line);

    // The rest comes page by page.
    let (mut shown, mut next) = (lines.len(), page.attributes("#log-more", "href"));
    let mut last = String::new();
    while let Some(href) = next.pop() {
        let part = Seen::of(viewer.get_part(&href).await).await;
        let lines = part.all("li[value]");
        shown += lines.len();
        last = lines.last().unwrap().clone();
        next = part.attributes("#log-more", "href");
    }
    assert_eq!((shown, last.as_str()), (31, "the last"));
}

#[tokio::test]
async fn a_name_of_megabytes_is_told_by_its_size_and_not_read() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", "{}").await;
    let name = "n".repeat(3_000_000);
    jobs.run::<u64>(&[
        "HSET",
        "bull:email/v1:1",
        "name",
        &name,
        "opts",
        &format!("{{\"x\":\"{name}\"}}"),
    ])
    .await;
    let operator = app.operator().await;
    let began = sent(&mut jobs).await;
    for path in [
        "/job?queue=email/v1&id=1",
        "/queue?name=email/v1&state=failed",
        "/job/edit?queue=email/v1&id=1&whole=1",
    ] {
        let page = operator.page(path).await;
        assert!(page.body.len() < 100_000, "{path}: {}", page.body.len());
        assert!(page.text().contains("(a name of 3000000 bytes)"), "{path}");
    }
    assert!(sent(&mut jobs).await - began < 2_000_000);
}
