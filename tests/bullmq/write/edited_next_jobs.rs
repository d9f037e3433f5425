//! The next job of a scheduler whose data someone edited: it is not replaced or removed unseen, and the audit log keeps the data.

use serde_json::{Value, json};

use super::schedulers::{ask_to_remove, left};
use super::set_schedulers::{YEARLY, create, edit_form, last_entry, next_job};
use crate::harness::bull::{Bull, Queue, patient_app, patient_app_with};
use bullkeeper_testkit::{EditForm, Jobs};

/// Edits the data of the next job, as its page does.
async fn edit_next_job(jobs: &mut Jobs, queue: &Queue, data: &Value) -> String {
    let job = next_job(jobs, queue).await;
    queue
        .ask("updateData", json!({"jobId": job, "data": data}))
        .await;
    job
}

#[tokio::test]
async fn a_next_job_that_was_edited_after_the_form_was_opened_is_not_replaced_unseen() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("unseen-{major}"));
        queue.ask("ready", json!({})).await;
        create(&admin, &queue, &YEARLY).await;
        let form = edit_form(&admin, &queue, &[("text", r#"{"mine":true}"#)]).await;
        for data in [json!({"once": "theirs"}), json!({"twice": "theirs"})] {
            let job = edit_next_job(&mut jobs, &queue, &data).await;
            let before = left(&mut jobs, &queue).await;
            let refused = admin.send("/scheduler/edit", &form).await;
            assert_eq!(refused.status, 409, "{}", refused.text());
            assert_eq!(left(&mut jobs, &queue).await, before);
            let notice = refused.all(".notice.s-warn").join(" ");
            assert!(notice.contains(&job), "{notice}");
            let entry = last_entry(&mut jobs).await;
            assert_eq!(
                (entry.get("action"), entry.get("outcome")),
                ("scheduler.edit", "conflict")
            );
            let again = EditForm::of(&refused, "/scheduler/edit").set("repeat", "pattern");
            assert_eq!(again.get("text"), r#"{"mine":true}"#);
            assert_eq!(again.get("reason"), "the table");
            if data.get("once").is_some() {
                // The page told of the first edit, not of the second.
                edit_next_job(&mut jobs, &queue, &json!({"twice": "theirs"})).await;
                let refused = admin.send("/scheduler/edit", &again).await;
                assert_eq!(refused.status, 409, "{}", refused.text());
                continue;
            }
            let saved = admin.send("/scheduler/edit", &again).await;
            assert_eq!(admin.told_after(&saved).await, "Scheduler changed.");
            assert_eq!(queue.job(&job).await["data"], json!({"mine": true}));
            let patch = last_entry(&mut jobs).await.get("patch").to_owned();
            assert!(
                patch.contains("/nextJobData") && patch.contains(r#"{"twice":"theirs"}"#),
                "{patch}"
            );
        }
    }
}

#[tokio::test]
async fn the_entry_of_a_change_keeps_the_edited_data_with_its_secrets_hidden() {
    let app = patient_app_with(&[("redact", "password")]).await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "secret");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let data = json!({"to": "a@example.com", "password": "correct horse"});
    let job = edit_next_job(&mut jobs, &queue, &data).await;
    let form = edit_form(&admin, &queue, &[("limit", "7")]).await;
    let saved = admin.send("/scheduler/edit", &form).await;
    assert_eq!(admin.told_after(&saved).await, "Scheduler changed.");
    let entry = last_entry(&mut jobs).await;
    let patch = entry.get("patch");
    assert!(
        patch.contains("a@example.com") && !patch.contains("horse"),
        "{patch}"
    );
    // What must be hidden in it can't be found: it stays.
    let key = format!("bull:{}:{job}", queue.name);
    let _: i64 = jobs.run(&["HSET", &key, "data", "password=horse"]).await;
    let before = left(&mut jobs, &queue).await;
    let form = edit_form(&admin, &queue, &[("limit", "8")]).await;
    let refused = admin.send("/scheduler/edit", &form).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let kept = EditForm::of(&refused, "/scheduler/edit");
    assert_eq!(kept.get("limit"), "8");
    assert_eq!(left(&mut jobs, &queue).await, before);
    let entry = last_entry(&mut jobs).await;
    assert_eq!(
        (entry.get("action"), entry.get("outcome")),
        ("scheduler.edit", "invalid")
    );
    let form = ask_to_remove(&admin, &queue, "nightly").await;
    let refused = admin.send("/scheduler/remove", &form).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(left(&mut jobs, &queue).await, before);
    let entry = last_entry(&mut jobs).await;
    assert_eq!(
        (entry.get("action"), entry.get("outcome")),
        ("scheduler.remove", "invalid")
    );
}

#[tokio::test]
async fn the_entry_of_a_removal_keeps_the_edited_data_of_the_next_job() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    for (major, length) in [(5, 10), (6, 10), (6, 200_000)] {
        let queue = bull.queue(major, &format!("removed-{major}-{length}"));
        queue.ask("ready", json!({})).await;
        create(&admin, &queue, &YEARLY).await;
        let data = json!({"once": "x".repeat(length)});
        let job = edit_next_job(&mut jobs, &queue, &data).await;
        let form = ask_to_remove(&admin, &queue, "nightly").await;
        let removed = admin.send("/scheduler/remove", &form).await;
        assert_eq!(removed.status, 303, "{}", removed.text());
        let entry = last_entry(&mut jobs).await;
        assert_eq!(
            (entry.get("action"), entry.get("outcome")),
            ("scheduler.remove", "applied")
        );
        assert!(entry.get("note").contains(&job), "{entry:?}");
        if length < 100 {
            assert_eq!(entry.get("before_text"), data.to_string());
        } else {
            let kept: Vec<String> = jobs.run(&["KEYS", "*audit-change:*"]).await;
            assert_eq!(kept.len(), 1, "the large data is beside the entry");
        }
    }
}

#[tokio::test]
async fn a_next_job_that_stays_keeps_no_scheduler_from_being_removed() {
    let app = patient_app_with(&[("redact", "password")]).await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("stays-{major}"));
        queue.ask("ready", json!({})).await;
        create(&admin, &queue, &YEARLY).await;
        let job = next_job(&mut jobs, &queue).await;
        queue.ask("promote", json!({"jobId": job})).await;
        // What must be hidden in it can't be found, so it could not be kept.
        let key = format!("bull:{}:{job}", queue.name);
        let _: i64 = jobs.run(&["HSET", &key, "data", "password=horse"]).await;
        let form = ask_to_remove(&admin, &queue, "nightly").await;
        let removed = admin.send("/scheduler/remove", &form).await;
        assert_eq!(removed.status, 303, "{}", removed.text());
        let data: String = jobs.run(&["HGET", &key, "data"]).await;
        assert_eq!(data, "password=horse", "BullMQ leaves a waiting job");
        let entry = last_entry(&mut jobs).await;
        assert_eq!(
            (entry.get("action"), entry.get("outcome")),
            ("scheduler.remove", "applied")
        );
        assert_eq!((entry.get("before_text"), entry.get("before")), ("", ""));
    }
}

#[tokio::test]
async fn the_reason_for_a_removal_is_kept_without_the_secrets_of_the_template() {
    let app = patient_app_with(&[("redact", "password")]).await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "reasons");
    queue.ask("ready", json!({})).await;
    let secret = ("text", r#"{"password":"correct horse"}"#);
    create(&admin, &queue, &[&YEARLY[..], &[secret]].concat()).await;
    let form = ask_to_remove(&admin, &queue, "nightly").await;
    let form = form.set("reason", "correct horse was guessed");
    let removed = admin.send("/scheduler/remove", &form).await;
    assert_eq!(removed.status, 303, "{}", removed.text());
    let entry = last_entry(&mut jobs).await;
    let reason = entry.get("reason");
    assert!(
        reason.ends_with("was guessed") && !reason.contains("horse"),
        "{reason}"
    );
}
