//! Edits taken back: what is stored and recorded then, and when it is refused.

mod at_once;
mod kept_reason;
mod one_edit;
mod refused;
mod runs;

use bullkeeper_testkit::{EditForm, Jobs, Person, Seen};

/// The stream ids of the saved edits, oldest first.
pub(crate) async fn edits(jobs: &mut Jobs) -> Vec<String> {
    let stream: redis::streams::StreamRangeReply =
        jobs.run(&["XRANGE", "bullkeeper:audit", "-", "+"]).await;
    let field = |entry: &redis::streams::StreamId, name: &str| -> String {
        entry.get(name).unwrap_or_default()
    };
    let entries = stream.ids.into_iter();
    entries
        .filter(|one| field(one, "action") == "job.edit" && field(one, "outcome") == "applied")
        .map(|one| one.id)
        .collect()
}

/// Saves an edit and returns the id of its entry.
pub(crate) async fn edited(jobs: &mut Jobs, person: &Person, id: &str, text: &str) -> String {
    let form = person.edit("email/v2", id).await;
    let form = form.set("text", text).set("reason", "a slip");
    let saved = person.send("/job/save", &form).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    edits(jobs).await.pop().unwrap()
}

/// The page that undoes an edit, whatever its status.
pub(crate) async fn look(person: &Person, entry: &str) -> Seen {
    Seen::of(person.get(&format!("/undo?entry={entry}")).await).await
}

/// Undoes an edit as one who opened its page does.
pub(crate) async fn undo(person: &Person, entry: &str) -> Seen {
    let page = look(person, entry).await;
    assert_eq!(page.status, 200, "{}", page.text());
    person.send("/undo", &EditForm::of(&page, "/undo")).await
}
