//! The list of workers: who is connected from where, and what each runs as far as that can be known.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::clients::client;
use bullkeeper_testkit::stream::{counted, quiet_app};
use bullkeeper_testkit::{Jobs, Seen, TestApp, TestRedis, eventually};
use futures::future::join_all;
use reqwest::StatusCode;

/// What the rows say in a column: the queue is 0, then worker, host, BullMQ, connected, last command, runs now.
fn column(page: &Seen, column: usize) -> Vec<String> {
    page.all(&format!("table.rows tbody tr > :nth-child({})", column + 1))
}

/// A job that a worker of this name holds; of none for an empty name.
async fn held_by(jobs: &mut Jobs, queue: &str, id: &str, worker: &str) {
    jobs.active(queue, id, "{}").await;
    if !worker.is_empty() {
        let key = format!("bull:{queue}:{id}");
        jobs.run::<u64>(&["HSET", &key, "pb", worker]).await;
    }
}

#[tokio::test]
async fn each_worker_is_listed_with_what_it_runs_and_unknown_is_not_nothing() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    held_by(&mut jobs, "email/v2", "7", "mailer-1").await;
    held_by(&mut jobs, "order/v1", "8", "").await;
    jobs.waiting("quiet", "1", "{}").await;
    counted(&app, 3).await;
    let _workers = [
        client(&app.redis, 0, "email/v2", ":w:mailer-1").await,
        client(&app.redis, 0, "email/v2", ":w:mailer-2").await,
        client(&app.redis, 0, "order/v1", "").await,
        client(&app.redis, 0, "quiet", "").await,
        // A listener, and a worker of another database.
        client(&app.redis, 0, "quiet", ":qe").await,
        client(&app.redis, 1, "quiet", "").await,
    ];
    let page = app.viewer().await.page("/workers").await;
    assert_eq!(
        column(&page, 0),
        ["email/v2", "email/v2", "order/v1", "quiet"]
    );
    assert_eq!(
        column(&page, 1),
        ["mailer-1", "mailer-2", "no name", "no name"]
    );
    assert!(
        column(&page, 2)
            .iter()
            .all(|host| host.starts_with("127.0.0.1:"))
    );
    assert_eq!(column(&page, 3), ["6.7.0"; 4]);
    assert_eq!(
        column(&page, 6),
        [
            "7",
            "nothing",
            "unknown: it has no name; 1 active in its queue",
            "nothing"
        ]
    );
    let jobs_named = page.attributes("td.wide a.mono", "href");
    assert_eq!(jobs_named, ["/job?queue=email/v2&id=7"]);
}

#[tokio::test]
async fn a_job_whose_lock_expired_and_one_that_may_be_anothers_say_so() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    held_by(&mut jobs, "email/v2", "7", "mailer").await;
    jobs.run::<u64>(&["DEL", "bull:email/v2:7:lock"]).await;
    held_by(&mut jobs, "order/v1", "8", "packer").await;
    counted(&app, 2).await;
    let _workers = [
        client(&app.redis, 0, "email/v2", ":w:mailer").await,
        client(&app.redis, 0, "order/v1", ":w:packer").await,
        client(&app.redis, 0, "order/v1", ":w:packer").await,
    ];
    let page = app.viewer().await.page("/workers").await;
    let same = "8 2 workers have this name";
    assert_eq!(column(&page, 6), ["7 lock expired", same, same]);
}

#[tokio::test]
async fn workers_are_filtered_sorted_and_paged_and_the_address_holds_it() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    for queue in ["email/v1", "email/v2", "order/v1"] {
        jobs.waiting(queue, "1", "{}").await;
    }
    counted(&app, 3).await;
    let mut workers = Vec::new();
    for number in 10..62 {
        workers.push(client(&app.redis, 0, "email/v1", &format!(":w:mailer-{number}")).await);
    }
    workers.push(client(&app.redis, 0, "email/v2", ":w:other").await);
    workers.push(client(&app.redis, 0, "order/v1", "").await);
    let viewer = app.viewer().await;
    let first = viewer.page("/workers").await;
    assert!(
        first.text().contains("1–50 of 54 workers"),
        "{}",
        first.text()
    );
    let next = first.attributes(".pager [rel=next]", "href");
    let last = viewer.page(&next[0]).await;
    assert_eq!(
        column(&last, 1),
        ["mailer-60", "mailer-61", "other", "no name"]
    );
    assert_eq!(
        column(&viewer.page("/workers?q=EMAIL/*2").await, 1),
        ["other"]
    );
    assert_eq!(
        column(&viewer.page("/workers?host=LER-3").await, 1).len(),
        10
    );
    assert_eq!(
        column(&viewer.page("/workers?queue=email/v2").await, 0),
        ["email/v2"]
    );
    let none = viewer.page("/workers?q=nothing").await;
    assert!(
        none.text().contains("No matching workers"),
        "{}",
        none.text()
    );
    for sort in ["host", "connected", "idle"] {
        let page = viewer.page(&format!("/workers?sort={sort}&q=email")).await;
        assert_eq!(column(&page, 0).len(), 50, "{sort}");
        let next = page.attributes(".pager [rel=next]", "href");
        assert!(next[0].contains(&format!("sort={sort}")), "{next:?}");
    }
    let bad = Seen::of(viewer.get("/workers?sort=size").await).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert!(
        bad.text().contains("host, connected or idle"),
        "{}",
        bad.text()
    );
    let missing = viewer.get("/workers?queue=nobody").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_person_held_to_some_queues_sees_the_workers_of_those_alone() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("billing", "1", "{}").await;
    counted(&app, 2).await;
    let _workers = [
        client(&app.redis, 0, "email/v1", ":w:mailer").await,
        client(&app.redis, 0, "billing", ":w:biller").await,
    ];
    let sam = app.scoped("sam", Role::Admin, &["email/*"]).await;
    let page = sam.page("/workers").await;
    assert_eq!(column(&page, 1), ["mailer"]);
    assert!(page.text().contains("of 1 worker,"), "{}", page.text());
    assert!(!page.body.contains("bill"), "{}", page.text());
    let hidden = sam.get("/workers?queue=billing").await;
    assert_eq!(hidden.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn where_the_clients_may_not_be_listed_workers_are_unknown_and_not_none() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.waiting("email/v2", "1", "{}").await;
    let rights = "ACL SETUSER reader on >word ~* &* -@all +@read +@connection -client|list";
    jobs.run::<()>(&rights.split(' ').collect::<Vec<_>>()).await;
    let url = format!("redis://reader:word@127.0.0.1:{}/", redis.port);
    let app = TestApp::on(redis, &[("redis", &url), ("read_only", "true")]).await;
    let _worker = client(&app.redis, 0, "email/v2", ":w:mailer").await;
    let page = app.viewer().await.page("/workers").await;
    let text = page.text();
    assert!(
        text.contains("Workers are unknown") && text.contains("+client|list"),
        "{text}"
    );
    assert!(
        !text.contains("No worker") && column(&page, 0).is_empty(),
        "{text}"
    );
}

#[tokio::test]
async fn queues_whose_workers_redis_does_not_name_are_told() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v2", "1", "{}").await;
    let viewer = app.viewer().await;
    eventually("the unnamed worker is told", || async {
        let stalled = "bull:email/v2:stalled-check";
        jobs.clone()
            .run::<()>(&["SET", stalled, "1", "EX", "30"])
            .await;
        let page = viewer.page("/workers").await;
        let told = page.all("main .notice").join(" ");
        told.contains("can’t be listed") && told.contains("email/v2")
    })
    .await;
}

#[tokio::test]
async fn the_clients_are_listed_once_for_many_who_look() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    held_by(&mut jobs, "email/v2", "7", "mailer").await;
    counted(&app, 1).await;
    let _worker = client(&app.redis, 0, "email/v2", ":w:mailer").await;
    let viewer = app.viewer().await;
    let before = jobs.calls("client|list").await;
    let pages = join_all((0..40).map(|_| viewer.page("/workers"))).await;
    assert!(pages.iter().all(|page| column(page, 6) == ["7"]));
    let listed = jobs.calls("client|list").await - before;
    assert!((1..=10).contains(&listed), "{listed} times for 40 pages");
}
