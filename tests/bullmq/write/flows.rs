//! Flows across queues: parents and children on each other's pages, and a retried child that its parent waits for again.

use serde_json::{Value, json};

use crate::harness::bull::{Bull, MAJORS, Queue, patient_app, patient_app_with};
use crate::harness::pages::{in_query, relatives, standings, state};
use bullkeeper_testkit::{Person, serde_urlencoded};

/// A worker fails every job of which the data says so.
fn broken_fail() -> Value {
    json!({"failWhen": {"pointer": "/broken", "equals": true}})
}

/// A flow across three queues: a parent, a child that its worker fails, and one that it does not.
struct Family {
    parents: Queue,
    parent: String,
    parts: Queue,
    broken: String,
    labels: Queue,
    sound: String,
}

impl Family {
    /// A flow with these options of both children; the broken child has failed.
    async fn with(bull: &Bull, major: u32, opts: Value) -> Self {
        let queue = |name: &str| bull.queue(major, &format!("{name}/v{major}"));
        let (parents, parts, labels) = (queue("orders"), queue("parts"), queue("ü labels"));
        let child = |queue: &Queue, broken: bool| json!({"queue": queue.name, "name": "child", "data": {"broken": broken}, "opts": opts});
        let children = [child(&parts, true), child(&labels, false)];
        let tree = json!({"name": "order", "data": {"order": 1}, "children": children});
        let made = parents.ask("flow", tree).await;
        let id = |node: &Value| node["jobId"].as_str().unwrap().to_owned();
        let family = Self {
            parent: id(&made),
            broken: id(&made["children"][0]),
            sound: id(&made["children"][1]),
            parents,
            parts,
            labels,
        };
        family.parts.process_with(1, broken_fail()).await;
        assert_eq!(family.parts.state(&family.broken).await, "failed");
        family
    }

    /// How the children stand, as the parent's page says.
    async fn standings(&self, person: &Person) -> Vec<String> {
        standings(&self.parents.job_page(person, &self.parent).await)
    }

    async fn mend(&self, operator: &Person) {
        self.parts
            .repair_and_retry(operator, &self.broken, mended)
            .await;
    }
}

fn mended(text: &str) -> String {
    text.replace("true", "false")
}

#[tokio::test]
async fn a_parent_and_its_children_link_to_each_other_across_queues() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let family = Family::with(&bull, major, json!({})).await;
        let page = family.parents.job_page(&viewer, &family.parent).await;
        assert_eq!(state(&page), "waiting-children", "BullMQ {major}");
        assert!(page.all("#flow header").join("").contains("2 children"));
        let mut children = Vec::new();
        for (_, href) in relatives(&page) {
            let child = viewer.page(&href).await;
            children.push((
                in_query(&href, "queue"),
                in_query(&href, "id"),
                state(&child),
            ));
            let [(label, back)] = &relatives(&child)[..] else {
                panic!("{}", child.text())
            };
            assert_eq!(label, "Parent");
            assert_eq!(in_query(back, "id"), family.parent);
            assert_eq!(state(&viewer.page(back).await), "waiting-children");
        }
        let members = [
            (&family.parents, &family.parent),
            (&family.parts, &family.broken),
            (&family.labels, &family.sound),
        ];
        let mut trees = Vec::new();
        for (queue, id) in members {
            let at = [("queue", queue.name.as_str()), ("id", id.as_str())];
            let page = viewer
                .page(&format!("/job/flow?{}", serde_urlencoded(&at)))
                .await;
            trees.push((page.all(".tree .mono"), page.all(".tree .state")));
        }
        assert_eq!(trees[0].0.len(), 3, "BullMQ {major}: {trees:?}");
        assert!(trees.iter().all(|tree| *tree == trees[0]), "{trees:?}");
        children.sort();
        let child = |queue: &Queue, id: &str, state: &str| {
            (queue.name.clone(), id.to_owned(), state.to_owned())
        };
        let made = [
            child(&family.parts, &family.broken, "failed"),
            child(&family.labels, &family.sound, "waiting"),
        ];
        assert_eq!(children, made, "BullMQ {major}");
    }
}

#[tokio::test]
async fn a_parent_completes_after_its_failed_child_was_repaired_and_retried() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let family = Family::with(&bull, major, json!({})).await;
        family.labels.finish_all(&[&family.sound]).await;
        let parent = family.parents.state(&family.parent).await;
        assert_eq!(parent, "waiting-children", "BullMQ {major}");

        // A parent that waits for its children is edited as well.
        let other_order = |text: &str| text.replace('1', "2");
        family
            .parents
            .repair(&operator, &family.parent, other_order)
            .await;
        family.mend(&operator).await;
        family.parts.finish_all(&[&family.broken]).await;
        let attempts = family.parents.finish_all(&[&family.parent]).await;
        assert_eq!(attempts[0].saw, r#"{"order":2}"#, "BullMQ {major}");
        let standings = family.standings(&operator).await;
        assert_eq!(standings, ["Child, done"; 2], "BullMQ {major}");
    }
}

#[tokio::test]
async fn a_retried_child_that_its_parent_had_given_up_is_waited_for_again() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    // BullMQ 4 does not take a child back.
    for major in [5, 6] {
        let ignored = json!({"ignoreDependencyOnFailure": true});
        let family = Family::with(&bull, major, ignored).await;
        let standings = family.standings(&operator).await;
        let given_up = ["Child, failed, ignored", "Child, pending"];
        assert_eq!(standings, given_up, "BullMQ {major}");

        family.mend(&operator).await;
        let standings = family.standings(&operator).await;
        assert_eq!(standings, ["Child, pending"; 2], "BullMQ {major}");
        family.labels.finish_all(&[&family.sound]).await;
        let parent = family.parents.state(&family.parent).await;
        assert_eq!(parent, "waiting-children", "it waits for the other");
        family.parts.finish_all(&[&family.broken]).await;
        family.parents.finish_all(&[&family.parent]).await;
        let standings = family.standings(&operator).await;
        assert_eq!(standings, ["Child, done"; 2], "BullMQ {major}");
    }
}

#[tokio::test]
async fn a_parent_that_its_child_made_fail_completes_after_both_were_retried() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in [5, 6] {
        let fatal = json!({"failParentOnFailure": true});
        let family = Family::with(&bull, major, fatal).await;
        // A worker of the parent's queue finds out that a child failed.
        family.parents.process(1).await;
        assert_eq!(family.parents.state(&family.parent).await, "failed");
        let standings = family.standings(&operator).await;
        let failed = ["Child, failed", "Child, pending"];
        assert_eq!(standings, failed, "BullMQ {major}");

        family.mend(&operator).await;
        family.parts.finish_all(&[&family.broken]).await;
        family.labels.finish_all(&[&family.sound]).await;
        family.parents.retry(&operator, &family.parent).await;
        family.parents.finish_all(&[&family.parent]).await;
        let standings = family.standings(&operator).await;
        assert_eq!(standings, ["Child, done"; 2], "BullMQ {major}");
    }
}

#[tokio::test]
async fn a_child_retried_in_a_paused_queue_completes_its_parent_after_the_resume() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let family = Family::with(&bull, major, json!({})).await;
        let (parts, parents) = (&family.parts, &family.parents);
        family.labels.finish_all(&[&family.sound]).await;
        let part = parts.add(json!({})).await;
        parts.pause().await;
        parents.pause().await;
        family.mend(&operator).await;
        parts.resume().await;
        parts.finish_all(&[&family.broken, &part]).await;
        let order = parents.add(json!({})).await;
        parents.resume().await;
        parents.finish_all(&[&family.parent, &order]).await;
    }
}

#[tokio::test]
async fn a_flow_under_a_prefix_that_begins_like_another_is_followed_and_repaired() {
    let app = patient_app_with(&[("prefix", "bull,bull:tenant")]).await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let queue =
            |name: &str| bull.queue_under("bull:tenant", major, &format!("{name}/v{major}"));
        let (parents, parts) = (queue("orders"), queue("parts"));
        let child = json!([{"queue": parts.name, "data": {"broken": true}}]);
        let made = parents.ask("flow", json!({"children": child})).await;
        let parent = made["jobId"].as_str().unwrap();
        parts.process_with(1, broken_fail()).await;

        let page = parents.job_page(&operator, parent).await;
        let [(_, href)] = &relatives(&page)[..] else {
            panic!("{}", page.text())
        };
        assert_eq!(in_query(href, "prefix"), "bull:tenant", "BullMQ {major}");
        assert_eq!(in_query(href, "queue"), parts.name);
        let page = operator.page(href).await;
        assert_eq!(state(&page), "failed");
        assert_eq!(in_query(&relatives(&page)[0].1, "id"), parent);

        let id = in_query(href, "id");
        parts.repair_and_retry(&operator, &id, mended).await;
        parts.finish_all(&[&id]).await;
        parents.finish_all(&[parent]).await;
    }
}

#[tokio::test]
async fn a_parent_that_failed_with_its_child_runs_after_it_once_the_flow_is_retried() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let family = Family::with(&bull, major, json!({"failParentOnFailure": true})).await;
        if major > 4 {
            family.parents.process(1).await;
        }
        let state = family.parents.state(&family.parent).await;
        assert_eq!(state, "failed", "BullMQ {major}");

        let at = [
            ("queue", family.parents.name.as_str()),
            ("id", family.parent.as_str()),
        ];
        let retried = operator.post("/job/flow/retry", &at).await;
        assert_eq!(retried.status(), 303, "BullMQ {major}");
        let state = family.parents.state(&family.parent).await;
        assert_eq!(state, "waiting-children", "BullMQ {major}");
        family.labels.finish_all(&[&family.sound]).await;
        family.parts.finish_all(&[&family.broken]).await;
        family.parents.finish_all(&[&family.parent]).await;
    }
}

#[tokio::test]
async fn children_whose_waiting_parent_was_removed_alone_still_run_and_complete() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let family = Family::with(&bull, major, json!({})).await;
        let at = [
            ("queue", family.parents.name.as_str()),
            ("id", family.parent.as_str()),
        ];
        let removed = operator.post("/job/remove-without-children", &at).await;
        assert_eq!(removed.status(), 303, "BullMQ {major}");
        family.labels.finish_all(&[&family.sound]).await;
        family.mend(&operator).await;
        family.parts.finish_all(&[&family.broken]).await;
        assert!(family.parents.counts().await.is_empty(), "BullMQ {major}");
    }
}
