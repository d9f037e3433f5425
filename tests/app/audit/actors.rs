//! Who is shown, found and exported as whom: entries of this release, and of those before that kept no kind of actor.

use serde_json::Value;

use bullkeeper_testkit::past_audit::{NOON, Past, app_with, ids};
use bullkeeper_testkit::{Person, TestApp};

/// A log as earlier releases wrote it: the actor is a text, and whom a change was about is in the reason.
fn of_earlier_releases() -> Vec<Past> {
    let local = [
        ("ip", "local"),
        ("user_agent", "command line"),
        ("role", "admin"),
    ];
    let from_a_browser = [("ip", "10.0.0.7"), ("role", "operator")];
    type More = [(&'static str, &'static str)];
    let entries: [(&str, &str, &str, &str, &More); 9] = [
        (
            "console",
            "user.add",
            "console as operator for every queue",
            "",
            &local,
        ),
        (
            "console",
            "user.change",
            "ben",
            "before: viewer for every queue",
            &local,
        ),
        ("console", "job.edit", "a typo", "", &from_a_browser),
        (
            "first-admin-link",
            "user.add",
            "ann as admin for every queue",
            "",
            &from_a_browser,
        ),
        (
            "first-admin-link",
            "session.sign-in",
            "",
            "",
            &from_a_browser,
        ),
        (
            "policy:auto-retire",
            "version.retire",
            "drained",
            "",
            &[("ip", "local")],
        ),
        (
            "(unknown)",
            "session.sign-in",
            "",
            "",
            &[("ip", "10.0.0.8")],
        ),
        ("(several)", "several", "", "", &[]),
        (
            "ann",
            "user.password",
            "hashed again with current parameters",
            "",
            &from_a_browser,
        ),
    ];
    let mut past = Vec::new();
    for (n, (actor, action, reason, note, more)) in (0..).zip(entries) {
        let event = format!("E{n}");
        let fields = [
            ("time", "2020-03-01T12:00:00.5Z"),
            ("event", event.as_str()),
            ("actor", actor),
            ("action", action),
            ("outcome", "applied"),
            ("reason", reason),
            ("note", note),
        ];
        let fields = fields.iter().chain(more).copied();
        let fields: Vec<_> = fields.filter(|(_, value)| !value.is_empty()).collect();
        past.push(Past::at(NOON + n, &fields));
    }
    past
}

/// The actors, subjects with what is beside them, and reasons on a page of the log, from old to new.
async fn rows(person: &Person, query: &str) -> Vec<[String; 3]> {
    let page = person
        .page(&format!("/audit?until=2020-03-02{query}"))
        .await;
    let cells = ["tbody th", "tbody td.target", "tbody td.reason"];
    let [actors, targets, reasons] = cells.map(|cell| page.all(cell));
    let rows = actors.into_iter().zip(targets).zip(reasons);
    let mut rows: Vec<_> = rows
        .map(|((actor, target), reason)| [actor, target, reason])
        .collect();
    rows.reverse();
    rows
}

#[tokio::test]
async fn entries_of_earlier_releases_show_who_acted_and_whom_it_was_about() {
    let app = app_with(&of_earlier_releases()).await;
    let admin = app.admin().await;
    let shown = rows(&admin, "").await;
    let expected = [
        [
            "command line",
            "user console",
            "console as operator for every queue",
        ],
        ["command line", "user ben", "before: viewer for every queue"],
        ["console operator", "", "a typo"],
        [
            "first-admin link",
            "user ann",
            "ann as admin for every queue",
        ],
        ["first-admin-link operator", "", ""],
        ["policy auto-retire", "", "drained"],
        ["unknown person", "", ""],
        ["several actors", "", ""],
        [
            "ann operator",
            "user ann",
            "hashed again with current parameters",
        ],
    ];
    assert_eq!(shown, expected.map(|row| row.map(str::to_owned)));
}

#[tokio::test]
async fn the_filter_finds_actors_by_kind_by_name_and_as_they_are_shown() {
    let past = of_earlier_releases();
    let app = app_with(&past).await;
    let admin = app.admin().await;
    for (query, wanted) in [
        ("kind=command-line", &[0, 1][..]),
        ("kind=user", &[2, 4, 8]),
        ("kind=first-admin-link", &[3]),
        ("kind=policy", &[5]),
        ("kind=unknown", &[6]),
        ("kind=several", &[7]),
        ("who=console", &[0, 1, 2]),
        ("who=console&kind=user", &[2]),
        ("who=command+line", &[0, 1]),
        ("who=policy+auto-retire", &[5]),
        ("who=policy%3Aauto-retire", &[5]),
        ("who=ann&kind=command-line", &[]),
    ] {
        let page = admin
            .page(&format!("/audit?until=2020-03-02&{query}"))
            .await;
        let mut found = ids(&page);
        found.reverse();
        let wanted: Vec<&str> = wanted
            .iter()
            .map(|n: &usize| past[*n].id.as_str())
            .collect();
        assert_eq!(found, wanted, "{query}");
        let path = format!("/audit/export?format=jsonl&until=2020-03-02&{query}");
        let export = admin.get(&path).await.text().await.unwrap();
        let exported: Vec<String> = export
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string())
            .collect();
        let wanted: Vec<String> = wanted.iter().map(|id| format!("\"{id}\"")).collect();
        assert_eq!(exported, wanted, "{query}");
    }
    let page = admin.page("/audit?kind=command-line").await;
    let chosen = page.all("select[name=kind] option[selected]");
    assert_eq!(chosen, ["command line"]);
    let bad = admin.get("/audit?kind=robot").await;
    assert_eq!(bad.status(), 400);
    let told = bad.text().await.unwrap();
    assert!(
        told.contains("robot") && told.contains("command-line"),
        "{told}"
    );
}

#[tokio::test]
async fn an_export_has_old_and_new_entries_as_they_are_stored() {
    let app = app_with(&of_earlier_releases()).await;
    let admin = app.admin().await;
    let mut jobs = app.jobs().await;
    let entries = jobs.audit().await;
    let export = |format: &str| {
        let path = format!("/audit/export?format={format}&reads=1");
        let admin = admin.clone();
        async move { admin.get(&path).await.text().await.unwrap() }
    };
    let lines = export("jsonl").await;
    let table = export("csv").await;
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let names = table.headers().unwrap().clone();
    let columns: Vec<&str> = names.iter().collect();
    assert_eq!(
        columns[..6],
        ["id", "time", "event", "request", "actor", "role"]
    );
    assert_eq!(
        columns[columns.len() - 10..],
        [
            "first",
            "last",
            "subject",
            "before_piece",
            "undoes",
            "policy",
            "policy_hash",
            "ticket",
            "ticket_link",
            "actor_kind"
        ]
    );
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(
        (lines.lines().count(), rows.len()),
        (entries.len(), entries.len())
    );
    for ((line, row), entry) in lines.lines().zip(&rows).zip(&entries) {
        let line: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        let is_old = entry.get("v") == "1";
        assert_eq!(line.contains_key("actor_kind"), !is_old, "{line:?}");
        for (name, value) in line.iter().filter(|(name, _)| *name != "id") {
            assert_eq!(value, entry.get(name), "{name}");
        }
        for (name, cell) in names.iter().zip(row).filter(|(name, _)| *name != "id") {
            assert_eq!(cell, entry.get(name), "{name}");
        }
    }
}

#[tokio::test]
async fn a_change_of_a_user_names_its_actor_its_subject_and_what_changed() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut jobs = app.jobs().await;
    let entries = jobs.audit().await;
    let added = entries
        .iter()
        .find(|entry| entry.get("subject") == "viewer");
    let added = added.unwrap();
    for (name, value) in [
        ("v", "2"),
        ("actor", "console"),
        ("actor_kind", "command-line"),
        ("action", "user.add"),
        ("reason", ""),
        ("note", "viewer for every queue"),
    ] {
        assert_eq!(added.get(name), value, "{added:?}");
    }
    let form = [
        ("present", bullkeeper_testkit::PASSWORD),
        ("new", "another long passphrase"),
        ("again", "another long passphrase"),
    ];
    admin.post("/account", &form).await;
    let entries = jobs.audit().await;
    let changed = entries.last().unwrap();
    for (name, value) in [
        ("actor", "admin"),
        ("actor_kind", "user"),
        ("action", "user.password"),
        ("outcome", "applied"),
        ("subject", "admin"),
    ] {
        assert_eq!(changed.get(name), value, "{changed:?}");
    }
    let page = admin.page("/audit?kind=command-line&action=user.add").await;
    assert_eq!(page.all("tbody th"), ["command line"; 3]);
    assert_eq!(
        page.all("tbody td.target"),
        ["user admin", "user operator", "user viewer"]
    );
}
