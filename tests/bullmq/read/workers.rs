//! How workers appear: with a name, without one, and those that can't be seen.

use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, patient_app};
use crate::harness::pages::version;
use bullkeeper_testkit::{Person, eventually};

async fn workers_of(person: &Person, queue: &str) -> Option<String> {
    let row = version(&person.page("/").await, queue)?;
    Some(row.workers)
}

async fn chips_of(person: &Person, queue: &str) -> Vec<String> {
    let row = version(&person.page("/").await, queue);
    row.map(|row| row.chips).unwrap_or_default()
}

async fn eventually_has(person: &Person, queue: &str, workers: &str) {
    eventually(&format!("{queue} has {workers} workers"), || async {
        workers_of(person, queue).await.as_deref() == Some(workers)
    })
    .await;
}

#[tokio::test]
async fn workers_are_seen_with_a_name_and_without_one_until_they_go() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("spaces ü/v{major}"));
        queue.ask("ready", json!({})).await;
        eventually_has(&viewer, &queue.name, "0").await;
        let first = queue.activate(json!({"workerName": "mailer-1"})).await;
        eventually_has(&viewer, &queue.name, "1").await;
        let second = queue.activate(json!({})).await;
        eventually_has(&viewer, &queue.name, "2").await;
        let page = queue.page(&viewer).await;
        assert!(
            page.text().contains("workers: 2"),
            "BullMQ {major}: {}",
            page.text()
        );

        for (id, left) in [(first, "1"), (second, "0")] {
            assert_eq!(queue.release(&id).await, "completed");
            eventually_has(&viewer, &queue.name, left).await;
        }
    }
}

#[tokio::test]
async fn workers_whose_name_holds_a_space_are_unknown_and_not_none() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    // BullMQ 4 names no worker in the list of clients but by its queue.
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let hidden = queue.activate(json!({"workerName": "two words"})).await;
        let seen = queue.activate(json!({"workerName": "one-word"})).await;
        eventually_has(&viewer, &queue.name, "1").await;
        assert_eq!(queue.release(&seen).await, "completed");
        eventually_has(&viewer, &queue.name, "unknown").await;
        queue.add(json!({})).await;
        assert_eq!(
            queue.state(&hidden).await,
            "active",
            "it works all the same"
        );
        let chips = chips_of(&viewer, &queue.name).await;
        assert!(!chips.contains(&"stranded".to_owned()), "{chips:?}");
        assert_eq!(queue.release(&hidden).await, "completed");
        eventually_has(&viewer, &queue.name, "0").await;
        let chips = chips_of(&viewer, &queue.name).await;
        assert!(chips.contains(&"stranded".to_owned()), "{chips:?}");
    }
}

#[tokio::test]
async fn work_without_a_worker_is_a_problem_and_work_with_one_is_none() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let held = queue.activate(json!({})).await;
        queue.add(json!({})).await;
        let stranded = || async {
            let chips = chips_of(&viewer, &queue.name).await;
            chips.contains(&"stranded".to_owned())
        };
        eventually_has(&viewer, &queue.name, "1").await;
        assert!(!stranded().await);
        assert_eq!(queue.release(&held).await, "completed");
        eventually("nobody works", stranded).await;
        assert!(queue.page(&viewer).await.text().contains("stranded"));
    }
}

#[tokio::test]
async fn the_overview_is_filtered_by_name_state_and_problem_and_the_address_holds_it() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    bull.queue(6, "email/v1").complete(json!({})).await;
    bull.queue(6, "email/v2").fail(json!({})).await;
    bull.queue(5, "billing").fail(json!({})).await;
    bull.queue(5, "Quiet ü").ask("ready", json!({})).await;
    let shown = async |address: &str| -> Vec<String> {
        let page = viewer.page(address).await;
        crate::harness::pages::versions(&page)
            .into_iter()
            .map(|row| row.queue)
            .collect()
    };
    eventually("all are counted", || async {
        let failed = shown("/?state=failed").await.len() == 2;
        failed && shown("/").await.len() == 4
    })
    .await;
    assert_eq!(shown("/?q=EMAIL").await, ["email/v2", "email/v1"]);
    assert_eq!(shown("/?q=email/*1").await, ["email/v1"]);
    assert_eq!(shown("/?q=quiet+%C3%BC").await, ["Quiet ü"]);
    assert_eq!(shown("/?state=failed").await, ["billing", "email/v2"]);
    assert_eq!(shown("/?problem=1&q=email").await, ["email/v2"]);
    assert!(shown("/?q=nothing").await.is_empty());
    let page = viewer.page("/?state=failed&q=bill").await;
    assert_eq!(page.attributes("input[name=q]", "value"), ["bill"]);
    assert_eq!(page.all("[name=state] option[selected]"), ["failed"]);
}

/// The rows of the page of workers: name, BullMQ, and what each runs.
fn listed(page: &bullkeeper_testkit::Seen) -> Vec<[String; 3]> {
    let column = |at: usize| page.all(&format!("table.rows tbody tr > :nth-child({at})"));
    let (names, versions, runs) = (column(2), column(4), column(7));
    let rows = names.into_iter().zip(versions).zip(runs);
    rows.map(|((name, version), runs)| [name, version, runs])
        .collect()
}

#[tokio::test]
async fn the_page_of_workers_says_what_each_runs_where_bullmq_tells_it() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("spaces ü/v{major}"));
        let query = bullkeeper_testkit::serde_urlencoded(&[("queue", &queue.name)]);
        let address = format!("/workers?{query}");
        let id = queue.activate(json!({"workerName": "mailer-1"})).await;
        eventually_has(&viewer, &queue.name, "1").await;
        let told = |row: &[String; 3]| match major {
            // BullMQ 4 notes no worker's name, neither on its connection nor at the job.
            4 => {
                let [name, _, runs] = row;
                name == "no name" && runs == "unknown: it has no name; 1 active in its queue"
            }
            _ => {
                let [name, _, runs] = row;
                name == "mailer-1"
                    && runs.starts_with(&format!("{id} since "))
                    && !runs.contains("lock")
            }
        };
        eventually(&format!("what the worker of BullMQ {major} runs"), || async {
            let rows = listed(&viewer.page(&address).await);
            matches!(rows.as_slice(), [row] if told(row) && row[1].starts_with(&major.to_string()))
        })
        .await;
        assert_eq!(queue.release(&id).await, "completed");
        let idle = json!({"workerName": "mailer-2"});
        queue.ask("employ", idle).await;
        eventually(
            &format!("an idle worker of BullMQ {major} runs nothing"),
            || async {
                let rows = listed(&viewer.page(&address).await);
                matches!(rows.as_slice(), [[_, _, runs]] if runs == "nothing, waits for a job")
            },
        )
        .await;
        queue.ask("dismiss", json!({})).await;
        eventually("nobody is listed", || async {
            let page = viewer.page(&address).await;
            page.text().contains("No worker is connected")
        })
        .await;
    }
}
