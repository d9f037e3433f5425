//! Flows: a parent's page says what it waits for.

use bullkeeper_testkit::{Jobs, TestApp};

/// A parent that waits for two children: one is delayed and one failed.
async fn flow(jobs: &mut Jobs) {
    jobs.failed("orders", "parent", "{}").await;
    jobs.failed("orders", "kept", "{}").await;
    jobs.failed("billing", "bad", "{}").await;
    jobs.failed("billing", "late", "{}").await;
    jobs.run::<u64>(&["ZREM", "bull:orders:failed", "parent"])
        .await;
    jobs.run::<u64>(&["ZADD", "bull:orders:waiting-children", "1", "parent"])
        .await;
    jobs.run::<u64>(&["ZREM", "bull:billing:failed", "late"])
        .await;
    jobs.run::<u64>(&["ZADD", "bull:billing:delayed", "4096", "late"])
        .await;
    let dependencies = "bull:orders:parent:dependencies";
    jobs.run::<u64>(&[
        "SADD",
        dependencies,
        "bull:billing:bad",
        "bull:billing:late",
    ])
    .await;
}

#[tokio::test]
async fn a_parent_says_that_it_waits_for_a_failed_child_and_links_to_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    flow(&mut jobs).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/job?queue=orders&id=parent").await;
    let text = page.text();
    assert!(text.contains("Waits for 1 failed child"), "{text}");
    assert!(text.contains("Child, failed"), "{text}");
    assert!(text.contains("Child, delayed"), "{text}");
    let link = page.attributes("#waits a", "href");
    assert_eq!(link, [format!("{}/job?queue=billing&id=bad", app.base)]);
}
