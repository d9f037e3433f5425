//! Who may scrape, and where.

use bullkeeper_testkit::{TestApp, eventually};
use reqwest::header::{AUTHORIZATION, COOKIE};
use reqwest::{Client, Method, StatusCode};

use super::{TOKEN, ask, scrape};

#[tokio::test]
async fn without_a_setting_there_are_no_metrics() {
    let app = TestApp::start().await;
    for person in [app.stranger(), app.admin().await] {
        let answer = person.get("/metrics").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(ask(&app, "", "*/*").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(app.metrics_address, None);
}

#[tokio::test]
async fn a_token_opens_the_metrics_and_nothing_else_does() {
    let app = TestApp::with(&[("metrics_token", TOKEN), ("base_path", "/bk")]).await;
    let admin = app.admin().await;
    assert_eq!(
        admin.get("/metrics").await.status(),
        StatusCode::UNAUTHORIZED
    );
    let longer = format!("{TOKEN}x");
    for wrong in ["", "x", &TOKEN[1..], &longer, "A-TOKEN-FOR-SCRAPES"] {
        let answer = ask(&app, wrong, "*/*").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(
            answer.headers()["www-authenticate"],
            "Bearer realm=\"metrics\""
        );
        assert!(!answer.text().await.unwrap().contains("bullkeeper_"));
    }
    let odd = [
        format!("Basic {TOKEN}"),
        TOKEN.to_owned(),
        "Bearer".to_owned(),
        "ü".to_owned(),
    ];
    for value in odd {
        let request = app.stranger().bare(Method::GET, "/metrics");
        let answer = request.header(AUTHORIZATION, value).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let request = app.stranger().bare(Method::GET, "/metrics");
    let answer = request
        .header(COOKIE, format!("token={TOKEN}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(scrape(&app).await.contains("bullkeeper_build_info"));
    let request = app.stranger().bare(Method::GET, "/");
    let request = request.header(AUTHORIZATION, format!("Bearer {TOKEN}"));
    let page = request.send().await.unwrap();
    assert_eq!(page.status(), StatusCode::SEE_OTHER, "it opens no page");
}

#[tokio::test]
async fn an_address_of_their_own_serves_the_metrics_and_nothing_else() {
    let app = TestApp::with(&[("metrics_bind", "127.0.0.1:0")]).await;
    let own = app.metrics_address.unwrap();
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let get = async |path: &str| {
        let answer = client.get(format!("http://{own}{path}")).send();
        answer.await.unwrap()
    };
    let answer = get("/metrics").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().get("set-cookie").is_none());
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("bullkeeper_build_info")
    );
    for path in [
        "/",
        "/sign-in",
        "/healthz",
        "/wall",
        "/static/app.css",
        "/metrics/",
    ] {
        assert_eq!(get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let posted = client
        .post(format!("http://{own}/metrics"))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    let main = app.stranger().get("/metrics").await;
    assert_eq!(main.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_token_is_asked_for_on_both_addresses() {
    let app = TestApp::with(&[("metrics_bind", "127.0.0.1:0"), ("metrics_token", TOKEN)]).await;
    let url = format!("http://{}/metrics", app.metrics_address.unwrap());
    let client = Client::new();
    let without = client.get(&url).send().await.unwrap();
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
    let with = client.get(&url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(with.status(), StatusCode::OK);
    assert_eq!(ask(&app, TOKEN, "*/*").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn metrics_are_there_while_redis_is_away_and_say_so() {
    let mut app = super::app_with(&[]).await;
    super::told(&app, "bullkeeper_redis_up", 1.0).await;
    app.redis.kill();
    super::told(&app, "bullkeeper_redis_up", 0.0).await;
    eventually("the figures grow old", || async {
        let text = scrape(&app).await;
        super::value(&text, "bullkeeper_snapshot_age_seconds").unwrap() > 2.0
    })
    .await;
}
