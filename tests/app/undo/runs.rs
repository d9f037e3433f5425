//! A repair of many jobs undone as a run: every byte is back, what was changed since is left alone, and a killed process does nothing
//! twice.
//!
//! `BULLKEEPER_KILLED_JOBS` and `BULLKEEPER_KILLS` make it larger: the proof is 100,000 jobs and 10 kills.

use std::collections::BTreeMap;

use reqwest::StatusCode;

use bullkeeper_testkit::killed::{Killed, number, until_at_last};
use bullkeeper_testkit::moves::until;
use bullkeeper_testkit::process::done_by;
use bullkeeper_testkit::undo_runs::{begin, dry_run};
use bullkeeper_testkit::{Jobs, Seen, TestApp};

use crate::repair;
use crate::repair::steps::{asked, data, fill, repaired, review};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bullkeeper");

/// How many jobs and kills, unless the environment says more.
const JOBS: u64 = 3_000;
const KILLS: u64 = 3;

/// A patch whose undo needs the order of members and the writing of numbers.
const PATCH: [(&str, &str); 2] = [
    ("kind", "patch"),
    (
        "patch",
        r#"[{"op":"remove","path":"/amount"},{"op":"add","path":"/fixed","value":1.50}]"#,
    ),
];

fn stored(id: u64) -> String {
    format!("{{\"amount\":\"{id}.50\",\"keep\":1.0}}")
}

const REPAIRED: &str = r#"{"keep":1.0,"fixed":1.50}"#;

/// The id in the address of a run's page.
fn id_of(run: &str) -> String {
    run.split("id=").nth(1).unwrap().to_owned()
}

/// What an entry of a run says of its job.
struct Edited {
    before: String,
    after: String,
    undoes: String,
}

/// The entries of a run about jobs, by job; each job has one.
async fn each_of_run(jobs: &mut Jobs, run: &str) -> BTreeMap<String, Edited> {
    let id = id_of(run);
    let mut found = BTreeMap::new();
    jobs.each_audit_entry(|entry| {
        if entry.get("action").starts_with("job.") && entry.get("run") == id {
            let told = |name: &str| entry.get(name).to_owned();
            let edited = Edited {
                before: told("before"),
                after: told("after"),
                undoes: told("undoes"),
            };
            let other = found.insert(told("job"), edited);
            assert!(other.is_none(), "job {} was changed twice", told("job"));
        }
    })
    .await;
    found
}

#[tokio::test]
async fn a_repaired_and_undone_queue_has_every_byte_from_before_however_often_the_process_is_killed()
 {
    let all = number("BULLKEEPER_KILLED_JOBS", JOBS);
    let kills = number("BULLKEEPER_KILLS", KILLS);
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs, "billing", all).await;
    let mut process = Killed::start(PROGRAM, &app.redis).await;
    let admin = process.signed_in("admin").await;
    let page = review(&admin, &asked("", &PATCH)).await;
    let repair = repair::steps::begin(&admin, &page).await;
    until_at_last(&admin, &repair, "done", all).await;
    assert_eq!(data(&mut jobs, "billing", "7").await, REPAIRED);

    let page = dry_run(&admin, &repair).await;
    let told = page.text().replace(',', "");
    // Of very many, the dry run looks at some.
    for words in [" jobs would go back", &format!("{all} edits")] {
        assert!(told.contains(words), "{words} in {told}");
    }
    assert_eq!(
        data(&mut jobs, "billing", "7").await,
        REPAIRED,
        "nothing has changed"
    );
    let run = begin(&admin, &page).await;
    process
        .again_and_again(&mut jobs, (&admin, &run), (kills, all))
        .await;
    let page = until_at_last(&admin, &run, "done", all).await;
    let told = page.text().replace(',', "");
    assert!(told.contains(&format!("{all} done 0 skipped")), "{told}");
    assert_eq!(done_by(&mut jobs, &run).await, all);
    let repairs = each_of_run(&mut jobs, &repair).await;
    let undos = each_of_run(&mut jobs, &run).await;
    assert_eq!(undos.len() as u64, all);
    for id in 1..=all {
        let before = stored(id);
        let id = id.to_string();
        assert_eq!(data(&mut jobs, "billing", &id).await, before);
        let (repair, undo) = (&repairs[&id], &undos[&id]);
        assert!(!undo.undoes.is_empty());
        assert_eq!(undo.after, repair.before);
        assert_eq!(undo.before, repair.after);
    }
    // The run that undid is undone as any other.
    let page = dry_run(&admin, &run).await;
    let again = begin(&admin, &page).await;
    until_at_last(&admin, &again, "done", all).await;
    assert_eq!(data(&mut jobs, "billing", "7").await, REPAIRED);
}

#[tokio::test]
async fn jobs_that_were_changed_locked_removed_or_undone_since_are_left_alone_and_told() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs, "billing", 10).await;
    let admin = app.admin().await;
    let (repair, _) = repaired(&admin, &asked("", &PATCH), "done").await;
    let _: u64 = jobs
        .run(&["HSET", "bull:billing:1", "data", r#"{"new":1}"#])
        .await;
    let _: () = jobs.run(&["SET", "bull:billing:2:lock", "token"]).await;
    for (path, id) in [("/job/remove", "3"), ("/job/retry", "4")] {
        let answer = admin.post(path, &[("queue", "billing"), ("id", id)]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }
    let before = stored(5);
    let _: u64 = jobs.run(&["HSET", "bull:billing:5", "data", &before]).await;

    let page = dry_run(&admin, &repair).await;
    let told = page.text();
    // The lock is only looked at by the script.
    for words in [
        "7 jobs would go back",
        "All 10 edits",
        "1 of these is in another state",
        "its data was changed after the edit",
        "the job is no longer in this queue",
        "its data is already what it was",
    ] {
        assert!(told.contains(words), "{words} in {told}");
    }
    let run = begin(&admin, &page).await;
    let page = until(&admin, &run, "done").await;
    let told = page.text();
    assert!(told.contains("6 done, 4 skipped"), "{told}");
    assert!(told.contains("a worker has the job"), "{told}");
    assert_eq!(data(&mut jobs, "billing", "1").await, r#"{"new":1}"#);
    assert_eq!(data(&mut jobs, "billing", "2").await, REPAIRED);
    assert_eq!(jobs.data("billing", "3").await, None);
    for id in [4, 5, 6, 10] {
        assert_eq!(
            data(&mut jobs, "billing", &id.to_string()).await,
            stored(id)
        );
    }
    assert_eq!(each_of_run(&mut jobs, &run).await.len(), 6);
    let csv = admin
        .page(&format!("/run/export?id={}&format=csv", id_of(&run)))
        .await;
    assert!(csv.body.lines().count() > 10, "{}", csv.body);
}

#[tokio::test]
async fn an_undo_of_a_run_takes_a_reason_a_look_and_the_right_to_repair_many() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs, "billing", 3).await;
    let admin = app.admin().await;
    let (repair, _) = repaired(&admin, &asked("", &PATCH), "done").await;
    let id = id_of(&repair);
    for (fields, words) in [
        (
            vec![("id", id.as_str()), ("confirm", "1")],
            "A reason is required",
        ),
        (
            vec![("id", id.as_str()), ("reason", "back")],
            "select the checkbox",
        ),
    ] {
        let page = Seen::of(admin.post("/run/undo", &fields).await).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text().contains(words), "{}", page.text());
    }
    let operator = app.operator().await;
    let refused = operator
        .post(
            "/run/undo",
            &[("id", &id), ("reason", "back"), ("confirm", "1")],
        )
        .await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(data(&mut jobs, "billing", "1").await, REPAIRED);
    // One of its entries is undone as any edit.
    let entry = super::edits(&mut jobs).await.remove(0);
    let undone = super::undo(&operator, &entry).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.text());

    let retry = [
        ("queue", "billing"),
        ("state", "failed"),
        ("operation", "job.retry"),
        ("confirm", "1"),
        ("reason", "r"),
    ];
    let begun = Seen::of(admin.post("/queue/operate", &retry).await).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let other = begun.location().to_owned();
    until(&admin, &other, "done").await;
    let page = Seen::of(admin.get(&format!("/run/undo?id={}", id_of(&other))).await).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    assert!(
        page.text().contains("Only a run that edited"),
        "{}",
        page.text()
    );
}
