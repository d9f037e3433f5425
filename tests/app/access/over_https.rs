//! Over HTTPS: the attributes of the session's cookie, and the header that makes browsers stay with HTTPS.

use reqwest::Method;

use bullkeeper_testkit::{PASSWORD, TestApp};

#[tokio::test]
async fn a_cookie_is_removed_with_the_attributes_it_was_set_with() {
    for (secure, name) in [("always", "__Host-bullkeeper"), ("never", "bullkeeper")] {
        let app = TestApp::with(&[("secure_cookies", secure)]).await;
        let person = app.stranger();
        let set = person.sign_in("viewer", PASSWORD).await;
        let set = set.headers()["set-cookie"].to_str().unwrap().to_owned();
        let (pair, _) = set.split_once(';').unwrap();
        // A session that has ended, and one that never existed.
        for (method, path, cookie) in [
            (Method::POST, "/sign-out", pair.to_owned()),
            (Method::GET, "/", format!("{name}=AAAAAAAAAAAAAAAAAAAAAA")),
        ] {
            let request = person
                .bare(method, path)
                .header("sec-fetch-site", "same-origin")
                .header("cookie", cookie);
            let answer = request.send().await.unwrap();
            let removed: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
            assert_eq!(removed.len(), 1, "{path}");
            let removed = removed[0].to_str().unwrap();
            assert!(removed.starts_with(&format!("{name}=;")), "{removed}");
            for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=0"] {
                assert!(removed.contains(word), "{removed}");
            }
            assert_eq!(
                removed.contains("; Secure"),
                secure == "always",
                "{removed}"
            );
        }
    }
}

#[tokio::test]
async fn a_browser_is_held_to_https_where_it_speaks_it() {
    let trusted = ("trusted_proxies", "127.0.0.0/8");
    for (settings, protocol, held) in [
        (vec![], None, false),
        (vec![], Some("https"), false),
        (vec![trusted], Some("https"), true),
        (vec![trusted], Some("http"), false),
        (vec![trusted], None, false),
        (vec![("secure_cookies", "always")], None, true),
    ] {
        let app = TestApp::with(&settings).await;
        for path in ["/sign-in", "/", "/nowhere"] {
            let mut request = app.stranger().bare(Method::GET, path);
            if let Some(protocol) = protocol {
                request = request.header("x-forwarded-proto", protocol);
            }
            let answer = request.send().await.unwrap();
            let header = |name: &str| {
                answer
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap())
            };
            let expected = held.then_some("max-age=31536000");
            assert_eq!(
                header("strict-transport-security"),
                expected,
                "{settings:?} {protocol:?}"
            );
            let expected = held.then_some("same-origin");
            assert_eq!(header("cross-origin-opener-policy"), expected);
        }
    }
}
