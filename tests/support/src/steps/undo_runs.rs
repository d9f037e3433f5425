//! Undoing a run: its dry run, and the run that does it.

use reqwest::StatusCode;

use crate::{EditForm, Person, Seen};

/// The dry run of undoing the run at this address.
pub async fn dry_run(person: &Person, run: &str) -> Seen {
    let page = person.page(run).await;
    let href = page.attributes("a[href*='/run/undo']", "href").remove(0);
    person.page(&href).await
}

/// Begins to undo a run that was reviewed; the address of the new run.
pub async fn begin(person: &Person, page: &Seen) -> String {
    let form = EditForm::of(page, "/run/undo").set("confirm", "1");
    let begun = person.send("/run/undo", &form).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    begun.location().to_owned()
}
