//! A run is one row of the log that opens to its entries, and none of them is lost or shown twice.

use std::collections::BTreeSet;

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::moves::{moved, two_versions};
use bullkeeper_testkit::past_audit::{NOON, Past, all_pages, app_with, ids, next};
use bullkeeper_testkit::{Jobs, Person, Seen};
use redis::streams::StreamRangeReply;
use reqwest::StatusCode;

const RUN_A: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAA";
const RUN_B: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAB";

/// The link of a run's row: the address of the list without scripts, and of the part that the row opens to.
fn openers(page: &Seen) -> Vec<(String, String)> {
    let of_runs = "a[aria-controls^='run-']";
    let lists = page.attributes(of_runs, "href").into_iter();
    lists.zip(page.attributes(of_runs, "hx-get")).collect()
}

/// The stream ids that a run's row opens to, in the order in which they are shown.
async fn opened(person: &Person, part: &str) -> Vec<String> {
    let (mut shown, mut at) = (Vec::new(), Some(part.to_owned()));
    while let Some(path) = at {
        let page = person.page(&path).await;
        let some = ids(&page);
        assert!(some.len() <= 50, "a part is bounded");
        shown.extend(some);
        at = page.attributes("nav.pager a", "hx-get").into_iter().next();
        assert!(shown.len() < 10_000, "it never ends");
    }
    shown
}

/// The stream ids of the whole log from `path` on, a list for each page: its single entries, and those its rows open to.
async fn pages(person: &Person, path: &str) -> Vec<Vec<String>> {
    let (mut pages, mut at) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = at {
        let page = person.page(&path).await;
        let mut on_page = ids(&page);
        for (_, part) in openers(&page) {
            on_page.extend(opened(person, &part).await);
        }
        pages.push(on_page);
        at = next(&page);
        assert!(pages.len() < 100, "it never ends");
    }
    pages
}

fn order(id: &str) -> (u64, u64) {
    let (millis, sequence) = id.split_once('-').unwrap();
    (millis.parse().unwrap(), sequence.parse().unwrap())
}

/// Asserts that the pages hold exactly `wanted`, each once, and each page only entries older than the page before.
fn assert_each_once(pages: &[Vec<String>], wanted: &[&Past]) {
    let mut shown: Vec<(u64, u64)> = Vec::new();
    for page in pages {
        let mut page: Vec<(u64, u64)> = page.iter().map(|id| order(id)).collect();
        page.sort_unstable_by(|a, b| b.cmp(a));
        if let (Some(last), Some(first)) = (shown.last(), page.first()) {
            assert!(last > first, "pages do not overlap");
        }
        shown.extend(page);
    }
    let mut all: Vec<(u64, u64)> = wanted.iter().map(|entry| order(&entry.id)).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(shown, all);
}

/// An entry of a run about a job, or about the run itself where `job` is empty.
fn of_run(millis: u64, run: &str, queue: &str, job: &str, outcome: &str) -> Past {
    let action = if job.is_empty() {
        "jobs.operate"
    } else {
        "job.retry"
    };
    Past::at(
        millis,
        &[
            ("event", &format!("R{millis}")),
            ("actor", "ann"),
            ("role", "operator"),
            ("prefix", "bull"),
            ("queue", queue),
            ("job", job),
            ("run", run),
            ("action", action),
            ("reason", "the host is back"),
            ("outcome", outcome),
        ],
    )
}

fn single(millis: u64) -> Past {
    Past::at(
        millis,
        &[
            ("event", &format!("S{millis}")),
            ("actor", "ben"),
            ("role", "operator"),
            ("prefix", "bull"),
            ("queue", "email/v2"),
            ("job", &format!("s{millis}")),
            ("action", "job.edit"),
            ("outcome", "applied"),
        ],
    )
}

/// Two runs at once with single edits between their entries: more edits than three pages hold.
fn two_runs_between_edits() -> Vec<Past> {
    let mut past: Vec<Past> = (1..=330)
        .map(|n| {
            let (at, job) = (NOON + n * 1_000, n.to_string());
            match n % 3 {
                0 => of_run(at, RUN_A, "email/v1", &job, "applied"),
                1 => of_run(at, RUN_B, "email/v2", &job, "applied"),
                _ => single(at),
            }
        })
        .collect();
    past.insert(0, of_run(NOON, RUN_A, "email/v1", "", "intent"));
    past.push(of_run(NOON + 700_000, RUN_A, "email/v1", "", "applied"));
    past
}

async fn stored(jobs: &mut Jobs) -> StreamRangeReply {
    jobs.run(&["XRANGE", "bullkeeper:audit", "-", "+"]).await
}

#[tokio::test]
async fn a_move_is_one_row_that_says_how_it_went_and_opens_to_every_entry() {
    let (app, mut jobs, admin) = two_versions().await;
    jobs.many("email/v1", 120).await;
    for id in ["held-1", "held-2"] {
        jobs.waiting("email/v1", id, "{}").await;
        jobs.run::<()>(&["SET", &format!("bull:email/v1:{id}:lock"), "token"])
            .await;
    }
    let run = moved(&admin, &[]).await;
    assert!(run.text().contains("120 done, 2 skipped"), "{}", run.text());

    let log = stored(&mut jobs).await;
    let of_run = |entry: &&redis::streams::StreamId| entry.map.contains_key("run");
    let mut wanted: Vec<String> = log
        .ids
        .iter()
        .filter(of_run)
        .map(|e| e.id.clone())
        .collect();
    wanted.reverse();
    assert_eq!(wanted.len(), 122);

    let page = admin.page("/audit").await;
    let rows = page.all("tbody tr:has(a[aria-controls^='run-'])");
    assert_eq!(rows.len(), 1, "{rows:?}");
    for told in [
        "admin",
        "version.move",
        "email/v1",
        "to email/v2",
        "done 120 done, 2 skipped",
        "v1 goes away",
        "122 entries",
    ] {
        assert!(rows[0].contains(told), "{told}: {}", rows[0]);
    }
    let times = page.attributes("tr:has(a[aria-controls^='run-']) time", "datetime");
    let runs = jobs
        .run::<Vec<String>>(&["ZRANGE", "bullkeeper:runs", "0", "-1"])
        .await;
    let key = format!("bullkeeper:run:{}", runs[0]);
    let record: Vec<u64> = jobs.run(&["HMGET", &key, "begun", "updated"]).await;
    let millis: Vec<u64> = times.iter().map(|at| millis_of(at)).collect();
    assert_eq!(millis, record, "when it began and ended");

    let (list, part) = openers(&page).remove(0);
    assert_eq!(opened(&admin, &part).await, wanted);
    // Without scripts the row is a link to the same entries, a page at a time.
    assert_eq!(all_pages(&admin, &list).await.concat(), wanted);

    let filtered = admin.page("/audit?job=held-1").await;
    assert!(openers(&filtered).is_empty() && ids(&filtered).is_empty());
    let stored_edit = log.ids.iter().find(|entry| {
        let job: Option<String> = entry.get("job");
        job.as_deref() == Some("7")
    });
    let filtered = admin.page("/audit?job=7").await;
    assert_eq!(ids(&filtered), [stored_edit.unwrap().id.clone()]);

    let export = admin.get("/audit/export?format=jsonl&reads=1").await;
    let export = export.text().await.unwrap();
    let of_run = export.lines().filter(|line| line.contains("\"run\":"));
    assert_eq!(of_run.count(), 122, "an export has every entry");
    drop(app);
}

fn millis_of(iso: &str) -> u64 {
    let format = &time::format_description::well_known::Rfc3339;
    let at = time::OffsetDateTime::parse(iso, format).unwrap();
    u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap()
}

#[tokio::test]
async fn a_page_that_ends_in_the_middle_of_runs_loses_and_repeats_no_entry() {
    let past = two_runs_between_edits();
    let app = app_with(&past).await;
    let admin = app.admin().await;
    for (filter, wants) in [
        ("", (|_| true) as fn(&Past) -> bool),
        ("&who=ann", |entry| entry.get("actor") == "ann"),
        ("&action=job.retry", |entry| {
            entry.get("action") == "job.retry"
        }),
    ] {
        let pages = pages(&admin, &format!("/audit?until=2020-03-02{filter}")).await;
        let wanted: Vec<&Past> = past.iter().filter(|entry| wants(entry)).collect();
        assert_each_once(&pages, &wanted);
    }
    let first = admin.page("/audit?until=2020-03-02").await;
    let runs: BTreeSet<String> = openers(&first).into_iter().map(|(list, _)| list).collect();
    assert_eq!(runs.len(), 2, "each run has one row on a page: {runs:?}");
    // The record of such an old run is forgotten: its entries say what they can.
    let row = first
        .all("tbody tr:has(a[aria-controls^='run-'])")
        .join(" ");
    assert!(row.contains("jobs.operate"), "{row}");
    assert!(row.contains("applied"), "{row}");
    let second = admin.page(&next(&first).unwrap()).await;
    assert_eq!(openers(&second).len(), 2, "a cut run goes on there");
    let outcomes = admin.page("/audit?until=2020-03-02&outcome=intent").await;
    assert_eq!(ids(&outcomes), [past[0].id.clone()]);
}

#[tokio::test]
async fn an_opened_run_shows_no_entry_of_a_queue_that_is_hidden() {
    let mut past = Vec::new();
    for n in 0..40 {
        let queue = if n % 2 == 0 { "email/v1" } else { "billing" };
        past.push(of_run(NOON + n, RUN_A, queue, &format!("j{n}"), "applied"));
        past.push(of_run(NOON + 1_000 + n, RUN_B, "billing", "b", "applied"));
    }
    past.sort_by_key(Past::millis);
    let app = app_with(&past).await;
    let clerk = app.scoped("clerk", Role::Operator, &["email/*"]).await;
    let page = clerk.page("/audit?until=2020-03-02").await;
    let parts = openers(&page);
    assert_eq!(parts.len(), 1, "{}", page.text());
    assert!(page.text().contains("20 entries"), "{}", page.text());
    let theirs: Vec<String> = past
        .iter()
        .rev()
        .filter(|entry| entry.get("queue") == "email/v1")
        .map(|entry| entry.id.clone())
        .collect();
    assert_eq!(opened(&clerk, &parts[0].1).await, theirs);
    let range = format!("&newest={}-0&oldest={NOON}-0", NOON + 2_000);
    let whole = format!("/audit/run?run={RUN_A}{range}");
    assert_eq!(opened(&clerk, &whole).await, theirs);
    let hidden = clerk.page(&format!("/audit/run?run={RUN_B}{range}")).await;
    assert_eq!(ids(&hidden), [] as [String; 0]);
    assert!(hidden.text().contains("No matching entries"));
    assert!(!hidden.body.contains("billing"), "{}", hidden.body);
}

#[tokio::test]
async fn a_part_of_a_run_names_what_its_address_lacks() {
    let app = app_with(&[]).await;
    let admin = app.admin().await;
    let range = "newest=2-1&oldest=1-1";
    for (query, told) in [
        (range.to_owned(), "The address has no run"),
        (format!("run={RUN_A}&newest=&oldest=1-1"), "no range"),
        (
            format!("run={RUN_A}&newest=x&oldest=1-1"),
            "\"x\" is not the ID of an audit entry",
        ),
        (
            format!("run={RUN_A}&{range}&before=(1-1"),
            "\"(1-1\" is not the ID",
        ),
    ] {
        let page = Seen::of(admin.get(&format!("/audit/run?{query}")).await).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.text().contains(told), "{query}: {}", page.text());
    }
    for before in ["0-0", "18446744073709551615-18446744073709551615"] {
        let path = format!("/audit/run?run={RUN_A}&{range}&before={before}");
        assert_eq!(ids(&admin.page(&path).await), [] as [String; 0]);
    }
}
