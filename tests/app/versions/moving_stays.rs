//! Why jobs are skipped, as the dry run and then the move itself report it.

use std::path::Path;

use bullkeeper_testkit::moves::{moved, review, two_versions, two_versions_with};
use bullkeeper_testkit::retry::list;

#[tokio::test]
async fn each_kind_of_job_that_must_not_move_stays_with_its_reason() {
    let (_app, mut jobs, admin) = two_versions().await;
    let cases = [
        (
            "child",
            "HSET bull:email/v1:child parentKey bull:other:1",
            "a child in a flow",
        ),
        (
            "parent",
            "SADD bull:email/v1:parent:dependencies bull:other:2",
            "a parent in a flow",
        ),
        (
            "parent-2",
            "HSET bull:email/v1:parent-2:processed bull:other:3 1",
            "a parent in a flow",
        ),
        (
            "planned",
            "HSET bull:email/v1:planned rjk daily",
            "a run of a scheduler",
        ),
        ("repeat:daily:1700000000000", "PING", "a run of a scheduler"),
        (
            "held",
            "SET bull:email/v1:held:lock token",
            "held by a worker",
        ),
        (
            "own",
            "HSET bull:email/v2:own name other",
            "its id is taken",
        ),
        (
            "twin",
            "HSET bull:email/v1:twin deid customer",
            "its deduplication id is taken",
        ),
        ("hollow", "DEL bull:email/v1:hollow", "its data is gone"),
    ];
    jobs.run::<()>(&["SET", "bull:email/v2:de:customer", "7"])
        .await;
    for (id, command, _) in &cases {
        jobs.waiting("email/v1", id, "{}").await;
        let words: Vec<&str> = command.split(' ').collect();
        jobs.run::<redis::Value>(&words).await;
    }
    jobs.waiting("email/v1", "free", "{}").await;

    let seen = review(&admin, &[]).await.text();
    assert!(seen.contains("1 would move"), "{seen}");
    let page = moved(&admin, &[]).await;
    assert!(page.text().contains("1 done, 9 skipped"), "{}", page.text());
    let rows = page.all("#run .rows tbody tr");
    for (id, _, why) in &cases {
        assert!(seen.contains(why), "{id}: {seen}");
        assert!(
            rows.iter()
                .any(|row| row.starts_with(id) && row.contains(why)),
            "{id}: {rows:?}"
        );
    }
    assert_eq!(list(&mut jobs, "email/v1", "wait").await.len(), cases.len());
    assert_eq!(list(&mut jobs, "email/v2", "wait").await, ["free"]);
}

fn schema(folder: &Path) {
    let schema = r#"{"type":"object","required":["to"],"properties":{"to":{"type":"string"}}}"#;
    std::fs::create_dir_all(folder.join("email")).unwrap();
    std::fs::write(folder.join("email/v2.json"), schema).unwrap();
}

#[tokio::test]
async fn data_that_breaks_the_targets_schema_stays_and_is_listed_until_a_patch_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    schema(folder.path());
    let path = folder.path().to_str().unwrap().to_owned();
    let (_app, mut jobs, admin) = two_versions_with(&[("schemas", &path)]).await;
    jobs.waiting("email/v1", "good", r#"{"to":"a@example"}"#)
        .await;
    jobs.waiting("email/v1", "old", r#"{"mail":"b@example"}"#)
        .await;
    jobs.waiting("email/v1", "worse", "{oops").await;

    let seen = review(&admin, &[]).await;
    let text = seen.text();
    assert!(text.contains("1 would move"), "{text}");
    assert!(text.contains("breaks the target’s schema"), "{text}");
    let listed = seen.all(".problems li").join(" ");
    assert!(listed.contains("old") && listed.contains("to"), "{listed}");
    moved(&admin, &[]).await;
    assert_eq!(list(&mut jobs, "email/v2", "wait").await, ["good"]);

    let patch = r#"[{"op":"move","from":"/mail","path":"/to"}]"#;
    let page = moved(&admin, &[("patch", patch)]).await;
    assert!(page.text().contains("1 done, 1 skipped"), "{}", page.text());
    assert_eq!(
        jobs.data("email/v2", "old").await.unwrap(),
        br#"{"to":"b@example"}"#
    );
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["worse"]);
    let entries = jobs.audit_of_jobs().await;
    assert!(
        entries
            .iter()
            .all(|entry| entry.get("schema") == "email/v2.json")
    );
}

#[tokio::test]
async fn a_key_of_another_type_ends_the_run_before_anything_is_changed() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.run::<()>(&["SET", "bull:email/v2:delayed", "odd"])
        .await;
    let run = bullkeeper_testkit::moves::begin(&admin, &[]).await;
    let page = bullkeeper_testkit::moves::until(&admin, &run, "failed").await;
    assert!(
        page.text().contains("bull:email/v2:delayed"),
        "{}",
        page.text()
    );
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["1"]);
    assert!(jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn a_dry_run_of_many_says_how_many_it_looked_at() {
    let (_app, mut jobs, admin) = two_versions().await;
    jobs.many("email/v1", 10_250).await;
    let seen = review(&admin, &[]).await.text();
    assert!(seen.contains("10,000 would move"), "{seen}");
    assert!(
        seen.contains("10,000 of 10,250 jobs were checked"),
        "{seen}"
    );
}
