//! What differs between failed and completed jobs, on the page of a group and on that of a job.

use bullkeeper_testkit::{Jobs, Person, TestApp};

use super::{completes, fails};

const CHARGE: &str = "charge (/srv/billing/src/charge.ts:41:13)";

/// 40 charges that completed, and 3 that failed since their amount is a text.
async fn charges(jobs: &mut Jobs) {
    for n in 0..40_u64 {
        let data = format!(
            r#"{{"invoice":"INV-{n}","amount":{}.5,"currency":"EUR"}}"#,
            n * 17 % 41
        );
        completes(jobs, "billing", &format!("done-{n}"), &data).await;
    }
    for n in 1..=3 {
        let id = format!("bad-{n}");
        let reason = format!("amount must be a number, got \"{n},50\"");
        fails(jobs, "billing", &id, &reason, CHARGE, 60_000 * n).await;
        let data = format!(r#"{{"invoice":"INV-9{n}","amount":"{n},50","currency":"EUR"}}"#);
        jobs.run::<u64>(&["HSET", &format!("bull:billing:{id}"), "data", &data])
            .await;
    }
}

async fn first_group(viewer: &Person) -> String {
    let list = viewer.page("/failures?queue=billing").await;
    list.attributes("table.failures tbody th a", "href")[0].clone()
}

#[tokio::test]
async fn a_group_says_what_differs_with_the_counts_of_both_and_a_query_for_each() {
    let app = TestApp::start().await;
    charges(&mut app.jobs().await).await;
    let viewer = app.viewer().await;
    let group = first_group(&viewer).await;
    let page = viewer.page(&group).await;
    assert_eq!(
        page.all("#differs li"),
        ["amount is a string in 3 of 3 failed jobs, a number in 40 of 40 completed jobs"]
    );
    assert_eq!(
        page.attributes("#differs li a", "title"),
        ["data.amount is string"]
    );
    assert!(page.all("#differs .sub")[0].contains("need not be the cause"));
}

#[tokio::test]
async fn too_few_completed_jobs_tell_nothing() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    charges(&mut jobs).await;
    jobs.run::<u64>(&["ZREMRANGEBYRANK", "bull:billing:completed", "4", "-1"])
        .await;
    let viewer = app.viewer().await;
    let page = viewer.page(&first_group(&viewer).await).await;
    assert!(page.all("#differs li").is_empty());
    assert_eq!(
        page.all("#differs .muted"),
        ["Too few completed jobs to tell: 4 with this name, and 5 are needed."]
    );
}

#[tokio::test]
async fn a_failed_jobs_page_loads_its_group_and_what_differs_for_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    charges(&mut jobs).await;
    let operator = app.operator().await;
    let page = operator.page("/job?queue=billing&id=bad-2").await;
    let part = page.attributes("#alike", "hx-get");
    assert_eq!(part, ["/job/failure?queue=billing&id=bad-2"]);
    assert_eq!(
        page.attributes("#alike a", "href"),
        part,
        "without a script it is a link"
    );
    let page = operator.page(&part[0]).await;
    let text = page.all("#alike p")[0].clone();
    assert!(
        text.starts_with("One of 3 jobs with this error in the last 24 hours"),
        "{text}"
    );
    assert_eq!(
        page.all("#alike li"),
        ["amount is a string in 1 of 1 failed job, a number in 40 of 40 completed jobs"]
    );
    assert_eq!(
        page.attributes("#alike .btn", "href"),
        ["/job/edit?queue=billing&id=bad-2"]
    );
    assert!(
        app.viewer()
            .await
            .page(&part[0])
            .await
            .all("#alike .btn")
            .is_empty()
    );

    let completed = operator.page("/job?queue=billing&id=done-1").await;
    assert!(completed.all("#alike").is_empty());
    let none = operator.page("/job/failure?queue=billing&id=done-1").await;
    assert!(none.text().contains("The job is not failed now."));
    assert_eq!(
        operator
            .get("/job/failure?queue=billing&id=none")
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn data_that_is_no_json_or_too_large_is_left_out_and_counted() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    charges(&mut jobs).await;
    let large = format!(r#"{{"amount":"{}"}}"#, "1".repeat(70_000));
    jobs.run::<u64>(&["HSET", "bull:billing:bad-1", "data", "{"])
        .await;
    jobs.run::<u64>(&["HSET", "bull:billing:bad-2", "data", &large])
        .await;
    let viewer = app.viewer().await;
    let page = viewer.page(&first_group(&viewer).await).await;
    let told = page.all("#differs .sub").concat();
    assert!(told.contains("1 failed and 40 completed jobs"), "{told}");
    assert!(told.contains("2 left out"), "{told}");
}
