//! Signing in and out, sessions, passwords, and requests from other sites.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use bullkeeper::domain::access::scope::Scope;
use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::service::accounts::users::UserChange;
use reqwest::{Method, StatusCode};

use bullkeeper_testkit::{PASSWORD, PASSWORD_HASH, Person, Seen, TestApp, eventually};

async fn is_in(person: &Person) -> bool {
    person.get("/account").await.status() == StatusCode::OK
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_back() {
    let app = TestApp::start().await;
    app.jobs().await.failed("a b/v1", "1", "{}").await;
    let person = app.stranger();
    let sent = person.get("/queue?name=a%20b/v1&state=failed").await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    let to = sent.headers()["location"].to_str().unwrap().to_owned();
    let page = person.page(&to).await;
    let next = page.attributes("input[name=next]", "value").remove(0);
    let form = [
        ("name", "viewer"),
        ("password", PASSWORD),
        ("next", next.as_str()),
    ];
    let back = person.post("/sign-in", &form).await;
    let to = back.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(to, "/queue?name=a%20b/v1&state=failed");
    assert!(person.page(&to).await.text().contains("a b/v1"));
}

#[tokio::test]
async fn signing_in_leads_to_pages_of_ours_alone() {
    let app = TestApp::start().await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "/\u{1}x",
        "javascript:alert(1)",
        "",
    ] {
        let form = [("name", "viewer"), ("password", PASSWORD), ("next", next)];
        let answer = app.stranger().post("/sign-in", &form).await;
        assert_eq!(answer.headers()["location"], "/", "{next}");
    }
}

#[tokio::test]
async fn an_expired_session_tells_htmx_to_leave_the_page() {
    let app = TestApp::start().await;
    let answer = app.stranger().get_part("/overview/figures").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()["hx-redirect"], "/sign-in");
}

#[tokio::test]
async fn a_wrong_password_an_unknown_name_and_a_disabled_user_get_the_same_answer() {
    let app = TestApp::start().await;
    let console = Operator::console();
    let disable = app
        .services
        .change_user(&console, "viewer", UserChange::Disable);
    disable.await.unwrap().unwrap();
    let mut answers = Vec::new();
    for (name, password) in [
        ("operator", "not the password"),
        ("nobody", PASSWORD),
        ("viewer", PASSWORD),
    ] {
        let seen = Seen::of(app.stranger().sign_in(name, password).await).await;
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED, "{name}");
        answers.push(seen.body.replace(name, "…").lines().count());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    app.services.finish_audit().await;
    let entries = app.jobs().await.audit().await;
    let denied = entries.iter().filter(|entry| {
        entry.get("action") == "session.sign-in" && entry.get("outcome") == "denied"
    });
    // The second sign-in with an unknown name from one address is in an entry that counts.
    let actors: Vec<&str> = denied
        .inspect(|entry| assert_eq!(entry.times(), 1))
        .map(|entry| entry.get("actor"))
        .collect();
    // What was typed as a name may be a password: an unknown one is not recorded.
    assert_eq!(actors, ["operator", "(unknown)", "(unknown)"]);
}

#[tokio::test]
async fn guessing_gets_slower_and_locks_nobody_out() {
    let app = TestApp::start().await;
    let person = app.stranger();
    let mut waits = 0;
    for _ in 0..6 {
        let answer = person.sign_in("viewer", "a wrong guess").await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers().contains_key("retry-after"));
            waits += 1;
        }
    }
    assert!(waits > 0, "the fifth try has to wait");
    // Another user from the same address is not delayed.
    assert_eq!(
        person.sign_in("operator", PASSWORD).await.status(),
        StatusCode::SEE_OTHER
    );
    eventually("the right password is taken after the wait", || async {
        person.sign_in("viewer", PASSWORD).await.status() == StatusCode::SEE_OTHER
    })
    .await;
}

#[tokio::test]
async fn the_session_cookie_is_for_this_site_and_for_no_script() {
    for (secure, name) in [("always", "__Host-bullkeeper="), ("never", "bullkeeper=")] {
        let app = TestApp::with(&[("secure_cookies", secure)]).await;
        let answer = app.stranger().sign_in("viewer", PASSWORD).await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.starts_with(name), "{cookie}");
        for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(word), "{cookie}");
        }
        assert_eq!(cookie.contains("Secure"), secure == "always");
    }
}

#[tokio::test]
async fn the_session_id_is_new_on_signing_in_and_is_not_what_redis_holds() {
    let app = TestApp::start().await;
    let person = app.stranger();
    let cookie =
        |answer: &reqwest::Response| answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let first = cookie(&person.sign_in("viewer", PASSWORD).await);
    let second = cookie(&person.sign_in("operator", PASSWORD).await);
    assert_ne!(first, second);
    let id = second.split(['=', ';']).nth(1).unwrap().to_owned();
    let mut jobs = app.jobs().await;
    let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:session:*"]).await;
    assert!(!keys.is_empty());
    for key in keys {
        assert!(!key.contains(&id));
        let text: String = jobs.run(&["GET", &key]).await;
        let record: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(record["id"], 0, "the record does not hold the id either");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::start().await;
    let person = app.viewer().await;
    assert!(is_in(&person).await);
    let out = person.post("/sign-out", &[]).await;
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    assert!(!is_in(&person).await);
    let mut jobs = app.jobs().await;
    let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:session:*"]).await;
    assert_eq!(keys.len(), 0);
}

#[tokio::test]
async fn a_changed_user_loses_every_session_within_a_second() {
    let app = TestApp::start().await;
    for change in [
        UserChange::Password("another long passphrase".into()),
        UserChange::Role(Role::Operator),
        UserChange::Queues(Scope::of(vec!["email/*".into()])),
        UserChange::Disable,
        UserChange::Remove,
    ] {
        let name = format!("{change:?}");
        let name: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
        let person = app.scoped(&name, Role::Viewer, &["*"]).await;
        assert!(is_in(&person).await);
        let console = Operator::console();
        let changed = app.services.change_user(&console, &name, change).await;
        changed.unwrap().unwrap();
        eventually("the session has ended", || async { !is_in(&person).await }).await;
    }
}

#[tokio::test]
async fn one_changes_ones_password_and_the_other_sessions_end() {
    let app = TestApp::start().await;
    let (here, there) = (app.operator().await, app.operator().await);
    let form = |present: &'static str, new: &'static str, again: &'static str| {
        [("present", present), ("new", new), ("again", again)]
    };
    let new = "my own new passphrase";
    for (wrong, why) in [
        (form("not it at all", new, new), "present password is wrong"),
        (form(PASSWORD, new, "something else"), "differ"),
        (form(PASSWORD, "short", "short"), "at least 8"),
        (form(PASSWORD, "password123", "password123"), "most common"),
        (form(PASSWORD, "aaaaaaaa", "aaaaaaaa"), "repeats the same"),
        (form(PASSWORD, "          ", "          "), "blank"),
        (form(PASSWORD, "operator1", "operator1"), "user's name"),
    ] {
        let refused = Seen::of(here.post("/account", &wrong).await).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(why), "{}", refused.text());
    }
    let changed = here.post("/account", &form(PASSWORD, new, new)).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert!(is_in(&here).await, "this session goes on");
    eventually("the other session has ended", || async {
        !is_in(&there).await
    })
    .await;
    let again = app.stranger().sign_in("operator", new).await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
    let entries = app.jobs().await.audit().await;
    let outcomes: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.get("action") == "user.password")
        .map(|entry| entry.get("outcome"))
        .collect();
    assert_eq!(outcomes, ["denied", "applied"]);
}

#[tokio::test]
async fn a_session_ends_when_it_is_too_old_however_much_it_is_used() {
    let app = TestApp::with(&[("session_absolute", "1s")]).await;
    let person = app.viewer().await;
    eventually("the session has ended", || async { !is_in(&person).await }).await;
}

#[tokio::test]
async fn a_session_ends_when_unused_and_lasts_while_used() {
    let app = TestApp::with(&[("session_idle", "6s")]).await;
    let (used, unused) = (app.viewer().await, app.operator().await);
    let sessions = || async {
        let mut jobs = app.jobs().await;
        let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:session:*"]).await;
        keys.len()
    };
    assert_eq!(sessions().await, 2);
    eventually("one of the two is gone", || async {
        assert!(is_in(&used).await, "it is used all the time");
        sessions().await == 1
    })
    .await;
    assert!(!is_in(&unused).await);
    assert!(is_in(&used).await);
}

#[tokio::test]
async fn a_page_that_refreshes_by_itself_does_not_keep_a_session_in_use() {
    let app = TestApp::with(&[("session_idle", "2s")]).await;
    let away = app.viewer().await;
    let page = away.page("/history").await;
    let header = &page.attributes("#history", "hx-headers")[0];
    assert_eq!(header, r#"{"Bullkeeper-Refresh":"1"}"#);
    eventually("the session has ended", || async {
        let refresh = away.bare(Method::GET, "/history");
        let refresh = refresh.header("bullkeeper-refresh", "1");
        refresh.send().await.unwrap().status() != StatusCode::OK
    })
    .await;
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", "{}").await;
    let host = app.address.to_string();
    let other = "https://evil.example".to_owned();
    let ours = format!("http://{host}");
    for (headers, refused) in [
        (vec![("sec-fetch-site", "cross-site".to_owned())], true),
        (vec![("sec-fetch-site", "same-site".to_owned())], true),
        (vec![("origin", other)], true),
        (vec![("origin", "null".to_owned())], true),
        (vec![], true),
        (vec![("origin", ours)], false),
        (vec![("sec-fetch-site", "same-origin".to_owned())], false),
    ] {
        let mut request = app.stranger().bare(Method::POST, "/sign-in");
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let form = [("name", "viewer"), ("password", PASSWORD)];
        let seen = Seen::of(request.form(&form).send().await.unwrap()).await;
        assert_eq!(
            seen.status != StatusCode::SEE_OTHER,
            refused,
            "{headers:?} {}",
            seen.text()
        );
        if refused {
            assert!(!seen.headers.contains_key("set-cookie"), "{headers:?}");
            assert!(seen.text().contains("Bullkeeper"), "it is a page");
        }
    }
}

#[tokio::test]
async fn every_page_has_its_security_headers() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    for path in ["/", "/sign-in", "/nowhere", "/queue?name=nothing"] {
        let answer = viewer.get(path).await;
        let headers = answer.headers();
        let csp = headers["content-security-policy"].to_str().unwrap();
        assert!(
            csp.starts_with("default-src 'none'; script-src 'self';"),
            "{csp}"
        );
        assert!(!csp.contains("unsafe"), "{csp}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "same-origin");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn a_forwarded_address_is_believed_from_a_trusted_proxy_alone() {
    for (proxies, recorded) in [("127.0.0.0/8", "203.0.113.9"), ("10.0.0.0/8", "127.0.0.1")] {
        let app = TestApp::with(&[("trusted_proxies", proxies)]).await;
        let request = app
            .stranger()
            .bare(Method::POST, "/sign-in")
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", "198.51.100.1, 203.0.113.9, 127.0.0.2")
            .form(&[("name", "viewer"), ("password", PASSWORD)]);
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::SEE_OTHER
        );
        let entries = app.jobs().await.audit().await;
        let signed_in = entries
            .iter()
            .find(|entry| entry.get("action") == "session.sign-in");
        assert_eq!(signed_in.unwrap().get("ip"), recorded);
    }
}

#[tokio::test]
async fn a_password_hashed_with_other_parameters_is_hashed_again_at_the_next_sign_in() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let key = "bullkeeper:user:operator";
    app.viewer().await;
    let current: String = jobs
        .run(&["HGET", "bullkeeper:user:viewer", "password"])
        .await;
    assert_eq!(current, PASSWORD_HASH, "a current hash stays as it is");
    let weaker = Params::new(8 * 1024, 1, 1, None).unwrap();
    let old = Argon2::new(Algorithm::Argon2id, Version::V0x13, weaker)
        .hash_password(PASSWORD.as_bytes())
        .unwrap()
        .to_string();
    let _: u64 = jobs.run(&["HSET", key, "password", &old]).await;
    app.operator().await;
    let stored: String = jobs.run(&["HGET", key, "password"]).await;
    assert!(
        stored != old && stored.contains("m=47104,t=1,p=1"),
        "{stored}"
    );
    let entries = jobs.audit().await;
    let again = entries
        .iter()
        .find(|entry| entry.get("note") == "hashed again with current parameters")
        .expect("the change of the hash is recorded");
    assert_eq!(
        (again.get("actor"), again.get("outcome")),
        ("operator", "applied")
    );
    app.operator().await;
}
