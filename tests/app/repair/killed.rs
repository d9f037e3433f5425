//! A repair whose process is killed again and again while others edit the same jobs: each job is changed once, with one entry, and no
//! edit of another is lost.
//!
//! `BULLKEEPER_KILLED_JOBS` and `BULLKEEPER_KILLS` make it larger: the proof is 100,000 jobs and 10 kills.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bullkeeper_testkit::TestApp;
use bullkeeper_testkit::killed::{Killed, number, until_at_last};
use bullkeeper_testkit::process::done_by;

use super::steps::{asked, begin, data, fill, review};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bullkeeper");

/// How many jobs and kills, unless the environment says more.
const JOBS: u64 = 3_000;
const KILLS: u64 = 3;

/// Adds a member to every 50th job, as a program that knows nothing of Bullkeeper would, until told to stop.
async fn edit_meanwhile(app: &TestApp, all: u64, stop: Arc<AtomicBool>) {
    let mut jobs = app.jobs().await;
    let script = "
local key = 'bull:billing:' .. ARGV[1]
local data = redis.call('HGET', key, 'data')
if string.find(data, '\"other\"', 1, true) then return 0 end
redis.call('HSET', key, 'data', string.sub(data, 1, -2) .. ',\"other\":' .. ARGV[1] .. '}')
return 1";
    for id in (1..=all).step_by(50) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        jobs.run::<i64>(&["EVAL", script, "0", &id.to_string()])
            .await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn each_job_is_repaired_once_however_often_the_process_is_killed_and_whoever_edits_meanwhile()
{
    let all = number("BULLKEEPER_KILLED_JOBS", JOBS);
    let kills = number("BULLKEEPER_KILLS", KILLS);
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs, "billing", all).await;
    let mut process = Killed::start(PROGRAM, &app.redis).await;
    let admin = process.signed_in("admin").await;
    // Doing it twice would show: it adds an element each time.
    let patch = r#"[{"op":"replace","path":"/keep","value":2.0},{"op":"add","path":"/amount","value":["x"]},{"op":"add","path":"/amount/-","value":1}]"#;
    let page = review(&admin, &asked("", &[("kind", "patch"), ("patch", patch)])).await;
    let run = begin(&admin, &page).await;
    let stop = Arc::new(AtomicBool::new(false));
    let work = async {
        process
            .again_and_again(&mut jobs, (&admin, &run), (kills, all))
            .await;
        let page = until_at_last(&admin, &run, "done", all).await;
        stop.store(true, Ordering::Relaxed);
        page
    };
    let (page, ()) = tokio::join!(work, edit_meanwhile(&app, all, Arc::clone(&stop)));

    let mut entries: BTreeMap<String, u64> = BTreeMap::new();
    jobs.each_audit_entry(|entry| {
        if entry.get("action").starts_with("job.") {
            let told = (entry.get("action"), entry.get("outcome"));
            assert_eq!(told, ("job.edit", "applied"));
            *entries.entry(entry.get("job").to_owned()).or_default() += 1;
        }
    })
    .await;
    assert!(
        entries.values().all(|count| *count == 1),
        "none is changed twice"
    );
    let done = done_by(&mut jobs, &run).await;
    assert_eq!(entries.len() as u64, done, "each has its entry");
    // A job whose data changed between the look and the script is skipped and said to be; none other is.
    let mut skipped = 0;
    for id in 1..=all {
        let text = data(&mut jobs, "billing", &id.to_string()).await;
        let text = text.replace(&format!(",\"other\":{id}"), "");
        if entries.contains_key(&id.to_string()) {
            assert_eq!(text, r#"{"amount":["x",1],"keep":2.0}"#, "{id}");
        } else {
            skipped += 1;
            assert_eq!(
                text,
                format!("{{\"amount\":\"{id}.50\",\"keep\":1.0}}"),
                "{id}"
            );
        }
    }
    assert_eq!(done + skipped, all);
    let said = format!("{done} done, {skipped} skipped");
    let text = page.text().replace(',', "");
    assert!(text.contains(&said.replace(',', "")), "{said}: {text}");
}
