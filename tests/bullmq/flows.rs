//! Flows across queues: parents and children on each other's pages, and a retried child that its parent waits for again.

use serde_json::{Value, json};

use crate::bull::{Bull, MAJORS, Queue};
use crate::pages::{in_query, relatives, standings, state};
use crate::support::TestApp;

/// A worker fails every job of which the data says so.
fn broken_fail() -> Value {
    json!({"failWhen": {"pointer": "/broken", "equals": true}})
}

/// A parent with a child that will fail and one that will not, in another queue; `opts` are the children's.
async fn family(parents: &Queue, children: &Queue, opts: Value) -> (String, String, String) {
    let child = |broken: bool| json!({"queue": children.name, "name": "part", "data": {"broken": broken}, "opts": opts});
    let tree =
        json!({"name": "order", "data": {"order": 1}, "children": [child(true), child(false)]});
    let made = parents.ask("flow", tree).await;
    let id = |node: &Value| node["jobId"].as_str().unwrap().to_owned();
    (
        id(&made),
        id(&made["children"][0]),
        id(&made["children"][1]),
    )
}

fn mended(text: &str) -> String {
    text.replace("true", "false")
}

#[tokio::test]
async fn a_parent_and_its_children_link_to_each_other_across_queues() {
    let app = TestApp::start().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let parents = bull.queue(major, &format!("orders/v{major}"));
        let children = bull.queue(major, &format!("parts ü/v{major}"));
        let (parent, first, second) = family(&parents, &children, json!({})).await;

        let page = parents.job_page(&viewer, &parent).await;
        assert_eq!(state(&page), "waiting-children", "BullMQ {major}");
        assert!(page.all("#flow header").join("").contains("2 children"));
        let mut ids = Vec::new();
        for (label, href) in relatives(&page) {
            assert_eq!(label, "Child, pending");
            assert_eq!(in_query(&href, "queue"), children.name);
            ids.push(in_query(&href, "id"));
            let child = viewer.page(&href).await;
            assert_eq!(state(&child), "waiting");
            let [(label, back)] = &relatives(&child)[..] else {
                panic!("{}", child.text())
            };
            assert_eq!(
                (label.as_str(), in_query(back, "id")),
                ("Parent", parent.clone())
            );
            assert_eq!(state(&viewer.page(back).await), "waiting-children");
        }
        ids.sort();
        let mut made = [first, second];
        made.sort();
        assert_eq!(ids, made, "BullMQ {major}");
    }
}

#[tokio::test]
async fn a_parent_completes_after_its_failed_child_was_repaired_and_retried() {
    let app = TestApp::start().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let parents = bull.queue(major, &format!("orders/v{major}"));
        let children = bull.queue(major, &format!("parts/v{major}"));
        let (parent, failed, _) = family(&parents, &children, json!({})).await;
        children.process_with(2, broken_fail()).await;
        assert_eq!(children.state(&failed).await, "failed");
        assert_eq!(
            parents.state(&parent).await,
            "waiting-children",
            "BullMQ {major}"
        );

        children.repair_and_retry(&operator, &failed, mended).await;
        children.finish_all(&[&failed]).await;
        parents.finish_all(&[&parent]).await;
        let page = parents.job_page(&operator, &parent).await;
        assert_eq!(state(&page), "completed");
        assert_eq!(
            standings(&page),
            ["Child, done", "Child, done"],
            "BullMQ {major}"
        );
    }
}

#[tokio::test]
async fn a_retried_child_that_its_parent_had_given_up_is_waited_for_again() {
    let app = TestApp::start().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    // BullMQ 4 does not take a child back.
    for major in [5, 6] {
        let parents = bull.queue(major, &format!("orders/v{major}"));
        let children = bull.queue(major, &format!("parts/v{major}"));
        let ignored = json!({"ignoreDependencyOnFailure": true});
        let (parent, failed, other) = family(&parents, &children, ignored).await;
        children.process_with(1, broken_fail()).await;
        assert_eq!(children.state(&failed).await, "failed");
        let page = parents.job_page(&operator, &parent).await;
        assert_eq!(
            standings(&page),
            ["Child, failed, ignored", "Child, pending"],
            "BullMQ {major}"
        );

        children.repair_and_retry(&operator, &failed, mended).await;
        let page = parents.job_page(&operator, &parent).await;
        assert_eq!(standings(&page), ["Child, pending", "Child, pending"]);
        children.finish_all(&[&failed, &other]).await;
        parents.finish_all(&[&parent]).await;
        let page = parents.job_page(&operator, &parent).await;
        assert_eq!(
            standings(&page),
            ["Child, done", "Child, done"],
            "BullMQ {major}"
        );
    }
}

#[tokio::test]
async fn a_parent_that_its_child_made_fail_completes_after_both_were_retried() {
    let app = TestApp::start().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in [5, 6] {
        let parents = bull.queue(major, &format!("orders/v{major}"));
        let children = bull.queue(major, &format!("parts/v{major}"));
        let fatal = json!({"failParentOnFailure": true});
        let (parent, failed, other) = family(&parents, &children, fatal).await;
        children.process_with(1, broken_fail()).await;
        // A worker of the parent's queue is what finds out.
        parents.process(1).await;
        let page = parents.job_page(&operator, &parent).await;
        assert_eq!(state(&page), "failed", "BullMQ {major}");
        assert_eq!(standings(&page), ["Child, failed", "Child, pending"]);

        children.repair_and_retry(&operator, &failed, mended).await;
        children.finish_all(&[&failed, &other]).await;
        parents.retry(&operator, &parent).await;
        parents.finish_all(&[&parent]).await;
        let page = parents.job_page(&operator, &parent).await;
        assert_eq!(
            standings(&page),
            ["Child, done", "Child, done"],
            "BullMQ {major}"
        );
    }
}

#[tokio::test]
async fn a_child_retried_in_a_paused_queue_completes_its_parent_after_the_resume() {
    let app = TestApp::start().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let parents = bull.queue(major, &format!("orders/v{major}"));
        let children = bull.queue(major, &format!("parts/v{major}"));
        let (parent, failed, other) = family(&parents, &children, json!({})).await;
        children.process_with(1, broken_fail()).await;
        assert_eq!(children.state(&failed).await, "failed");
        children.pause().await;
        parents.pause().await;
        children.repair_and_retry(&operator, &failed, mended).await;
        children.resume().await;
        children.finish_all(&[&failed, &other]).await;
        let added = parents.add(json!({})).await;
        parents.resume().await;
        parents.finish_all(&[&parent, &added]).await;
    }
}
