//! A deploy to its end with real workers, and a rollback: the lifecycle of each version at every step.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::harness::bull::{Bull, Queue, patient_app_with};
use crate::harness::pages::version;
use bullkeeper_testkit::moves::moved;
use bullkeeper_testkit::{Person, Seen, eventually};

impl Queue {
    /// Starts a worker that does whatever comes, each job in so many milliseconds.
    async fn employ(&self, takes: u64) {
        let named = json!({"takes": takes, "workerName": "steady"});
        self.ask("employ", named).await;
    }

    /// Sends it away; the names of the jobs it did.
    async fn dismiss(&self) -> Vec<String> {
        let answer = self.ask("dismiss", json!({})).await;
        serde_json::from_value(answer["done"].clone()).unwrap()
    }

    async fn add_named(&self, names: std::ops::Range<u32>, opts: Value) {
        for n in names {
            let job = json!({"name": format!("mail-{n}"), "data": {"n": n}, "opts": opts});
            self.add(job).await;
        }
    }
}

/// Waits until the overview says of a version all of these.
async fn stands(person: &Person, queue: &Queue, words: &[&str]) {
    let mut what = queue.name.clone();
    for word in words {
        let _ = write!(what, ", {word}");
    }
    eventually(&what, || async {
        let row = version(&person.page("/").await, &queue.name);
        row.is_some_and(|row| words.iter().all(|word| row.text.contains(word)))
    })
    .await;
}

async fn retire(admin: &Person, queue: &Queue) {
    let name = queue.name.as_str();
    let form = [("queue", name), ("typed", name), ("reason", "done with")];
    eventually("nothing keeps it from being retired", || async {
        let answer = Seen::of(admin.post("/family/retire", &form).await).await;
        answer.status == 303
    })
    .await;
    eventually("it is gone", || async {
        let row = version(&admin.page("/").await, name);
        row.is_none_or(|row| row.text.contains("gone"))
    })
    .await;
}

#[tokio::test]
async fn a_deploy_drains_and_retires_the_old_version_and_a_rollback_moves_the_jobs_back() {
    for (old, new) in [(5, 6), (6, 5)] {
        let app = patient_app_with(&[("retire_quiet", "0ms")]).await;
        let bull = Bull::on(&app);
        let admin = app.admin().await;
        let (v1, v2) = (bull.queue(old, "email/v1"), bull.queue(new, "email/v2"));

        v1.add_named(0..12, json!({})).await;
        v1.employ(250).await;
        stands(&admin, &v1, &["current"]).await;

        v2.add_named(0..3, json!({})).await;
        v2.employ(0).await;
        stands(&admin, &v2, &["current"]).await;
        stands(&admin, &v1, &["draining", "left"]).await;
        stands(&admin, &v1, &["idle"]).await;
        assert_eq!(v1.dismiss().await.len(), 12);
        stands(&admin, &v1, &["drained"]).await;
        retire(&admin, &v1).await;
        let mut jobs = app.jobs().await;
        assert_eq!(
            jobs.run::<Vec<String>>(&["KEYS", "bull:email/v1:*"])
                .await
                .len(),
            0
        );

        // The new version turns out bad: its workers stop, the old ones come back, and its jobs with them.
        assert_eq!(v2.dismiss().await.len(), 3);
        v2.add_named(100..130, json!({"attempts": 2})).await;
        v2.add_named(130..132, json!({"delay": 3_600_000})).await;
        stands(&admin, &v2, &["stranded", "32 left"]).await;
        v1.ask("ready", json!({})).await;
        v1.employ(0).await;
        stands(&admin, &v1, &["current"]).await;
        let back = [("from", "email/v2"), ("to", "email/v1")];
        let run = moved(&admin, &back).await;
        assert!(run.text().contains("32 done"), "{}", run.text());
        stands(&admin, &v2, &["drained"]).await;
        eventually("the old workers do what came back", || async {
            v1.counts().await["completed"] == 30
        })
        .await;
        let expected: Vec<String> = (100..130).map(|n| format!("mail-{n}")).collect();
        assert_eq!(v1.dismiss().await, expected, "each once, in order");

        // What is delayed keeps the version, and it says until when.
        stands(&admin, &v1, &["stranded", "2 left"]).await;
        assert_eq!(v1.counts().await["delayed"], 2);
    }
}

#[tokio::test]
async fn a_delayed_straggler_keeps_a_draining_version_and_says_until_when() {
    let app = patient_app_with(&[]).await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in [5, 6] {
        let (old, new) = (
            bull.queue(major, &format!("mail{major}/v1")),
            bull.queue(major, &format!("mail{major}/v2")),
        );
        let month = 30 * 24 * 3_600_000_u64;
        old.add_named(0..1, json!({"delay": month})).await;
        old.employ(0).await;
        new.ask("ready", json!({})).await;
        new.employ(0).await;
        stands(&viewer, &new, &["current"]).await;
        stands(&viewer, &old, &["draining", "1 left, kept until 20"]).await;
    }
}
