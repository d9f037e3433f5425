//! A job's page on jobs as real BullMQ leaves them: attempts, errors, logs, progress, times, schedulers.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::harness::bull::{Bull, MAJORS, patient_app};
use crate::harness::pages::{facts, in_query, lines, shown, state};
use bullkeeper_testkit::{Person, Seen, serde_urlencoded};

/// The moments of a job's timeline, in Unix milliseconds.
fn timeline(page: &Seen) -> BTreeMap<String, u64> {
    let labels = page.all(".timeline li b");
    let moments = page.attributes(".timeline li time[data-local]", "datetime");
    assert_eq!(labels.len(), moments.len());
    let read = |text: String| {
        let moment = OffsetDateTime::parse(&text, &Rfc3339).unwrap();
        u64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap()
    };
    labels
        .into_iter()
        .zip(moments.into_iter().map(read))
        .collect()
}

/// A number that BullMQ keeps with a job.
fn number(job: &Value, name: &str) -> u64 {
    job[name]
        .as_u64()
        .unwrap_or_else(|| panic!("no {name} in {job}"))
}

#[tokio::test]
async fn a_failed_job_shows_its_attempts_error_stack_traces_and_times() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let message = "no such address: <b>ann@example</b>\nasked twice";
        let id = queue
            .fail(json!({"name": "send", "data": {"to": "ann@example"}, "message": message, "opts": {"attempts": 2}}))
            .await;
        let page = queue.job_page(&viewer, &id).await;
        assert_eq!(state(&page), "failed", "BullMQ {major}");
        assert_eq!(page.all("main h1"), [format!("send {id}")]);
        let facts = facts(&page);
        assert_eq!(facts["Attempts"], "2 of 2", "BullMQ {major}: {facts:?}");
        assert_eq!(facts["Queue"], queue.name);
        assert!(
            facts["BullMQ"].starts_with(&format!("{major}.")),
            "{facts:?}"
        );
        assert_eq!(shown(&page, "failedReason").unwrap(), message);
        let traces = shown(&page, "stacktrace").unwrap();
        assert_eq!(
            traces.matches("Error: no such address").count(),
            2,
            "{traces}"
        );
        assert_eq!(
            shown(&page, "data").unwrap(),
            "{\n  \"to\": \"ann@example\"\n}"
        );

        let (job, times) = (queue.job(&id).await, timeline(&page));
        assert_eq!(times["Added"], number(&job, "timestamp"));
        assert_eq!(times["Started"], number(&job, "processedOn"));
        assert_eq!(times["Failed"], number(&job, "finishedOn"));
    }
}

#[tokio::test]
async fn a_completed_job_shows_what_its_worker_returned_and_how_far_it_said_it_was() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let id = queue
            .complete(json!({"returnvalue": {"sent": 3, "to": "ü"}}))
            .await;
        queue
            .ask(
                "progress",
                json!({"jobId": id, "progress": {"percent": 42.5}}),
            )
            .await;
        let page = queue.job_page(&viewer, &id).await;
        assert_eq!(state(&page), "completed", "BullMQ {major}");
        assert_eq!(
            shown(&page, "returnvalue").unwrap(),
            "{\n  \"sent\": 3,\n  \"to\": \"ü\"\n}"
        );
        assert_eq!(
            shown(&page, "progress").unwrap(),
            "{\n  \"percent\": 42.5\n}"
        );
        assert_eq!(shown(&page, "failedReason"), None);
        assert!(timeline(&page).contains_key("Finished"));
    }
}

#[tokio::test]
async fn every_line_of_a_log_is_read_page_by_page() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let id = queue.add(json!({})).await;
        let wrote: Vec<String> = (1..=250).map(|n| format!("line {n} <i> ü")).collect();
        queue.ask("log", json!({"jobId": id, "lines": wrote})).await;

        let mut page = queue.job_page(&viewer, &id).await;
        assert!(page.all("#log header").join("").contains("250 lines"));
        let mut read = page.all("#log .log li:not(.more)");
        let mut next = page.attributes("#log-more", "href");
        while let Some(address) = next.pop() {
            page = Seen::of(viewer.get_part(&address).await).await;
            read.extend(page.all("li:not(.more)"));
            next = page.attributes("#log-more", "href");
        }
        assert_eq!(read, wrote, "BullMQ {major}");

        let newest = page_of_log(&viewer, &queue.name, &id, "newest").await;
        let lines = newest.all("#log-lines li");
        let expected: Vec<&String> = wrote.iter().rev().take(100).collect();
        assert_eq!(lines.iter().collect::<Vec<_>>(), expected);
    }
}

async fn page_of_log(person: &Person, queue: &str, id: &str, order: &str) -> Seen {
    let query = serde_urlencoded(&[("queue", queue), ("id", id), ("order", order)]);
    person.page(&format!("/job/log?{query}")).await
}

#[tokio::test]
async fn a_delayed_job_says_when_it_is_due_even_after_its_delay_was_changed() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let id = queue.add(json!({"opts": {"delay": 3_600_000}})).await;
        let page = queue.job_page(&viewer, &id).await;
        assert_eq!(state(&page), "delayed", "BullMQ {major}");
        assert_eq!(facts(&page)["Delay"], "1 h 0 min");
        let added = number(&queue.job(&id).await, "timestamp");
        let times = timeline(&page);
        assert_eq!(times["Next run"], added + 3_600_000, "BullMQ {major}");

        let before = bullkeeper_testkit::now();
        queue
            .ask("delay", json!({"jobId": id, "delay": 7_200_000}))
            .await;
        let after = bullkeeper_testkit::now();
        let due = timeline(&queue.job_page(&viewer, &id).await)["Next run"];
        // Node's clock and ours are the same, read one after another.
        let possible = before - 1 + 7_200_000..=after + 1 + 7_200_000;
        assert!(
            possible.contains(&due),
            "BullMQ {major}: {due} is not in {possible:?}"
        );
    }
}

#[tokio::test]
async fn the_next_job_of_a_scheduler_names_it_and_its_time() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("reports/v{major}"));
        // Never within a test: at noon on the 29th of February.
        let schedule = json!({
            "schedulerId": "yearly/ü", "repeat": {"pattern": "0 0 12 29 2 *"},
            "name": "report", "data": {"year": 2.0},
        });
        queue.ask("scheduler", schedule).await;
        let page = viewer
            .page(&format!("{}&state=delayed", queue.path()))
            .await;
        let listed = lines(&page);
        let [line] = &listed[..] else {
            panic!("BullMQ {major}: {listed:?}")
        };
        assert!(
            line.id.starts_with("repeat:"),
            "BullMQ {major}: {}",
            line.id
        );
        assert_eq!(in_query(&line.href, "id"), line.id);

        let page = viewer.page(&line.href).await;
        assert_eq!(state(&page), "delayed");
        let scheduler = &facts(&page)["Scheduler"];
        if major >= 5 {
            assert_eq!(scheduler, "yearly/ü");
        }
        let due = timeline(&page)["Next run"];
        let moment =
            OffsetDateTime::from_unix_timestamp(i64::try_from(due / 1000).unwrap()).unwrap();
        assert_eq!(
            (moment.month() as u8, moment.day()),
            (2, 29),
            "BullMQ {major}"
        );
        let said = line.id.rsplit(':').next().unwrap();
        assert_eq!(said, due.to_string(), "the id holds the same time");

        // Its editor says that the edit holds for this run alone.
        let editor = operator.page(&queue.path_of("/job/edit", &line.id)).await;
        assert!(
            editor.text().contains("scheduler"),
            "BullMQ {major}: {}",
            editor.text()
        );
    }
}

#[tokio::test]
async fn five_megabytes_are_folded_on_the_page_and_whole_where_they_are_asked_for() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let id = queue.add(json!({"dataBytes": 5_000_000})).await;
        for page in [
            queue.page(&viewer).await,
            queue.job_page(&viewer, &id).await,
        ] {
            assert!(page.body.len() < 60_000, "{} bytes", page.body.len());
        }
        let page = queue.job_page(&viewer, &id).await;
        assert!(page.all("#data").join("").contains("5.0 MB, not loaded"));
        let raw = viewer.get(&page.attributes("#data-text", "href")[0]).await;
        let expected = format!("{{\"note\":\"{}\"}}", "x".repeat(5_000_000 - 11));
        assert!(raw.bytes().await.unwrap() == expected.as_bytes());
    }
}

#[tokio::test]
async fn malformed_data_is_shown_as_it_is_stored_and_said_to_be_no_json() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        for stored in [
            "{'to': 'ann'}",
            "{\"to\": \"ann\"",
            "NaN",
            "[object Object]",
        ] {
            let id = queue.fail(json!({"rawData": stored})).await;
            let page = queue.job_page(&viewer, &id).await;
            assert_eq!(shown(&page, "data").unwrap(), stored, "BullMQ {major}");
            let told = page.all("#data .notice").join("");
            assert!(told.contains("not JSON: line 1"), "{told}");
            let raw = viewer.get(&queue.path_of("/job/raw", &id)).await;
            assert_eq!(raw.status(), 400, "which text is wanted has to be said");
            let raw = viewer
                .get(&format!("{}&text=data", queue.path_of("/job/raw", &id)))
                .await;
            assert_eq!(raw.bytes().await.unwrap(), stored.as_bytes());
        }
    }
}
