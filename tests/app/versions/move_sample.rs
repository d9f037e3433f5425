//! Beside the form of a move: a job that would move, and the schema of the version that it would move to.

use bullkeeper_testkit::Seen;
use bullkeeper_testkit::moves::{two_versions, two_versions_with, wish};
use bullkeeper_testkit::schema_folder::Folder;

fn beside(page: &Seen) -> String {
    page.all("#sample").join(" ")
}

#[tokio::test]
async fn the_form_shows_the_next_job_that_would_move_and_the_schema_of_the_target() {
    let schema = r#"{"type":"object","required":["locale"],"maximum":1e400}"#;
    let folder = Folder::of(&[("email/v2.json", schema)]);
    let path = folder.0.path().to_str().unwrap().to_owned();
    let (_app, mut jobs, admin) = two_versions_with(&[("schemas", &path)]).await;
    jobs.waiting("email/v1", "order-1", r#"{"big":12345678901234567890123}"#)
        .await;
    jobs.delayed("email/v1", "order-2", 4_102_444_800_000).await;

    let page = admin.page("/family/move?name=email").await;
    let shown = beside(&page);
    assert!(shown.contains("order-1"), "{shown}");
    assert!(shown.contains("12345678901234567890123"), "{shown}");
    assert!(
        shown.contains("email/v2.json") && shown.contains("\"locale\""),
        "{shown}"
    );
    assert!(shown.contains("1e400"), "{shown}");

    // Of the states and ids that are chosen now.
    let chosen = [("waiting", ""), ("job_id", "order-*")];
    let page = Seen::of(admin.post("/family/move/form", &wish(&chosen)).await).await;
    let shown = beside(&page);
    assert!(
        shown.contains("order-2") && !shown.contains("order-1"),
        "{shown}"
    );

    let none = [("job_id", "nothing-*")];
    let page = Seen::of(admin.post("/family/move/form", &wish(&none)).await).await;
    let shown = beside(&page);
    assert!(shown.contains("No matching job"), "{shown}");
}

#[tokio::test]
async fn large_data_and_text_that_is_not_json_leave_the_form_as_it_is() {
    let (_app, mut jobs, admin) = two_versions().await;
    let large = format!("\"{}\"", "x".repeat(17_000));
    jobs.waiting("email/v1", "1", &large).await;
    let page = admin.page("/family/move?name=email").await;
    let shown = beside(&page);
    assert!(shown.contains("too large to be shown"), "{shown}");
    assert!(shown.contains("Any valid JSON can move"), "{shown}");

    jobs.run::<()>(&["HSET", "bull:email/v1:1", "data", "<script>no JSON"])
        .await;
    let page = admin.page("/family/move?name=email").await;
    assert!(beside(&page).contains("<script>no JSON"));
    assert!(page.all("#sample script").is_empty());
}
