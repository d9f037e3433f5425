//! The list of groups and the page of one.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, eventually};

use super::{completes, fails};

const MINUTE: u64 = 60_000;
const FIND: &str = "find (/srv/a/src/users.ts:1:2)";

/// The page, once its snapshot has this many rows.
async fn with_rows(person: &Person, path: &str, rows: usize) -> Seen {
    eventually("the groups are there", || async {
        person.page(path).await.all("table.failures tbody tr").len() == rows
    })
    .await;
    person.page(path).await
}

async fn some_failures(jobs: &mut Jobs) {
    for (id, ago) in [("1", 50), ("2", 40), ("3", 3)] {
        let reason = format!("no user {id} at \"a{id}@x.org\"");
        fails(jobs, "email/v1", id, &reason, FIND, ago * MINUTE).await;
    }
    fails(
        jobs,
        "email/v2",
        "4",
        "no user 4 at \"b\"",
        FIND,
        2 * MINUTE,
    )
    .await;
    fails(
        jobs,
        "email/v2",
        "5",
        "no such host",
        "send (/srv/a/src/mail.ts:1:2)",
        MINUTE,
    )
    .await;
    fails(
        jobs,
        "billing",
        "6",
        "no user 6 at \"c\"",
        "charge (/srv/b/src/charge.ts:1:2)",
        MINUTE,
    )
    .await;
}

#[tokio::test]
async fn failures_that_differ_in_numbers_and_quoted_texts_are_one_group_if_thrown_at_one_place() {
    let app = TestApp::start().await;
    some_failures(&mut app.jobs().await).await;
    let viewer = app.viewer().await;
    let page = with_rows(&viewer, "/failures", 3).await;
    let groups = page.all("table.failures tbody th a");
    assert_eq!(groups[0], "no user number at text");
    assert_eq!(
        page.all("table.failures tbody th a .varies")[..2],
        ["number", "text"]
    );
    let counts = page.all("table.failures tbody td[data-l=jobs]");
    assert_eq!(counts, ["4", "1", "1"]);
    let shares = page.all("table.failures tbody td[data-l=share]");
    assert_eq!(shares[0].trim(), "66%");
    let queues = page.all("table.failures tbody tr:first-child td:last-child a");
    assert_eq!(queues, ["email/v1", "email/v2"], "most hit first");
    assert!(
        page.text()
            .contains("6 failed jobs in the last 24 hours, 3 groups"),
        "{}",
        page.text()
    );
    let family = with_rows(&viewer, "/failures?family=email", 2).await;
    assert_eq!(
        family.all("table.failures tbody td[data-l=jobs]"),
        ["4", "1"]
    );
    let queue = viewer.page("/failures?queue=email/v1").await;
    assert_eq!(queue.all("table.failures tbody td[data-l=jobs]"), ["3"]);
}

#[tokio::test]
async fn only_failures_of_the_time_that_is_asked_for_are_counted() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for (id, hours) in [("1", 0), ("2", 3), ("3", 30), ("4", 24 * 10)] {
        fails(
            &mut jobs,
            "email",
            id,
            "no such host",
            FIND,
            hours * 60 * MINUTE,
        )
        .await;
    }
    let viewer = app.viewer().await;
    for (span, count) in [
        ("1h", "1"),
        ("24h", "2"),
        ("7d", "3"),
        ("30d", "4"),
        ("1y", "4"),
    ] {
        let page = viewer
            .page(&format!("/failures?queue=email&span={span}"))
            .await;
        assert_eq!(
            page.all("table.failures tbody td[data-l=jobs]"),
            [count],
            "{span}"
        );
    }
    let page = Seen::of(viewer.get("/failures?span=2h").await).await;
    assert_eq!(page.status, 400);
    assert!(
        page.text().contains("allowed are 1h, 24h, 7d, 30d and 1y"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn an_error_that_only_the_newest_version_has_is_marked_if_an_older_one_worked_meanwhile() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    some_failures(&mut jobs).await;
    // Nothing finished in report/v1: there is nothing to compare with.
    jobs.waiting("report/v1", "1", "{}").await;
    fails(&mut jobs, "report/v2", "1", "no paper", FIND, MINUTE).await;
    let viewer = app.viewer().await;
    let page = with_rows(&viewer, "/failures", 4).await;
    let marks = page.all("table.failures tbody th .chip");
    assert_eq!(marks.len(), 1, "{marks:?}");
    assert!(marks[0].starts_with("only in v2, since "), "{marks:?}");
    let marked = page.all("table.failures tbody tr:has(.chip) th a");
    assert_eq!(marked, ["no such host"]);
}

#[tokio::test]
async fn the_page_of_a_group_shows_an_example_and_offers_operations_to_those_who_may() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    some_failures(&mut jobs).await;
    for n in 0..6 {
        completes(&mut jobs, "email/v1", &format!("done-{n}"), "{}").await;
    }
    let viewer = app.viewer().await;
    let list = with_rows(&viewer, "/failures", 3).await;
    let group = list.attributes("table.failures tbody th a", "href")[0].clone();
    let page = viewer.page(&group).await;
    assert_eq!(page.all("#example pre")[0], "no user 4 at \"b\"");
    assert!(page.all("#example pre")[1].contains("at find"));
    assert_eq!(
        page.all("#jobs tbody th a"),
        ["4", "3", "2", "1"],
        "newest first"
    );
    assert!(
        page.all("#act button").is_empty(),
        "a viewer changes nothing"
    );
    assert!(page.all("#example .btn").is_empty());

    let operator = app.operator().await;
    let page = operator.page(&group).await;
    let editors = page.attributes("#example .btn", "href");
    assert_eq!(editors, ["/job/edit?queue=email/v2&id=4"]);
    let dry_runs = page.attributes("#act tbody tr:first-child .btn", "href");
    let retry = dry_runs.iter().find(|href| href.contains("job.retry"));
    assert!(dry_runs.iter().any(|href| href.contains("job.remove")));
    let page = operator.page(retry.unwrap()).await;
    assert!(
        page.text()
            .contains("failed jobs that match state = failed and group = "),
        "{}",
        page.text()
    );
    let count = page.attributes("input[name=count]", "value");
    assert_eq!(count, ["3"], "those of email/v1");
}

#[tokio::test]
async fn a_group_is_retried_by_its_query_alone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    some_failures(&mut jobs).await;
    fails(&mut jobs, "email/v1", "other", "no such host", FIND, MINUTE).await;
    let operator = app.operator().await;
    let list = with_rows(&operator, "/failures", 4).await;
    let group = list.attributes("table.failures tbody th a", "href")[0].clone();
    let page = operator.page(&group).await;
    let dry_runs = page.attributes("#act tbody tr:first-child .btn", "href");
    let retry = dry_runs.iter().find(|href| href.contains("job.retry"));
    let page = operator.page(retry.unwrap()).await;
    let query = page.attributes("form.decide input[name='query*']", "value");
    let form = [
        ("queue", "email/v1"),
        ("state", "failed"),
        ("operation", "job.retry"),
        ("query*", query[0].as_str()),
        ("count", "3"),
        ("confirm", "1"),
        ("reason", "the users are there again"),
    ];
    let begun = operator.post("/queue/operate", &form).await;
    assert_eq!(begun.status(), 303, "{}", begun.text().await.unwrap());
    let mut watched = jobs.clone();
    eventually("the three are retried", || {
        let mut jobs = watched.clone();
        async move { jobs.length("email/v1", "wait").await == 3 }
    })
    .await;
    let left = watched.sorted("email/v1", "failed").await;
    let left: Vec<&str> = left.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(left, ["other"]);
}

#[tokio::test]
async fn the_groups_of_queues_outside_the_scope_do_not_exist() {
    let app = TestApp::start().await;
    some_failures(&mut app.jobs().await).await;
    let admin = app.admin().await;
    let all = with_rows(&admin, "/failures", 3).await;
    let scoped = app.scoped("sam", Role::Operator, &["billing"]).await;
    let page = with_rows(&scoped, "/failures", 1).await;
    assert!(!page.text().contains("email"), "{}", page.text());
    for href in all.attributes("table.failures tbody th a", "href") {
        let seen = Seen::of(scoped.get(&href).await).await;
        let is_own = page
            .attributes("table.failures tbody th a", "href")
            .contains(&href);
        assert_eq!(seen.status, if is_own { 200 } else { 404 }, "{href}");
    }
    for path in [
        "/failures?queue=email/v1",
        "/failures?family=email",
        "/job/failure?queue=email/v1&id=1",
    ] {
        assert_eq!(scoped.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn odd_errors_are_groups_too_and_a_queue_that_cant_be_read_is_named() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    fails(&mut jobs, "email", "1", "", "", MINUTE).await;
    fails(&mut jobs, "email", "2", "<b>bold & \u{1f600}", "", MINUTE).await;
    fails(&mut jobs, "email", "3", &"x ".repeat(60_000), "", MINUTE).await;
    jobs.run::<u64>(&["HSET", "bull:email:2", "stacktrace", "not JSON"])
        .await;
    jobs.run::<u64>(&["HDEL", "bull:email:1", "failedReason", "stacktrace"])
        .await;
    jobs.queue("odd", "bullmq:6.7.0").await;
    jobs.run::<String>(&["SET", "bull:odd:failed", "x"]).await;
    let viewer = app.viewer().await;
    let page = with_rows(&viewer, "/failures", 3).await;
    let mut groups = page.all("table.failures tbody th a");
    groups.sort();
    assert_eq!(
        groups,
        [
            "(a message too long to read)",
            "<b>bold & \u{1f600}",
            "No message"
        ]
    );
    eventually("the queue that can't be read is named", || async {
        let page = viewer.page("/failures").await;
        page.all(".notice")
            .concat()
            .contains("The failed jobs of odd can’t be read.")
    })
    .await;
}

#[tokio::test]
async fn a_group_leads_from_the_queue_the_family_and_the_overview() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("calm/v1", "1", "{}").await;
    some_failures(&mut jobs).await;
    let viewer = app.viewer().await;
    with_rows(&viewer, "/failures", 3).await;
    let leads = async |path: &str| {
        let page = viewer.page(path).await;
        page.attributes("main a[href^='/failures']", "href")
    };
    assert_eq!(leads("/").await, ["/failures"]);
    assert_eq!(
        leads("/queue?name=email/v1").await,
        ["/failures?queue=email/v1"]
    );
    assert_eq!(
        leads("/family?name=email").await,
        ["/failures?family=email"]
    );
    assert!(leads("/queue?name=calm/v1").await.is_empty());
    assert!(leads("/family?name=calm").await.is_empty());
}

#[tokio::test]
async fn a_burst_of_readers_is_one_reading() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    some_failures(&mut jobs).await;
    let viewer = app.viewer().await;
    let before = jobs.calls("zcount").await;
    let pages = (0..20).map(|_| viewer.get("/failures?queue=email/v1"));
    for page in futures::future::join_all(pages).await {
        assert_eq!(page.status(), 200);
    }
    let calls = jobs.calls("zcount").await - before;
    assert!(calls <= 6, "{calls}: 20 readings would be 40");
}

#[tokio::test]
async fn the_page_of_one_version_marks_the_errors_that_only_it_has() {
    let app = TestApp::start().await;
    some_failures(&mut app.jobs().await).await;
    let viewer = app.viewer().await;
    let page = with_rows(&viewer, "/failures?queue=email%2Fv2", 2).await;
    let marks = page.all("table.failures tbody th .chip");
    assert_eq!(marks.len(), 1, "{marks:?}");
    assert!(marks[0].starts_with("only in v2, since "), "{marks:?}");
    let marked = page.all("table.failures tbody tr:has(.chip) th a");
    assert_eq!(marked, ["no such host"]);
    let older = with_rows(&viewer, "/failures?queue=email%2Fv1", 1).await;
    assert!(older.all("table.failures tbody th .chip").is_empty());

    // Whoever sees one version alone is told nothing of the others.
    let alone = app.scoped("sam", Role::Viewer, &["email/v2"]).await;
    let page = with_rows(&alone, "/failures?queue=email%2Fv2", 2).await;
    assert!(page.all("table.failures tbody th .chip").is_empty());
}
