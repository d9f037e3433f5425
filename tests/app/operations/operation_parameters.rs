//! Operations that are told something: what is typed, what is done and recorded with it, and what is refused.

use bullkeeper_testkit::retry::{DATA, KEEPERS, keep_by, list, outcomes};
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, now};
use reqwest::StatusCode;

const HOUR: u64 = 3_600_000;

async fn send(person: &Person, operation: &str, id: &str, more: &[(&str, &str)]) -> Seen {
    let at = [("queue", "email/v1"), ("id", id)];
    let form = [&at, more].concat();
    Seen::of(person.post(&format!("/job/{operation}"), &form).await).await
}

/// When the job that is delayed is due, in Unix milliseconds.
async fn due(jobs: &mut Jobs, id: &str) -> u64 {
    let delayed = jobs.sorted("email/v1", "delayed").await;
    let (_, score) = delayed.iter().find(|(other, _)| other == id).unwrap();
    (score / 4096.0) as u64
}

async fn hash_field(jobs: &mut Jobs, id: &str, field: &str) -> Option<String> {
    jobs.run(&["HGET", &format!("bull:email/v1:{id}"), field])
        .await
}

#[tokio::test]
async fn a_job_is_rescheduled_to_the_time_that_was_typed_and_the_entry_says_which() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.delayed("email/v1", "1", now() + HOUR).await;

    let page = operator.page("/job/reschedule?queue=email%2Fv1&id=1").await;
    assert!(page.text().contains("Delay until"), "{}", page.text());
    let more = [("until", "2035-01-31 14:00"), ("reason", "not before 2035")];
    let done = send(&operator, "reschedule", "1", &more).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(due(&mut jobs, "1").await, 2_053_864_800_000);
    let delay = hash_field(&mut jobs, "1", "delay").await.unwrap();
    assert!(delay.parse::<u64>().unwrap() > HOUR, "{delay}");
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.reschedule", "applied")]);
    assert_eq!(entries[0].get("note"), "Delay until: 2035-01-31T14:00:00Z");
    assert_eq!(entries[0].get("reason"), "not before 2035");

    let before = now();
    let done = send(&operator, "reschedule", "1", &[("until", "in 2 h")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let due = due(&mut jobs, "1").await;
    assert!((before + 2 * HOUR..=now() + 2 * HOUR).contains(&due));
}

#[tokio::test]
async fn a_field_that_is_wrong_is_named_with_what_is_allowed_and_keeps_its_text() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let at = now() + HOUR;
    jobs.delayed("email/v1", "1", at).await;
    jobs.waiting("email/v1", "2", DATA).await;
    for (operation, id, field, typed, says) in [
        (
            "reschedule",
            "1",
            "until",
            "tomorrow <noon>",
            "how long from now",
        ),
        (
            "reschedule",
            "1",
            "until",
            "2020-01-01 00:00",
            "in the past",
        ),
        ("reschedule", "1", "until", "", "Delay until is missing"),
        (
            "change-priority",
            "2",
            "priority",
            "2097152",
            "from 0 to 2097151",
        ),
        (
            "change-priority",
            "2",
            "priority",
            "-1",
            "from 0 to 2097151",
        ),
        (
            "change-priority",
            "2",
            "priority",
            "1.5",
            "from 0 to 2097151",
        ),
    ] {
        let more = [(field, typed), ("reason", "my <own> reason")];
        let refused = send(&operator, operation, id, &more).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(refused.text().contains(says), "{typed}: {}", refused.text());
        let kept = refused.attributes(&format!("#p-{field}"), "value");
        assert_eq!(kept, [typed]);
        assert_eq!(refused.attributes("#reason", "value"), ["my <own> reason"]);
        assert_eq!(refused.all(".field-error").len(), 1);
    }
    assert_eq!(due(&mut jobs, "1").await, at);
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["2"]);
    assert_eq!(jobs.audit_of_jobs().await.len(), 0, "nothing was tried");
}

#[tokio::test]
async fn what_was_typed_survives_a_refusal_by_the_jobs_state() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v1", "1", DATA).await;
    for (operation, field, typed) in [
        ("reschedule", "until", "in 2 h"),
        ("change-priority", "priority", "7"),
    ] {
        let refused = send(&operator, operation, "1", &[(field, typed)]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert!(refused.text().contains("This job is failed"));
        assert_eq!(refused.attributes(&format!("#p-{field}"), "value"), [typed]);
    }
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(
        outcomes(&entries),
        [
            ("job.reschedule", "conflict"),
            ("job.change-priority", "conflict")
        ]
    );
    assert_eq!(hash_field(&mut jobs, "1", "priority").await.unwrap(), "0");
}

#[tokio::test]
async fn a_waiting_job_moves_in_line_with_its_priority() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in ["1", "2", "3"] {
        jobs.waiting("email/v1", id, DATA).await;
    }
    let done = send(&operator, "change-priority", "2", &[("priority", "5")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["3", "1"]);
    let prioritized = jobs.sorted("email/v1", "prioritized").await;
    assert_eq!(prioritized, [("2".to_owned(), (5_u64 << 32) as f64 + 1.0)]);
    assert_eq!(hash_field(&mut jobs, "2", "priority").await.unwrap(), "5");

    let next = [("priority", "0"), ("lifo", "1")];
    let done = send(&operator, "change-priority", "2", &next).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["3", "1", "2"]);
    assert_eq!(jobs.sorted("email/v1", "prioritized").await, []);

    let done = send(&operator, "change-priority", "3", &next).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["1", "2", "3"]);
    let notes: Vec<String> = jobs
        .audit_of_jobs()
        .await
        .iter()
        .map(|it| it.get("note").to_owned())
        .collect();
    assert_eq!(
        notes,
        [
            "Priority: 5; Before jobs of the same priority: no",
            "Priority: 0; Before jobs of the same priority: yes",
            "Priority: 0; Before jobs of the same priority: yes"
        ]
    );
}

#[tokio::test]
async fn a_job_that_gets_no_priority_waits_where_the_bullmq_of_its_queue_looks_for_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, when_paused) in KEEPERS {
        for paused in [false, true] {
            let queue = format!("{keeper}-{paused}/v1");
            jobs.prioritized(&queue, "1", 7).await;
            keep_by(&mut jobs, &queue, fields, paused).await;
            let form = [("queue", queue.as_str()), ("id", "1"), ("priority", "0")];
            let done = Seen::of(operator.post("/job/change-priority", &form).await).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
            let here = match paused {
                true => when_paused,
                false => "wait",
            };
            assert_eq!(list(&mut jobs, &queue, here).await, ["1"], "{queue}");
            assert_eq!(jobs.sorted(&queue, "prioritized").await, [], "{queue}");
        }
    }
}

#[tokio::test]
async fn a_retry_resets_the_attempts_where_it_is_told_to() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in ["1", "2", "3"] {
        jobs.failed("email/v1", id, DATA).await;
    }
    let page = operator.page("/job/retry?queue=email%2Fv1&id=1").await;
    assert_eq!(
        page.attributes("#p-attempts option[selected]", "value"),
        ["keep"]
    );
    for (id, more, left, note) in [
        ("1", &[][..], Some("3"), "Attempts: kept as they are"),
        (
            "2",
            &[("attempts", "keep")][..],
            Some("3"),
            "Attempts: kept as they are",
        ),
        (
            "3",
            &[("attempts", "reset")][..],
            None,
            "Attempts: reset to 0",
        ),
    ] {
        let done = send(&operator, "retry", id, more).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let made = hash_field(&mut jobs, id, "atm").await;
        assert_eq!(made.as_deref(), left, "job {id}");
        let entries = jobs.audit_of_jobs().await;
        assert_eq!(entries.last().unwrap().get("note"), note);
    }
    jobs.failed("email/v1", "4", DATA).await;
    let refused = send(&operator, "retry", "4", &[("attempts", "all")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text().contains("keep or reset"),
        "{}",
        refused.text()
    );
}
