//! A family's page on jobs that real workers finished: its sample equals what BullMQ itself says of each job.

use serde_json::{Value, json};

use crate::harness::bull::{Bull, MAJORS, Queue, patient_app};
use bullkeeper_testkit::{Seen, eventually};

/// What the only version has in the row `label`.
fn cell(page: &Seen, label: &str) -> String {
    let labels = page.all(".side tbody tr:not(.family) th");
    let cells = page.all(".side tbody tr:not(.family) td");
    assert_eq!(labels.len(), cells.len(), "one version");
    let place = labels.iter().position(|other| other == label);
    cells[place.unwrap_or_else(|| panic!("no {label} in {labels:?}"))].clone()
}

/// A length of time as pages write it.
fn told(millis: u64) -> String {
    match millis {
        0..1_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", millis as f64 / 1e3),
    }
}

/// The p50, p95 and p99 of a few times.
fn quantiles(mut times: Vec<u64>) -> [String; 3] {
    times.sort_unstable();
    [50, 95, 99].map(|part| told(times[(times.len() * part).div_ceil(100) - 1]))
}

async fn jobs(queue: &Queue, ids: &[String]) -> Vec<Value> {
    let mut jobs = Vec::new();
    for id in ids {
        jobs.push(queue.job(id).await);
    }
    jobs
}

#[tokio::test]
async fn the_times_of_finished_jobs_are_those_that_bullmq_tells() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let family = format!("times{major}");
        let queue = bull.queue(major, &format!("{family}/v1"));
        let mut once = Vec::new();
        for delay in [0, 0, 300, 900] {
            let job = json!({"name": "send", "data": {}, "opts": {"delay": delay}});
            once.push(queue.add(job).await);
        }
        queue.process(once.len()).await;
        // Taken twice: nothing tells any more when it was taken first.
        let twice = json!({"name": "send", "data": {}, "message": "no", "opts": {"attempts": 2}});
        let twice = queue.fail(twice).await;

        let path = format!("/family?name={family}");
        eventually("the family's page knows of all five", || async {
            let seen = Seen::of(viewer.get(&path).await).await;
            seen.all(".side td").contains(&"20.0 % of 5".to_owned())
        })
        .await;
        let page = viewer.page(&path).await;
        let number = |job: &Value, name: &str| job[name].as_u64().unwrap();
        let waits = jobs(&queue, &once).await;
        let waits = waits.iter().map(|job| {
            let due = number(job, "timestamp") + job["opts"]["delay"].as_u64().unwrap_or(0);
            number(job, "processedOn") - due
        });
        let all = jobs(&queue, &[once.as_slice(), &[twice]].concat()).await;
        let works = all
            .iter()
            .map(|job| number(job, "finishedOn") - number(job, "processedOn"));
        for (what, expected) in [
            ("waiting", quantiles(waits.collect())),
            ("processing", quantiles(works.collect())),
        ] {
            let shown = ["p50", "p95", "p99"].map(|part| cell(&page, &format!("{what} {part}")));
            assert_eq!(shown, expected, "{what}, BullMQ {major}");
        }
        assert_eq!(cell(&page, "failed among them"), "20.0 % of 5");
        assert!(cell(&page, "BullMQ").starts_with(&format!("{major}.")));
    }
}
