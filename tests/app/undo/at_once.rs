//! An undo against an edit, and two undos, at once: one of them is written, and the data and the entries agree.

use reqwest::StatusCode;

use bullkeeper_testkit::{Seen, TestApp};

use super::{edited, edits};

#[tokio::test]
async fn of_an_undo_and_an_edit_at_once_neither_overwrites_the_other_unseen() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let (one, other) = (app.operator().await, app.admin().await);
    for round in 0..10 {
        let id = &round.to_string();
        jobs.failed("email/v2", id, r#"{"a":1}"#).await;
        let edit = edited(&mut jobs, &one, id, r#"{"a":2}"#).await;
        let form = other.edit("email/v2", id).await.set("text", r#"{"a":3}"#);
        let form = form.set("reason", "another way");
        let undo = [("entry", edit.as_str()), ("reason", "back")];
        let form = form.pairs();
        let (undone, saved) =
            tokio::join!(one.post("/undo", &undo), other.post("/job/save", &form));
        let won = match (undone.status(), saved.status()) {
            (StatusCode::SEE_OTHER, StatusCode::CONFLICT) => r#"{"a":1}"#,
            (StatusCode::CONFLICT, StatusCode::SEE_OTHER) => r#"{"a":3}"#,
            both => panic!("{both:?}"),
        };
        assert_eq!(jobs.data("email/v2", id).await.unwrap(), won.as_bytes());
        assert_eq!(edits(&mut jobs).await.len(), 2 * (round + 1));
    }
}

#[tokio::test]
async fn of_two_undos_at_once_one_is_written() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let (one, other) = (app.operator().await, app.admin().await);
    for round in 0..10 {
        let id = &round.to_string();
        jobs.failed("email/v2", id, r#"{"a":1}"#).await;
        let edit = edited(&mut jobs, &one, id, r#"{"a":2}"#).await;
        let form = [("entry", edit.as_str()), ("reason", "back")];
        let (first, second) = tokio::join!(one.post("/undo", &form), other.post("/undo", &form));
        let (first, second) = (Seen::of(first).await, Seen::of(second).await);
        let mut statuses = [first.status, second.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
        assert_eq!(jobs.data("email/v2", id).await.unwrap(), br#"{"a":1}"#);
        assert_eq!(edits(&mut jobs).await.len(), 2 * (round + 1));
    }
}
