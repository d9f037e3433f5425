//! What users do with jobs in their browser: look, edit, review, save, retry.

use crate::harness::bull::Queue;
use bullkeeper_testkit::{EditForm, Person, Seen, serde_urlencoded};

impl Queue {
    /// The address of the queue's page.
    pub fn path(&self) -> String {
        format!("/queue?{}", self.query("name", &[]))
    }

    /// The address of a page about one job: `/job`, `/job/edit`.
    pub fn path_of(&self, page: &str, id: &str) -> String {
        format!("{page}?{}", self.query("queue", &[("id", id)]))
    }

    fn query(&self, name: &str, more: &[(&str, &str)]) -> String {
        let named = [(name, self.name.as_str()), ("prefix", self.prefix_shown())];
        serde_urlencoded(&[&named, more].concat())
    }

    /// The first prefix is left out of addresses.
    fn prefix_shown(&self) -> &str {
        match self.prefix.as_str() {
            "bull" => "",
            other => other,
        }
    }

    pub async fn page(&self, person: &Person) -> Seen {
        person.page(&self.path()).await
    }

    pub async fn job_page(&self, person: &Person, id: &str) -> Seen {
        person.page(&self.path_of("/job", id)).await
    }

    /// Presses Retry, which must lead back to the job.
    pub async fn retry(&self, person: &Person, id: &str) {
        let answer = self.try_retry(person, id).await;
        let told = person.told_after(&answer).await;
        assert!(told.starts_with("Retried. "), "{told}");
    }

    pub async fn try_retry(&self, person: &Person, id: &str) -> Seen {
        let form = [
            ("queue", self.name.as_str()),
            ("prefix", self.prefix_shown()),
            ("id", id),
        ];
        Seen::of(person.post("/job/retry", &form).await).await
    }

    /// Opens the job in the editor and lets `change` change the text.
    pub async fn edit(
        &self,
        person: &Person,
        id: &str,
        change: impl FnOnce(&str) -> String,
    ) -> EditForm {
        // Larger data is edited in parts unless one asks for the whole text.
        let path = format!(
            "/job/edit?{}",
            self.query("queue", &[("id", id), ("whole", "1")])
        );
        let page = person.page(&path).await;
        let form = EditForm::of(&page, "/job/review");
        let text = change(form.get("text"));
        form.set("text", &text)
    }

    /// The whole repair: from the editor through the review to the saved job.
    pub async fn repair(&self, person: &Person, id: &str, change: impl FnOnce(&str) -> String) {
        let saved = self.save(person, id, change, "").await;
        assert_eq!(person.told_after(&saved).await, "Saved.");
    }

    /// The same with the button Save and retry.
    pub async fn repair_and_retry(
        &self,
        person: &Person,
        id: &str,
        change: impl FnOnce(&str) -> String,
    ) {
        let saved = self.save(person, id, change, "retry").await;
        let told = person.told_after(&saved).await;
        assert!(told.starts_with("Saved and retried. "), "{told}");
    }

    async fn save(
        &self,
        person: &Person,
        id: &str,
        change: impl FnOnce(&str) -> String,
        then: &str,
    ) -> Seen {
        let form = self.edit(person, id, change).await;
        let review = person.send("/job/review", &form).await;
        assert_eq!(review.status, 200, "{}", review.text());
        let form = EditForm::of(&review, "/job/save")
            .set("reason", "the worker could not read it")
            .set("then", then);
        let saved = person.send("/job/save", &form).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        saved
    }
}
