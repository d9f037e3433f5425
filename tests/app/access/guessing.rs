//! Password guessing by strangers: what they can make Bullkeeper keep, how fast they can continue, and who is not slowed
//! down.

use bullkeeper::domain::access::Operator;
use bullkeeper::service::accounts::users::UserChange;
use futures::StreamExt;
use reqwest::{Client, StatusCode};

use bullkeeper_testkit::{Jobs, PASSWORD, TestApp, times};

/// Clients that all come through one trusted proxy, which names their addresses.
struct Strangers {
    app: TestApp,
    client: Client,
}

impl Strangers {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let behind_proxy = [("trusted_proxies", "127.0.0.0/8")];
        let settings = [settings, &behind_proxy[..]].concat();
        Self {
            app: TestApp::with(&settings).await,
            client: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    /// The answer to a sign-in from `address`.
    async fn sign_in(&self, address: &str, name: &str, password: &str) -> StatusCode {
        self.client
            .post(format!("http://{}/sign-in", self.app.address))
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", address)
            .form(&[("name", name), ("password", password)])
            .send()
            .await
            .unwrap()
            .status()
    }

    /// Tries each address and name with a wrong password, `at_once` of them at a time.
    async fn guess(
        &self,
        at_once: usize,
        tries: impl Iterator<Item = (String, String)>,
    ) -> Answers {
        let tries = futures::stream::iter(tries);
        let answers = tries.map(|(address, name)| async move {
            self.sign_in(&address, &name, "a wrong guess").await
        });
        let answers: Vec<StatusCode> = answers.buffer_unordered(at_once).collect().await;
        let count = |status| answers.iter().filter(|other| **other == status).count();
        let found = Answers {
            refused: count(StatusCode::UNAUTHORIZED),
            delayed: count(StatusCode::TOO_MANY_REQUESTS),
        };
        assert_eq!(found.refused + found.delayed, answers.len(), "{answers:?}");
        found
    }

    /// Guesses with invented names from `address` until it is throttled.
    async fn throttle(&self, address: &str) {
        let tries = (0..130).map(|n| (address.to_owned(), format!("invented{n}")));
        let answers = self.guess(32, tries).await;
        assert!(answers.delayed > 0, "the address is throttled");
    }

    /// How many entries of failed sign-ins there are, and how many sign-ins they stand for.
    async fn failed_sign_ins(&self, jobs: &mut Jobs) -> (usize, usize) {
        self.app.services.finish_audit().await;
        let mut entries = jobs.audit().await;
        entries.retain(|entry| entry.get("outcome") == "denied");
        (entries.len(), times(&entries) as usize)
    }
}

/// How many tries were verified and found wrong, and how many had to wait.
#[derive(Debug)]
struct Answers {
    refused: usize,
    delayed: usize,
}

/// All keys but those that the leading process keeps whether anybody signs in or not, and the size of those that sign-ins
/// leave.
async fn keys_and_bytes(jobs: &mut Jobs) -> (Vec<String>, u64) {
    let mut keys: Vec<String> = jobs.run(&["KEYS", "*"]).await;
    let of_the_leader =
        ["leader", "history", "marks", "alerts"].map(|of| format!("bullkeeper:{of}"));
    keys.retain(|key| !of_the_leader.iter().any(|of| key.starts_with(of)));
    keys.sort();
    let mut bytes = 0;
    for key in keys.iter().filter(|key| !key.ends_with(":audit")) {
        let of_key: u64 = jobs.run(&["MEMORY", "USAGE", key, "SAMPLES", "0"]).await;
        bytes += of_key;
    }
    (keys, bytes)
}

#[tokio::test]
async fn strangers_leave_a_fixed_number_of_keys_bytes_and_entries_however_often_they_try() {
    let strangers = Strangers::start().await;
    let mut jobs = strangers.app.jobs().await;
    let (before, bytes_before) = keys_and_bytes(&mut jobs).await;
    strangers.throttle("203.0.113.9").await;
    let (_, recorded) = strangers.failed_sign_ins(&mut jobs).await;
    let from_one = (0..2000).map(|n| ("203.0.113.9".to_owned(), format!("another{n}")));
    let answers = strangers.guess(64, from_one).await;
    // Nothing is written for a try from a throttled network. Once the delay is over, a try is counted again and the delay
    // grows.
    let (entries, all) = strangers.failed_sign_ins(&mut jobs).await;
    assert_eq!(all - recorded, answers.refused);
    assert!(answers.refused < 12, "{answers:?}");
    assert!(entries < 10, "{entries} entries");
    let from_many = (0..50).map(|n| (format!("2001:db8:0:{n:x}::1"), format!("someone{n}")));
    strangers.guess(16, from_many).await;

    let (after, bytes) = keys_and_bytes(&mut jobs).await;
    let new: Vec<&String> = after.iter().filter(|key| !before.contains(key)).collect();
    assert_eq!(new, ["bullkeeper:sign-in-key", "bullkeeper:sign-in-tries"]);
    let bytes = bytes - bytes_before;
    assert!(bytes < 512 * 1024, "{bytes} bytes");
}

#[tokio::test]
async fn the_right_passwords_of_others_behind_a_bad_address_are_taken() {
    let strangers = Strangers::start().await;
    let mut jobs = strangers.app.jobs().await;
    let names: Vec<String> = (0..75).map(|n| format!("colleague{n}")).collect();
    for name in &names {
        // The viewer's password hash: hashing one for each user would take longer than the test.
        let user = format!("bullkeeper:user:{name}");
        jobs.run::<()>(&["COPY", "bullkeeper:user:viewer", &user])
            .await;
        jobs.run::<()>(&["SADD", "bullkeeper:users", name]).await;
    }
    strangers.throttle("203.0.113.9").await;
    let (strangers, names) = (&strangers, &names);
    let sign_ins = futures::stream::iter(names)
        .map(|name| async move { strangers.sign_in("203.0.113.9", name, PASSWORD).await });
    let answers: Vec<StatusCode> = sign_ins.buffer_unordered(8).collect().await;
    let taken = answers
        .iter()
        .filter(|status| **status == StatusCode::SEE_OTHER);
    assert_eq!(taken.count(), names.len());
    // A wrong password is told to wait, whether the user exists or not.
    for name in ["viewer", "nobody"] {
        let answer = strangers
            .sign_in("203.0.113.9", name, "a wrong guess")
            .await;
        assert!(
            matches!(
                answer,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED
            ),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn one_user_is_not_guessed_faster_from_many_addresses_of_one_network() {
    let strangers = Strangers::start().await;
    let mut jobs = strangers.app.jobs().await;
    let tries = (0..400).map(|n| (format!("2001:db8:1:2::{n:x}"), "viewer".to_owned()));
    let (answers, other) = tokio::join!(
        strangers.guess(32, tries),
        strangers.sign_in("203.0.113.10", "operator", PASSWORD)
    );
    assert_eq!(other, StatusCode::SEE_OTHER, "another user is not held up");
    assert!(answers.refused <= 12, "{answers:?}");
    assert_eq!(
        strangers.failed_sign_ins(&mut jobs).await.1,
        answers.refused
    );
}

#[tokio::test]
async fn one_user_is_not_guessed_fast_from_many_networks_and_signs_in_where_they_usually_do() {
    let strangers = Strangers::start().await;
    let usual = "203.0.113.10";
    let signed_in = strangers.sign_in(usual, "viewer", PASSWORD).await;
    assert_eq!(signed_in, StatusCode::SEE_OTHER);
    let tries = (0..400).map(|n| {
        (
            format!("198.51.{}.{}", n / 250, n % 250),
            "viewer".to_owned(),
        )
    });
    let answers = strangers.guess(32, tries).await;
    assert!(answers.refused <= 30, "{answers:?}");
    let elsewhere = strangers.sign_in("192.0.2.1", "viewer", PASSWORD).await;
    assert_eq!(elsewhere, StatusCode::TOO_MANY_REQUESTS);
    let usually = strangers.sign_in(usual, "viewer", PASSWORD).await;
    assert_eq!(usually, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn of_many_tries_at_once_only_the_free_ones_are_verified() {
    for (read_only, signed_in_before) in [("false", false), ("false", true), ("true", true)] {
        let strangers = Strangers::with(&[("read_only", read_only)]).await;
        if signed_in_before {
            let answer = strangers.sign_in("203.0.113.9", "viewer", PASSWORD).await;
            assert_eq!(answer, StatusCode::SEE_OTHER);
        }
        let tries = (0..100).map(|_| ("203.0.113.9".to_owned(), "viewer".to_owned()));
        let answers = strangers.guess(100, tries).await;
        // Three are free and the fourth begins the delay; a slow machine may see the first delays end.
        assert!((4..=12).contains(&answers.refused), "{answers:?}");
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_delayed_as_one_that_somebody_has() {
    let strangers = Strangers::start().await;
    for (address, name) in [("203.0.113.1", "viewer"), ("203.0.113.2", "nobody")] {
        let mut refused = 0;
        while strangers.sign_in(address, name, "a wrong guess").await == StatusCode::UNAUTHORIZED {
            refused += 1;
            // A slow machine may see the first delays end, but each is twice the one before.
            assert!(refused < 12, "{name} is never delayed");
        }
        assert!(refused >= 4, "{name} is delayed after {refused}");
    }
}

#[tokio::test]
async fn the_networks_of_a_user_are_kept_few_without_addresses_and_go_with_the_user() {
    let strangers = Strangers::start().await;
    let mut jobs = strangers.app.jobs().await;
    for n in 0..20 {
        let answer = strangers
            .sign_in(&format!("203.0.113.{n}"), "viewer", PASSWORD)
            .await;
        assert_eq!(answer, StatusCode::SEE_OTHER);
    }
    let key = "bullkeeper:networks:viewer";
    let kept: Vec<String> = jobs.run(&["HKEYS", key]).await;
    assert_eq!(kept.len(), 16);
    assert!(
        kept.iter().all(|digest| !digest.contains("203.0")),
        "{kept:?}"
    );
    let left: i64 = jobs.run(&["PTTL", key]).await;
    assert!(left > 89 * 24 * 3600 * 1000, "{left}");
    let console = Operator::console();
    let removed = strangers
        .app
        .services
        .change_user(&console, "viewer", UserChange::Remove);
    removed.await.unwrap().unwrap();
    assert_eq!(jobs.run::<u64>(&["EXISTS", key]).await, 0);
}

#[tokio::test]
async fn where_a_user_usually_signs_in_a_wrong_password_tells_no_more_than_an_invented_name() {
    let strangers = Strangers::start().await;
    let usual = "203.0.113.10";
    let signed_in = strangers.sign_in(usual, "viewer", PASSWORD).await;
    assert_eq!(signed_in, StatusCode::SEE_OTHER);
    for name in ["viewer", "nobody"] {
        // A slow machine may see a delay end before it looks; each is twice the one before. The usual network has three
        // tries of its own that would not be delayed.
        let mut looks = 0;
        loop {
            let tries = (0..60).map(|n| (format!("198.51.100.{n}"), name.to_owned()));
            strangers.guess(16, tries).await;
            let wrong = strangers.sign_in(usual, name, "a wrong guess").await;
            if wrong == StatusCode::TOO_MANY_REQUESTS {
                break;
            }
            looks += 1;
            assert!(looks < 3, "{name} is told {wrong}");
        }
    }
    let right = strangers.sign_in(usual, "viewer", PASSWORD).await;
    assert_eq!(right, StatusCode::SEE_OTHER);
}
