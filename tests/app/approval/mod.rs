//! What a change takes beside a role: the password again, a second person, and room under a limit.

mod approving;
mod break_glass;
mod expiring;
mod fresh_password;
mod limits;
mod races;
mod rights_taken;
mod runs;
mod second_person;
mod stale;

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{Another, AuditEntry, Jobs, PASSWORD, Person, Seen, TestApp};
use reqwest::StatusCode;

/// A queue under a policy, someone who edits its jobs, and someone who approves.
pub(crate) struct House {
    pub(crate) folder: Folder,
    pub(crate) app: TestApp,
    pub(crate) jobs: Jobs,
    /// The operator, who asks.
    pub(crate) asker: Person,
    /// Carol, a viewer who may approve.
    pub(crate) carol: Person,
}

pub(crate) const BEFORE: &[u8] = br#"{"amount":1,"card":"4111","note":"n"}"#;

impl House {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::under(
            r#"{"critical": ["/amount"], "sensitive": ["/card"]}"#,
            settings,
        )
        .await
    }

    /// With this policy. Carol and dave may approve, and see what is hidden; so may the operator, who asks.
    pub(crate) async fn under(policy: &str, settings: &[(&str, &str)]) -> Self {
        let folder = Folder::of(&[("billing.policy.json", policy)]);
        let grants = [(
            "grants",
            "carol may approve and reveal on billing,dave may approve and reveal on billing,operator may approve and reveal \
             on billing,admin may reveal on billing",
        )];
        let app = folder.app(&[&grants[..], settings].concat()).await;
        let mut jobs = app.jobs().await;
        jobs.failed("billing", "1", std::str::from_utf8(BEFORE).unwrap())
            .await;
        let asker = app.operator().await;
        let carol = app.scoped("carol", Role::Viewer, &["*"]).await;
        Self {
            folder,
            app,
            jobs,
            asker,
            carol,
        }
    }

    /// Asks for approval of `text` as the data of job 1; the proposal's id.
    pub(crate) async fn ask(&self, text: &str) -> String {
        proposal_of(&save(&self.asker, "1", text).await)
    }

    /// The data of job 1.
    pub(crate) async fn data(&mut self) -> Vec<u8> {
        self.jobs.data("billing", "1").await.unwrap()
    }

    /// Another program changes the data of job 1.
    pub(crate) async fn set(&mut self, data: &str) {
        let set = ["HSET", "bull:billing:1", "data", data];
        let _: u64 = self.jobs.run(&set).await;
    }

    /// Action and outcome of the entries about proposals, oldest first.
    pub(crate) async fn steps(&mut self) -> Vec<(String, String)> {
        let entries = self.entries().await;
        let of = |entry: &AuditEntry, name: &str| entry.get(name).to_owned();
        let pairs = entries
            .iter()
            .map(|entry| (of(entry, "action"), of(entry, "outcome")));
        pairs.collect()
    }

    pub(crate) async fn entries(&mut self) -> Vec<AuditEntry> {
        let mut entries = self.jobs.audit().await;
        entries.retain(|entry| entry.get("action").starts_with("proposal."));
        entries
    }

    /// Nothing was saved, and the newest step is this.
    pub(crate) async fn assert_untouched(&mut self, action: &str, outcome: &str) {
        assert_eq!(self.data().await, BEFORE);
        let steps = self.steps().await;
        let last = steps.last().unwrap();
        assert_eq!((last.0.as_str(), last.1.as_str()), (action, outcome));
        assert!(!steps.contains(&applied()), "{steps:?}");
    }
}

pub(crate) fn applied() -> (String, String) {
    ("proposal.approve".to_owned(), "applied".to_owned())
}

/// Opens a job of billing, puts `text` in the place of its data, and sends the form of the review.
pub(crate) async fn save(person: &Person, id: &str, text: &str) -> Seen {
    save_with(person, id, text, "").await
}

/// The same with a password in the form.
pub(crate) async fn save_with(person: &Person, id: &str, text: &str, password: &str) -> Seen {
    let form = person.edit("billing", id).await;
    let form = form.set("text", text).set("reason", "r");
    let form = match password {
        "" => form,
        password => form.set("password", password),
    };
    person.send("/job/save", &form).await
}

/// The id of the proposal that an answer leads to.
pub(crate) fn proposal_of(answer: &Seen) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let (_, id) = answer.location().split_once("/proposal?id=").unwrap();
    id.to_owned()
}

/// Approves a proposal with the password.
pub(crate) async fn approve(person: &Person, id: &str) -> Seen {
    decide(person, "approve", &[("id", id), ("password", PASSWORD)]).await
}

/// Sends the form of a decision.
pub(crate) async fn decide(person: &Person, what: &str, form: &[(&str, &str)]) -> Seen {
    Seen::of(person.post(&format!("/proposal/{what}"), form).await).await
}

impl House {
    /// Another process on the same Redis, under the same policies.
    pub(crate) async fn another(&self, settings: &[(&str, &str)]) -> Another {
        let folder = self.folder.0.path().to_str().unwrap().to_owned();
        let own = [("schemas", folder.as_str())];
        Another::beside(&self.app.redis, &[&own[..], settings].concat()).await
    }
}
