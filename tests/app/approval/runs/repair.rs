//! Repairing many jobs once a second person approves it.

use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

use super::{Kind, Yard, approve};
use crate::repair::steps::{AMOUNT, asked, confirmed, data, fill, send};

const TEXT: &str = r#"{"amount":"1.50","keep":1.0}"#;

/// Three failed jobs whose amounts are texts.
pub(super) async fn filled(settings: &[(&str, &str)]) -> (TestApp, Jobs, Person) {
    let app = TestApp::with(settings).await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs, "billing", 3).await;
    let admin = app.admin().await;
    (app, jobs, admin)
}

/// Reviews the repair, and sends the form of the review; what came of that, or of the review where it was refused.
pub(super) async fn send_run(person: &Person, more: &[(&str, &str)]) -> Seen {
    let page = send(person, "/repair/review", &asked("", &AMOUNT)).await;
    if page.status != StatusCode::OK {
        return page;
    }
    let mut form = confirmed(&page);
    for (name, value) in more {
        form = form.set(name, value);
    }
    send(person, "/repair/run", &form.pairs()).await
}

pub(super) async fn is_untouched(jobs: &mut Jobs) -> bool {
    data(jobs, "billing", "1").await == TEXT
}

#[tokio::test]
async fn the_proposal_shows_the_dry_run_and_the_change() {
    let yard = Yard::start(Kind::Repair).await;
    let page = send(&yard.admin, "/repair/review", &asked("", &AMOUNT)).await;
    let buttons = page.all("form.decide button.primary");
    assert_eq!(buttons, ["Ask for approval"]);
    let id = yard.ask().await;
    let page = yard.carol.page(&format!("/proposal?id={id}")).await;
    let text = page.text();
    for words in [
        "Repair: billing",
        "would change 3",
        "looked at 3",
        "amounts are numbers",
        "\"convert\"",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[tokio::test]
async fn another_version_of_the_recipe_or_no_recipe_any_more_begins_nothing() {
    for (deleted, why) in [
        (false, "has version 2 now, and version 1 was reviewed"),
        (true, "was deleted"),
    ] {
        let mut yard = Yard::start(Kind::Repair).await;
        let recipe = [&AMOUNT[..], &[("recipe", "amounts"), ("reason", "r")]].concat();
        let saved = send(&yard.admin, "/recipe/save", &asked("", &recipe)).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        let by_recipe = send_run(&yard.admin, &[("recipe", "amounts")]).await;
        let (_, id) = by_recipe.location().split_once("/proposal?id=").unwrap();
        match deleted {
            true => {
                let form = [("queue", "billing"), ("recipe", "amounts")];
                send(&yard.admin, "/recipe/delete", &form).await;
            }
            false => {
                let newer = [&recipe[..], &[("version", "1")]].concat();
                let saved = send(&yard.admin, "/recipe/save", &asked("", &newer)).await;
                assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
            }
        }
        let refused = approve(&yard.carol, id).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert!(refused.text().contains(why), "{}", refused.text());
        yard.assert_untouched("proposal.approve", "conflict").await;
    }
}
