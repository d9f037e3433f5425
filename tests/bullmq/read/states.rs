//! Jobs in every state, made by the real BullMQ: the counts and lists of the overview and a queue's page.

use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, Queue, patient_app};
use crate::harness::pages::{counts, lines, tabs, version};
use bullkeeper_testkit::eventually;

/// An hour in milliseconds, longer than any test.
const HOUR: u64 = 3_600_000;

/// Fills a queue with jobs in every state but paused; answers the one that a worker holds.
async fn fill(queue: &Queue) -> String {
    queue
        .ask("complete", json!({"name": "done", "count": 3}))
        .await;
    queue
        .ask(
            "fail",
            json!({"name": "broken", "count": 2, "message": "no such address\nat mailer.js:12"}),
        )
        .await;
    let held = queue.activate(json!({"name": "held"})).await;
    queue
        .add(json!({"name": "later", "opts": {"delay": HOUR}}))
        .await;
    for priority in [7, 2] {
        queue
            .add(json!({"name": format!("prio-{priority}"), "opts": {"priority": priority}}))
            .await;
    }
    for name in ["first", "second", "third", "fourth"] {
        queue
            .add(json!({"name": name, "opts": {"attempts": 3}}))
            .await;
    }
    let children = json!([{"queue": format!("{}-children", queue.name), "name": "child"}]);
    queue
        .ask("flow", json!({"name": "parent", "children": children}))
        .await;
    held
}

#[tokio::test]
async fn jobs_in_every_state_are_counted_on_the_overview_and_on_the_page_of_the_queue() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        fill(&queue).await;
        let expected = counts([
            ("completed", 3),
            ("failed", 2),
            ("active", 1),
            ("delayed", 1),
            ("prioritized", 2),
            ("waiting", 4),
            ("waiting-children", 1),
        ]);
        assert_eq!(tabs(&queue.page(&viewer).await), expected, "BullMQ {major}");
        eventually("the overview counts the queue", || async {
            let page = viewer.page("/").await;
            version(&page, &queue.name).is_some_and(|row| row.counts == expected)
        })
        .await;
        assert_eq!(
            queue.counts().await,
            expected,
            "BullMQ {major} counts the same"
        );
    }
    let overview = viewer.page("/").await;
    let totals = overview.all(".totals a");
    assert!(totals.contains(&"9completed".to_owned()), "{totals:?}");
    assert!(totals.contains(&"6failed".to_owned()), "{totals:?}");
}

#[tokio::test]
async fn each_state_lists_its_jobs_with_names_attempts_and_errors() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let held = fill(&queue).await;
        let listed = async |state: &str| {
            let page = viewer
                .page(&format!("{}&state={state}", queue.path()))
                .await;
            lines(&page)
        };
        let names = async |state: &str| -> Vec<String> {
            let lines = listed(state).await;
            lines.iter().map(|line| line.cells[0].clone()).collect()
        };
        assert_eq!(names("completed").await, ["done"; 3], "BullMQ {major}");
        assert_eq!(names("delayed").await, ["later"]);
        assert_eq!(
            names("prioritized").await,
            ["prio-2", "prio-7"],
            "the next to run first"
        );
        assert_eq!(
            names("waiting").await,
            ["fourth", "third", "second", "first"]
        );
        assert_eq!(names("waiting-children").await, ["parent"]);
        assert!(names("paused").await.is_empty());

        let active = listed("active").await;
        assert_eq!(active.len(), 1);
        assert_eq!(
            (active[0].id.as_str(), active[0].cells[0].as_str()),
            (held.as_str(), "held")
        );

        let waiting = listed("waiting").await;
        assert!(
            waiting[0].cells.contains(&"0 of 3".to_owned()),
            "{waiting:?}"
        );
        let prioritized = listed("prioritized").await;
        assert!(
            prioritized[0].cells.contains(&"2".to_owned()),
            "{prioritized:?}"
        );
        let delayed = listed("delayed").await;
        assert!(
            delayed[0].cells.contains(&"in 59 min".to_owned()),
            "{delayed:?}"
        );

        let failed = listed("failed").await;
        assert_eq!(failed.len(), 2);
        for line in failed {
            assert_eq!(
                line.cells.last().unwrap(),
                "no such address",
                "the first line alone"
            );
            let page = viewer.page(&line.href).await;
            assert!(page.text().contains("broken"));
        }
    }
}

#[tokio::test]
async fn a_paused_queue_is_shown_paused_with_its_jobs_where_bullmq_keeps_them() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        // BullMQ 4 marks in the list of waiting jobs when the next delayed job is due.
        queue.add(json!({"opts": {"delay": HOUR}})).await;
        queue.add(json!({"name": "before"})).await;
        queue.pause().await;
        queue.add(json!({"name": "during"})).await;

        let expected = match major {
            6 => counts([("waiting", 2), ("delayed", 1)]),
            _ => counts([("paused", 2), ("delayed", 1)]),
        };
        let page = queue.page(&viewer).await;
        assert_eq!(tabs(&page), expected, "BullMQ {major}");
        assert!(page.all("#figures .chip").contains(&"paused".to_owned()));
        let names: Vec<String> = lines(&page)
            .into_iter()
            .map(|line| line.cells[0].clone())
            .collect();
        assert_eq!(names, ["during", "before"], "BullMQ {major}");
        eventually("the overview shows the pause", || async {
            let row = version(&viewer.page("/").await, &queue.name);
            row.is_some_and(|row| {
                row.counts == expected && row.chips.contains(&"paused".to_owned())
            })
        })
        .await;

        queue.resume().await;
        let page = queue.page(&viewer).await;
        assert_eq!(
            tabs(&page),
            counts([("waiting", 2), ("delayed", 1)]),
            "BullMQ {major}"
        );
        assert!(!page.all("#figures .chip").contains(&"paused".to_owned()));
    }
}

#[tokio::test]
async fn the_markers_of_bullmq_4_are_no_jobs_wherever_they_lie() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for (name, job) in [
        ("delayed", json!({"opts": {"delay": HOUR}})),
        ("prioritized", json!({"opts": {"priority": 3}})),
    ] {
        let queue = bull.queue(4, name);
        queue.add(job).await;
        let mut redis = app.jobs().await;
        let key = format!("bull:{name}:wait");
        let kept: Vec<String> = redis.run(&["LRANGE", &key, "0", "-1"]).await;
        assert_eq!(kept.len(), 1, "there is a marker: {kept:?}");
        assert_eq!(tabs(&queue.page(&viewer).await), counts([(name, 1)]));

        // A job that is to run before all others goes to the end at which the marker lies.
        queue.add(json!({"opts": {"lifo": true}})).await;
        queue.add(json!({"opts": {"jobId": "0-1"}})).await;
        for state in ["waiting", "paused"] {
            let page = viewer
                .page(&format!("{}&state={state}", queue.path()))
                .await;
            let expected = counts([(name, 1), (state, 2)]);
            assert_eq!(tabs(&page), expected, "the list of {state} jobs");
            let ids: Vec<String> = lines(&page).into_iter().map(|line| line.id).collect();
            assert_eq!(ids, ["0-1", "2"], "the list of {state} jobs");
            assert!(page.text().contains("oldest wait"), "{}", page.text());
            queue.pause().await;
        }
    }
}

#[tokio::test]
async fn pages_of_a_large_queue_show_every_job_once_in_order() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let made = queue.ask("complete", json!({"count": 60})).await;
        let jobs: Vec<_> = (0..60).map(|_| json!({})).collect();
        queue.ask("addBulk", json!({"jobs": jobs})).await;
        for state in ["completed", "waiting"] {
            let mut next = format!("{}&state={state}&size=25", queue.path());
            let mut seen: Vec<u64> = Vec::new();
            let mut pages = 0;
            while !next.is_empty() {
                let page = viewer.page(&next).await;
                seen.extend(
                    lines(&page)
                        .iter()
                        .map(|line| line.id.parse::<u64>().unwrap()),
                );
                let links = page
                    .all(".pager a")
                    .into_iter()
                    .zip(page.attributes(".pager a", "href"));
                next = links
                    .filter(|(text, _)| text == "Next")
                    .map(|(_, href)| href)
                    .collect();
                pages += 1;
            }
            assert_eq!(pages, 3, "BullMQ {major}, {state}");
            let newest_first = seen.is_sorted_by(|a, b| a > b);
            // Jobs that finish within one millisecond have no order of their own.
            assert!(newest_first || state == "completed", "{seen:?}");
            seen.sort_unstable();
            let first = if state == "completed" { 1 } else { 61 };
            assert_eq!(seen, (first..first + 60).collect::<Vec<u64>>(), "{made}");
        }
    }
}
