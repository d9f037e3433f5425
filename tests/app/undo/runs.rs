//! A repair of many jobs undone as a run: every byte is back, what was changed since is left alone, and a killed process does nothing
//! twice.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::StatusCode;

use bullkeeper_testkit::moves::{press, until};
use bullkeeper_testkit::process::{done_by, end_lease, serve};
use bullkeeper_testkit::{EditForm, Jobs, PASSWORD, Person, Seen, TestApp, free_port};

use crate::repair::steps::{asked, data, fill, repaired};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bullkeeper");

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

async fn dry_run(person: &Person, run: &str) -> Seen {
    let page = person.page(run).await;
    let href = page.attributes("a[href*='/run/undo']", "href").remove(0);
    person.page(&href).await
}

/// Begins to undo a run that was reviewed; the address of the new run.
async fn begin(person: &Person, page: &Seen) -> String {
    let form = EditForm::of(page, "/run/undo").set("confirm", "1");
    let begun = person.send("/run/undo", &form).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    begun.location().to_owned()
}

/// The entries of a run about jobs, by job.
async fn of_run(
    jobs: &mut Jobs,
    run: &str,
) -> BTreeMap<String, Vec<bullkeeper_testkit::AuditEntry>> {
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for entry in jobs.audit_of_jobs().await {
        if entry.get("run") == id_of(run) {
            found
                .entry(entry.get("job").to_owned())
                .or_default()
                .push(entry);
        }
    }
    found
}

#[tokio::test]
async fn a_repaired_and_undone_queue_has_every_byte_from_before_however_often_the_process_is_killed()
 {
    const JOBS: u64 = 3_000;
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs, "billing", JOBS).await;
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let url = app.redis.url();
    let mut process = serve(PROGRAM, &url, address).await;
    let admin = Person::new(address, "");
    admin.sign_in("admin", PASSWORD).await;
    let (repair, _) = repaired(&admin, &asked("", &PATCH), "done").await;
    assert_eq!(data(&mut jobs, "billing", "7").await, REPAIRED);

    let page = dry_run(&admin, &repair).await;
    let told = page.text();
    assert!(told.contains("3,000 jobs would go back"), "{told}");
    assert_eq!(
        data(&mut jobs, "billing", "7").await,
        REPAIRED,
        "nothing has changed"
    );
    let run = begin(&admin, &page).await;
    let mut before = 0;
    for kill in 1..=3 {
        while done_by(&mut jobs, &run).await <= before.max((kill - 1) * JOBS / 4) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill().await.unwrap();
        before = done_by(&mut jobs, &run).await;
        assert!(before < JOBS, "kill {kill} came too late");
        if kill > 1 {
            end_lease(&mut jobs, &run).await;
        }
        process = serve(PROGRAM, &url, address).await;
        until(&admin, &run, "interrupted").await;
        press(&admin, &run, "/run/go-on").await;
    }
    let page = until(&admin, &run, "done").await;
    assert!(
        page.text().contains("3,000 done, 0 skipped"),
        "{}",
        page.text()
    );
    assert_eq!(done_by(&mut jobs, &run).await, JOBS);
    let repairs = of_run(&mut jobs, &repair).await;
    let undos = of_run(&mut jobs, &run).await;
    assert_eq!(undos.len() as u64, JOBS);
    for id in 1..=JOBS {
        assert_eq!(
            data(&mut jobs, "billing", &id.to_string()).await,
            stored(id)
        );
        let [repair] = &repairs[&id.to_string()][..] else {
            panic!("job {id} was repaired twice")
        };
        let [undo] = &undos[&id.to_string()][..] else {
            panic!("job {id} was undone twice")
        };
        assert!(!undo.get("undoes").is_empty());
        assert_eq!(undo.get("after"), repair.get("before"));
        assert_eq!(undo.get("before"), repair.get("after"));
    }
    // The run that undid is undone as any other.
    let page = dry_run(&admin, &run).await;
    let again = begin(&admin, &page).await;
    until(&admin, &again, "done").await;
    assert_eq!(data(&mut jobs, "billing", "7").await, REPAIRED);
    process.kill().await.unwrap();
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
    assert_eq!(of_run(&mut jobs, &run).await.len(), 6);
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
