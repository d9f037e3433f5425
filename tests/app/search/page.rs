//! The page of a search: its box, its form, the place of an error, and its parts for browsers without scripts.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::{Seen, TestApp, serde_urlencoded};
use reqwest::StatusCode;

use super::{search, seed};

fn address(pairs: &[(&str, &str)]) -> String {
    format!("/search?{}", serde_urlencoded(pairs))
}

#[tokio::test]
async fn a_page_without_scripts_shows_a_part_of_what_is_found_and_links_on() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    seed(&mut jobs, "email/v1", "failed", 200).await;
    jobs.waiting("email/v1", "broken", "{oops").await;
    let viewer = app.viewer().await;

    let query = [("q", "data.half = 1"), ("queue", "email/v1"), ("part", "1")];
    let first = viewer.page(&address(&query)).await;
    let mut ids = first.all("#search-rows th");
    assert_eq!(ids.len(), 50);
    assert!(first.text().contains("50 found."), "{}", first.text());
    assert!(
        first.text().contains("1 job could not be searched"),
        "{}",
        first.text()
    );
    assert!(
        first
            .attributes("#search-stream", "hx-sse:connect")
            .is_empty()
    );

    let next = first.attributes("#search-progress a", "href").remove(0);
    let second = viewer.page(&next).await;
    ids.extend(second.all("#search-rows th"));
    let last = second.attributes("#search-progress a", "href");
    if let Some(next) = last.first() {
        ids.extend(viewer.page(next).await.all("#search-rows th"));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 100, "each once");
}

#[tokio::test]
async fn a_page_with_scripts_asks_for_the_stream_of_the_same_search() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    seed(&mut jobs, "email/v1", "failed", 20).await;
    let operator = app.operator().await;
    let query = [
        ("q", "data.n in (3, 7) state = failed"),
        ("queue", "email/v1"),
    ];
    let page = operator.page(&address(&query)).await;
    let stream = page
        .attributes("#search-stream", "hx-sse:connect")
        .remove(0);
    let mut found = search(&operator, &stream).await.ids();
    found.sort();
    assert_eq!(found, ["3", "7"]);

    let many = page.attributes(".bar a[href*='/queue/operate']", "href");
    let retry = many.iter().find(|href| href.contains("job.retry")).unwrap();
    let dry_run = operator.page(retry).await;
    assert!(
        dry_run.text().contains("Retry would apply to 2 jobs"),
        "{}",
        dry_run.text()
    );
    let viewer = app.viewer().await.page(&address(&query)).await;
    assert!(
        viewer
            .attributes("a[href*='/queue/operate']", "href")
            .is_empty()
    );
}

#[tokio::test]
async fn an_error_points_at_its_place_and_the_text_stays() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    for (text, marked, says) in [
        ("data.a = 1 stat = failed", "stat", "did you mean `state`?"),
        ("name ~ \"<script>", "\"", "Unclosed quote"),
        ("ü and", "", "A term is missing after `and`"),
    ] {
        let answer = viewer.get(&address(&[("q", text), ("part", "1")])).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = Seen::of(answer).await;
        assert_eq!(page.attributes("#q", "value"), [text]);
        assert_eq!(page.attributes("#q", "aria-describedby"), ["q-error"]);
        assert_eq!(page.all(".query-error mark"), [marked]);
        let said = page.all("#q-error").remove(0);
        assert!(said.contains(says), "{said}");
        assert!(page.all("#search-rows").is_empty());
    }
}

#[tokio::test]
async fn the_form_makes_a_query_that_fills_the_form_again() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    let form = [
        ("build", "1"),
        ("failed", "1"),
        ("delayed", "1"),
        ("job_name", "send*"),
        ("error", "no \"such\""),
        ("added_from", "2h ago"),
        ("path1", "user.id"),
        ("operator1", "="),
        ("value1", "42"),
        ("path2", ""),
        ("operator2", "="),
        ("value2", ""),
    ];
    let answer = viewer.get(&address(&form)).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let page = viewer.page(Seen::of(answer).await.location()).await;
    assert_eq!(
        page.attributes("#q", "value"),
        [
            r#"state in (delayed, failed) and name = send* and error ~ "no \"such\"" and added >= 2h ago and data.user.id = 42"#
        ]
    );
    let checked = page.attributes("#form input[type=checkbox][checked]", "name");
    assert_eq!(checked, ["delayed", "failed"]);
    for (name, value) in [
        ("job_name", "send*"),
        ("error", "no \"such\""),
        ("added_from", "2h ago"),
        ("path1", "data.user.id"),
        ("value1", "42"),
    ] {
        let shown = page.attributes(&format!("#form [name={name}]"), "value");
        assert_eq!(shown, [value], "{name}");
    }
    let wrong = [("build", "1"), ("added_from", "someday")];
    let answer = Seen::of(viewer.get(&address(&wrong)).await).await;
    let page = viewer.get(answer.location()).await;
    assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_search_stays_within_the_queues_that_a_person_may_see() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "mine", r#"{"to":"ann"}"#).await;
    jobs.failed("billing", "secret", r#"{"to":"ann"}"#).await;
    let sam = app.scoped("sam", Role::Viewer, &["email/*"]).await;
    let everywhere = sam.page(&address(&[("q", "ann"), ("part", "1")])).await;
    assert_eq!(everywhere.all("#search-rows th"), ["mine"]);
    for place in [("queue", "billing"), ("family", "billing")] {
        let answer = sam.get(&address(&[("q", "ann"), place])).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{place:?}");
    }
    let family = [("q", "ann"), ("family", "email"), ("part", "1")];
    let family = sam.page(&address(&family)).await;
    assert_eq!(family.all("#search-rows th"), ["mine"]);
    let queue = sam.page("/queue?name=email/v1&state=failed").await;
    assert_eq!(
        queue.attributes(".head a[href*='/search']", "href"),
        ["/search?queue=email/v1"]
    );
}
