//! What keeps a repair from beginning, and what lets it pause: nothing is done that was not reviewed.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::moves::{press, until};
use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{EditForm, Seen, TestApp, eventually};
use reqwest::StatusCode;

use super::steps::{AMOUNT, SCHEMA, asked, begin, confirmed, data, fill, repaired, review, send};

#[tokio::test]
async fn only_who_may_repair_many_jobs_and_edit_them_is_let_in_and_a_refusal_is_recorded() {
    let app = TestApp::with(&[(
        "grants",
        "operator may bulk on billing, viewer may bulk on billing",
    )])
    .await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs, "billing", 3).await;
    fill(&mut jobs, "other", 3).await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    let fields = asked("", &AMOUNT);
    let refused = send(&viewer, "/repair/review", &fields).await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "a viewer may not edit"
    );
    review(&operator, &fields).await;
    let mut other = fields.clone();
    other[0] = ("queue", "other");
    for path in [
        "/repair/review",
        "/repair/try",
        "/repair/run",
        "/repair/form",
        "/recipe/save",
    ] {
        let refused = send(&operator, path, &other).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    let denied = jobs.audit().await;
    let denied = denied
        .iter()
        .filter(|entry| entry.get("outcome") == "denied");
    let actions: Vec<(&str, &str)> = denied
        .map(|entry| (entry.get("action"), entry.get("queue")))
        .collect();
    assert!(actions.contains(&("job.edit", "billing")), "{actions:?}");
    assert!(actions.contains(&("jobs.repair", "other")), "{actions:?}");
    assert_eq!(
        data(&mut jobs, "other", "1").await,
        r#"{"amount":"1.50","keep":1.0}"#
    );
}

#[tokio::test]
async fn a_run_begins_only_confirmed_with_a_reason_and_the_number_and_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 150).await;
    let page = review(&admin, &asked("", &AMOUNT)).await;
    let form = confirmed(&page);
    for (field, value, words) in [
        ("reason", " ", "needs a reason"),
        ("confirm", "", "select the checkbox"),
        ("typed_count", "15", "Type the number"),
    ] {
        let refused = send(
            &admin,
            "/repair/run",
            &form.clone().set(field, value).pairs(),
        )
        .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(refused.text().contains(words), "{}", refused.text());
        let kept = EditForm::of(&refused, "/repair/run");
        assert_eq!((kept.get("at"), kept.get("to")), ("/amount", "number"));
    }
    assert!(jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn another_change_or_other_jobs_than_were_reviewed_are_refused() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 5).await;
    let page = review(&admin, &asked("", &AMOUNT)).await;
    for (field, value) in [
        ("to", "string"),
        ("fixed_query", "data.amount = \"1.50\""),
        ("retry", "1"),
        ("job_id", "1*"),
        ("reviewed", ""),
        ("rules", "none"),
    ] {
        let form = confirmed(&page).set(field, value);
        let refused = send(&admin, "/repair/run", &form.pairs()).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{field}");
        assert!(
            refused.text().contains("is not what was reviewed"),
            "{}",
            refused.text()
        );
    }
    assert!(jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn a_schema_that_changed_after_the_review_has_to_be_reviewed_again() {
    let folder = Folder::of(&[("billing.json", SCHEMA)]);
    let app = folder.app(&[]).await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 5).await;
    let page = review(&admin, &asked("", &AMOUNT)).await;
    folder.write("billing.json", SCHEMA.replace("USD", "CHF"));
    let form = confirmed(&page);
    eventually("the change is seen", || async {
        let refused = send(
            &admin,
            "/repair/run",
            &form.clone().set("confirm", "").pairs(),
        )
        .await;
        refused.status == StatusCode::CONFLICT
    })
    .await;
    let refused = send(&admin, "/repair/run", &form.pairs()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(jobs.audit_of_jobs().await.is_empty());
    // The page that refused it is a review of what would happen now.
    let run = begin(&admin, &refused).await;
    until(&admin, &run, "done").await;
    assert_eq!(jobs.audit_of_jobs().await.len(), 5);
}

#[tokio::test]
async fn a_run_ends_at_the_number_of_jobs_that_one_run_may_repair() {
    let app = TestApp::with(&[("repair_limit", "120")]).await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 300).await;
    let page = review(&admin, &asked("", &AMOUNT)).await;
    assert!(
        page.text().contains("One run repairs up to 120 jobs"),
        "{}",
        page.text()
    );
    let run = begin(&admin, &page).await;
    let page = until(&admin, &run, "stopped").await;
    assert!(
        page.text().contains("Begin another for the rest"),
        "{}",
        page.text()
    );
    assert_eq!(jobs.audit_of_jobs().await.len(), 120);
    press(&admin, &run, "/run/go-on").await;
    until(&admin, &run, "stopped").await;
    assert_eq!(
        jobs.audit_of_jobs().await.len(),
        120,
        "going on does not lift it"
    );
    let (_, page) = repaired(&admin, &asked("", &AMOUNT), "stopped").await;
    assert!(page.text().contains("120 done"), "{}", page.text());
    repaired(&admin, &asked("", &AMOUNT), "done").await;
    assert_eq!(jobs.audit_of_jobs().await.len(), 300);
}

#[tokio::test]
async fn a_run_pauses_when_too_many_jobs_fail_and_goes_on_when_told_to() {
    let app = TestApp::with(&[("repair_failing_percent", "20")]).await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 300).await;
    let script = "for i = 1, 300, 3 do redis.call('HSET', 'bull:billing:' .. i, 'data', '{\"amount\":\"many\"}') end";
    jobs.run::<()>(&["EVAL", script, "0"]).await;
    let (run, page) = repaired(&admin, &asked("", &AMOUNT), "stopped").await;
    assert!(
        page.text().contains("Too many jobs fail."),
        "{}",
        page.text()
    );
    let done = jobs.audit_of_jobs().await.len();
    assert!(done < 200, "{done}");
    press(&admin, &run, "/run/go-on").await;
    let page = until(&admin, &run, "done").await;
    assert!(
        page.text().contains("200 done, 100 skipped"),
        "{}",
        page.text()
    );
    assert_eq!(jobs.audit_of_jobs().await.len(), 200);
}

#[tokio::test]
async fn what_can_not_be_meant_is_refused_with_the_text_kept() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 1).await;
    let patch = "[{\"op\":\"paint\",\"path\":\"/a\"}]";
    for (fields, words) in [
        (asked("data.a = \"", &AMOUNT), "The query, at character"),
        (asked("", &[("kind", "steps")]), "No step is filled in"),
        (
            asked("", &[("kind", "patch"), ("patch", patch)]),
            "there is no \"op\" \"paint\"",
        ),
        (asked("", &[("kind", "other")]), "no kind of change"),
        (asked("state = active", &AMOUNT), "No state is selected"),
        (
            asked(
                "",
                &[&AMOUNT[..], &[("state", "waiting"), ("retry", "1")]].concat(),
            ),
            "Only failed and completed jobs can be retried",
        ),
    ] {
        for path in ["/repair/review", "/repair/try", "/repair/run"] {
            let refused = send(&admin, path, &fields).await;
            assert_eq!(
                refused.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{path} {words}"
            );
            assert!(
                refused.text().contains(words),
                "{words}: {}",
                refused.text()
            );
        }
    }
    let refused = send(
        &admin,
        "/repair/review",
        &asked("", &[("kind", "patch"), ("patch", patch)]),
    )
    .await;
    assert_eq!(refused.all("#patch").join("").trim(), patch);
    let stranger = app.stranger();
    let kept = send(&stranger, "/repair/review", &asked("data.x = 1", &AMOUNT)).await;
    assert_eq!(kept.status, StatusCode::UNAUTHORIZED);
    assert_eq!(kept.attributes("#query", "value"), ["data.x = 1"]);
}

#[tokio::test]
async fn what_a_policy_guards_is_skipped_by_a_repair() {
    let policy =
        r#"{"editable":["/amount","/card/**"],"critical":["/amount"],"states":["failed"]}"#;
    let folder = Folder::of(&[("billing.policy.json", policy)]);
    let app = folder.app(&[]).await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    let stored = r#"{"amount":"1","card":{"number":"4111-secret"},"note":"x"}"#;
    for id in ["1", "2"] {
        jobs.failed("billing", id, stored).await;
    }
    // What is critical is for tests/app/approval/runs.
    for (merge, words) in [
        (
            r#"{"note":"y"}"#,
            "the policy does not let this field be changed",
        ),
        (
            r#"{"amount":1,"note":"y"}"#,
            "the policy does not let this field be changed",
        ),
    ] {
        let fields = asked("", &[("kind", "merge"), ("merge", merge)]);
        let page = review(&admin, &fields).await;
        assert!(page.text().contains(words), "{words}: {}", page.text());
        assert!(page.text().contains("0 jobs would change."), "{words}");
        // A run that was begun all the same changes nothing.
        let form = confirmed_without_page(&fields, &page);
        let pairs: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let begun = send(&admin, "/repair/run", &pairs).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
        until(&admin, begun.location(), "done").await;
    }
    for id in ["1", "2"] {
        assert_eq!(data(&mut jobs, "billing", id).await, stored);
    }
    assert!(jobs.audit_of_jobs().await.is_empty());
    folder.write("billing.policy.json", "{");
    let fields = asked("", &[("kind", "merge"), ("merge", r#"{"note":"y"}"#)]);
    eventually("the fault is seen", || async {
        let page = review(&admin, &fields).await;
        page.text().contains("the policy in force is faulty")
    })
    .await;
}

#[tokio::test]
async fn who_may_not_see_a_field_repairs_no_jobs_that_have_it_and_can_not_find_it_out() {
    let folder = Folder::of(&[("billing.policy.json", r#"{"sensitive":["/card/**"]}"#)]);
    let app = folder
        .app(&[("grants", "carol may reveal on billing")])
        .await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    let stored = r#"{"card":{"number":"4111-secret"},"note":"x"}"#;
    jobs.failed("billing", "1", stored).await;
    for patch in [
        r#"[{"op":"copy","from":"/card/number","path":"/note"}]"#,
        r#"[{"op":"test","path":"/card/number","value":"4111"},{"op":"add","path":"/note","value":1}]"#,
        r#"[{"op":"add","path":"/note","value":1}]"#,
    ] {
        let fields = asked("", &[("kind", "patch"), ("patch", patch)]);
        for path in ["/repair/review", "/repair/try"] {
            let refused = send(&admin, path, &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            let told = refused.text();
            assert!(told.contains("takes the grant reveal"), "{path}: {told}");
            assert!(!refused.body.contains("4111-secret"), "{path}");
        }
    }
    assert_eq!(data(&mut jobs, "billing", "1").await, stored);
    let carol = app.scoped("carol", Role::Admin, &[]).await;
    let fields = asked("", &[("kind", "merge"), ("merge", r#"{"note":"y"}"#)]);
    let page = review(&carol, &fields).await;
    assert!(
        page.text().contains("1 job would change"),
        "{}",
        page.text()
    );
}

/// The form of a run whose review offers none, since nothing would change.
fn confirmed_without_page(fields: &[(&str, &str)], page: &Seen) -> Vec<(String, String)> {
    let hidden = EditForm::of(page, "/repair/run");
    let mut form: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    for name in ["reviewed", "rules", "fixed_query"] {
        form.push((name.to_owned(), hidden.get(name).to_owned()));
    }
    form.push(("reason".to_owned(), "all the same".to_owned()));
    form.push(("confirm".to_owned(), "1".to_owned()));
    form
}
