//! Alerts: rules, their states, silences, and messages to a receiver on this machine.

mod conditions;
mod damaged;
mod delivery;
mod forms;
mod killed;
mod live;
mod pages;
mod private;
mod receiver;
mod secrets;
mod silences;
mod stranded;

use bullkeeper_testkit::{Jobs, Person, TestApp, TestRedis, eventually};
use receiver::Receiver;

/// The key that messages are signed with.
pub(crate) const SECRET: &str = "a secret of the webhook";

/// A running application whose alerts go to a receiver.
pub(crate) struct Watched {
    pub(crate) app: TestApp,
    pub(crate) jobs: Jobs,
    pub(crate) receiver: Receiver,
}

impl Watched {
    /// With one rule, and one webhook `chat` of this form.
    pub(crate) async fn start(rule: &str, form: &str) -> Self {
        Self::on(TestRedis::start().await, rule, form, &[]).await
    }

    /// The same on a Redis that was prepared, with settings over these.
    pub(crate) async fn on(
        redis: TestRedis,
        rule: &str,
        form: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let receiver = Receiver::start().await;
        let webhook = format!("chat = {form} {}", receiver.url(form));
        let own = [
            ("alerts", rule),
            ("webhooks", webhook.as_str()),
            ("webhook_secret", SECRET),
            ("webhooks_private", "true"),
        ];
        let app = TestApp::on(redis, &[&own[..], settings].concat()).await;
        let jobs = app.jobs().await;
        Self {
            app,
            jobs,
            receiver,
        }
    }

    /// Strands a queue with one waiting job.
    pub(crate) async fn strand(&mut self, queue: &str) {
        self.jobs.waiting(queue, "1", "{}").await;
    }

    /// Takes that job away.
    pub(crate) async fn clear(&mut self, queue: &str) {
        let wait = format!("bull:{queue}:wait");
        self.jobs.run::<u64>(&["DEL", &wait]).await;
        self.jobs.announce(queue, "1").await;
    }
}

/// Waits until the page of alerts says something.
pub(crate) async fn says(person: &Person, selector: &str, words: &str) {
    eventually(&format!("{selector} says {words}"), || async {
        let page = person.page("/alerts").await;
        page.all(selector).concat().contains(words)
    })
    .await;
}
