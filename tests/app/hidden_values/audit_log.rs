//! The audit log: sensitive fields are redacted for everybody, and entries from before a policy are masked for their readers.

use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{PASSWORD, Seen};
use reqwest::StatusCode;

use super::shop::{POLICY, Shop, data, fail, shows_hidden};

#[tokio::test]
async fn a_sensitive_field_is_in_the_log_as_a_keyed_hash_whoever_changes_it() {
    let mut shop = Shop::open(&[]).await;
    let carol = shop.carol().await;
    let form = carol.edit("billing/v1", "101").await;
    let text = form.get("text").replace("7373737373101", "7373737373999");
    let form = form.set("text", &text).set("reason", "was 7373737373101");
    // Changing a sensitive field takes the password.
    let mut fields = form.pairs();
    fields.push(("password", PASSWORD));
    let saved = Seen::of(carol.post("/job/save", &fields).await).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let entries = shop.jobs.audit_of_jobs().await;
    let entry = entries.last().unwrap();
    let patch = entry.get("patch");
    assert!(
        patch.contains("redacted:") && patch.contains("/card"),
        "{patch}"
    );
    assert!(!shows_hidden(&format!("{entry:?}")), "{entry:?}");
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(data("101"));
    let plain: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_ne!(entry.get("before"), plain);
}

#[tokio::test]
async fn what_goes_with_a_job_is_kept_without_its_sensitive_values() {
    let mut shop = Shop::open(&[]).await;
    let operator = shop.app.operator().await;
    let fields = [
        ("queue", "billing/v1"),
        ("id", "102"),
        ("reason", "of Xyzzy xyzzy-holder-102"),
    ];
    let removed = operator.post("/job/remove", &fields).await;
    assert_eq!(removed.status(), StatusCode::SEE_OTHER);
    let keys: Vec<String> = shop.jobs.run(&["KEYS", "bullkeeper:audit*"]).await;
    assert!(!keys.is_empty());
    let log: Vec<redis::Value> = shop
        .jobs
        .run(&["XRANGE", "bullkeeper:audit", "-", "+"])
        .await;
    let log = format!("{log:?}");
    assert!(log.contains("job.remove") && !shows_hidden(&log), "{log}");
    let admin = shop.app.admin().await;
    let page = admin.page("/audit").await;
    let entries = page.attributes("a", "href").into_iter();
    for href in entries.filter(|href| href.starts_with("/audit/entry?id=")) {
        let id = href.trim_start_matches("/audit/entry?id=");
        for path in [&href, &format!("/audit/before?id={id}")] {
            let body = admin.get(path).await.text().await.unwrap();
            assert!(!shows_hidden(&body), "{path}: {body}");
        }
    }
}

#[tokio::test]
async fn entries_from_before_the_policy_are_masked_for_those_without_the_grant() {
    let folder = Folder::of(&[]);
    let app = folder.app(&[("grants", "carol may reveal on *")]).await;
    let mut jobs = app.jobs().await;
    fail(&mut jobs, "billing/v1", "101").await;
    let operator = app.operator().await;
    let form = operator.edit("billing/v1", "101").await;
    let text = form.get("text").replace("holder-101", "holder-102");
    let form = form.set("text", &text).set("reason", "r");
    operator.send("/job/review", &form).await;
    operator.send("/job/save", &form).await;
    let page = operator.page("/audit").await;
    let entries = page.attributes("a", "href").into_iter();
    let mut entries = entries.filter(|href| href.starts_with("/audit/entry?id="));
    let entry = entries.next().unwrap();
    let before = operator.get(&entry).await.text().await.unwrap();
    assert!(shows_hidden(&before), "nothing is hidden yet");
    folder.write("billing.policy.json", POLICY);
    bullkeeper_testkit::eventually("the policy is read", async || {
        let entry = operator.get(&entry).await.text().await.unwrap();
        !shows_hidden(&entry)
    })
    .await;
    for path in [
        "/audit",
        "/audit/export?format=jsonl",
        "/audit/export?format=csv",
    ] {
        let body = operator.get(path).await.text().await.unwrap();
        assert!(!shows_hidden(&body), "{path}: {body}");
    }
}

#[tokio::test]
async fn the_stored_piece_of_an_entry_from_before_the_policy_is_left_out() {
    let folder = Folder::of(&[]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    // A member that is removed from the middle is kept as a piece of the stored text.
    let stored = r#"{"customer":{"email":"xyzzy@mail.example"},"b":2}"#;
    jobs.failed("billing/v1", "1", stored).await;
    let operator = app.operator().await;
    let form = operator.edit("billing/v1", "1").await;
    let form = form.set("text", r#"{"b":2}"#).set("reason", "r");
    operator.send("/job/save", &form).await;
    let entry = jobs.audit_of_jobs().await.pop().unwrap();
    assert!(shows_hidden(entry.get("before_piece")), "{entry:?}");
    folder.write("billing.policy.json", POLICY);
    bullkeeper_testkit::eventually("the policy is read", async || {
        let exported = operator.get("/audit/export?format=jsonl").await;
        !shows_hidden(&exported.text().await.unwrap())
    })
    .await;
}
