//! The style sheet, scripts and icons: browsers keep them, and a new release has other addresses.

use std::collections::BTreeSet;

use bullkeeper_testkit::{Person, TestApp};
use reqwest::StatusCode;

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The addresses below /static that a page names, without fragments.
fn named_in(body: &str) -> BTreeSet<String> {
    let after = body.match_indices("/static/").map(|(at, _)| &body[at..]);
    after
        .filter_map(|rest| rest.split(['"', '#', '\'']).next().map(str::to_owned))
        .collect()
}

async fn cached(person: &Person, address: &str) -> String {
    let answer = person.get(address).await;
    assert_eq!(answer.status(), StatusCode::OK, "{address}");
    answer.headers()["cache-control"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn every_asset_that_a_page_names_is_kept_for_ever_and_names_no_other_by_its_path() {
    let app = TestApp::start().await;
    app.jobs().await.failed("email/v2", "1", "{}").await;
    let operator = app.operator().await;
    let mut all = BTreeSet::new();
    for page in [
        "/",
        "/audit",
        "/queue?name=email/v2&state=failed",
        "/job?queue=email/v2&id=1",
        "/job/edit?queue=email/v2&id=1",
        "/family?name=email",
        "/nowhere",
    ] {
        let body = operator.get(page).await.text().await.unwrap();
        all.extend(named_in(&body));
    }
    let files = ["app.css", "app.js", "icons.svg", "favicon.svg", ".min.js"];
    for file in files {
        assert!(all.iter().any(|name| name.ends_with(file)), "{file}");
    }
    for address in &all {
        assert_eq!(cached(&operator, address).await, IMMUTABLE, "{address}");
        let body = operator.get(address).await.text().await.unwrap();
        assert_eq!(named_in(&body), BTreeSet::new(), "{address}");
        let is_script = address.ends_with(".js");
        assert!(
            is_script || !body.contains("url("),
            "{address} names another file"
        );
    }
}

#[tokio::test]
async fn an_asset_of_another_release_is_answered_but_not_kept() {
    let app = TestApp::start().await;
    let stranger = app.stranger();
    for address in ["/static/0123456789abcdef/app.css", "/static/app.css"] {
        assert_eq!(cached(&stranger, address).await, "no-cache", "{address}");
    }
    for address in [
        "/static/0123456789abcdef/nothing.css",
        "/static/x/app.css",
        "/static/0123456789abcdef/../Cargo.toml",
    ] {
        let status = stranger.get(address).await.status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{address}");
    }
}
