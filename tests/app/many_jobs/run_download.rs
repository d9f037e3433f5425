//! The download of what became of a run's jobs.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::moves::until;
use bullkeeper_testkit::{EditForm, Jobs, Person, Seen, TestApp, eventually};
use reqwest::StatusCode;

/// Retries all failed jobs of `email/v1`; the address of the run's download without its format.
async fn retried(operator: &Person) -> String {
    let page = operator
        .page("/queue/operate?queue=email%2Fv1&state=failed&operation=job.retry")
        .await;
    let form = EditForm::of(&page, "/queue/operate").set("confirm", "1");
    let begun = Seen::of(operator.post("/queue/operate", &form.pairs()).await).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    until(operator, begun.location(), "done").await;
    begun.location().replace("/run?", "/run/export?")
}

/// Failed jobs with these ids, of which a worker holds the last.
async fn failed(jobs: &mut Jobs, ids: &[&str]) {
    for id in ids {
        jobs.failed("email/v1", id, "{}").await;
    }
    let lock = format!("bull:email/v1:{}:lock", ids.last().unwrap());
    jobs.run::<()>(&["SET", &lock, "token"]).await;
}

#[tokio::test]
async fn done_and_skipped_jobs_of_a_run_are_downloaded_and_no_cell_is_a_formula() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    failed(&mut jobs, &["1", "=1+1", "a,\"b", "held"]).await;
    let address = retried(&operator).await;
    let csv = Seen::of(operator.get(&format!("{address}&format=csv")).await).await;
    assert_eq!(csv.status, StatusCode::OK);
    let file = csv.headers["content-disposition"].to_str().unwrap();
    assert!(file.starts_with("attachment;"), "{file}");
    let mut lines: Vec<&str> = csv.body.lines().collect();
    assert_eq!(
        lines.remove(0),
        "job,result,why,at,action,entry,queue,prefix"
    );
    lines.sort_unstable();
    let begin = |line: &str, with: &str| assert!(line.starts_with(with), "{line}");
    assert_eq!(lines.len(), 4);
    begin(lines[0], "\"a,\"\"b\",done,,2");
    begin(lines[1], "'=1+1,done,,2");
    begin(lines[2], "1,done,,2");
    assert_eq!(lines[3], "held,skipped,held by a worker,,,,email/v1,bull");

    let json = operator.get(&format!("{address}&format=jsonl")).await;
    let json = json.text().await.unwrap();
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["why"], "held by a worker");
    let formula = lines.iter().find(|line| line["job"] == "=1+1").unwrap();
    assert_eq!(formula["action"], "job.retry");
    let entry = formula["entry"].as_str().unwrap();
    let shown = operator.page(&format!("/audit/entry?id={entry}")).await;
    assert!(shown.text().contains("=1+1"), "{}", shown.text());
    eventually("who read the log is recorded", || async {
        let entries = jobs.clone().audit().await;
        entries
            .iter()
            .any(|entry| entry.get("action") == "audit.export")
    })
    .await;
}

#[tokio::test]
async fn skipped_jobs_that_are_not_listed_are_counted_in_the_download() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let fill = "
for i = 1, 2100 do
  redis.call('HSET', 'bull:email/v1:' .. i, 'name', 'send', 'data', '{}', 'opts', '{}', 'timestamp', i, 'delay', 0, 'priority', 0)
  redis.call('SET', 'bull:email/v1:' .. i .. ':lock', 'token')
  redis.call('ZADD', 'bull:email/v1:failed', i, i)
end";
    jobs.run::<()>(&["EVAL", fill, "0"]).await;
    let page = operator
        .page("/queue/operate?queue=email%2Fv1&state=failed&operation=job.retry")
        .await;
    assert!(page.text().contains("2,100 held by a worker"));
    jobs.failed("email/v1", "free", "{}").await;
    let address = retried(&operator).await;
    let csv = operator.get(&format!("{address}&format=csv")).await;
    let csv = csv.text().await.unwrap();
    assert_eq!(csv.matches(",skipped,held by a worker,").count(), 2_000);
    assert!(
        csv.contains(",skipped,\"held by a worker (100 more jobs, not listed)\","),
        "{}",
        &csv[csv.len() - 300..]
    );
    let page = operator
        .page(&address.replace("/run/export?", "/run?"))
        .await;
    assert_eq!(
        page.all("#run tbody tr").len(),
        200,
        "the page has the first"
    );
}

#[tokio::test]
async fn who_may_not_read_the_audit_log_of_a_queue_downloads_no_run_of_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    failed(&mut jobs, &["1", "held"]).await;
    let address = format!("{}&format=csv", retried(&operator).await);
    let viewer = app.viewer().await;
    assert_eq!(viewer.get(&address).await.status(), StatusCode::FORBIDDEN);
    let scoped = app.scoped("sam", Role::Operator, &["billing"]).await;
    assert_eq!(scoped.get(&address).await.status(), StatusCode::NOT_FOUND);
    let run = viewer.page(&address.replace("/run/export?", "/run?")).await;
    assert!(run.all("a[href*='/run/export']").is_empty());
    let wrong = address.replace("csv", "xls");
    let wrong = operator.get(&wrong).await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
}
