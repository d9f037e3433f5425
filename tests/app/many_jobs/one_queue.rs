//! One operation on all jobs of a state, or all that a filter finds: the list, the dry run, the run, and what is recorded.

use std::collections::{BTreeMap, BTreeSet};

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::moves::{press, until};
use bullkeeper_testkit::retry::list;
use bullkeeper_testkit::{EditForm, Jobs, Person, Seen, TestApp, now};
use reqwest::StatusCode;

const HOUR: u64 = 3_600_000;

/// The page with the dry run.
async fn dry_run(person: &Person, operation: &str, state: &str, more: &str) -> Seen {
    let path = format!("/queue/operate?queue=email%2Fv1&state={state}&operation={operation}{more}");
    person.page(&path).await
}

/// Sends the form of a dry run's page with these fields, whatever comes of it.
async fn send(person: &Person, page: &Seen, more: &[(&str, &str)]) -> Seen {
    let mut form = EditForm::of(page, "/queue/operate");
    // Whoever confirms it types the number, which is asked for above a hundred.
    if more.iter().any(|(name, _)| *name == "confirm") {
        let count = form.get("count").to_owned();
        form = form.set("typed_count", &count);
    }
    for (name, value) in more {
        form = form.set(name, value);
    }
    Seen::of(person.post("/queue/operate", &form.pairs()).await).await
}

/// Does it to the end; the address of the run, and its page.
async fn done(person: &Person, page: &Seen, more: &[(&str, &str)]) -> (String, Seen) {
    let begun = send(person, page, &[&[("confirm", "1")], more].concat()).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let run = begun.location().to_owned();
    let page = until(person, &run, "done").await;
    (run, page)
}

/// So many failed jobs, of which each has its number for its id, all with one score.
async fn many_failed(jobs: &mut Jobs, count: u64) {
    many(jobs, "failed", count, "1000").await;
}

async fn many(jobs: &mut Jobs, state: &str, count: u64, score: &str) {
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let script = "
for i = 1, tonumber(ARGV[1]) do
  redis.call('HSET', 'bull:email/v1:' .. i, 'name', i % 2 == 0 and 'even' or 'odd', 'data', '{\"n\":' .. i .. '}', 'opts', '{}',
    'timestamp', i, 'delay', 0, 'priority', 0, 'failedReason', 'no such address')
  redis.call('ZADD', 'bull:email/v1:' .. ARGV[2], ARGV[3], i)
end";
    let count = count.to_string();
    jobs.run::<()>(&["EVAL", script, "0", &count, state, score])
        .await;
}

/// How many entries of a run each job has.
async fn entries_by_job(jobs: &mut Jobs, run: &str) -> BTreeMap<String, usize> {
    let id = run.rsplit('=').next().unwrap();
    let mut counts = BTreeMap::new();
    for entry in jobs.audit_of_jobs().await {
        assert_eq!((entry.get("run"), entry.get("outcome")), (id, "applied"));
        *counts.entry(entry.get("job").to_owned()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn all_failed_jobs_that_match_are_retried_each_with_its_entry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    many_failed(&mut jobs, 250).await;
    jobs.run::<()>(&["SET", "bull:email/v1:4:lock", "token"])
        .await;

    let listed = operator
        .page("/queue?name=email%2Fv1&state=failed&job_name=even&size=25")
        .await;
    assert!(
        listed.text().contains("Retry all that match"),
        "{}",
        listed.text()
    );
    assert_eq!(listed.all("tbody tr").len(), 25);

    let page = dry_run(&operator, "job.retry", "failed", "&job_name=even").await;
    assert!(
        page.text().contains("Retry would apply to 124 jobs"),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains("1 held by a worker"),
        "{}",
        page.text()
    );
    let asked = send(&operator, &page, &[("reason", "the host is back")]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        asked.text().contains("select the checkbox"),
        "{}",
        asked.text()
    );
    assert_eq!(asked.attributes("#reason", "value"), ["the host is back"]);
    assert_eq!(jobs.sorted("email/v1", "failed").await.len(), 250);

    let more = [("reason", "the host is back"), ("attempts", "reset")];
    let (run, page) = done(&operator, &page, &more).await;
    assert!(
        page.text().contains("124 done, 1 skipped"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("held by a worker"), "{}", page.text());
    assert_eq!(jobs.sorted("email/v1", "failed").await.len(), 126);
    assert_eq!(list(&mut jobs, "email/v1", "wait").await.len(), 124);
    let entries = entries_by_job(&mut jobs, &run).await;
    assert_eq!(entries.len(), 124);
    assert!(entries.values().all(|count| *count == 1));
    let all = jobs.audit().await;
    let one = all.iter().find(|entry| entry.get("job") == "2").unwrap();
    assert_eq!(
        (
            one.get("action"),
            one.get("state"),
            one.get("reason"),
            one.get("note")
        ),
        (
            "job.retry",
            "failed",
            "the host is back",
            "Attempts: reset to 0"
        )
    );
    let runs: Vec<_> = all
        .iter()
        .filter(|entry| entry.get("action") == "jobs.operate")
        .collect();
    let outcomes: Vec<&str> = runs.iter().map(|entry| entry.get("outcome")).collect();
    assert_eq!(outcomes, ["intent", "applied"]);
    assert!(
        runs[0]
            .get("note")
            .contains("Retry: failed jobs named \"even\""),
        "{}",
        runs[0].get("note")
    );
}

#[tokio::test]
async fn all_waiting_jobs_are_removed_and_their_entries_keep_their_data() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.many("email/v1", 301).await;
    let page = dry_run(&operator, "job.remove", "waiting", "&job_id=*").await;
    assert!(page.text().contains("301 jobs"), "{}", page.text());
    let (run, page) = done(&operator, &page, &[]).await;
    assert!(
        page.text().contains("301 done, 0 skipped"),
        "{}",
        page.text()
    );
    assert_eq!(jobs.length("email/v1", "wait").await, 0);
    assert_eq!(entries_by_job(&mut jobs, &run).await.len(), 301);
    for told in ["Duration", "Rate"] {
        assert!(page.all("dt").contains(&told.to_owned()), "{told}");
    }
    assert!(!page.text().contains("Reload"), "nothing will change");
    let of_run = page.attributes("a[href^='/audit?run=']", "href");
    let listed = operator.page(&of_run[0]).await;
    assert!(listed.text().contains("job.remove"), "{}", listed.text());
    let of_others = operator.page("/audit?run=01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    assert!(of_others.text().contains("No matching entries"));
    for entry in jobs.audit_of_jobs().await {
        assert_eq!(entry.get("before_text"), "{}", "job {}", entry.get("job"));
    }
}

#[tokio::test]
async fn all_delayed_jobs_are_promoted_and_keep_their_priority() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    many(
        &mut jobs,
        "delayed",
        150,
        &(4096 * (now() + HOUR)).to_string(),
    )
    .await;
    jobs.run::<u64>(&["HSET", "bull:email/v1:7", "priority", "3"])
        .await;
    let page = dry_run(&operator, "job.promote", "delayed", "").await;
    let (_, page) = done(&operator, &page, &[]).await;
    assert!(
        page.text().contains("150 done, 0 skipped"),
        "{}",
        page.text()
    );
    assert_eq!(jobs.length("email/v1", "wait").await, 149);
    assert_eq!(jobs.sorted("email/v1", "prioritized").await[0].0, "7");
}

#[tokio::test]
async fn jobs_that_stay_in_their_state_are_each_done_once() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    // All of one time, as a bulk of them may be.
    many(
        &mut jobs,
        "delayed",
        1_000,
        &(4096 * (now() + HOUR)).to_string(),
    )
    .await;
    let page = dry_run(&operator, "job.reschedule", "delayed", "").await;
    let refused = send(&operator, &page, &[("confirm", "1"), ("until", "soon")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.attributes("#p-until", "value"), ["soon"]);

    for until in ["in 30 min", "in 3 h"] {
        let page = dry_run(&operator, "job.reschedule", "delayed", "").await;
        let (run, page) = done(&operator, &page, &[("until", until)]).await;
        assert!(
            page.text().contains("1,000 done, 0 skipped"),
            "{}",
            page.text()
        );
        let id = run.rsplit('=').next().unwrap();
        let entries = jobs.audit_of_jobs().await;
        let of_run: Vec<&str> = entries
            .iter()
            .filter(|entry| entry.get("run") == id)
            .map(|entry| entry.get("job"))
            .collect();
        assert_eq!(of_run.len(), 1_000);
        assert_eq!(of_run.iter().collect::<BTreeSet<_>>().len(), 1_000);
    }

    jobs.many("email/v1", 300).await;
    let page = dry_run(&operator, "job.change-priority", "waiting", "").await;
    let next = [("priority", "0"), ("lifo", "1")];
    let (_, page) = done(&operator, &page, &next).await;
    assert!(
        page.text().contains("300 done, 0 skipped"),
        "{}",
        page.text()
    );
    assert_eq!(jobs.length("email/v1", "wait").await, 300);
}

#[tokio::test]
async fn a_run_that_is_stopped_goes_on_with_what_is_left() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    many_failed(&mut jobs, 20_000).await;
    let page = dry_run(&operator, "job.retry", "failed", "").await;
    assert!(
        page.text().contains("10,000 of 20,000 jobs were checked"),
        "{}",
        page.text()
    );
    let begun = send(&operator, &page, &[("confirm", "1")]).await;
    let run = begun.location().to_owned();
    press(&operator, &run, "/run/stop").await;
    until(&operator, &run, "stopped").await;
    let left = jobs.sorted("email/v1", "failed").await.len();
    assert!(left > 0, "it was stopped in time");
    press(&operator, &run, "/run/go-on").await;
    let page = until(&operator, &run, "done").await;
    assert!(
        page.text().contains("20,000 done, 0 skipped"),
        "{}",
        page.text()
    );
    assert_eq!(jobs.length("email/v1", "wait").await, 20_000);
    let audit: u64 = jobs.run(&["XLEN", "bullkeeper:audit"]).await;
    assert!(audit >= 20_000, "each has its entry");
}

#[tokio::test]
async fn who_may_not_operate_is_offered_nothing_and_refused() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    many_failed(&mut jobs, 3).await;
    jobs.failed("billing", "1", "{}").await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    let page = viewer.page("/queue?name=email%2Fv1&state=failed").await;
    assert!(!page.text().contains("Retry all"), "{}", page.text());
    let page = operator.page("/queue?name=email%2Fv1&state=failed").await;
    assert!(page.text().contains("Retry all"), "{}", page.text());

    let form = |queue: &'static str, operation: &'static str, state: &'static str| {
        [
            ("queue", queue),
            ("operation", operation),
            ("state", state),
            ("confirm", "1"),
        ]
    };
    let retry = form("email/v1", "job.retry", "failed");
    let refused = viewer.post("/queue/operate", &retry).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let scoped = app.scoped("sam", Role::Operator, &["email/*"]).await;
    let hidden = form("billing", "job.retry", "failed");
    let hidden = scoped.post("/queue/operate", &hidden).await;
    assert_eq!(hidden.status(), StatusCode::NOT_FOUND);
    for (operation, state) in [("job.promote", "failed"), ("job.remove", "active")] {
        let wrong = form("email/v1", operation, state);
        let wrong = operator.post("/queue/operate", &wrong).await;
        assert_eq!(
            wrong.status(),
            StatusCode::BAD_REQUEST,
            "{operation} {state}"
        );
    }
    assert_eq!(jobs.sorted("email/v1", "failed").await.len(), 3);
    assert_eq!(jobs.sorted("billing", "failed").await.len(), 1);
    let runs: u64 = jobs.run(&["EXISTS", "bullkeeper:runs"]).await;
    assert_eq!(runs, 0, "no run was begun");
}

/// Walks through all pages of the filtered list, and calls `between` after each; the ids in order.
async fn walked(
    person: &Person,
    jobs: &mut Jobs,
    state: &str,
    between: impl AsyncFn(&mut Jobs, &str),
) -> Vec<String> {
    let mut path = format!("/queue?name=email%2Fv1&state={state}&job_id=*&size=50");
    let mut ids = Vec::new();
    loop {
        let page = person.page(&path).await;
        ids.extend(page.all("tbody th"));
        let next = page.attributes(".pager a", "href");
        let Some(next) = next.last() else {
            return ids;
        };
        between(jobs, ids.last().unwrap()).await;
        path = next.clone();
    }
}

#[tokio::test]
async fn a_filtered_list_shows_each_job_that_stays_once_while_others_come_and_go() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    many_failed(&mut jobs, 500).await;
    jobs.many("email/v1", 500).await;
    for (state, come, go) in [
        (
            "failed",
            "ZADD bull:email/v1:failed 5000",
            "ZREM bull:email/v1:failed",
        ),
        (
            "waiting",
            "LPUSH bull:email/v1:wait",
            "LREM bull:email/v1:wait 1",
        ),
    ] {
        let ids = walked(&operator, &mut jobs, state, async |jobs, last| {
            // The last job shown goes, and another one comes that is listed before it.
            for (command, id) in [(go, last), (come, &format!("new-{last}"))] {
                let words: Vec<&str> = command.split(' ').chain([id]).collect();
                jobs.run::<u64>(&words).await;
            }
        })
        .await;
        let each: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(each.len(), ids.len(), "{state}: none twice");
        let missed: Vec<u64> = (1..=500)
            .filter(|n| !each.contains(&n.to_string()))
            .collect();
        assert_eq!(missed, [0; 0], "{state}: none is missed");
    }
}
