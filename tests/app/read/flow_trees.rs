//! The page of a whole flow: the same tree from each of its jobs, bounded, and only what one may see.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::{Jobs, Seen, TestApp, serde_urlencoded};
use reqwest::StatusCode;

/// Hangs a failed job below another one, of which BullMQ keeps it in `list`.
async fn child(jobs: &mut Jobs, (queue, id): (&str, &str), parent: &str, list: &str) {
    jobs.failed(queue, id, "{}").await;
    let key = format!("bull:{queue}:{id}");
    jobs.run::<u64>(&["HSET", &key, "parentKey", parent]).await;
    let list_key = format!("{parent}:{list}");
    match list {
        "dependencies" => jobs.run::<u64>(&["SADD", &list_key, &key]).await,
        "unsuccessful" => jobs.run::<u64>(&["ZADD", &list_key, "1", &key]).await,
        _ => jobs.run::<u64>(&["HSET", &list_key, &key, "1"]).await,
    };
}

/// An order that waits for two parts, of which one waits for a label itself.
async fn order(jobs: &mut Jobs) {
    jobs.waiting("orders", "order", "{}").await;
    jobs.run::<u64>(&["LREM", "bull:orders:wait", "1", "order"])
        .await;
    jobs.run::<u64>(&["ZADD", "bull:orders:waiting-children", "1", "order"])
        .await;
    let top = "bull:orders:order";
    child(jobs, ("parts", "frame"), top, "dependencies").await;
    child(jobs, ("parts", "wheel"), top, "failed").await;
    child(
        jobs,
        ("labels", "label"),
        "bull:parts:frame",
        "dependencies",
    )
    .await;
    jobs.run::<u64>(&["HSET", "bull:labels:label", "progress", "40"])
        .await;
}

fn at(queue: &str, id: &str) -> String {
    let query = serde_urlencoded(&[("queue", queue), ("id", id)]);
    format!("/job/flow?{query}")
}

/// The ids of the jobs in the list, in its order.
fn ids(page: &Seen) -> Vec<String> {
    page.all(".tree .mono")
}

#[tokio::test]
async fn a_flow_is_the_same_tree_from_each_of_its_jobs() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    order(&mut jobs).await;
    let viewer = app.viewer().await;
    for (queue, id) in [("orders", "order"), ("parts", "frame"), ("labels", "label")] {
        let page = viewer.page(&at(queue, id)).await;
        assert_eq!(ids(&page), ["order", "frame", "label", "wheel"], "{id}");
        assert_eq!(
            page.all(".tree .state"),
            ["waiting-children", "failed", "failed", "failed, ignored"]
        );
        assert_eq!(page.all(".tree [aria-current] .mono"), [id]);
        assert_eq!(page.all(".flow-drawing rect").len(), 4);
        assert!(page.text().contains("40 %"), "{}", page.text());
        assert!(!page.text().contains("not shown"), "{}", page.text());
    }
    let job = viewer.page("/job?queue=orders&id=order").await;
    let link = job.attributes("#flow header a", "href");
    assert_eq!(link, ["/job/flow?queue=orders&id=order"]);
}

#[tokio::test]
async fn a_flow_of_many_jobs_shows_some_and_the_one_that_was_asked_for() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    order(&mut jobs).await;
    let mut names = vec![
        "SADD".to_owned(),
        "bull:parts:frame:dependencies".to_owned(),
    ];
    names.extend((0..5_000).map(|n| format!("bull:labels:many-{n}")));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    jobs.run::<u64>(&names).await;
    let viewer = app.viewer().await;
    let page = viewer.page(&at("labels", "label")).await;
    let shown = ids(&page);
    assert!(shown.contains(&"label".to_owned()), "{shown:?}");
    assert!(shown.len() <= 60, "{}", shown.len());
    let left_out = 5_001 - (shown.len() - 3);
    let told = format!("4,{} more children not shown", left_out - 4_000);
    assert!(page.text().contains(&told), "{told}: {}", page.text());
    let gone = page.all(".tree .quiet").len();
    assert_eq!(gone, shown.len() - 4, "the others have no hash");
}

#[tokio::test]
async fn a_flow_shows_nothing_of_queues_out_of_ones_scope() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    order(&mut jobs).await;
    let sam = app.scoped("sam", Role::Viewer, &["parts"]).await;
    let page = sam.page(&at("parts", "frame")).await;
    assert_eq!(ids(&page), ["frame"]);
    for hidden in ["orders", "labels", "more"] {
        assert!(!page.text().contains(hidden), "{hidden}: {}", page.text());
    }
    let hidden = Seen::of(sam.get(&at("orders", "order")).await).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_flow_with_a_circle_a_missing_parent_or_odd_names_is_shown() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    jobs.failed("a", "1", "{}").await;
    child(&mut jobs, ("b", "2"), "bull:a:1", "dependencies").await;
    jobs.run::<u64>(&["HSET", "bull:a:1", "parentKey", "bull:b:2"])
        .await;
    jobs.run::<u64>(&["SADD", "bull:b:2:dependencies", "bull:a:1"])
        .await;
    for (queue, id) in [("a", "1"), ("b", "2")] {
        let page = viewer.page(&at(queue, id)).await;
        assert_eq!(ids(&page).len(), 2, "{}", page.text());
    }
    child(&mut jobs, ("c", "3"), "bull:c:gone", "dependencies").await;
    assert_eq!(ids(&viewer.page(&at("c", "3")).await), ["3"]);
    let odd = "<script>alert(1)</script>:%2F ü";
    child(&mut jobs, ("d", odd), "bull:c:3", "processed").await;
    let page = viewer.page(&at("d", odd)).await;
    assert_eq!(ids(&page), ["3", odd]);
    assert!(!page.body.contains("<script>alert"));
    let missing = Seen::of(viewer.get(&at("c", "gone")).await).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_flow_deeper_than_is_read_says_that_it_goes_on() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    jobs.failed("deep", "job-0", "{}").await;
    for level in 1..40 {
        let (id, parent) = (
            format!("job-{level}"),
            format!("bull:deep:job-{}", level - 1),
        );
        child(&mut jobs, ("deep", &id), &parent, "dependencies").await;
    }
    let top = viewer.page(&at("deep", "job-0")).await;
    assert_eq!(ids(&top).len(), 10);
    assert!(
        top.text().contains("1 more child not shown"),
        "{}",
        top.text()
    );
    let bottom = viewer.page(&at("deep", "job-39")).await;
    assert!(
        bottom.text().contains("continues above"),
        "{}",
        bottom.text()
    );
    assert_eq!(ids(&bottom).last().unwrap(), "job-39");
}
