//! Who sees which entries of the audit log, as pages and as downloads, and how what was recorded is shown.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;
use serde_json::Value;

use bullkeeper_testkit::past_audit::{MINUTE, NOON, Past, app_with, ids, mixed};
use bullkeeper_testkit::{Seen, times};

#[tokio::test]
async fn people_see_the_entries_of_their_queues_and_their_own_sign_ins() {
    let past = mixed();
    let app = app_with(&past).await;
    let mut jobs = app.jobs().await;
    let clerk = app.scoped("clerk", Role::Operator, &["email/*"]).await;
    let chief = app.scoped("chief", Role::Admin, &["email/*"]).await;
    app.operator().await;
    let recorded = jobs.audit().await;
    let sign_ins = |name: &str| {
        recorded
            .iter()
            .filter(|entry| entry.get("actor") == name)
            .count()
    };
    for (name, person) in [("clerk", &clerk), ("chief", &chief)] {
        let page = person.page("/audit").await;
        let shown = ids(&page);
        let of_email: Vec<&Past> = past
            .iter()
            .filter(|entry| entry.get("queue").starts_with("email/"))
            .collect();
        assert_eq!(
            shown.len(),
            of_email.len() + sign_ins(name),
            "{name}: {}",
            page.text()
        );
        assert!(
            of_email.iter().all(|entry| shown.contains(&entry.id)),
            "{name}"
        );

        let lines = person
            .get("/audit/export?format=jsonl")
            .await
            .text()
            .await
            .unwrap();
        let mut exported: Vec<String> = lines.lines().map(|line| of_line(line, "id")).collect();
        exported.reverse();
        assert_eq!(exported, shown, "{name} downloads what {name} sees");

        for entry in &past {
            let status = person
                .get(&format!("/audit/entry?id={}", entry.id))
                .await
                .status();
            let theirs = entry.get("queue").starts_with("email/");
            assert_eq!(status == StatusCode::OK, theirs, "{name} {entry:?}");
            assert!(theirs || status == StatusCode::NOT_FOUND);
        }
        for hidden in [
            "/audit?queue=billing",
            "/audit?queue=billing&job=17",
            "/audit?action=user.add",
        ] {
            assert!(
                ids(&person.page(hidden).await).is_empty(),
                "{name} {hidden}"
            );
        }
    }
    assert_eq!(
        ids(&app.admin().await.page("/audit?until=2020-03-02").await).len(),
        past.len()
    );
}

#[tokio::test]
async fn a_viewer_is_refused_and_the_refusal_is_recorded() {
    let app = app_with(&mixed()).await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    let entry = format!("/audit/entry?id={NOON}-0");
    for path in [
        "/audit",
        &entry,
        "/audit/export?format=csv",
        "/audit/export?format=jsonl",
    ] {
        let page = Seen::of(viewer.get(path).await).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            page.text().contains("may not read the audit log"),
            "{}",
            page.text()
        );
    }
    app.services.finish_audit().await;
    let mut denied = jobs.audit().await;
    denied.retain(|entry| (entry.get("actor"), entry.get("outcome")) == ("viewer", "denied"));
    assert_eq!(times(&denied), 4);
    for entry in denied {
        assert!(
            entry.get("error").contains("read the audit log"),
            "{entry:?}"
        );
    }
}

/// A field of a JSON line; empty if it is missing.
fn of_line(line: &str, name: &str) -> String {
    let object: Value = serde_json::from_str(line).unwrap();
    object[name].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_download_has_every_entry_with_every_field() {
    let mut past = mixed();
    let odd = [
        ("reason", "=HYPERLINK(\"http://x\",\"y\")"),
        ("error", "+1\r\n\"quoted\", and a comma"),
        ("actor", "-ann"),
        ("queue", "@email"),
        ("prefix", "bull"),
        ("job", "\tjob\u{0}ü<b>"),
        ("patch", r#"[{"op":"replace","path":"/a","value":"é\n"}]"#),
        ("action", "job.edit"),
        ("outcome", "applied"),
        ("not_known_yet", "a field of a later version"),
    ];
    past.push(Past::at(NOON + 100 * MINUTE, &odd));
    let app = app_with(&past).await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    let entries = jobs.audit().await;

    let answer = admin.get("/audit/export?format=jsonl").await;
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/jsonl")
    );
    assert!(
        answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .contains("bullkeeper-audit.jsonl")
    );
    let lines = answer.text().await.unwrap();
    assert_eq!(lines.lines().count(), entries.len());
    for (line, entry) in lines.lines().zip(&entries) {
        for name in [
            "v", "time", "event", "actor", "queue", "job", "action", "outcome", "reason", "error",
            "patch",
        ] {
            assert_eq!(of_line(line, name), entry.get(name), "{name}");
        }
    }

    let answer = admin.get("/audit/export?format=csv").await;
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    assert!(
        answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .contains("bullkeeper-audit.csv")
    );
    let text = answer.text().await.unwrap();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let names = table.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), entries.len());
    for (row, entry) in rows.iter().zip(&entries) {
        for (name, cell) in names.iter().zip(row).filter(|(name, _)| *name != "id") {
            let value = entry.get(name);
            let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
            let expected = if formula {
                format!("'{value}")
            } else {
                value.to_owned()
            };
            assert_eq!(cell, expected, "{name}");
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{name} is not a formula"
            );
        }
    }

    // A filter narrows a download as it narrows the page.
    let some = admin
        .get("/audit/export?format=jsonl&who=ann&outcome=applied&until=2020-03-02")
        .await;
    let some = some.text().await.unwrap();
    let expected: Vec<&str> = past
        .iter()
        .filter(|entry| entry.get("actor").contains("ann") && entry.get("outcome") == "applied")
        .map(|entry| entry.id.as_str())
        .collect();
    assert_eq!(
        some.lines()
            .map(|line| of_line(line, "id"))
            .collect::<Vec<_>>(),
        expected
    );
    let unknown = admin.get("/audit/export?format=xml").await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_entry_shows_its_fields_and_its_change_as_text() {
    let fields = [
        ("event", "E1"),
        ("actor", "ann"),
        ("role", "operator"),
        ("prefix", "bull"),
        ("queue", "email/v2"),
        ("job", "17"),
        ("action", "job.edit"),
        ("outcome", "applied"),
        ("reason", "<script>alert(1)</script>"),
        (
            "patch",
            r#"[{"op":"test","path":"/a/0","value":"<i>old</i>"},{"op":"replace","path":"/a/0","value":12345678901234567890}]"#,
        ),
    ];
    let past = [
        Past::at(NOON, &fields),
        Past::at(
            NOON + 1,
            &[
                ("actor", "ann"),
                ("action", "job.edit"),
                ("outcome", "applied"),
                ("patch", "no patch"),
            ],
        ),
    ];
    let app = app_with(&past).await;
    let admin = app.admin().await;
    let page = admin.page(&format!("/audit/entry?id={}", past[0].id)).await;
    for word in [
        "<script>alert(1)</script>",
        "/a/0",
        "<i>old</i>",
        "12345678901234567890",
        "email/v2",
        "E1",
    ] {
        assert!(page.text().contains(word), "{word}: {}", page.text());
    }
    assert!(
        !page.body.contains("<script>alert"),
        "nothing of it is markup"
    );
    let part = admin
        .page(&format!("/audit/entry?id={}&part=1", past[0].id))
        .await;
    assert!(
        !part.body.contains("<html") && part.text().contains("/a/0"),
        "{}",
        part.body
    );
    let odd = admin.page(&format!("/audit/entry?id={}", past[1].id)).await;
    assert_eq!(
        odd.status,
        StatusCode::OK,
        "a patch that is none does not take the page down"
    );
}
