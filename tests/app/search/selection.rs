//! What a search finds as a selection: an operation on all that match, and its dry run.

use bullkeeper_testkit::moves::until;
use bullkeeper_testkit::{EditForm, Person, Seen, TestApp};
use reqwest::StatusCode;

use super::seed;

const QUERY: &str = "data.half+%3D+1+and+data.n+%3C+100";

async fn send(person: &Person, page: &Seen, more: &[(&str, &str)]) -> Seen {
    let mut form = EditForm::of(page, "/queue/operate");
    for (name, value) in more {
        form = form.set(name, value);
    }
    Seen::of(person.post("/queue/operate", &form.pairs()).await).await
}

#[tokio::test]
async fn all_that_match_are_retried_and_what_can_not_be_read_is_left_where_it_is() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    seed(&mut jobs, "email/v1", "failed", 500).await;
    jobs.failed("email/v1", "broken", "{oops").await;

    let address =
        format!("/queue/operate?queue=email/v1&state=failed&operation=job.retry&query={QUERY}");
    let page = operator.page(&address).await;
    assert!(
        page.text().contains("Retry would apply to 50 jobs"),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains("1 the query could not be checked"),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains("that match data.half = 1"),
        "{}",
        page.text()
    );

    let begun = send(
        &operator,
        &page,
        &[("confirm", "1"), ("reason", "the host is back")],
    )
    .await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let run = until(&operator, begun.location(), "done").await;
    assert!(run.text().contains("50 done, 1 skipped"), "{}", run.text());
    let failed = jobs.sorted("email/v1", "failed").await;
    assert_eq!(failed.len(), 451);
    for id in ["broken", "2", "101"] {
        assert!(failed.iter().any(|(left, _)| left == id), "{id} stays");
    }
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), 50, "each job has its entry");
    for entry in entries {
        let n: u64 = entry.get("job").parse().unwrap();
        assert!(n < 100 && n % 2 == 1, "{n}");
    }
}

#[tokio::test]
async fn all_that_match_in_two_queues_are_removed() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    for queue in ["email/v1", "email/v2"] {
        seed(&mut jobs, queue, "wait", 20).await;
    }
    bullkeeper_testkit::stream::counted(&app, 2).await;
    let page = admin
        .page("/queues/operate?family=email&state=waiting&operation=job.remove&query=data.n+%3E+15")
        .await;
    assert!(
        page.text().contains("would apply to 10 jobs in 2 queues"),
        "{}",
        page.text()
    );
    let form = EditForm::of(&page, "/queues/operate")
        .set("confirm", "1")
        .set("reason", "too old");
    let begun = Seen::of(admin.post("/queues/operate", &form.pairs()).await).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    until(&admin, begun.location(), "done").await;
    for queue in ["email/v1", "email/v2"] {
        let left = bullkeeper_testkit::retry::list(&mut jobs, queue, "wait").await;
        assert_eq!(left.len(), 15);
        assert!(!left.iter().any(|id| id == "16"));
    }
}

#[tokio::test]
async fn a_faulty_query_is_refused_before_anything_is_looked_at() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v1", "1", "{}").await;
    let address = "/queue/operate?queue=email/v1&state=failed&operation=job.retry&query=data.n+%3D";
    let refused = Seen::of(operator.get(address).await).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("The query"), "{}", refused.text());
}

#[tokio::test]
async fn the_rows_of_one_queue_and_state_can_be_selected_by_those_who_may_change_them() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    seed(&mut jobs, "email/v1", "failed", 5).await;
    seed(&mut jobs, "email/v1", "wait", 2).await;
    let picks = "#search-rows input[name='job*']";
    let one_state = "/search?queue=email/v1&q=state+%3D+failed&part=1";
    let page = operator.page(one_state).await;
    let ids = page.attributes(picks, "value");
    assert_eq!(ids.len(), 5, "{ids:?}");
    assert_eq!(page.all("form#selection").len(), 1);

    let form = [
        ("queue", "email/v1"),
        ("state", "failed"),
        ("operation", "job.retry"),
        ("job*", ids[0].as_str()),
        ("job*", ids[1].as_str()),
    ];
    let review = Seen::of(operator.post("/queue/selected", &form).await).await;
    assert!(
        review.text().contains("Retry would apply to 2 jobs"),
        "{}",
        review.text()
    );

    for address in [
        "/search?queue=email/v1&q=data.n+%3E+0&part=1",
        "/search?q=state+%3D+failed&part=1",
    ] {
        let page = operator.page(address).await;
        assert!(page.all(picks).is_empty(), "{address}");
    }
    let viewer = app.viewer().await;
    assert!(viewer.page(one_state).await.all(picks).is_empty());
}
