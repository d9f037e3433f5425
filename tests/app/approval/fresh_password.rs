//! The password again: when it is asked for, for how long it counts, and that it is no way around the delays of sign-ins.

use bullkeeper::domain::access::Operator;
use bullkeeper::service::accounts::users::UserChange;
use bullkeeper_testkit::{Jobs, PASSWORD, Seen, eventually, times};
use reqwest::StatusCode;

use super::{BEFORE, House, save, save_with};

const SENSITIVE: &str = r#"{"amount":1,"card":"4222","note":"n"}"#;
const PLAIN: &str = r#"{"amount":1,"card":"4111","note":"other"}"#;

/// The keys of the sessions that have a confirmed password.
async fn confirmed(jobs: &mut Jobs) -> Vec<String> {
    let mut found = Vec::new();
    let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:session:*"]).await;
    for key in keys {
        let record: String = jobs.run(&["GET", &key]).await;
        if record.contains("confirmed_at") {
            found.push(key);
        }
    }
    found
}

/// Moves the time of the confirmation back.
async fn age(jobs: &mut Jobs, key: &str, millis: u64) {
    let record: String = jobs.run(&["GET", key]).await;
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let at = &mut record["data"]["visit"]["confirmed_at"];
    *at = (at.as_u64().unwrap() - millis).into();
    let _: String = jobs
        .run(&["SET", key, &record.to_string(), "KEEPTTL"])
        .await;
}

#[tokio::test]
async fn a_sensitive_change_takes_the_password_once_and_keeps_the_text() {
    let mut house = House::start().await;
    let form = house.asker.edit("billing", "1").await;
    let form = form.set("text", SENSITIVE).set("reason", "r");
    let review = house.asker.send("/job/review", &form).await;
    assert_eq!(
        review.attributes("input[name=password]", "autocomplete"),
        ["current-password"]
    );
    for (typed, says) in [
        ("", "Enter your password"),
        ("wrong guess", "the password is wrong"),
    ] {
        let refused = save_with(&house.asker, "1", SENSITIVE, typed).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(says), "{}", refused.text());
        assert!(
            refused.all("textarea[name=text]").concat().contains("4222"),
            "the text is kept"
        );
        assert!(!refused.body.contains("wrong guess"), "the password is not");
        assert_eq!(house.data().await, BEFORE);
    }
    let saved = save_with(&house.asker, "1", SENSITIVE, PASSWORD).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(house.data().await, SENSITIVE.as_bytes());
    // It counts for the next one too, in this session alone.
    let again = save(&house.asker, "1", std::str::from_utf8(BEFORE).unwrap()).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
    let elsewhere = house.app.operator().await;
    let asked = save(&elsewhere, "1", SENSITIVE).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(house.data().await, BEFORE);

    let entries = house.jobs.audit().await;
    let of = |outcome: &str| {
        let entries = entries
            .iter()
            .filter(|entry| entry.get("action") == "session.confirm");
        entries
            .filter(|entry| entry.get("outcome") == outcome)
            .count()
    };
    assert_eq!((of("applied"), of("denied")), (1, 1));
}

#[tokio::test]
async fn a_change_of_other_fields_takes_no_password() {
    let mut house = House::start().await;
    let saved = save(&house.asker, "1", PLAIN).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(house.data().await, PLAIN.as_bytes());
    assert!(confirmed(&mut house.jobs).await.is_empty());
}

#[tokio::test]
async fn the_password_counts_for_five_minutes_and_use_does_not_prolong_it() {
    let mut house = House::start().await;
    save_with(&house.asker, "1", SENSITIVE, PASSWORD).await;
    let key = confirmed(&mut house.jobs).await.remove(0);
    age(&mut house.jobs, &key, 239_000).await;
    let text = std::str::from_utf8(BEFORE).unwrap();
    let saved = save(&house.asker, "1", text).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    age(&mut house.jobs, &key, 61_000).await;
    let form = house.asker.edit("billing", "1").await;
    let form = form.set("text", SENSITIVE).set("reason", "r");
    // What a process read of a session counts for less than a second.
    eventually("the password is asked for again", || async {
        let review = house.asker.send("/job/review", &form).await;
        !review.attributes("input[name=password]", "name").is_empty()
    })
    .await;
    let refused = save(&house.asker, "1", SENSITIVE).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(house.data().await, BEFORE);
}

#[tokio::test]
async fn a_disabled_user_or_a_new_password_ends_it() {
    let mut house = House::start().await;
    save_with(&house.asker, "1", SENSITIVE, PASSWORD).await;
    let before = house.data().await;
    let services = &house.app.services;
    let console = Operator::console();
    for change in [UserChange::Disable, UserChange::Enable] {
        services
            .change_user(&console, "operator", change)
            .await
            .unwrap()
            .unwrap();
    }
    let form = [("queue", "billing"), ("id", "1"), ("text", PLAIN)];
    let refused = Seen::of(house.asker.post("/job/save", &form).await).await;
    assert_ne!(refused.status, StatusCode::SEE_OTHER);
    let again = house.app.operator().await;
    let text = std::str::from_utf8(BEFORE).unwrap();
    save_with(&again, "1", text, PASSWORD).await;
    assert_eq!(house.data().await, BEFORE);
    let new = "another long passphrase for tests";
    let form = [("present", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(again.post("/account", &form).await.status(), StatusCode::OK);
    let asked = save(&again, "1", SENSITIVE).await;
    assert_eq!(
        asked.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        asked.text()
    );
    assert_ne!(house.data().await, before);
}

#[tokio::test]
async fn wrong_passwords_are_delayed_together_with_sign_ins_and_recorded_as_few_entries() {
    let mut house = House::start().await;
    let (mut tried, mut waited) = (0, 0);
    // Until the next try has to wait for a while.
    while waited < 4 {
        let refused = save_with(&house.asker, "1", SENSITIVE, "wrong guess").await;
        assert!(refused.all("textarea[name=text]").concat().contains("4222"));
        match refused.status {
            StatusCode::TOO_MANY_REQUESTS => {
                let wait = refused.headers["retry-after"].to_str().unwrap();
                waited = wait.parse().unwrap();
            }
            status => {
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
                tried += 1;
            }
        }
    }
    assert!((5..12).contains(&tried), "{tried}");
    // The sign-in page waits as well, with the right password too.
    let sign_in = house.app.stranger().sign_in("operator", PASSWORD).await;
    assert_eq!(sign_in.status(), StatusCode::TOO_MANY_REQUESTS);
    house.app.services.finish_audit().await;
    let mut entries = house.jobs.audit().await;
    entries.retain(|entry| entry.get("action") == "session.confirm");
    assert!(entries.len() <= 2, "{entries:?}");
    assert_eq!(times(&entries), tried);
    assert_eq!(house.data().await, BEFORE);
}

#[tokio::test]
async fn the_account_page_confirms_the_password_for_forms_that_do_not_ask_for_it() {
    let mut house = House::start().await;
    let wrong = [("password", "wrong guess")];
    let refused = Seen::of(house.asker.post("/account/confirm", &wrong).await).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = [("password", PASSWORD)];
    let page = Seen::of(house.asker.post("/account/confirm", &right).await).await;
    assert!(
        page.text().contains("Confirmed in this session"),
        "{}",
        page.text()
    );
    let saved = save(&house.asker, "1", SENSITIVE).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(house.data().await, SENSITIVE.as_bytes());
}
