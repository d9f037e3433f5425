//! The open page of alerts: what fires appears on it, for those who may see it, and its form is left alone.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::stream::{Event, Listening};

use super::Watched;

/// Whether a message changes the page so that a section says something.
fn says(event: &Event, section: &str, words: &str) -> bool {
    let part = event.part("alerts").unwrap_or_default();
    let opening = format!("<section class=\"panel\" id=\"{section}\"");
    let section = part.split_once(&opening).map_or("", |(_, behind)| behind);
    let section = section.split("</section>").next().unwrap_or_default();
    section.contains(words)
}

#[tokio::test]
async fn what_fires_and_ends_appears_on_the_open_page_for_those_who_may_see_it() {
    let rule = "stranded on billing/* and email/* critical";
    let mut watched = Watched::start(rule, "json").await;
    let vera = watched.app.scoped("vera", Role::Viewer, &["email/*"]).await;
    let admin = watched.app.admin().await;
    let page = admin.page("/alerts").await;
    let mut of_admin = Listening::of(&admin, &page).await;
    let mut of_vera = Listening::at(&vera, "/events/alerts").await;

    watched.strand("billing/v1").await;
    let fired = of_admin
        .until("it fires", |event| says(event, "firing", "billing/v1"))
        .await;
    let link = fired.part("alerts-link").unwrap();
    assert!(link.contains("Alerts 1 firing"), "{link}");
    let alarms = fired.part("alert-notices").unwrap();
    assert!(alarms.contains("billing/v1"), "{alarms}");

    watched.strand("email/v1").await;
    let hers = of_vera
        .until("she sees hers", |event| {
            assert!(!event.data.contains("billing"), "{}", event.data);
            says(event, "firing", "email/v1")
        })
        .await;
    assert!(!hers.data.contains("id=\"webhooks\""), "for admins alone");
    let part = hers.part("alerts").unwrap();
    assert!(!part.contains("id=\"silence\""), "a viewer has no form");

    watched.clear("billing/v1").await;
    let ended = of_admin
        .until("it ends", |event| says(event, "recent", "billing/v1"))
        .await;
    let part = ended.part("alerts").unwrap();
    assert!(
        part.contains("<details id=\"silence\" hx-morph-skip>"),
        "the form is not touched: {part}"
    );
}

#[tokio::test]
async fn a_silence_that_somebody_makes_appears_on_open_pages_and_only_its_maker_may_end_it() {
    let watched = Watched::start("stranded on *", "json").await;
    let olga = watched.app.scoped("olga", Role::Operator, &["email"]).await;
    let operator = watched.app.operator().await;
    let admin = watched.app.admin().await;
    let mut streams = Vec::new();
    for person in [&olga, &admin] {
        streams.push(Listening::at(person, "/events/alerts").await);
    }
    let mut of_operator = Listening::at(&operator, "/events/alerts").await;
    let form = [("queues", "email"), ("lasts", "1h"), ("why", "deploying")];
    let done = olga.post("/alerts/silence", &form).await;
    assert_eq!(done.status(), 303);
    for stream in &mut streams {
        let told = stream
            .until("it is shown", |event| says(event, "silences", "deploying"))
            .await;
        assert!(
            says(&told, "silences", "/alerts/unsilence"),
            "{}",
            told.data
        );
    }
    of_operator
        .until("it is shown", |event| says(event, "silences", "deploying"))
        .await;
}
