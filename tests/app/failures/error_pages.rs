//! Pages of errors: they keep the navigation, lead on, and name what is wrong with an address.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::stream::counted;
use bullkeeper_testkit::{Person, Seen, TestApp};
use reqwest::StatusCode;

async fn refused(person: &Person, path: &str, status: StatusCode) -> Seen {
    let seen = Seen::of(person.get(path).await).await;
    assert_eq!(seen.status, status, "{path}: {}", seen.text());
    seen
}

#[tokio::test]
async fn an_address_without_a_page_keeps_the_navigation_of_who_is_signed_in() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    let page = refused(&viewer, "/nowhere", StatusCode::NOT_FOUND).await;
    assert_eq!(page.all("header nav a")[0], "Overview");
    assert!(page.text().contains("Signed in as viewer"));
    let page = refused(&viewer, "/job/save", StatusCode::METHOD_NOT_ALLOWED).await;
    assert!(page.text().contains("Signed in as viewer"));
    let page = refused(&app.stranger(), "/nowhere", StatusCode::NOT_FOUND).await;
    assert!(page.all("header nav a").is_empty());
}

#[tokio::test]
async fn the_page_of_a_missing_job_leads_to_its_queue_for_those_who_may_see_that() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", "{}").await;
    jobs.failed("secret", "1", "{}").await;
    counted(&app, 2).await;
    let scoped = app.scoped("scoped", Role::Operator, &["email/*"]).await;
    for path in ["/job", "/job/edit"] {
        let path = format!("{path}?queue=email/v1&id=nope");
        let page = refused(&scoped, &path, StatusCode::NOT_FOUND).await;
        let ways = page.attributes("main a", "href");
        assert_eq!(ways[0], "/queue?name=email/v1", "{path}");
        assert!(page.text().contains("email/v1"));
    }
    for queue in ["secret", "no-such-queue"] {
        let path = format!("/job?queue={queue}&id=1");
        let page = refused(&scoped, &path, StatusCode::NOT_FOUND).await;
        assert_eq!(page.attributes("main a", "href"), ["/"], "{queue}");
    }
}

#[tokio::test]
async fn a_query_that_can_t_be_taken_is_told_by_its_parameter_and_what_is_allowed() {
    let app = TestApp::start().await;
    app.jobs().await.failed("email/v1", "1", "{}").await;
    let viewer = app.viewer().await;
    for (path, told) in [
        (
            "/queue?name=email/v1&state=failed&state=waiting",
            "The address has the parameter “state” 2 times, with the values “failed” and “waiting”. It is allowed once.",
        ),
        (
            "/job?queue=email/v1&id=1&id=2&id=%3Cb%3E",
            "The address has the parameter “id” 3 times, with the values “1” and “2” and “<b>”. It is allowed once.",
        ),
        (
            "/job?queue=email/v1",
            "The address lacks the parameter “id”, which this page needs.",
        ),
        (
            "/?from=ten",
            "The parameter “from” is “ten”. A whole number from 0 is allowed.",
        ),
    ] {
        let page = refused(&viewer, path, StatusCode::BAD_REQUEST).await;
        assert!(page.text().contains(told), "{path}: {}", page.text());
        assert!(!page.text().contains("deserialize"), "{path}");
    }
}
