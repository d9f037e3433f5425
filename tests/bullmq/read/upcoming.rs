//! What is to come in queues as real BullMQ leaves them: the scores of delayed jobs, and the next jobs of schedulers.

use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, patient_app};
use bullkeeper_testkit::{Seen, eventually, serde_urlencoded};

fn total(page: &Seen, label: &str) -> u64 {
    let cells = page.all(&format!("#due-table td[data-l='{label}']"));
    cells.iter().map(|cell| cell.parse::<u64>().unwrap()).sum()
}

#[tokio::test]
async fn delayed_jobs_of_every_major_are_counted_when_they_are_due() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("reminders {major}"));
        for minutes in [10, 10, 30, 180] {
            let opts = json!({ "delay": minutes * 60_000 });
            queue.add(json!({ "data": {}, "opts": opts })).await;
        }
        let at = serde_urlencoded(&[("name", queue.name.as_str()), ("window", "hour")]);
        let path = format!("/queue/upcoming?{at}");
        eventually("the delayed jobs are counted", || async {
            viewer
                .page(&path)
                .await
                .text()
                .contains("3 of 4 delayed jobs")
        })
        .await;
        let page = viewer.page(&path).await;
        assert_eq!(total(&page, "delayed jobs"), 3, "BullMQ {major}");
        // Two of them within the same minute or in two that follow each other.
        let parts = page.all("#due-table td[data-l='delayed jobs']");
        assert_eq!(parts.last().unwrap(), "1", "BullMQ {major}");
        let day = viewer.page(&path.replace("hour", "day")).await;
        assert_eq!(total(&day, "delayed jobs"), 4, "BullMQ {major}");
    }
}

#[tokio::test]
async fn the_next_job_of_a_scheduler_is_a_delayed_one_and_its_further_runs_are_not_stored() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("ticks {major}"));
        // The first job of an interval is due at once; that of a pattern on the hour.
        let repeat = json!({ "pattern": "0 * * * *", "tz": "UTC" });
        queue
            .ask(
                "scheduler",
                json!({ "schedulerId": "hourly", "name": "tick", "repeat": repeat }),
            )
            .await;
        let at = serde_urlencoded(&[("name", queue.name.as_str()), ("window", "day")]);
        let path = format!("/queue/upcoming?{at}");
        eventually("its job is counted", || async {
            viewer
                .page(&path)
                .await
                .text()
                .contains("1 of 1 delayed job")
        })
        .await;
        let page = viewer.page(&path).await;
        assert_eq!(total(&page, "delayed jobs"), 1, "BullMQ {major}");
        assert_eq!(total(&page, "further runs"), 23, "BullMQ {major}");
        assert_eq!(
            page.all("section[aria-labelledby=runs-h] td[data-l=runs]"),
            ["24"]
        );
    }
}
