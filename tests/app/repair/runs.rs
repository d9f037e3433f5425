//! A repair from its dry run to its end: what changes, what stays, and what is recorded.

use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{TestApp, eventually};

use super::steps::{AMOUNT, SCHEMA, asked, begin, data, fill, repaired, review, send};

#[tokio::test]
async fn the_failed_jobs_that_match_are_repaired_and_every_other_byte_stays() {
    let folder = Folder::of(&[("billing.json", SCHEMA)]);
    let app = folder.app(&[]).await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 230).await;
    jobs.failed(
        "billing",
        "spaced",
        "{ \"amount\" : \"7,25\",\n\"z\":1e400 }",
    )
    .await;
    jobs.failed("billing", "right", r#"{"amount":1.0}"#).await;
    jobs.failed("billing", "word", r#"{"amount":"twelve"}"#)
        .await;
    jobs.failed("billing", "currency", r#"{"amount":"1","currency":"GBP"}"#)
        .await;
    jobs.failed("billing", "broken", "{oops").await;
    jobs.run::<()>(&["SET", "bull:billing:5:lock", "token"])
        .await;

    let page = review(&admin, &asked("", &AMOUNT)).await;
    let text = page.text();
    for words in [
        "230 jobs would change.",
        "1 is right already",
        "All 235 jobs were checked",
        "1 held by a worker",
        "1 the change does not fit its data",
        "1 the changed data would break the schema",
        "1 its data is not JSON",
        "/amount can’t be written as number",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(page.all("del").iter().any(|old| old.contains(".50\"")));
    assert_eq!(
        data(&mut jobs, "billing", "1").await,
        r#"{"amount":"1.50","keep":1.0}"#
    );

    let run = begin(&admin, &page).await;
    let page = bullkeeper_testkit::moves::until(&admin, &run, "done").await;
    assert!(
        page.text().contains("230 done, 4 skipped"),
        "{}",
        page.text()
    );
    assert_eq!(
        data(&mut jobs, "billing", "1").await,
        r#"{"amount":1.5,"keep":1.0}"#
    );
    assert_eq!(
        data(&mut jobs, "billing", "spaced").await,
        "{ \"amount\" : 7.25,\n\"z\":1e400 }"
    );
    assert_eq!(
        data(&mut jobs, "billing", "5").await,
        r#"{"amount":"5.50","keep":1.0}"#
    );
    assert_eq!(data(&mut jobs, "billing", "broken").await, "{oops");

    let id = run.rsplit('=').next().unwrap();
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), 230);
    let one = entries
        .iter()
        .find(|entry| entry.get("job") == "2")
        .unwrap();
    for (field, value) in [
        ("action", "job.edit"),
        ("outcome", "applied"),
        ("state", "failed"),
        ("run", id),
        ("reason", "amounts are numbers"),
        ("schema", "billing.json"),
        (
            "patch",
            r#"[{"op":"test","path":"/amount","value":"2.50"},{"op":"replace","path":"/amount","value":2.5}]"#,
        ),
    ] {
        assert_eq!(one.get(field), value, "{field}");
    }
    let report = admin.page(&format!("/run/export?id={id}&format=csv")).await;
    assert_eq!(report.body.matches(",done,").count(), 230);
    assert_eq!(report.body.matches(",skipped,").count(), 4);
}

#[tokio::test]
async fn a_repair_retries_each_job_in_the_same_step_with_an_entry_for_both() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 30).await;
    let fields = asked("", &[&AMOUNT[..], &[("retry", "1")]].concat());
    let (run, page) = repaired(&admin, &fields, "done").await;
    assert!(
        page.text().contains("30 done, 0 skipped"),
        "{}",
        page.text()
    );
    assert_eq!(jobs.length("billing", "wait").await, 30);
    assert!(jobs.sorted("billing", "failed").await.is_empty());
    assert_eq!(
        data(&mut jobs, "billing", "7").await,
        r#"{"amount":7.5,"keep":1.0}"#
    );
    let id = run.rsplit('=').next().unwrap();
    let entries = jobs.audit_of_jobs().await;
    let of = |action: &str| {
        let of = entries.iter().filter(|entry| entry.get("action") == action);
        of.filter(|entry| entry.get("run") == id).count()
    };
    assert_eq!((of("job.edit"), of("job.retry")), (30, 30));
    let listed: Vec<String> = jobs
        .run(&["LRANGE", "bullkeeper:audit:bull:billing:7", "0", "-1"])
        .await;
    assert_eq!(listed.len(), 2, "the job's history has both");
}

#[tokio::test]
async fn the_quick_fixes_a_patch_and_a_merge_patch_repair_too() {
    let folder = Folder::of(&[("billing.json", SCHEMA)]);
    let app = folder.app(&[]).await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    jobs.failed("billing", "1", r#"{"amount":"12,50","currency":"eur"}"#)
        .await;
    repaired(&admin, &asked("", &[("kind", "fixes")]), "done").await;
    assert_eq!(
        data(&mut jobs, "billing", "1").await,
        r#"{"amount":12.5,"currency":"EUR"}"#
    );
    let patch = r#"[{"op":"test","path":"/currency","value":"EUR"},{"op":"add","path":"/paid","value":false}]"#;
    repaired(
        &admin,
        &asked("", &[("kind", "patch"), ("patch", patch)]),
        "done",
    )
    .await;
    let merge = r#"{"currency":null,"note":{"by":"ops"}}"#;
    repaired(
        &admin,
        &asked("", &[("kind", "merge"), ("merge", merge)]),
        "done",
    )
    .await;
    assert_eq!(
        data(&mut jobs, "billing", "1").await,
        r#"{"amount":12.5,"paid":false,"note":{"by":"ops"}}"#
    );
}

#[tokio::test]
async fn a_selection_is_repaired_and_no_other_job() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 10).await;
    let odd = "a b/ü:*<%0";
    jobs.failed("billing", odd, r#"{"amount":"3"}"#).await;
    let selected = [
        ("queue", "billing"),
        ("state", "failed"),
        ("job", "2"),
        ("job", odd),
        ("kind", "steps"),
    ];
    let form = send(&admin, "/repair/form", &selected).await;
    assert!(form.text().contains("2 selected jobs"), "{}", form.text());
    let fields = [&selected[..], &AMOUNT[..]].concat();
    let (_, page) = repaired(&admin, &fields, "done").await;
    assert!(page.text().contains("2 done, 0 skipped"), "{}", page.text());
    assert_eq!(data(&mut jobs, "billing", odd).await, r#"{"amount":3}"#);
    assert_eq!(
        data(&mut jobs, "billing", "3").await,
        r#"{"amount":"3.50","keep":1.0}"#
    );
}

#[tokio::test]
async fn a_query_says_which_jobs_are_repaired() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 20).await;
    let fields = asked("data.amount = \"4.50\" and finished > 24h ago", &AMOUNT);
    let page = review(&admin, &fields).await;
    assert!(
        page.text().contains("1 job would change."),
        "{}",
        page.text()
    );
    let run = begin(&admin, &page).await;
    bullkeeper_testkit::moves::until(&admin, &run, "done").await;
    assert_eq!(jobs.audit_of_jobs().await.len(), 1);
    assert_eq!(
        data(&mut jobs, "billing", "4").await,
        r#"{"amount":4.5,"keep":1.0}"#
    );
}

#[tokio::test]
async fn the_test_on_one_job_shows_the_difference_and_saves_it_as_a_normal_edit() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 3).await;
    let fields = asked("", &[&AMOUNT[..], &[("job_to_try", "2")]].concat());
    let page = send(&admin, "/repair/try", &fields).await;
    assert!(
        page.text().contains("would change in 1 place"),
        "{}",
        page.text()
    );
    assert_eq!(jobs.audit_of_jobs().await.len(), 0);
    assert_eq!(
        data(&mut jobs, "billing", "2").await,
        r#"{"amount":"2.50","keep":1.0}"#
    );
    let form = bullkeeper_testkit::EditForm::of(&page, "/job/review");
    let reviewed = admin.send("/job/review", &form).await;
    let save = bullkeeper_testkit::EditForm::of(&reviewed, "/job/save").set("reason", "tried");
    send(&admin, "/job/save", &save.pairs()).await;
    assert_eq!(
        data(&mut jobs, "billing", "2").await,
        r#"{"amount":2.5,"keep":1.0}"#
    );
    let entries = jobs.audit_of_jobs().await;
    assert_eq!((entries.len(), entries[0].get("run")), (1, ""));
}

#[tokio::test]
async fn large_data_is_repaired_and_larger_data_is_skipped() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    let filler = "x".repeat(4_900_000);
    let large = format!("{{\"amount\":\"1\",\"f\":\"{filler}\"}}");
    jobs.failed("billing", "large", &large).await;
    let larger = format!(
        "{{\"amount\":\"1\",\"f\":\"{filler}{}\"}}",
        "x".repeat(200_000)
    );
    jobs.failed("billing", "larger", &larger).await;
    let (_, page) = repaired(&admin, &asked("", &AMOUNT), "done").await;
    assert!(page.text().contains("1 done, 1 skipped"), "{}", page.text());
    assert!(
        page.text().contains("too large to be edited"),
        "{}",
        page.text()
    );
    let stored = data(&mut jobs, "billing", "large").await;
    assert!(stored.starts_with("{\"amount\":1,\"f\":\"xxx") && stored.len() == large.len() - 2);
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_and_changes_nothing_twice() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 3_000).await;
    // Each job gets an element, so that doing it twice would show.
    jobs.run::<()>(&[
        "EVAL",
        "for i = 1, 3000 do redis.call('HSET', 'bull:billing:' .. i, 'data', '{\"n\":[]}') end",
        "0",
    ])
    .await;
    let patch = r#"[{"op":"add","path":"/n/-","value":1}]"#;
    let page = review(&admin, &asked("", &[("kind", "patch"), ("patch", patch)])).await;
    let run = begin(&admin, &page).await;
    eventually("some are done", || async {
        let done: u64 = bullkeeper_testkit::process::done_by(&mut app.jobs().await, &run).await;
        done > 0
    })
    .await;
    send(
        &admin,
        "/run/stop",
        &[("id", run.rsplit('=').next().unwrap())],
    )
    .await;
    let stopped = bullkeeper_testkit::moves::state_of(&admin, &run).await;
    eventually("it has ended", || async {
        ["stopped", "done"].contains(
            &bullkeeper_testkit::moves::state_of(&admin, &run)
                .await
                .as_str(),
        )
    })
    .await;
    if stopped != "done" && bullkeeper_testkit::moves::state_of(&admin, &run).await == "stopped" {
        bullkeeper_testkit::moves::press(&admin, &run, "/run/go-on").await;
    }
    bullkeeper_testkit::moves::until(&admin, &run, "done").await;
    for id in ["1", "1500", "3000"] {
        assert_eq!(data(&mut jobs, "billing", id).await, r#"{"n":[1]}"#, "{id}");
    }
    assert_eq!(jobs.audit_of_jobs().await.len(), 3_000);
}
