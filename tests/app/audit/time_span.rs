//! The audit log over time: intents with and without an outcome, and entries past their retention.

use std::time::Duration;

use reqwest::StatusCode;

use bullkeeper_testkit::past_audit::{
    MINUTE, NOON, Past, about_job, all_pages, app_with, ids, redis_with,
};
use bullkeeper_testkit::{TestApp, eventually, now};

#[tokio::test]
async fn an_intent_without_an_outcome_is_shown_as_unknown_and_one_with_it_is_not_shown() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    jobs.failed("email/v2", "2", "{}").await;
    let operator = app.operator().await;
    // As a process leaves it that ended between the two.
    let about = [
        "v",
        "1",
        "event",
        "01AAAAAAAAAAAAAAAAAAAAAAAA",
        "actor",
        "operator",
        "role",
        "operator",
    ];
    let what = [
        "prefix", "bull", "queue", "email/v2", "job", "1", "state", "failed",
    ];
    let how = ["action", "job.retry", "outcome", "intent"];
    let add = [&["XADD", "bullkeeper:audit", "*"][..], &about, &what, &how].concat();
    let id: String = jobs.run(&add).await;
    jobs.run::<u64>(&["LPUSH", "bullkeeper:audit:bull:email/v2:1", &id])
        .await;
    let retried = operator
        .post("/job/retry", &[("queue", "email/v2"), ("id", "2")])
        .await;
    assert_eq!(retried.status(), StatusCode::SEE_OTHER);

    let outcomes_on = async |path: &str| {
        let page = operator.page(path).await;
        page.all("table.rows tbody td:nth-of-type(4)")
    };
    let unknown = ["unknown"];
    assert_eq!(
        outcomes_on("/audit?action=job.retry").await,
        ["applied", "unknown"]
    );
    assert_eq!(outcomes_on("/audit?queue=email/v2&job=1").await, unknown);
    assert_eq!(
        outcomes_on("/audit?outcome=unknown").await,
        unknown,
        "found under what it is shown as"
    );
    assert_eq!(
        outcomes_on("/job?queue=email/v2&id=1").await,
        unknown,
        "in the job's history"
    );
    assert_eq!(outcomes_on("/job?queue=email/v2&id=2").await, ["applied"]);
    let entry = operator.page(&format!("/audit/entry?id={id}")).await;
    assert!(
        entry.all("main .state").contains(&"unknown".to_owned()),
        "{}",
        entry.text()
    );
}

#[tokio::test]
async fn an_outcome_on_one_page_settles_its_intent_on_the_next() {
    let mut past = vec![
        about_job(NOON, 1, "intent"),
        about_job(NOON + 1, 1, "applied"),
    ];
    past.push(about_job(NOON + 2, 2, "intent"));
    // With these, one page ends between the outcome and its intent.
    past.extend((3..52).map(|n| about_job(NOON + n, n, "applied")));
    let app = app_with(&past).await;
    let admin = app.admin().await;
    for end in ["", "&until=2020-03-01T12:00", "&queue=email%2F*"] {
        let pages = all_pages(&admin, &format!("/audit?who=ann{end}")).await;
        let shown = pages.concat();
        assert_eq!(shown.len(), 51, "{end}");
        assert!(!shown.contains(&past[0].id), "its outcome is known{end}");
        let open = admin
            .page(&format!("/audit?who=ann{end}&outcome=unknown"))
            .await;
        assert_eq!(ids(&open), [past[2].id.as_str()], "{end}");
    }
    // A page that begins between the two.
    let cut = admin.page(&format!("/audit?before={}", past[1].id)).await;
    assert!(ids(&cut).is_empty(), "{}", cut.text());
}

#[tokio::test]
async fn what_is_past_its_retention_is_trimmed_and_nothing_else() {
    let hour = 60 * MINUTE;
    let before = now();
    let past: Vec<Past> = [
        before - 30 * hour,
        before - 25 * hour,
        before - 23 * hour,
        before - hour,
    ]
    .iter()
    .map(|at| about_job(*at, 17, "applied"))
    .collect();
    let app = TestApp::on(redis_with(&past).await, &[("audit_retention", "1d")]).await;
    let jobs = app.jobs().await;
    let left = async || {
        let mut entries = jobs.clone().audit_of_jobs().await;
        entries.retain(|entry| entry.get("actor") == "ann");
        entries.len()
    };
    eventually("the two that are too old are trimmed", || async {
        left().await < 4
    })
    .await;
    assert_eq!(left().await, 2);
    let admin = app.admin().await;
    // The job's list still names trimmed entries, which are skipped.
    let page = admin.page("/audit?queue=email%2Fv2&job=17").await;
    assert_eq!(ids(&page), [past[3].id.as_str(), past[2].id.as_str()]);

    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "18", "{}").await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "18").await;
    let form = form.set("text", r#"{"a":1}"#).set("reason", "r");
    assert_eq!(
        operator.send("/job/save", &form).await.status,
        StatusCode::SEE_OTHER
    );
    let left: i64 = jobs
        .run(&["PTTL", "bullkeeper:audit:bull:email/v2:18"])
        .await;
    let day = i64::try_from(Duration::from_secs(86_400).as_millis()).unwrap();
    assert!(
        (1..=day).contains(&left),
        "a list lives as long as its newest entry: {left}"
    );
}

#[tokio::test]
async fn without_a_retention_nothing_is_ever_trimmed() {
    let past = [about_job(1, 17, "applied"), about_job(NOON, 17, "applied")];
    let app = app_with(&past).await;
    assert!(
        app.services.store().audit_retention().is_none(),
        "there is nothing to trim with"
    );
    let admin = app.admin().await;
    assert_eq!(ids(&admin.page("/audit?who=ann").await).len(), 2);
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "18", "{}").await;
    let form = admin.edit("email/v2", "18").await;
    let form = form.set("text", r#"{"a":1}"#).set("reason", "r");
    assert_eq!(
        admin.send("/job/save", &form).await.status,
        StatusCode::SEE_OTHER
    );
    let left: i64 = jobs
        .run(&["PTTL", "bullkeeper:audit:bull:email/v2:18"])
        .await;
    assert_eq!(left, -1, "kept for ever");
}
