//! Selecting jobs in a queue's list: the boxes, the dry run of what is done to them, and the run.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::moves::{press, until};
use bullkeeper_testkit::retry::{list, outcomes};
use bullkeeper_testkit::{EditForm, Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

const FAILED: &str = "/queue?name=email%2Fv1&state=failed";

/// The values of the boxes of a list, in its order.
async fn boxes(person: &Person, list: &str) -> Vec<String> {
    let page = person.page(list).await;
    page.attributes("input[data-pick]", "value")
}

/// Sends the form of the selection in a list with these boxes ticked.
async fn choose(person: &Person, list: &str, operation: &str, picked: &[String]) -> Seen {
    let page = person.page(list).await;
    let form = EditForm::of(&page, "/queue/selected").set("operation", operation);
    let mut fields = form.pairs();
    fields.extend(picked.iter().map(|id| ("job*", id.as_str())));
    Seen::of(person.post("/queue/selected", &fields).await).await
}

/// Sends the form of a dry run's page.
async fn send(person: &Person, page: &Seen, more: &[(&str, &str)]) -> Seen {
    let mut form = EditForm::of(page, "/queue/operate");
    for (name, value) in more {
        form = form.set(name, value);
    }
    Seen::of(person.post("/queue/operate", &form.pairs()).await).await
}

/// Confirms a dry run's page and waits for the end of the run; its address and its page.
async fn done(person: &Person, page: &Seen) -> (String, Seen) {
    let begun = send(person, page, &[("confirm", "1")]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let run = begun.location().to_owned();
    let page = until(person, &run, "done").await;
    (run, page)
}

async fn failed(jobs: &mut Jobs) -> Vec<String> {
    let failed = jobs.sorted("email/v1", "failed").await;
    let mut ids: Vec<String> = failed.into_iter().map(|(id, _)| id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn the_selected_jobs_are_retried_and_no_others() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in ["1", "2", "a\nb%0A", "<b>&\"'", "5"] {
        jobs.failed("email/v1", id, "{}").await;
    }
    let all = boxes(&operator, FAILED).await;
    assert_eq!(all.len(), 5);
    let picked: Vec<String> = all
        .into_iter()
        .filter(|value| !["1", "5"].contains(&value.as_str()))
        .collect();
    let page = choose(&operator, FAILED, "job.retry", &picked).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(
        page.text().contains("Retry would apply to 3 jobs"),
        "{}",
        page.text()
    );
    let asked = send(&operator, &page, &[("reason", "the host is back")]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(failed(&mut jobs).await.len(), 5, "nothing was done");

    let (run, page) = done(&operator, &asked).await;
    assert!(page.text().contains("3 done, 0 skipped"), "{}", page.text());
    assert_eq!(failed(&mut jobs).await, ["1", "5"]);
    let mut waiting = list(&mut jobs, "email/v1", "wait").await;
    waiting.sort();
    assert_eq!(waiting, ["2", "<b>&\"'", "a\nb%0A"]);
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.retry", "applied"); 3]);
    for entry in &entries {
        assert!(run.ends_with(entry.get("run")));
        assert_eq!(
            (entry.get("state"), entry.get("reason")),
            ("failed", "the host is back")
        );
    }
    let intent = jobs.audit().await;
    let intent = intent.iter().find(|entry| entry.get("outcome") == "intent");
    assert!(
        intent.unwrap().get("note").contains("3 selected jobs"),
        "the run says which jobs"
    );
}

#[tokio::test]
async fn a_selected_job_that_has_left_its_state_is_left_alone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in ["1", "2", "3"] {
        jobs.failed("email/v1", id, "{}").await;
    }
    let page = choose(&operator, FAILED, "job.remove", &["1".into(), "2".into()]).await;
    // Somebody else retries one and removes another meanwhile.
    let form = [("queue", "email/v1"), ("id", "2")];
    operator.post("/job/retry", &form).await;
    let again = send(&operator, &page, &[]).await;
    assert!(
        again.text().contains("1 no longer in this state"),
        "the dry run says so: {}",
        again.text()
    );
    let (_, page) = done(&operator, &page).await;
    assert!(page.text().contains("1 done, 1 skipped"), "{}", page.text());
    assert!(
        page.text().contains("no longer in this state"),
        "{}",
        page.text()
    );
    assert_eq!(failed(&mut jobs).await, ["3"]);
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["2"]);
    assert_eq!(jobs.data("email/v1", "2").await.unwrap(), b"{}");
}

#[tokio::test]
async fn a_run_over_a_selection_that_goes_on_counts_no_job_twice_and_skips_none_of_its_own() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in ["1", "2", "3"] {
        jobs.failed("email/v1", id, "{}").await;
    }
    let picked = boxes(&operator, FAILED).await;
    let page = choose(&operator, FAILED, "job.retry", &picked).await;
    let (run, _) = done(&operator, &page).await;
    // As after a process that was killed before it could write the end.
    let key = format!("bullkeeper:run:{}", run.rsplit('=').next().unwrap());
    jobs.run::<u64>(&["HSET", &key, "state", "stopped"]).await;
    press(&operator, &run, "/run/go-on").await;
    let page = until(&operator, &run, "done").await;
    assert!(page.text().contains("3 done, 0 skipped"), "{}", page.text());
    assert_eq!(jobs.audit_of_jobs().await.len(), 3);
}

#[tokio::test]
async fn above_a_hundred_jobs_their_number_is_typed() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.many("email/v1", 101).await;
    let waiting = "/queue?name=email%2Fv1&state=waiting&size=200";
    let picked = boxes(&operator, waiting).await;
    assert_eq!(picked.len(), 101);
    let page = choose(&operator, waiting, "job.remove", &picked).await;
    assert!(
        page.text()
            .contains("Type the number of jobs to confirm: 101"),
        "{}",
        page.text()
    );
    for typed in ["", "100", "a hundred"] {
        let more = [("confirm", "1"), ("typed_count", typed), ("reason", "old")];
        let refused = send(&operator, &page, &more).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(
            refused
                .text()
                .contains("Type the number of jobs that this page names")
        );
        assert_eq!(refused.attributes("#typed-count", "value"), [typed]);
        assert_eq!(refused.attributes("#reason", "value"), ["old"]);
    }
    // The number is that of the page, not one that the form was given.
    let forged = [("confirm", "1"), ("count", "1"), ("typed_count", "1")];
    let refused = send(&operator, &page, &forged).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(jobs.length("email/v1", "wait").await, 101);
    let begun = send(
        &operator,
        &page,
        &[("confirm", "1"), ("typed_count", " 101 ")],
    )
    .await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    until(&operator, begun.location(), "done").await;
    assert_eq!(jobs.length("email/v1", "wait").await, 0);

    jobs.many("email/v1", 100).await;
    let page = operator
        .page("/queue/operate?queue=email%2Fv1&state=waiting&operation=job.remove")
        .await;
    assert!(page.all("#typed-count").is_empty(), "a hundred need none");
}

#[tokio::test]
async fn a_selection_of_all_that_match_goes_to_the_dry_run_for_them() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.many("email/v1", 60).await;
    let filtered = "/queue?name=email%2Fv1&state=waiting&job_name=send&size=25";
    let page = operator.page(filtered).await;
    let form = EditForm::of(&page, "/queue/selected")
        .set("operation", "job.remove")
        .set("all", "1")
        .set("job*", "1");
    let answer = Seen::of(operator.post("/queue/selected", &form.pairs()).await).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let page = operator.page(answer.location()).await;
    assert!(
        page.text().contains("Remove would apply to 60 jobs"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("named \"send\""), "{}", page.text());
}

#[tokio::test]
async fn who_may_not_operate_selects_nothing_and_a_wrong_selection_is_refused() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", "{}").await;
    jobs.failed("billing", "1", "{}").await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    assert!(boxes(&viewer, FAILED).await.is_empty());
    let none = choose(&operator, FAILED, "job.retry", &[]).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
    assert!(none.text().contains("No job is selected"));
    let many: Vec<String> = (0..201).map(|n| n.to_string()).collect();
    let many = choose(&operator, FAILED, "job.retry", &many).await;
    assert_eq!(many.status, StatusCode::BAD_REQUEST, "{}", many.text());

    let form = |queue| {
        [
            ("queue", queue),
            ("state", "failed"),
            ("operation", "job.retry"),
            ("job", "1"),
            ("confirm", "1"),
        ]
    };
    let scoped = app.scoped("sam", Role::Operator, &["email/*"]).await;
    for path in ["/queue/selected", "/queue/operate"] {
        let refused = viewer.post(path, &form("email/v1")).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path}");
        let hidden = scoped.post(path, &form("billing")).await;
        assert_eq!(hidden.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(failed(&mut jobs).await, ["1"]);
    app.services.finish_audit().await;
    let entries = jobs.audit().await;
    let denied = entries
        .iter()
        .filter(|entry| entry.get("outcome") == "denied");
    assert_eq!(denied.count(), 4);
}
