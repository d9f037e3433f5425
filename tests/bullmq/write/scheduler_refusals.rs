//! Refusals after the permit to run, change or remove a scheduler: each leaves an entry, and nothing else.

use serde_json::json;

use super::schedulers::left;
use super::set_schedulers::{YEARLY, create, edit_form, last_entry};
use crate::harness::bull::{Bull, patient_app, patient_app_with};
use bullkeeper_testkit::{EditForm, Seen, serde_urlencoded};

#[tokio::test]
async fn a_template_that_is_not_json_is_not_run_and_the_refusal_is_recorded() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "not-json");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let key = "bull:not-json:repeat:nightly";
    let _: i64 = jobs.run(&["HSET", key, "data", "{oops"]).await;
    let at = serde_urlencoded(&[("queue", "not-json"), ("id", "nightly")]);
    let page = admin.page(&format!("/scheduler/run?{at}")).await;
    let form = EditForm::of(&page, "/scheduler/run").set("reason", "now");
    let before = left(&mut jobs, &queue).await;
    let refused = admin.send("/scheduler/run", &form).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(refused.text().contains("not JSON"), "{}", refused.text());
    assert_eq!(left(&mut jobs, &queue).await, before);
    let entry = last_entry(&mut jobs).await;
    assert_eq!(
        (entry.get("action"), entry.get("outcome")),
        ("scheduler.run", "invalid")
    );
}

#[tokio::test]
async fn data_that_the_entry_of_a_change_cannot_hold_is_refused_with_an_entry() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "deep");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let before = left(&mut jobs, &queue).await;
    // As deep as data may be; the document of the scheduler is one level deeper.
    let deep = format!("{}{}", "[".repeat(512), "]".repeat(512));
    let form = edit_form(&admin, &queue, &[("text", &deep)]).await;
    let refused = admin.send("/scheduler/edit", &form).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
    assert_eq!(EditForm::of(&refused, "/scheduler/edit").get("text"), deep);
    assert_eq!(left(&mut jobs, &queue).await, before);
    let entry = last_entry(&mut jobs).await;
    assert_eq!(
        (entry.get("action"), entry.get("outcome")),
        ("scheduler.edit", "invalid")
    );
}

#[tokio::test]
async fn a_required_reason_that_is_missing_is_refused_with_an_entry() {
    let app = patient_app_with(&[("require_reason", "true")]).await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "reasons");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let before = left(&mut jobs, &queue).await;
    let at = serde_urlencoded(&[("queue", "reasons"), ("id", "nightly")]);
    for what in ["run", "remove"] {
        let address = format!("/scheduler/{what}");
        let page = admin.page(&format!("{address}?{at}")).await;
        let form = EditForm::of(&page, &address).set("reason", " ");
        let refused = admin.send(&address, &form).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        let fault = refused.all("#reason-error").join(" ");
        assert!(fault.contains("A reason is required."), "{fault}");
        assert_eq!(left(&mut jobs, &queue).await, before);
        let entry = last_entry(&mut jobs).await;
        let action = format!("scheduler.{what}");
        assert_eq!(
            (entry.get("action"), entry.get("outcome")),
            (action.as_str(), "invalid")
        );
    }
}

#[tokio::test]
async fn a_scheduler_with_a_huge_text_is_not_read_but_can_be_removed() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "huge");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let key = "bull:huge:repeat:nightly";
    let at = serde_urlencoded(&[("queue", "huge"), ("id", "nightly")]);
    for field in ["tz", "limit", "pattern"] {
        let stored: Option<String> = jobs.run(&["HGET", key, field]).await;
        let _: i64 = jobs.run(&["HSET", key, field, &"9".repeat(3_000)]).await;
        let refused = Seen::of(admin.get(&format!("/scheduler/edit?{at}")).await).await;
        assert_eq!(refused.status, 400, "{field}: {}", refused.text());
        assert!(refused.text().contains("3000 bytes"), "{}", refused.text());
        match stored {
            Some(text) => jobs.run::<i64>(&["HSET", key, field, &text]).await,
            None => jobs.run::<i64>(&["HDEL", key, field]).await,
        };
    }
    let _: i64 = jobs.run(&["HSET", key, "tz", &"9".repeat(3_000)]).await;
    let page = admin.page(&format!("/scheduler/remove?{at}")).await;
    let form = EditForm::of(&page, "/scheduler/remove").set("reason", "it is broken");
    let removed = admin.send("/scheduler/remove", &form).await;
    assert_eq!(removed.status, 303, "{}", removed.text());
}

#[tokio::test]
async fn huge_texts_in_the_fields_of_a_scheduler_are_measured_and_not_read() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "measured");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let key = "bull:measured:repeat:nightly";
    for field in ["limit", "ic", "endDate", "offset", "tz"] {
        let _: i64 = jobs
            .run(&["HSET", key, field, &"9".repeat(1_000_000)])
            .await;
    }
    let sent = |stats: String| -> u64 {
        let mut lines = stats.lines();
        let line = lines.find_map(|line| line.strip_prefix("total_net_output_bytes:"));
        line.unwrap().trim().parse().unwrap()
    };
    let before = sent(jobs.run(&["INFO", "stats"]).await);
    let at = serde_urlencoded(&[("queue", "measured"), ("id", "nightly")]);
    for path in [
        format!("/scheduler?{at}"),
        "/queue/schedulers?name=measured".to_owned(),
        "/schedulers".to_owned(),
    ] {
        assert!(admin.page(&path).await.text().contains("nightly"), "{path}");
    }
    let read = sent(jobs.run(&["INFO", "stats"]).await) - before;
    assert!(read < 1_000_000, "{read} bytes were read");
}
