//! Edits by someone who does not see everything.

use reqwest::StatusCode;

use super::shop::{Shop, data, shows_hidden};

#[tokio::test]
async fn an_edit_keeps_hidden_values_byte_for_byte() {
    let mut shop = Shop::open(&[]).await;
    let operator = shop.app.operator().await;
    for round in 2..30 {
        let form = operator.edit("billing/v1", "101").await;
        let text = form.get("text").to_owned();
        assert!(!shows_hidden(&text) && text.contains("•••"), "{text}");
        let text = text.lines().map(|line| match line.contains("\"amount\"") {
            true => format!("  \"amount\": {round}.50,"),
            false => line.to_owned(),
        });
        let text = text.collect::<Vec<_>>().join("\n");
        let form = form.set("text", &text).set("reason", "r");
        let saved = operator.send("/job/save", &form).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        let stored = shop.jobs.data("billing/v1", "101").await.unwrap();
        let expected = data("101").replace("\"amount\":1.0", &format!("\"amount\":{round}.50"));
        assert_eq!(String::from_utf8(stored).unwrap(), expected);
    }
    let form = operator.edit("billing/v1", "102").await;
    let text = form.get("text").replace("\"amount\": 1.0", "\"amount\": 7");
    let review = operator.send("/job/review", &form.set("text", &text)).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text());
    assert!(!shows_hidden(&review.text()), "{}", review.text());
    let entries = format!("{:?}", shop.jobs.audit_of_jobs().await);
    assert!(!shows_hidden(&entries), "{entries}");
}

#[tokio::test]
async fn a_mask_that_is_changed_moved_or_left_out_is_refused_by_name_and_the_text_stays() {
    let mut shop = Shop::open(&[]).await;
    let operator = shop.app.operator().await;
    let text = operator
        .edit("billing/v1", "101")
        .await
        .get("text")
        .to_owned();
    for (from, to, pointer) in [
        ("\"card\": \"•••\"", "\"card\": {}", "/card"),
        (
            "\"email\": \"•••\"",
            "\"email\": \"a@b.example\"",
            "/customer/email",
        ),
        ("\"name\": \"Ann\",", "", "/customer/email"),
    ] {
        let mut typed = text.replace(from, to);
        if to.is_empty() {
            typed = typed.replace("\"email\": \"•••\"", "\"name\": \"Bob\"");
        }
        let form = operator.edit("billing/v1", "101").await;
        let form = form.set("text", &typed).set("reason", "r");
        let refused = operator.send("/job/save", &form).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
        assert!(refused.text().contains(pointer), "{}", refused.text());
        assert!(!shows_hidden(&refused.text()));
    }
    let stored = shop.jobs.data("billing/v1", "101").await.unwrap();
    assert_eq!(String::from_utf8(stored).unwrap(), data("101"));
}

#[tokio::test]
async fn a_conflict_shows_no_hidden_value_and_can_be_merged() {
    let mut shop = Shop::open(&[]).await;
    let operator = shop.app.operator().await;
    let form = operator.edit("billing/v1", "101").await;
    let other = data("101")
        .replace("\"Ann\"", "\"Eve\"")
        .replace("holder-101", "holder-999");
    shop.jobs
        .run::<u64>(&["HSET", "bull:billing/v1:101", "data", &other])
        .await;
    let text = form.get("text").replace("\"amount\": 1.0", "\"amount\": 5");
    let form = form.set("text", &text).set("reason", "r");
    let conflict = operator.send("/job/save", &form).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT, "{}", conflict.text());
    let shown = conflict.text();
    assert!(!shows_hidden(&shown) && shown.contains("Eve"), "{shown}");
}

#[tokio::test]
async fn the_revision_of_a_form_is_no_plain_digest_where_something_is_hidden() {
    use sha2::{Digest, Sha256};
    let shop = Shop::open(&[]).await;
    let digest = Sha256::digest(data("101"));
    let plain: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let carols = shop.carol().await.edit("billing/v1", "101").await;
    assert_eq!(carols.get("revision"), plain);
    let operator = shop.app.operator().await;
    let form = operator.edit("billing/v1", "101").await;
    assert_ne!(form.get("revision"), plain);
    // A guessed digest is no more use than a wrong one.
    let text = form.get("text").replace("\"amount\": 1.0", "\"amount\": 5");
    let guessed = form
        .set("text", &text)
        .set("reason", "r")
        .set("revision", &plain);
    let answer = operator.send("/job/save", &guessed).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_draft_of_someone_who_lost_the_grant_shows_no_hidden_value() {
    let shop = Shop::open(&[]).await;
    let carol = shop.carol().await;
    let form = carol.edit("billing/v1", "101").await;
    let text = form.get("text").replace("\"amount\": 1.0", "\"amount\": 5");
    let form = form.set("text", &text).set("reason", "r");
    carol.send("/job/review", &form).await;
    // Another process on the same Redis, whose settings no longer give the grant.
    let redis = shop.app.redis.url();
    let folder = shop.folder.0.path().to_str().unwrap().to_owned();
    let settings = [
        ("redis", redis.as_str()),
        ("bind", "127.0.0.1:0"),
        ("schemas", folder.as_str()),
    ];
    let settings = bullkeeper::config::Settings::from_pairs(&settings).unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let server = bullkeeper::serve::Server::within(
        bullkeeper::serve::ConnectionLimits::of(100),
        &settings,
        stop.clone(),
    )
    .await
    .unwrap();
    let later = bullkeeper_testkit::Person::new(server.address, "");
    later.sign_in("carol", bullkeeper_testkit::PASSWORD).await;
    for path in ["/job/edit", "/job/review"] {
        let answer = later.get(&format!("{path}?queue=billing/v1&id=101")).await;
        let body = answer.text().await.unwrap();
        assert!(!shows_hidden(&body), "{path}: {body}");
    }
    stop.cancel();
    server.ended().await.unwrap();
}

#[tokio::test]
async fn what_is_checked_while_typing_tells_nothing_of_hidden_values() {
    let mut shop = Shop::open(&[]).await;
    // The hidden number breaks the schema.
    let broken = data("107").replace("7373737373107", "\"xyzzy-number\"");
    shop.jobs.failed("billing/v1", "107", &broken).await;
    let operator = shop.app.operator().await;
    let form = operator.edit("billing/v1", "107").await;
    let text = form
        .get("text")
        .replace("\"amount\": 1.0", "\"amount\": \"x\"");
    let fields = [
        ("queue", "billing/v1"),
        ("id", "107"),
        ("text", text.as_str()),
    ];
    let checked = operator
        .post("/job/check", &fields)
        .await
        .text()
        .await
        .unwrap();
    assert!(
        !shows_hidden(&checked) && checked.contains("/amount"),
        "{checked}"
    );
    let form = form.set("text", &text).set("reason", "r");
    let refused = operator.send("/job/save", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!shows_hidden(&refused.text()), "{}", refused.text());
}

#[tokio::test]
async fn a_new_job_needs_values_in_place_of_masks() {
    let shop = Shop::open(&[]).await;
    let operator = shop.app.operator().await;
    let fields = [
        ("queue", "billing/v1"),
        ("job_name", "send"),
        ("text", r#"{"amount":1,"card":"•••"}"#),
        ("reason", "r"),
    ];
    let refused = operator.post("/queue/add", &fields).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.unwrap().contains("/card"));
}

#[tokio::test]
async fn a_patch_of_a_move_can_not_test_or_copy_a_hidden_value() {
    let shop = Shop::open(&[]).await;
    let admin = shop.app.admin().await;
    for patch in [
        r#"[{"op":"test","path":"/card/number","value":7373737373101}]"#,
        r#"[{"op":"copy","from":"/customer","path":"/note"}]"#,
        r#"[{"op":"move","from":"/card/holder","path":"/note"}]"#,
    ] {
        let fields = [
            ("name", "billing"),
            ("from", "billing/v1"),
            ("to", "billing/v2"),
            ("failed", "on"),
            ("states", "failed"),
            ("patch", patch),
            ("reason", "r"),
        ];
        let answer = admin.post("/family/move/review", &fields).await;
        let body = answer.text().await.unwrap();
        assert!(!body.contains("xyzzy"), "{patch}: {body}");
        assert!(!body.contains("would move"), "{patch}: {body}");
    }
}
