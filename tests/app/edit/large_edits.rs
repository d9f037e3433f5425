//! Edits of large data: what is kept of them, the size of their pages and exports, and when they are refused.

use std::io::Read;

use reqwest::StatusCode;

use bullkeeper_testkit::{AuditEntry, EditForm, Jobs, Person, Seen, TestApp};

/// An array of this many six-digit numbers, and one in which every number differs.
fn numbers(count: usize) -> (String, String) {
    let array = |shift: usize| {
        let numbers = (0..count).map(|at| (100_000 + (at * 7 + shift) % 800_000).to_string());
        format!("[{}]", numbers.collect::<Vec<_>>().join(","))
    };
    (array(0), array(1))
}

async fn save(person: &Person, id: &str, text: &str) -> Seen {
    let form = person.edit("email/v1", id).await;
    let form = form.set("text", text).set("reason", "all of it");
    person.send("/job/save", &form).await
}

/// The hash beside an entry: the names of its fields, and the text in `before_zlib`.
async fn beside(jobs: &mut Jobs, entry: &AuditEntry) -> (Vec<String>, String) {
    let key = format!("bullkeeper:audit-change:{}", entry.get("event"));
    let names: Vec<String> = jobs.run(&["HKEYS", &key]).await;
    let stored: Vec<u8> = jobs.run(&["HGET", &key, "before_zlib"]).await;
    let mut text = String::new();
    let mut decoder = flate2::read::ZlibDecoder::new(stored.as_slice());
    decoder.read_to_string(&mut text).unwrap();
    (names, text)
}

/// The address of the newest entry's page.
async fn newest_entry(person: &Person) -> String {
    let log = person.page("/audit").await;
    let links = log.attributes("a[href*='/audit/entry']", "href");
    links.into_iter().next().unwrap()
}

#[tokio::test]
async fn of_a_change_of_every_value_the_first_changes_and_the_text_before_are_kept() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let (before, after) = numbers(60_000);
    jobs.failed("email/v1", "1", &before).await;
    let operator = app.operator().await;
    assert_eq!(
        save(&operator, "1", &after).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(jobs.data("email/v1", "1").await.unwrap(), after.as_bytes());

    let entry = jobs.audit_of_jobs().await.remove(0);
    assert_eq!(
        entry.get("large"),
        format!("zlib {} {}", before.len(), after.len())
    );
    assert_eq!((entry.get("patch"), entry.get("apart")), ("", ""));
    assert_eq!(
        entry.get("before"),
        bullkeeper::domain::job::Revision::of(before.as_bytes()).as_str()
    );
    let first = bullkeeper::domain::edit::patch::Patch::parse(entry.get("first_changes")).unwrap();
    assert!(first.changes().len() > 10, "{first:?}");
    assert!(format!("{entry:?}").len() < 8_000);
    let (names, kept) = beside(&mut jobs, &entry).await;
    assert_eq!(names, ["before_zlib"]);
    assert!(
        kept == before,
        "the text before comes back as it was stored"
    );

    let address = newest_entry(&operator).await;
    let page = operator.page(&address).await;
    assert!(page.body.len() < 30_000, "{}", page.body.len());
    let told = page.text();
    assert!(
        told.contains("This change is not shown as a patch"),
        "{told}"
    );
    assert!(told.contains("The data before is kept."), "{told}");
    let download = page
        .attributes("a[href*='/audit/before']", "href")
        .remove(0);
    assert!(operator.page(&download).await.body == before);

    let export = app
        .admin()
        .await
        .page("/audit/export?format=jsonl&action=job.edit")
        .await;
    assert!(
        export.body.contains("first_changes") && export.body.len() < 10_000,
        "{}",
        export.body.len()
    );
}

#[tokio::test]
async fn the_text_before_is_for_those_who_may_read_its_entry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let (before, after) = numbers(30_000);
    jobs.failed("email/v1", "1", &before).await;
    let operator = app.operator().await;
    save(&operator, "1", &after).await;
    let address = newest_entry(&operator).await.replace("/entry", "/before");
    assert_eq!(operator.get(&address).await.status(), StatusCode::OK);
    assert_eq!(
        app.viewer().await.get(&address).await.status(),
        StatusCode::FORBIDDEN
    );
    use bullkeeper::domain::access::Role;
    let other = app.scoped("sam", Role::Operator, &["sms/*"]).await;
    assert_eq!(other.get(&address).await.status(), StatusCode::NOT_FOUND);
    let without = operator.get("/audit/before?id=1-1").await;
    assert_eq!(without.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_has_to_be_hidden_is_hidden_in_the_text_before_a_large_change() {
    let app = TestApp::with(&[("redact", "password")]).await;
    let mut jobs = app.jobs().await;
    let (before, after) = numbers(30_000);
    let wrapped = |list: &str| format!(r#"{{"password":"hunter2","list":{list}}}"#);
    jobs.failed("email/v1", "1", wrapped(&before)).await;
    jobs.failed(
        "email/v1",
        "2",
        format!("password hunter2 {}", "x".repeat(300_000)),
    )
    .await;
    let operator = app.operator().await;
    save(&operator, "1", &wrapped(&after)).await;
    save(&operator, "2", "{}").await;

    let entries = jobs.audit_of_jobs().await;
    assert!(
        entries[0].get("large").starts_with("zlib-redacted "),
        "{entries:?}"
    );
    let (_, kept) = beside(&mut jobs, &entries[0]).await;
    assert!(
        kept.starts_with(r#"{"password":"redacted:"#),
        "{}",
        &kept[..60]
    );
    assert!(kept.ends_with(&format!(r#""list":{before}}}"#)));
    // A text that is not JSON has no members to hide.
    assert!(entries[1].get("large").starts_with("none "), "{entries:?}");
    let keys: u64 = jobs
        .run(&[
            "EXISTS",
            &format!("bullkeeper:audit-change:{}", entries[1].get("event")),
        ])
        .await;
    assert_eq!(keys, 0);
    assert!(!format!("{entries:?}").contains("hunter2"));
    let told = operator.page(&newest_entry(&operator).await).await.text();
    assert!(told.contains("was not kept: it was not JSON"), "{told}");
}

#[tokio::test]
async fn a_large_change_of_the_writing_alone_keeps_the_text_before_compressed() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let long = "x".repeat(300_000);
    let before = format!(r#"{{"a":1,"b":"{long}"}}"#);
    jobs.failed("email/v1", "1", &before).await;
    save(
        &app.operator().await,
        "1",
        &format!(r#"{{"b":"{long}","a":1}}"#),
    )
    .await;
    let entry = jobs.audit_of_jobs().await.remove(0);
    assert!(entry.get("large").starts_with("zlib "), "{entry:?}");
    assert_eq!(entry.get("first_changes"), "");
    assert!(beside(&mut jobs, &entry).await.1 == before);
}

#[tokio::test]
async fn a_patch_of_megabytes_that_an_earlier_version_kept_is_neither_drawn_nor_exported() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let value = format!(
        r#"[{{"op":"add","path":"","value":"{}"}}]"#,
        "y".repeat(2_000_000)
    );
    let change = "bullkeeper:audit-change:01EVENT";
    jobs.run::<u64>(&["HSET", change, "patch", &value, "before_text", ""])
        .await;
    let fields = [
        "actor", "ann", "role", "admin", "action", "job.edit", "outcome", "applied",
    ];
    let about = [
        "event", "01EVENT", "prefix", "bull", "queue", "email/v1", "job", "1", "apart", "1",
    ];
    let words = [
        &["XADD", "bullkeeper:audit", "*", "v", "1"][..],
        &fields,
        &about,
    ]
    .concat();
    jobs.run::<String>(&words).await;

    let admin = app.admin().await;
    let export = admin
        .page("/audit/export?format=jsonl&action=job.edit")
        .await;
    assert!(
        export.body.len() < 5_000 && export.body.contains("left out: 2000"),
        "{}",
        export.body.len()
    );
    let log = admin.page("/audit?action=job.edit").await;
    let address = log.attributes("a[href*='/audit/entry']", "href").remove(0);
    let page = admin.page(&address).await;
    assert!(page.body.len() < 30_000, "{}", page.body.len());
    assert!(
        page.text().contains("too large to show here"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn the_review_and_the_conflict_of_large_texts_hold_the_texts_and_little_more() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let (before, after) = numbers(60_000);
    jobs.failed("email/v1", "1", &before).await;
    let operator = app.operator().await;
    let form = operator
        .edit("email/v1", "1")
        .await
        .set("text", &after)
        .set("reason", "r");
    let review = operator.send("/job/review", &form).await;
    assert_eq!(review.status, StatusCode::OK);
    let most = before.len() + after.len() + 2_000_000;
    assert!(review.body.len() < most, "{}", review.body.len());
    assert!(review.body.contains("More differences are not shown."));
    assert_eq!(EditForm::of(&review, "/job/save").get("text"), after);

    let theirs = before.replace("100000,", "7,");
    jobs.run::<u64>(&["HSET", "bull:email/v1:1", "data", &theirs])
        .await;
    let conflict = operator.send("/job/save", &form).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    assert!(conflict.body.contains(&after), "the text survives");
    // Their text, twice as stored and once pretty-printed, and your text twice.
    let most = 10 * before.len() + 3_000_000;
    assert!(conflict.body.len() < most, "{}", conflict.body.len());
}
