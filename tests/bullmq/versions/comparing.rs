//! Two versions whose workers did the same jobs, one with BullMQ 5 and one with 6: the comparison equals what BullMQ's own
//! jobs say.

use serde_json::{Value, json};

use crate::harness::bull::{Bull, Queue, patient_app};
use bullkeeper_testkit::{Person, Seen, eventually};

async fn compare(person: &Person, more: &str) -> Seen {
    let path = format!("/family/compare?name=order{more}");
    eventually("both versions are known", || async {
        let seen = Seen::of(person.get(&path).await).await;
        seen.status == 200 && seen.text().contains("pairs finished")
    })
    .await;
    person.page(&path).await
}

fn verdicts(seen: &Seen) -> Vec<(String, String)> {
    let keys = seen.all("tbody th.mono");
    let mut told: Vec<_> = keys.into_iter().zip(seen.all("td .chip")).collect();
    told.sort();
    told
}

fn pairs<const N: usize>(expected: [(&str, &str); N]) -> Vec<(String, String)> {
    let mut told: Vec<_> = expected
        .into_iter()
        .map(|(key, verdict)| (key.to_owned(), verdict.to_owned()))
        .collect();
    told.sort();
    told
}

async fn complete(queue: &Queue, id: &str, data: Value, returned: Value) -> String {
    queue
        .complete(json!({"opts": {"jobId": id}, "data": data, "returnvalue": returned}))
        .await
}

async fn fail(queue: &Queue, id: &str, message: &str) {
    queue
        .fail(json!({"opts": {"jobId": id}, "message": message}))
        .await;
}

#[tokio::test]
async fn a_shadow_run_of_bullmq_5_beside_6_is_compared_job_by_job() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (old, new) = (bull.queue(5, "order/v1"), bull.queue(6, "order/v2"));
    let paid = json!({"paid": true, "amount": 12.5});
    complete(&old, "same", json!({}), paid.clone()).await;
    complete(
        &new,
        "same",
        json!({}),
        json!({"amount": 12.50, "paid": true}),
    )
    .await;
    complete(&old, "value", json!({}), paid.clone()).await;
    complete(
        &new,
        "value",
        json!({}),
        json!({"amount": 13, "paid": true}),
    )
    .await;
    complete(&old, "outcome", json!({}), paid.clone()).await;
    fail(&new, "outcome", "no such account").await;
    fail(&old, "reason", "no such account").await;
    fail(&new, "reason", "account closed").await;
    complete(&old, "late", json!({}), paid.clone()).await;
    complete(&old, "alone", json!({}), paid).await;
    new.add(json!({"opts": {"jobId": "late", "delay": 3_600_000}}))
        .await;
    let delayed = json!({"opts": {"jobId": "put-off", "delay": 1_000}, "returnvalue": 1});
    old.complete(delayed.clone()).await;
    new.complete(delayed).await;

    let viewer = app.viewer().await;
    let seen = compare(&viewer, "").await;
    let expected = pairs([
        ("same", "same"),
        ("value", "return value differs"),
        ("outcome", "outcome differs"),
        ("reason", "error differs"),
        ("late", "not finished in one"),
        ("alone", "only in v1"),
        ("put-off", "same"),
    ]);
    assert_eq!(verdicts(&seen), expected);

    // The times of the export are those that BullMQ has.
    let export = viewer
        .get("/family/compare/export?name=order&format=jsonl")
        .await;
    let lines = Seen::of(export).await.body;
    let mut looked_at = 0;
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for (side, queue) in [("a", &old), ("b", &new)] {
            let Some(id) = line[format!("{side}_id")].as_str() else {
                continue;
            };
            let job = queue.job(id).await;
            let told = |name: &str| -> Option<u64> {
                line[format!("{side}_{name}")].as_str()?.parse().ok()
            };
            assert_eq!(told("added"), job["timestamp"].as_u64(), "{line}");
            assert_eq!(told("started"), job["processedOn"].as_u64(), "{line}");
            assert_eq!(told("finished"), job["finishedOn"].as_u64(), "{line}");
            assert_eq!(told("attempts"), job["attemptsMade"].as_u64(), "{line}");
            // What it was delayed by is not a time of waiting for a worker.
            let waited = told("waiting_ms");
            assert!(waited.is_none_or(|ms| ms < 1_000), "{line}");
            looked_at += 1;
        }
    }
    assert_eq!(looked_at, 13);
}

#[tokio::test]
async fn jobs_whose_ids_were_counted_up_are_paired_by_their_data() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (old, new) = (bull.queue(6, "order/v1"), bull.queue(5, "order/v2"));
    for order in ["a", "b"] {
        let job = |returned| json!({"data": {"order": {"id": order}}, "returnvalue": returned});
        old.complete(job(json!(1))).await;
        new.complete(job(json!(if order == "a" { 1 } else { 2 })))
            .await;
    }
    // Of several, the newest counts.
    new.complete(json!({"data": {"order": {"id": "a"}}, "returnvalue": 7}))
        .await;
    let viewer = app.viewer().await;
    let seen = compare(&viewer, "&by=pointer&pointer=/order/id").await;
    let expected = pairs([
        ("\"a\"", "return value differs"),
        ("\"b\"", "return value differs"),
    ]);
    assert_eq!(verdicts(&seen), expected);
    assert!(
        seen.text()
            .contains("v2: 1 have the key of one that finished later")
    );
    let seen = compare(&viewer, "&by=id").await;
    assert!(verdicts(&seen).is_empty());
    assert!(
        seen.text().contains("pair them by a pointer"),
        "{}",
        seen.text()
    );
}
