//! Who sees the wall.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::stream::Listening;
use bullkeeper_testkit::{Person, Seen, TestApp, TestRedis, eventually};
use reqwest::header::COOKIE;
use reqwest::{Method, Response, StatusCode};

use super::{TOKEN, app_with_token};

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// Opens the wall with the token, as a screen does.
async fn screen(app: &TestApp) -> Person {
    let screen = app.stranger();
    let answer = screen.get(&format!("/wall?token={TOKEN}")).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    screen
}

#[tokio::test]
async fn the_token_is_exchanged_once_for_a_cookie_of_the_wall_alone() {
    let app = TestApp::with(&[("wall_token", TOKEN), ("base_path", "/bk")]).await;
    let screen = app.stranger();
    let answer = screen.get(&format!("/wall?token={TOKEN}")).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(header(&answer, "location"), "/bk/wall");
    assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let cookie = header(&answer, "set-cookie").to_owned();
    for part in [
        "bullkeeper-wall=",
        "Path=/bk/wall",
        "HttpOnly",
        "SameSite=Lax",
        "Max-Age=",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(TOKEN));
    let page = screen.get("/wall").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(header(&page, "referrer-policy"), "no-referrer");
    assert!(!page.text().await.unwrap().contains(TOKEN));
}

#[tokio::test]
async fn the_cookie_of_the_wall_opens_no_other_page_or_stream() {
    let app = app_with_token().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", "{}").await;
    let first = app.stranger().get(&format!("/wall?token={TOKEN}")).await;
    let cookie = header(&first, "set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    // A browser would not even send it there.
    let get = async |path: &str| {
        let request = app.stranger().bare(Method::GET, path);
        request.header(COOKIE, &cookie).send().await.unwrap()
    };
    for open in ["/wall", "/wall/figures", "/wall/events"] {
        assert_eq!(get(open).await.status(), StatusCode::OK, "{open}");
    }
    let all = bullkeeper::web::routes::routes();
    let pages: Vec<&str> = all
        .filter(|(method, path)| *method == Method::GET && !path.contains('{'))
        .map(|(_, path)| path)
        .filter(|path| !path.starts_with("/wall"))
        .filter(|path| !["/healthz", "/readyz", "/metrics", "/sign-in", "/set-up"].contains(path))
        .collect();
    assert!(pages.len() > 60, "{}", pages.len());
    for path in pages {
        let answer = get(&format!(
            "{path}?name=email/v1&queue=email/v1&id=1&seen=1-1"
        ))
        .await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        assert!(
            header(&answer, "location").starts_with("/sign-in"),
            "{path}"
        );
    }
    let request = app.stranger().bare(Method::POST, "/job/retry");
    let request = request
        .header(COOKIE, &cookie)
        .header("sec-fetch-site", "same-origin");
    let form = [("queue", "email/v1"), ("id", "1"), ("reason", "r")];
    let posted = request.form(&form).send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::SEE_OTHER);
    assert_eq!(jobs.sorted("email/v1", "failed").await.len(), 1);
}

#[tokio::test]
async fn a_wrong_token_opens_nothing_and_without_a_setting_there_is_none() {
    let app = app_with_token().await;
    let stranger = app.stranger();
    for wrong in ["", "x", &TOKEN[1..]] {
        let answer = stranger.get(&format!("/wall?token={wrong}")).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{wrong}");
        assert_eq!(header(&answer, "set-cookie"), "");
    }
    assert_eq!(stranger.get("/wall").await.status(), StatusCode::SEE_OTHER);
    let without = TestApp::start().await;
    let stranger = without.stranger();
    let answer = stranger.get(&format!("/wall?token={TOKEN}")).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let location = header(&answer, "location");
    assert!(location.starts_with("/sign-in"), "{location}");
    assert!(!location.contains(TOKEN), "{location}");
    // Someone signed in needs no token, and is led to the address without it.
    let viewer = without.viewer().await;
    let answer = viewer.get(&format!("/wall?token={TOKEN}")).await;
    assert_eq!(header(&answer, "location"), "/wall");
    assert_eq!(viewer.page("/wall").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_changed_token_ends_old_cookies_and_the_same_one_keeps_them() {
    let redis = TestRedis::start().await;
    let app = TestApp::on(redis, &[("wall_token", TOKEN)]).await;
    let answer = app.stranger().get(&format!("/wall?token={TOKEN}")).await;
    let cookie = header(&answer, "set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    for (token, status) in [
        (TOKEN, StatusCode::OK),
        ("a-changed-token-here", StatusCode::SEE_OTHER),
    ] {
        let again = TestApp::with(&[("wall_token", token)]).await;
        let request = again.stranger().bare(Method::GET, "/wall");
        let answer = request.header(COOKIE, &cookie).send().await.unwrap();
        assert_eq!(answer.status(), status, "{token}");
    }
}

#[tokio::test]
async fn someone_signed_in_sees_the_families_of_their_scope_and_a_screen_sees_all() {
    let app = app_with_token().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("secret/v1", "1", "{}").await;
    let scoped = app.scoped("scoped", Role::Viewer, &["email*"]).await;
    let screen = screen(&app).await;
    let names = async |person: &Person| person.page("/wall").await.all(".tile h2");
    eventually("both are found", || async {
        names(&screen).await == ["email", "secret"]
    })
    .await;
    assert_eq!(names(&scoped).await, ["email"]);
    let part = Seen::of(scoped.get_part("/wall/figures").await).await;
    assert_eq!(part.all(".tile h2"), ["email"]);
    // Someone who is signed in at a screen sees their own scope.
    let answer = scoped.get(&format!("/wall?token={TOKEN}")).await;
    assert!(header(&answer, "set-cookie").contains("bullkeeper-wall="));
    assert_eq!(names(&scoped).await, ["email"]);
    let page = scoped.page("/wall").await;
    let mut stream = Listening::of(&scoped, &page).await;
    let event = stream
        .until("tiles", |event| event.part("wall").is_some())
        .await;
    assert!(
        event.data.contains("email") && !event.data.contains("secret"),
        "{}",
        event.data
    );
}

#[tokio::test]
async fn the_wall_keeps_a_screen_up_to_date_and_needs_no_session() {
    let app = app_with_token().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    let screen = screen(&app).await;
    let page = screen.page("/wall").await;
    let mut stream = Listening::of(&screen, &page).await;
    jobs.many("email/v1", 41).await;
    jobs.announce("email/v1", "x").await;
    stream
        .until("42 jobs", |event| {
            event
                .part("wall")
                .is_some_and(|part| part.contains("<b>42</b>"))
        })
        .await;
    // The rights of who signed in are checked every ten seconds; a screen has none to lose.
    let events = stream.until_quiet().await;
    assert!(
        events.iter().all(|event| event.name != "ended"),
        "{events:?}"
    );
}
