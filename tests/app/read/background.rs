//! The page about Redis says who leads, how far the history is recorded, and what failed; metrics say the same.

use bullkeeper_testkit::{Another, Person, Seen, TestApp, eventually, now};

use super::server::{fact, warned};
use crate::metrics::{TOKEN, scrape, value};

async fn says(person: &Person, label: &str, words: &str) {
    eventually(&format!("{label}: {words}"), || async {
        let page = person.page("/redis").await;
        page.all("#background").concat().contains(words)
    })
    .await;
}

async fn page(person: &Person) -> Seen {
    person.page("/redis").await
}

#[tokio::test]
async fn the_page_says_who_leads_and_since_when_nobody_does() {
    let mut app = TestApp::start().await;
    let reader = Another::beside(&app.redis, &[("read_only", "true")]).await;
    let (viewer, elsewhere) = (app.viewer().await, reader.signed_in("admin").await);
    says(&viewer, "Leading process", "this one (").await;
    says(&viewer, "History recorded", "up to 20").await;
    says(&elsewhere, "History recorded", "up to 20").await;
    let told = fact(&page(&elsewhere).await, "background", "Leading process");
    let process = format!("process {}, since 20", std::process::id());
    assert!(
        told.contains(&process) && !told.contains("this one"),
        "{told}"
    );
    assert_eq!(page(&viewer).await.all("main .notice"), ["No warnings."]);
    app.end().await;
    says(&elsewhere, "Leading process", "none, since 20").await;
    // As if that was a minute ago.
    let mut jobs = app.jobs().await;
    let then = (now() - 60_000).to_string();
    let seen = ["HSET", "bullkeeper:leader-process", "seen", &then];
    jobs.run::<u64>(&seen).await;
    let told = warned(&elsewhere, "No process leads").await;
    assert!(told.text().contains("start one without read_only"));
    let overview = elsewhere.page("/").await;
    let banner = overview.all("#server-warning").concat();
    assert!(banner.contains("no alerts are sent"), "{banner}");
}

#[tokio::test]
async fn what_keeps_a_process_from_leading_and_recording_is_told_with_what_to_do() {
    let app = TestApp::with(&[("metrics_token", TOKEN)]).await;
    let admin = app.admin().await;
    says(&admin, "Leading process", "this one").await;
    let series = |name: &str| {
        let name = name.to_owned();
        let app = &app;
        async move { value(&scrape(app).await, &name) }
    };
    let lead = r#"bullkeeper_task_failures_total{task="lead"}"#;
    let restarts = r#"bullkeeper_task_restarts_total{task="lead"}"#;
    assert_eq!(series(lead).await, Some(0.0));
    assert_eq!(series(restarts).await, Some(0.0));
    eventually("the history is recorded", || async {
        let age = series("bullkeeper_history_age_seconds").await;
        age.is_some_and(|age| (0.0..150.0).contains(&age))
    })
    .await;
    let mut jobs = app.jobs().await;
    let rights = [
        "ACL",
        "SETUSER",
        "default",
        "resetkeys",
        "%R~*",
        "%W~bullkeeper:session*",
        "%W~bullkeeper:audit*",
        "%W~bullkeeper:leader-process",
    ];
    jobs.run::<()>(&rights).await;
    says(&admin, "Last failure", "Redis user may not do this").await;
    says(&admin, "What to do", "ACL LOG in Redis names the command").await;
    eventually("it leads no longer", || async {
        series("bullkeeper_leader").await == Some(0.0)
    })
    .await;
    assert!(series(lead).await.unwrap() > 0.0);
    says(&admin, "Leading process", "none, since 20").await;
    let then = (now() - 60_000).to_string();
    let seen = ["HSET", "bullkeeper:leader-process", "seen", &then];
    jobs.run::<u64>(&seen).await;
    let told = warned(&admin, "No process leads").await;
    let words = "Bullkeeper's Redis user may not do this. Give";
    assert!(told.text().contains(words), "{}", told.text());
    jobs.run::<()>(&["ACL", "SETUSER", "default", "allkeys"])
        .await;
    eventually("it leads again", || async {
        let page = page(&admin).await;
        fact(&page, "background", "Leading process").contains("this one")
            && page.all("main .notice") == ["No warnings."]
    })
    .await;
    assert_eq!(series("bullkeeper_leader").await, Some(1.0));
}
