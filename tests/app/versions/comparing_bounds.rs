//! The bounds of a comparison: how large a value is read, which versions, how many pairs a page has, and that nothing is
//! written.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::comparison::{compare, known, rows, verdict_of};
use bullkeeper_testkit::finished_jobs::{Done, completed, finish};
use bullkeeper_testkit::{Seen, TestApp};

#[tokio::test]
async fn large_values_are_compared_only_where_their_bytes_are_the_same() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let large = |end: &str| format!("\"{}{end}\"", "x".repeat(300_000));
    for (id, a, b) in [
        ("equal", large("a"), large("a")),
        ("differs", large("a"), large("b")),
        ("longer", large("a"), large("aa")),
    ] {
        finish(&mut jobs, "order/v1", completed(id, &a)).await;
        finish(&mut jobs, "order/v2", completed(id, &b)).await;
    }
    let viewer = app.viewer().await;
    known(&viewer, &["v1", "v2"]).await;
    let seen = compare(&viewer, &[]).await;
    assert_eq!(verdict_of(&seen, "equal"), "same");
    assert_eq!(verdict_of(&seen, "differs"), "not compared");
    assert_eq!(verdict_of(&seen, "longer"), "not compared");
    assert!(
        seen.text()
            .contains("2 pairs ended alike with values that were not compared")
    );
    let href = seen.attributes("a[aria-controls]", "href").remove(0);
    let page = viewer.page(&href).await;
    assert!(
        page.text().contains("Open the jobs to read them"),
        "{}",
        page.text()
    );
    // Data that is as large holds no key that is looked for.
    let data = format!(r#"{{"id":{}}}"#, large(""));
    let done = Done {
        data: &data,
        ..completed("data", "1")
    };
    finish(&mut jobs, "order/v1", done).await;
    let seen = compare(&viewer, &[("pointer", "/id")]).await;
    assert!(
        seen.text().contains("v1: 1 have too much data"),
        "{}",
        seen.text()
    );
}

#[tokio::test]
async fn only_versions_in_scope_are_offered_and_read() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for version in ["v1", "v2", "v3"] {
        finish(&mut jobs, &format!("order/{version}"), completed("x", "1")).await;
    }
    let sam = app
        .scoped("sam", Role::Viewer, &["order/v1", "order/v2"])
        .await;
    known(&app.viewer().await, &["v1", "v2", "v3"]).await;
    let seen = compare(&sam, &[]).await;
    assert_eq!(seen.all("#a option"), ["v2", "v1"]);
    let hidden = compare(&sam, &[("a", "order/v3"), ("b", "order/v1")]).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    // Kept from someone who may see it, it is still not shown to one who may not.
    let viewer = app.viewer().await;
    let query = [("a", "order/v3"), ("b", "order/v1")];
    assert_eq!(compare(&viewer, &query).await.status, StatusCode::OK);
    assert_eq!(compare(&sam, &query).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn many_pairs_come_in_pages_and_an_export_has_them_all() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let mut script = String::new();
    for (queue, reason) in [("order/v1", "=1+1"), ("order/v2", "<b>\nsecond line")] {
        jobs.queue(queue, "bullmq:6.7.0").await;
        script += &format!(
            "for at = 1, 250 do
               local id = 'o' .. at
               redis.call('HSET', 'bull:{queue}:' .. id, 'name', 'n', 'data', '{{}}', 'timestamp', 1000, 'processedOn', 2000, 'finishedOn', 3000 + at, 'ats', 1, 'failedReason', '{}')
               redis.call('ZADD', 'bull:{queue}:failed', 3000 + at, id)
             end ",
            reason.replace('\n', "\\n")
        );
    }
    jobs.run::<()>(&["EVAL", &script, "0"]).await;
    let viewer = app.viewer().await;
    known(&viewer, &["v1", "v2"]).await;
    let (mut keys, mut page) = (Vec::new(), compare(&viewer, &[]).await);
    loop {
        keys.extend(rows(&page).into_iter().map(|(key, _)| key));
        let next = page.attributes(".pager a", "href");
        match next
            .into_iter()
            .find(|href| !keys.is_empty() && href.contains(&format!("from={}", keys.len())))
        {
            Some(href) => page = viewer.page(&href).await,
            None => break,
        }
    }
    let expected: Vec<String> = (1..=250).rev().map(|at| format!("o{at}")).collect();
    assert_eq!(keys, expected, "newest first, each once");

    let export = |format: &'static str, only: &'static str| {
        let viewer = viewer.clone();
        async move {
            let path = format!("/family/compare/export?name=order&format={format}&only={only}");
            Seen::of(viewer.get(&path).await).await
        }
    };
    let csv = export("csv", "").await;
    assert_eq!(
        csv.headers["content-disposition"],
        "attachment; filename=\"bullkeeper-compare.csv\""
    );
    let lines: Vec<&str> = csv.body.lines().collect();
    assert_eq!(lines.len(), 251);
    assert!(
        lines[0].starts_with("key,verdict,a_queue,b_queue,a_id,"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with(
            "o250,error-differs,order/v1,order/v2,o250,failed,1000,2000,3250,0,1000,1250,'=1+1,o250"
        ),
        "{}",
        lines[1]
    );
    let json = export("jsonl", "differing").await;
    let first: serde_json::Value = serde_json::from_str(json.body.lines().next().unwrap()).unwrap();
    assert_eq!(first["b_error"], "<b>");
    assert_eq!(json.body.lines().count(), 250);
    assert!(export("jsonl", "outcome").await.body.is_empty());
    assert_eq!(export("xml", "").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_user_of_redis_who_may_only_read_can_compare() {
    let app = TestApp::with(&[("read_only", "true")]).await;
    let mut jobs = app.jobs().await;
    finish(&mut jobs, "order/v1", completed("x", "1")).await;
    finish(&mut jobs, "order/v2", completed("x", "2")).await;
    let viewer = app.viewer().await;
    known(&viewer, &["v1", "v2"]).await;
    let seen = compare(&viewer, &[]).await;
    assert_eq!(verdict_of(&seen, "x"), "return value differs");
}
