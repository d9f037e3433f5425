//! A queue whose policy hides fields, with jobs whose hidden values stand in every text that a job has.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{Jobs, Person, TestApp};

pub(super) const POLICY: &str =
    r#"{"sensitive": ["/card/**", "/customer/email", "/lines/*/token"]}"#;

/// Every hidden value holds one of these, and nothing else does.
const MARKS: [&str; 2] = ["xyzzy", "7373737373"];

/// The data of a job with this id.
pub(super) fn data(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","amount":1.0,"card":{{"number":7373737373{id},"holder":"Xyzzy xyzzy-holder-{id}","x":["xyzzy-list-{id}"]}},"customer":{{"name":"Ann","email":"xyzzy-{id}@mail.example"}},"lines":[{{"q":1,"token":"xyzzy-token-{id}"}},{{"q":2,"token":null}}]}}"#
    )
}

/// Whether a text shows anything of a hidden value.
pub(super) fn shows_hidden(text: &str) -> bool {
    let text = text.to_lowercase();
    MARKS.iter().any(|mark| text.contains(mark))
}

pub(super) struct Shop {
    pub(super) app: TestApp,
    pub(super) jobs: Jobs,
    pub(super) folder: Folder,
}

impl Shop {
    /// Two versions with jobs in several states; `extra` are further settings.
    pub(super) async fn open(extra: &[(&str, &str)]) -> Self {
        let schema = r#"{"type":"object","properties":{"amount":{"type":"number"},"card":{"type":"object","properties":{"number":{"type":"number"}}},"customer":{"type":"object","properties":{"email":{"type":"string","format":"email"}}},"lines":{"type":"array","items":{"type":"object","properties":{"token":{}}}}}}"#;
        let folder = Folder::of(&[("billing.policy.json", POLICY), ("billing.json", schema)]);
        let settings = [&[("grants", "carol may reveal on billing*")], extra].concat();
        let app = folder.app(&settings).await;
        let mut jobs = app.jobs().await;
        for queue in ["billing/v1", "billing/v2"] {
            for id in ["101", "102"] {
                fail(&mut jobs, queue, id).await;
            }
            jobs.waiting(queue, "103", data("103")).await;
            complete(&mut jobs, queue, "104").await;
        }
        Self { app, jobs, folder }
    }

    /// Those who may not see hidden values, from the viewer to the admin.
    pub(super) async fn without_right(&self) -> [Person; 3] {
        [
            self.app.viewer().await,
            self.app.operator().await,
            self.app.admin().await,
        ]
    }

    /// An operator who may.
    pub(super) async fn carol(&self) -> Person {
        self.app.scoped("carol", Role::Operator, &["*"]).await
    }
}

/// A failed job whose error, stack, return value, progress, options and log quote its hidden values.
pub(super) async fn fail(jobs: &mut Jobs, queue: &str, id: &str) {
    jobs.failed(queue, id, data(id)).await;
    let key = format!("bull:{queue}:{id}");
    let reason = format!("card 7373737373{id} of Xyzzy xyzzy-holder-{id} was declined");
    let stack = format!(r#"["Error: xyzzy-{id}@mail.example\n    at pay (pay.js:1:2)"]"#);
    let returned = format!(r#"{{"token":"xyzzy-token-{id}","ok":false}}"#);
    let options = format!(r#"{{"attempts":3,"note":"xyzzy-list-{id}"}}"#);
    for (field, text) in [
        ("failedReason", &reason),
        ("stacktrace", &stack),
        ("returnvalue", &returned),
        ("opts", &options),
        ("progress", &returned),
    ] {
        jobs.run::<u64>(&["HSET", &key, field, text]).await;
    }
    let line = format!("charging xyzzy-{id}@mail.example now");
    jobs.run::<u64>(&["RPUSH", &format!("{key}:logs"), "begins", &line])
        .await;
}

async fn complete(jobs: &mut Jobs, queue: &str, id: &str) {
    jobs.hash(queue, id, data(id).as_bytes()).await;
    let key = format!("bull:{queue}:{id}");
    let returned = format!(r#"{{"token":"xyzzy-token-{id}"}}"#);
    let now = bullkeeper_testkit::now().to_string();
    for (field, text) in [
        ("returnvalue", &returned),
        ("finishedOn", &now),
        ("processedOn", &now),
    ] {
        jobs.run::<u64>(&["HSET", &key, field, text]).await;
    }
    let done = format!("bull:{queue}:completed");
    jobs.run::<u64>(&["ZADD", &done, &now, id]).await;
}
