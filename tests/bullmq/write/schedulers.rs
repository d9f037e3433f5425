//! Schedulers that an admin removes: what is left is what BullMQ's own removal leaves, and it is audited in the same step.

use serde_json::{Value, json};

use crate::harness::bull::{Bull, Queue, patient_app};
use bullkeeper_testkit::{EditForm, Jobs, Person, Seen, serde_urlencoded};

/// What a queue leaves in Redis: the suffix, type and content of each key. Its own name and the times of events are left out.
pub(super) async fn left(jobs: &mut Jobs, queue: &Queue) -> Vec<String> {
    let start = format!("bull:{}:", queue.name);
    let mut keys: Vec<String> = jobs.run(&["KEYS", &format!("{start}*")]).await;
    keys.sort();
    let mut found = Vec::new();
    for key in keys {
        let kind: String = jobs.run(&["TYPE", &key]).await;
        let content = match kind.as_str() {
            "hash" => {
                let mut fields: Vec<String> = jobs.run(&["HGETALL", &key]).await;
                fields.sort();
                format!("{fields:?}")
            }
            "zset" => format!(
                "{:?}",
                jobs.run::<Vec<String>>(&["ZRANGE", &key, "0", "-1", "WITHSCORES"])
                    .await
            ),
            "list" => format!(
                "{:?}",
                jobs.run::<Vec<String>>(&["LRANGE", &key, "0", "-1"]).await
            ),
            "stream" => {
                let events: Vec<(String, Vec<String>)> =
                    jobs.run(&["XRANGE", &key, "-", "+"]).await;
                format!(
                    "{:?}",
                    events
                        .into_iter()
                        .map(|(_, fields)| fields)
                        .collect::<Vec<_>>()
                )
            }
            _ => jobs.run(&["GET", &key]).await,
        };
        found.push(format!("{} {kind} {content}", &key[start.len()..]));
    }
    found
}

pub(super) async fn ask_to_remove(person: &Person, queue: &Queue, id: &str) -> EditForm {
    let at = [("queue", queue.name.as_str()), ("id", id)];
    let page = person
        .page(&format!("/scheduler/remove?{}", serde_urlencoded(&at)))
        .await;
    EditForm::of(&page, "/scheduler/remove").set("reason", "the report is not read by anyone")
}

/// The next run is the same whenever the scheduler is made, so that two are alike.
fn yearly() -> Value {
    json!({"pattern": "0 0 1 1 *", "tz": "UTC"})
}

#[tokio::test]
async fn a_removed_scheduler_leaves_what_bullmqs_own_removal_leaves_and_one_audit_entry() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    for (major, op) in [
        (4, "repeatable"),
        (5, "repeatable"),
        (5, "scheduler"),
        (6, "scheduler"),
    ] {
        let (ours, theirs) = (
            bull.queue(major, &format!("ours-{op}-{major}")),
            bull.queue(major, &format!("theirs-{op}-{major}")),
        );
        let make = json!({"schedulerId": "yearly", "name": "report", "data": {"a": 1}, "repeat": yearly()});
        let id = match op {
            "repeatable" => {
                theirs.ask(op, make.clone()).await;
                let made = ours.ask(op, make).await;
                let key = made["key"].as_str().unwrap().to_owned();
                let removed = theirs.ask("removeRepeatable", json!({"key": key})).await;
                assert_eq!(removed["removed"], true, "BullMQ {major}");
                key
            }
            _ => {
                theirs.ask(op, make.clone()).await;
                ours.ask(op, make).await;
                theirs
                    .ask("removeScheduler", json!({"schedulerId": "yearly"}))
                    .await;
                "yearly".to_owned()
            }
        };
        let form = ask_to_remove(&admin, &ours, &id).await;
        let removed = admin.send("/scheduler/remove", &form).await;
        assert_eq!(removed.status, 303, "{}", removed.text());
        assert!(admin.told_after(&removed).await.starts_with("Removed "));
        assert_eq!(
            left(&mut jobs, &ours).await,
            left(&mut jobs, &theirs).await,
            "BullMQ {major} {op}"
        );
        let entries = jobs.audit().await;
        let entry = entries
            .iter()
            .rfind(|entry| entry.get("action") == "scheduler.remove")
            .unwrap();
        assert_eq!(
            (entry.get("outcome"), entry.get("queue")),
            ("applied", ours.name.as_str())
        );
        assert!(entry.get("note").contains("0 0 1 1 *"), "{entry:?}");
        let again = admin.send("/scheduler/remove", &form).await;
        assert_eq!(again.status, 404);
    }
}

#[tokio::test]
async fn a_scheduler_that_someone_changed_meanwhile_is_not_removed() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("changed-{major}"));
        queue
            .ask("scheduler", json!({"schedulerId": "x", "repeat": yearly()}))
            .await;
        let form = ask_to_remove(&admin, &queue, "x").await;
        let changed = json!({"pattern": "0 0 1 2 *", "tz": "UTC"});
        queue
            .ask("scheduler", json!({"schedulerId": "x", "repeat": changed}))
            .await;
        let before = left(&mut jobs, &queue).await;
        let refused: Seen = admin.send("/scheduler/remove", &form).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert!(
            refused.text().contains("on the 1st of February"),
            "{}",
            refused.text()
        );
        assert!(
            refused.body.contains("the report is not read by anyone"),
            "the reason survives"
        );
        assert_eq!(left(&mut jobs, &queue).await, before);
        let entries = jobs.audit().await;
        assert_eq!(entries.last().unwrap().get("outcome"), "conflict");
    }
}
