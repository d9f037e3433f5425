//! Reading the audit log: filters, pages, who sees what, downloads, and that none of it grows with the log.

use std::time::Duration;

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{Jobs, Person, Seen, TestApp, TestRedis, eventually, now, serde_urlencoded};

/// 2020-03-01T12:00:00Z, long before anything that a test does itself.
const NOON: u64 = 1_583_064_000_000;
const MINUTE: u64 = 60_000;

/// An entry as it was recorded at some time, and the stream id it has.
#[derive(Debug, Clone)]
struct Past {
    id: String,
    fields: Vec<(&'static str, String)>,
}

impl Past {
    fn at(millis: u64, fields: &[(&'static str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        Self {
            id: format!("{millis}-0"),
            fields: [("v", "1".to_owned())].into_iter().chain(fields).collect(),
        }
    }

    fn get(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(other, _)| *other == name);
        field.map_or("", |(_, value)| value)
    }

    fn millis(&self) -> u64 {
        self.id.split('-').next().unwrap().parse().unwrap()
    }
}

/// A Redis whose log begins with `past`, oldest first, each entry in the list of its job too.
async fn redis_with(past: &[Past]) -> TestRedis {
    let redis = TestRedis::start().await;
    let mut connection = redis.connect().await;
    for some in past.chunks(1000) {
        let mut pipeline = redis::pipe();
        for entry in some {
            pipeline.cmd("XADD").arg("bullkeeper:audit").arg(&entry.id);
            for (name, value) in &entry.fields {
                pipeline.arg(name).arg(value);
            }
            if !entry.get("job").is_empty() {
                let list = format!("bullkeeper:audit:bull:{}:{}", entry.get("queue"), entry.get("job"));
                pipeline.cmd("LPUSH").arg(list).arg(&entry.id);
            }
        }
        pipeline.query_async::<()>(&mut connection).await.unwrap();
    }
    redis
}

async fn app_with(past: &[Past]) -> TestApp {
    TestApp::on(redis_with(past).await, &[]).await
}

fn about_job(millis: u64, n: u64, outcome: &str) -> Past {
    let job = n.to_string();
    Past::at(millis, &[
        ("event", &format!("E{n}")),
        ("actor", "ann"),
        ("role", "operator"),
        ("prefix", "bull"),
        ("queue", "email/v2"),
        ("job", &job),
        ("action", "job.edit"),
        ("outcome", outcome),
    ])
}

/// The stream ids on a page of the log, from top to bottom.
fn ids(page: &Seen) -> Vec<String> {
    let rows = page.attributes("a[aria-controls^='entry-']", "aria-controls");
    rows.iter().map(|row| row.trim_start_matches("entry-").to_owned()).collect()
}

/// Where the page goes on to.
fn next(page: &Seen) -> Option<String> {
    page.attributes("nav.pager a", "href").into_iter().next()
}

/// Every page from `path` on.
async fn all_pages(person: &Person, path: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut at = Some(path.to_owned());
    while let Some(path) = at {
        let page = person.page(&path).await;
        pages.push(ids(&page));
        at = next(&page);
        assert!(pages.len() < 1000, "it never ends");
    }
    pages
}

/// How often Redis ran a command so far.
async fn runs_of(jobs: &mut Jobs, command: &str) -> u64 {
    let stats: String = jobs.run(&["INFO", "commandstats"]).await;
    let line = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
    line.map_or(0, |rest| rest.split(',').next().unwrap().parse().unwrap())
}

/// Forty entries, one a minute: every combination of some people, queues, actions and outcomes.
fn mixed() -> Vec<Past> {
    let pick = |list: &[&'static str], n: u64| list[n as usize % list.len()];
    (0..40)
        .map(|n| {
            let queue = pick(&["email/v1", "email/v2", "billing", ""], n);
            let job = if queue.is_empty() { "" } else { pick(&["17", "18", "a b<c>"], n / 4) };
            let action = match queue {
                "" => "session.sign-in",
                _ => pick(&["job.edit", "job.retry"], n / 3),
            };
            Past::at(NOON + n * MINUTE, &[
                ("event", &format!("E{n}")),
                ("actor", pick(&["ann", "ben", "ann-marie"], n)),
                ("prefix", if queue.is_empty() { "" } else { "bull" }),
                ("queue", queue),
                ("job", job),
                ("action", action),
                ("outcome", pick(&["applied", "denied", "invalid", "conflict", "failed"], n)),
            ])
        })
        .collect()
}

#[tokio::test]
async fn filters_find_exactly_what_they_name_newest_first() {
    let past = mixed();
    let app = app_with(&past).await;
    let admin = app.admin().await;
    type Wanted = fn(&Past) -> bool;
    let cases: [(&[(&str, &str)], Wanted); 15] = [
        (&[("who", "ann")], |entry| entry.get("actor") == "ann"),
        (&[("who", "an")], |_| false),
        (&[("queue", "email/v2")], |entry| entry.get("queue") == "email/v2"),
        (&[("queue", "email/*")], |entry| entry.get("queue").starts_with("email/")),
        (&[("job", "17")], |entry| entry.get("job") == "17"),
        (&[("job", "a b<c>")], |entry| entry.get("job") == "a b<c>"),
        (&[("queue", "billing"), ("job", "18")], |entry| {
            (entry.get("queue"), entry.get("job")) == ("billing", "18")
        }),
        (&[("queue", "billing"), ("job", "18"), ("outcome", "denied")], |entry| {
            (entry.get("queue"), entry.get("job"), entry.get("outcome")) == ("billing", "18", "denied")
        }),
        (&[("action", "job.retry")], |entry| entry.get("action") == "job.retry"),
        (&[("outcome", "conflict")], |entry| entry.get("outcome") == "conflict"),
        (&[("who", "ben"), ("action", "job.edit"), ("outcome", "failed")], |entry| {
            (entry.get("actor"), entry.get("action"), entry.get("outcome")) == ("ben", "job.edit", "failed")
        }),
        (&[("since", "2020-03-01T12:05"), ("until", "2020-03-01T12:09")], |entry| {
            (NOON + 5 * MINUTE..NOON + 10 * MINUTE).contains(&entry.millis())
        }),
        (&[("until", "2020-03-01T12:00")], |entry| entry.millis() == NOON),
        (&[("until", "2020-03-01")], |_| true),
        (
            &[("queue", "email/v1"), ("job", "17"), ("since", "2020-03-01T12:10"), ("until", "2020-03-01T12:30")],
            |entry| {
                let time = NOON + 10 * MINUTE..NOON + 31 * MINUTE;
                entry.get("queue") == "email/v1" && entry.get("job") == "17" && time.contains(&entry.millis())
            },
        ),
    ];
    for (filter, wanted) in cases {
        let found = ids(&admin.page(&format!("/audit?{}", serde_urlencoded(filter))).await);
        let expected: Vec<String> = past.iter().rev().filter(|entry| wanted(entry)).map(|entry| entry.id.clone()).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_filter_that_can_not_be_meant_is_told_so() {
    let app = app_with(&[]).await;
    let admin = app.admin().await;
    for (query, word) in [
        ("action=job.delete", "job.edit"),
        ("outcome=fine", "applied"),
        ("since=yesterday", "2026-03-01T14:03"),
        ("until=2026-02-30", "2026-03-01"),
        ("before=abc", "abc"),
        ("before=1", "no id"),
        ("before=99999999999999999999-0", "no id"),
        ("before=1-99999999999999999999", "no id"),
        ("before=%2B1-0", "no id"),
    ] {
        let page = Seen::of(admin.get(&format!("/audit?{query}")).await).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}: {}", page.text());
        assert!(page.text().contains(word), "{query}: {}", page.text());
    }
    for id in ["abc", "1", "99999999999999999999-0", "1-0", "18446744073709551615-18446744073709551615"] {
        let page = admin.get(&format!("/audit/entry?id={id}")).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{id}");
    }
    for before in ["0-0", "0-1", "18446744073709551615-18446744073709551615"] {
        let page = Seen::of(admin.get(&format!("/audit?before={before}")).await).await;
        assert_eq!(page.status, StatusCode::OK, "{before}: {}", page.text());
    }
}

#[tokio::test]
async fn paging_back_shows_every_entry_once_whatever_is_added_meanwhile() {
    let past: Vec<Past> = (0..150).map(|n| about_job(NOON + n, n, "applied")).collect();
    let app = app_with(&past).await;
    let admin = app.admin().await;
    let first = admin.page("/audit").await;
    let mut seen = ids(&first);
    let mut at = next(&first);
    while let Some(path) = at {
        // Each sign-in adds an entry on top.
        app.admin().await;
        let page = admin.page(&path).await;
        seen.extend(ids(&page));
        at = next(&page);
    }
    let of_past: Vec<&String> = seen.iter().filter(|id| id.starts_with("15830640")).collect();
    let expected: Vec<&String> = past.iter().rev().map(|entry| &entry.id).collect();
    assert_eq!(of_past, expected);

    let pages = all_pages(&admin, "/audit?who=ann").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 50], "no empty page at the end");
    let pages = all_pages(&admin, "/audit?queue=email%2F*&until=2020-03-02").await;
    assert_eq!(pages.concat(), expected.into_iter().cloned().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_job_with_more_entries_than_a_page_is_paged_from_its_own_list() {
    let past: Vec<Past> = (0..120).map(|n| about_job(NOON + n, 17, "applied")).collect();
    let app = app_with(&past).await;
    let mut jobs = app.jobs().await;
    let admin = app.admin().await;
    let before = runs_of(&mut jobs, "xrevrange").await;
    let pages = all_pages(&admin, "/audit?queue=email%2Fv2&job=17").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    let expected: Vec<String> = past.iter().rev().map(|entry| entry.id.clone()).collect();
    assert_eq!(pages.concat(), expected);
    assert_eq!(runs_of(&mut jobs, "xrevrange").await, before, "the log was not walked");
}

#[tokio::test]
async fn an_outcome_on_one_page_settles_its_intent_on_the_next() {
    let mut past = vec![about_job(NOON, 1, "intent"), about_job(NOON + 1, 1, "applied")];
    past.push(about_job(NOON + 2, 2, "intent"));
    // With these, one page ends between the outcome and its intent.
    past.extend((3..52).map(|n| about_job(NOON + n, n, "applied")));
    let app = app_with(&past).await;
    let admin = app.admin().await;
    for end in ["", "&until=2020-03-01T12:00", "&queue=email%2F*"] {
        let pages = all_pages(&admin, &format!("/audit?who=ann{end}")).await;
        let shown = pages.concat();
        assert_eq!(shown.len(), 51, "{end}");
        assert!(!shown.contains(&past[0].id), "its outcome is known{end}");
        let open = admin.page(&format!("/audit?who=ann{end}&outcome=unknown")).await;
        assert_eq!(ids(&open), [past[2].id.as_str()], "{end}");
    }
    // A page that begins between the two.
    let cut = admin.page(&format!("/audit?before={}", past[1].id)).await;
    assert!(ids(&cut).is_empty(), "{}", cut.text());
}

/// One of twenty thousand is about job 7 of `rare`; the rest are sign-ins and edits elsewhere.
fn twenty_thousand() -> Vec<Past> {
    let mut past: Vec<Past> = (0..20_000).map(|n| about_job(NOON + n, n, "applied")).collect();
    past[300] = Past::at(NOON + 300, &[
        ("event", "R"),
        ("actor", "rita"),
        ("prefix", "bull"),
        ("queue", "rare"),
        ("job", "7"),
        ("action", "job.edit"),
        ("outcome", "applied"),
    ]);
    past
}

#[tokio::test]
async fn what_a_page_costs_redis_does_not_grow_with_the_log() {
    let past = twenty_thousand();
    let rare = past[300].id.clone();
    let app = app_with(&past).await;
    let mut jobs = app.jobs().await;
    jobs.failed("rare", "7", "{}").await;
    let admin = app.admin().await;
    let middle = format!("/audit?before={}", past[10_000].id);
    let end = format!("/audit?before={}", past[40].id);
    for (path, most) in [
        ("/audit", 1),
        (middle.as_str(), 1),
        (end.as_str(), 1),
        ("/audit?since=2020-03-01&until=2020-03-02", 1),
        ("/audit?who=nobody", 50),
        ("/audit?queue=rare&job=7", 0),
        ("/job?queue=rare&id=7", 0),
        (&format!("/audit/entry?id={rare}"), 0),
    ] {
        let before = (runs_of(&mut jobs, "xrevrange").await, runs_of(&mut jobs, "xrange").await);
        let page = admin.page(path).await;
        let backward = runs_of(&mut jobs, "xrevrange").await - before.0;
        let forward = runs_of(&mut jobs, "xrange").await - before.1;
        assert!(backward <= most, "{path}: {backward} reads of the log");
        assert!(forward <= 1, "{path}: {forward} reads of single entries");
        if path.contains("rare") || path.contains(&rare) {
            assert!(page.body.contains(&rare), "{path}: {}", page.text());
        }
    }
    // A filter that finds next to nothing says how far it got, and gets there step by step.
    let pages = all_pages(&admin, "/audit?who=rita").await;
    assert_eq!(pages.concat(), [rare]);
    assert!(pages.len() <= 5, "{}", pages.len());
    let first = admin.page("/audit?who=rita").await;
    assert!(first.text().contains("looked through so far"), "{}", first.text());

    let before = runs_of(&mut jobs, "xrange").await;
    let all = admin.get("/audit/export?format=jsonl").await.text().await.unwrap();
    assert!(all.lines().count() > past.len());
    let reads = runs_of(&mut jobs, "xrange").await - before;
    assert!((20..=60).contains(&reads), "in parts, neither all at once nor one by one: {reads}");
}

#[tokio::test]
async fn people_see_the_entries_of_their_queues_and_their_own_sign_ins() {
    let past = mixed();
    let app = app_with(&past).await;
    let mut jobs = app.jobs().await;
    let clerk = app.scoped("clerk", Role::Operator, &["email/*"]).await;
    let chief = app.scoped("chief", Role::Admin, &["email/*"]).await;
    app.operator().await;
    let recorded = jobs.audit().await;
    let sign_ins = |name: &str| recorded.iter().filter(|entry| entry.get("actor") == name).count();
    for (name, person) in [("clerk", &clerk), ("chief", &chief)] {
        let page = person.page("/audit").await;
        let shown = ids(&page);
        let of_email: Vec<&Past> = past.iter().filter(|entry| entry.get("queue").starts_with("email/")).collect();
        assert_eq!(shown.len(), of_email.len() + sign_ins(name), "{name}: {}", page.text());
        assert!(of_email.iter().all(|entry| shown.contains(&entry.id)), "{name}");

        let lines = person.get("/audit/export?format=jsonl").await.text().await.unwrap();
        let mut exported: Vec<String> = lines.lines().map(|line| of_line(line, "id")).collect();
        exported.reverse();
        assert_eq!(exported, shown, "{name} downloads what {name} sees");

        for entry in &past {
            let status = person.get(&format!("/audit/entry?id={}", entry.id)).await.status();
            let theirs = entry.get("queue").starts_with("email/");
            assert_eq!(status == StatusCode::OK, theirs, "{name} {entry:?}");
            assert!(theirs || status == StatusCode::NOT_FOUND);
        }
        for hidden in ["/audit?queue=billing", "/audit?queue=billing&job=17", "/audit?action=user.add"] {
            assert!(ids(&person.page(hidden).await).is_empty(), "{name} {hidden}");
        }
    }
    assert_eq!(ids(&app.admin().await.page("/audit?until=2020-03-02").await).len(), past.len());
}

#[tokio::test]
async fn a_viewer_is_refused_and_the_refusal_is_recorded() {
    let app = app_with(&mixed()).await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    let entry = format!("/audit/entry?id={NOON}-0");
    for path in ["/audit", &entry, "/audit/export?format=csv", "/audit/export?format=jsonl"] {
        let before = jobs.audit().await.len();
        let page = Seen::of(viewer.get(path).await).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.text().contains("may not read the audit log"), "{}", page.text());
        let entries = jobs.audit().await;
        assert_eq!(entries.len(), before + 1, "{path}");
        let denied = entries.last().unwrap();
        assert_eq!((denied.get("actor"), denied.get("outcome")), ("viewer", "denied"), "{path}");
        assert!(denied.get("error").contains("read the audit log"), "{denied:?}");
    }
}

/// A field of a JSON line; empty where it is not there.
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
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/jsonl"));
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("bullkeeper-audit.jsonl"));
    let lines = answer.text().await.unwrap();
    assert_eq!(lines.lines().count(), entries.len());
    for (line, entry) in lines.lines().zip(&entries) {
        for name in ["v", "time", "event", "actor", "queue", "job", "action", "outcome", "reason", "error", "patch"] {
            assert_eq!(of_line(line, name), entry.get(name), "{name}");
        }
    }

    let answer = admin.get("/audit/export?format=csv").await;
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("bullkeeper-audit.csv"));
    let text = answer.text().await.unwrap();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let names = table.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), entries.len());
    for (row, entry) in rows.iter().zip(&entries) {
        for (name, cell) in names.iter().zip(row).filter(|(name, _)| *name != "id") {
            let value = entry.get(name);
            let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
            let expected = if formula { format!("'{value}") } else { value.to_owned() };
            assert_eq!(cell, expected, "{name}");
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name} is no formula");
        }
    }

    // A filter narrows a download as it narrows the page.
    let some = admin.get("/audit/export?format=jsonl&who=ann&outcome=applied&until=2020-03-02").await;
    let some = some.text().await.unwrap();
    let expected: Vec<&str> = past
        .iter()
        .filter(|entry| entry.get("actor") == "ann" && entry.get("outcome") == "applied")
        .map(|entry| entry.id.as_str())
        .collect();
    assert_eq!(some.lines().map(|line| of_line(line, "id")).collect::<Vec<_>>(), expected);
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
        ("patch", r#"[{"op":"test","path":"/a/0","value":"<i>old</i>"},{"op":"replace","path":"/a/0","value":12345678901234567890}]"#),
    ];
    let past = [
        Past::at(NOON, &fields),
        Past::at(NOON + 1, &[("actor", "ann"), ("action", "job.edit"), ("outcome", "applied"), ("patch", "no patch")]),
    ];
    let app = app_with(&past).await;
    let admin = app.admin().await;
    let page = admin.page(&format!("/audit/entry?id={}", past[0].id)).await;
    for word in ["<script>alert(1)</script>", "/a/0", "<i>old</i>", "12345678901234567890", "email/v2", "E1"] {
        assert!(page.text().contains(word), "{word}: {}", page.text());
    }
    assert!(!page.body.contains("<script>alert"), "nothing of it is markup");
    let part = admin.page(&format!("/audit/entry?id={}&part=1", past[0].id)).await;
    assert!(!part.body.contains("<html") && part.text().contains("/a/0"), "{}", part.body);
    let odd = admin.page(&format!("/audit/entry?id={}", past[1].id)).await;
    assert_eq!(odd.status, StatusCode::OK, "a patch that is none does not take the page down");
}

#[tokio::test]
async fn what_is_past_its_retention_is_trimmed_and_nothing_else() {
    let hour = 60 * MINUTE;
    let before = now();
    let past: Vec<Past> = [before - 30 * hour, before - 25 * hour, before - 23 * hour, before - hour]
        .iter()
        .map(|at| about_job(*at, 17, "applied"))
        .collect();
    let app = TestApp::on(redis_with(&past).await, &[("audit_retention", "1d")]).await;
    let jobs = app.jobs().await;
    let left = async || {
        let mut entries = jobs.clone().audit_of_jobs().await;
        entries.retain(|entry| entry.get("actor") == "ann");
        entries.len()
    };
    eventually("the two that are too old are trimmed", || async { left().await < 4 }).await;
    assert_eq!(left().await, 2);
    let admin = app.admin().await;
    // The job's list still names what is gone: it is passed over.
    let page = admin.page("/audit?queue=email%2Fv2&job=17").await;
    assert_eq!(ids(&page), [past[3].id.as_str(), past[2].id.as_str()]);

    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "18", "{}").await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "18").await;
    let form = form.set("text", r#"{"a":1}"#).set("reason", "r");
    assert_eq!(operator.send("/job/save", &form).await.status, StatusCode::SEE_OTHER);
    let left: i64 = jobs.run(&["PTTL", "bullkeeper:audit:bull:email/v2:18"]).await;
    let day = i64::try_from(Duration::from_secs(86_400).as_millis()).unwrap();
    assert!((1..=day).contains(&left), "a list lives as long as its newest entry: {left}");
}

#[tokio::test]
async fn without_a_retention_nothing_is_ever_trimmed() {
    let past = [about_job(1, 17, "applied"), about_job(NOON, 17, "applied")];
    let app = app_with(&past).await;
    assert_eq!(app.services.store().trim_audit().await.unwrap(), 0);
    let admin = app.admin().await;
    assert_eq!(ids(&admin.page("/audit?who=ann").await).len(), 2);
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "18", "{}").await;
    let form = admin.edit("email/v2", "18").await;
    let form = form.set("text", r#"{"a":1}"#).set("reason", "r");
    assert_eq!(admin.send("/job/save", &form).await.status, StatusCode::SEE_OTHER);
    let left: i64 = jobs.run(&["PTTL", "bullkeeper:audit:bull:email/v2:18"]).await;
    assert_eq!(left, -1, "kept for ever");
}
