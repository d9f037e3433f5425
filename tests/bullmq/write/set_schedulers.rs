//! Schedulers that an admin creates, changes and runs: what is left is what BullMQ leaves, real workers go on with them, and
//! nothing that someone else did is lost.

use regex::Regex;
use serde_json::{Value, json};

use super::schedulers::left;
use crate::harness::bull::{Bull, Queue, patient_app, patient_app_with};
use bullkeeper_testkit::{AuditEntry, EditForm, Jobs, Person, Seen, eventually, serde_urlencoded};

/// The form that creates a scheduler, with these fields.
async fn new_form(person: &Person, queue: &Queue, fields: &[(&str, &str)]) -> EditForm {
    let at = serde_urlencoded(&[("name", queue.name.as_str())]);
    let page = person.page(&format!("/queue/schedulers/add?{at}")).await;
    let form = EditForm::of(&page, "/queue/schedulers/add");
    let form = form.set("job_name", "report").set("reason", "the table");
    typed(form, fields)
}

/// The form that changes the scheduler `nightly`, with these fields.
pub(super) async fn edit_form(person: &Person, queue: &Queue, fields: &[(&str, &str)]) -> EditForm {
    let at = serde_urlencoded(&[("queue", queue.name.as_str()), ("id", "nightly")]);
    let page = person.page(&format!("/scheduler/edit?{at}")).await;
    assert_eq!(page.all(".field-error"), [""; 0], "nothing was typed yet");
    let chosen = page.all("select[name=repeat] option[selected]");
    let by = if chosen == ["at an interval"] {
        "every"
    } else {
        "pattern"
    };
    let form = EditForm::of(&page, "/scheduler/edit").set("repeat", by);
    typed(form.set("reason", "the table"), fields)
}

fn typed(form: EditForm, fields: &[(&str, &str)]) -> EditForm {
    fields
        .iter()
        .fold(form, |form, (name, text)| form.set(name, text))
}

pub(super) async fn create(person: &Person, queue: &Queue, fields: &[(&str, &str)]) {
    let form = new_form(person, queue, fields).await;
    let form = form.set("scheduler_id", "nightly");
    let created = person.send("/queue/schedulers/add", &form).await;
    assert_eq!(person.told_after(&created).await, "Scheduler created.");
}

async fn change(person: &Person, queue: &Queue, fields: &[(&str, &str)]) {
    let form = edit_form(person, queue, fields).await;
    let changed = person.send("/scheduler/edit", &form).await;
    assert_eq!(person.told_after(&changed).await, "Scheduler changed.");
}

/// What is left without what depends on the moment at which it was made.
async fn lasting(jobs: &mut Jobs, queue: &Queue) -> Vec<String> {
    let moments = Regex::new(r#"\\?"(timestamp|delay)\\?"(:|, "?)\d+"#).unwrap();
    let fields = Regex::new(r#""\d{13}""#).unwrap();
    let left = left(jobs, queue).await.into_iter();
    left.map(|line| {
        let line = moments.replace_all(&line, "$1").into_owned();
        match line.starts_with("repeat:nightly:") {
            // The fields of a job are sorted, so its time and delay stand alone.
            true => Regex::new(r#""\d{9,}""#)
                .unwrap()
                .replace_all(&line, "…")
                .into_owned(),
            false if line.starts_with("marker") => fields.replace_all(&line, "…").into_owned(),
            false => line,
        }
    })
    .collect()
}

pub(super) async fn next_job(jobs: &mut Jobs, queue: &Queue) -> String {
    let key = format!("bull:{}:repeat", queue.name);
    let due: f64 = jobs.run(&["ZSCORE", &key, "nightly"]).await;
    format!("repeat:nightly:{due:.0}")
}

pub(super) async fn last_entry(jobs: &mut Jobs) -> AuditEntry {
    jobs.audit().await.pop().unwrap()
}

pub(super) const YEARLY: [(&str, &str); 2] = [("pattern", "0 0 1 1 *"), ("zone", "UTC")];

#[tokio::test]
async fn a_scheduler_from_the_form_leaves_what_bullmqs_own_upsert_leaves() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    for major in [5, 6] {
        let (ours, theirs) = (
            bull.queue(major, &format!("ours-{major}")),
            bull.queue(major, &format!("theirs-{major}")),
        );
        ours.ask("ready", json!({})).await;
        let template = json!({
            "schedulerId": "nightly", "name": "report", "data": {"a": 1.5},
            "repeat": {"pattern": "0 0 1 1 *", "tz": "UTC"},
            "opts": {"attempts": 3, "backoff": {"type": "fixed", "delay": 1500}, "removeOnComplete": 100},
        });
        theirs.ask("scheduler", template).await;
        let options = [
            ("text", r#"{ "a": 1.5 }"#),
            ("attempts", "3"),
            ("backoff", "fixed"),
            ("backoff_delay", "1500 ms"),
            ("remove_on_complete", "100"),
        ];
        create(&admin, &ours, &[&YEARLY[..], &options].concat()).await;
        assert_eq!(
            lasting(&mut jobs, &ours).await,
            lasting(&mut jobs, &theirs).await,
            "BullMQ {major} created"
        );
        let changed = json!({
            "schedulerId": "nightly", "name": "summary", "data": {"a": 2},
            "repeat": {"pattern": "30 4 2 2 *", "tz": "Europe/Berlin", "limit": 9},
            "opts": {"attempts": 3, "backoff": {"type": "fixed", "delay": 1500}, "removeOnComplete": 100},
        });
        theirs.ask("scheduler", changed).await;
        let fields = [
            ("job_name", "summary"),
            ("text", r#"{"a":2}"#),
            ("pattern", "30 4 2 2 *"),
            ("zone", "Europe/Berlin"),
            ("limit", "9"),
            ("backoff", "fixed"),
        ];
        change(&admin, &ours, &fields).await;
        assert_eq!(
            lasting(&mut jobs, &ours).await,
            lasting(&mut jobs, &theirs).await,
            "BullMQ {major} changed"
        );
        let entry = last_entry(&mut jobs).await;
        assert_eq!(
            (
                entry.get("action"),
                entry.get("outcome"),
                entry.get("queue")
            ),
            ("scheduler.edit", "applied", ours.name.as_str())
        );
        for (member, value) in [
            ("/pattern", r#""0 0 1 1 *""#),
            ("/pattern", r#""30 4 2 2 *""#),
            ("/data/a", "1.5"),
            ("/limit", "9"),
        ] {
            let patch = entry.get("patch");
            assert!(patch.contains(member) && patch.contains(value), "{patch}");
        }
        let next = next_job(&mut jobs, &ours).await;
        assert!(entry.get("note").contains(&next), "{entry:?}");
    }
}

#[tokio::test]
async fn a_created_scheduler_goes_on_under_a_real_worker() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let admin = app.admin().await;
    let every = [("repeat", "every"), ("every", "300 ms")];
    let cron = [("pattern", "* * * * * *"), ("zone", "UTC")];
    for major in [5, 6] {
        for (kind, fields) in [("every", &every), ("cron", &cron)] {
            for paused in [false, true] {
                let queue = bull.queue(major, &format!("goes-on-{kind}-{paused}-{major}"));
                queue.ask("ready", json!({})).await;
                if paused {
                    queue.pause().await;
                }
                create(
                    &admin,
                    &queue,
                    &[&fields[..], &[("text", r#"{"n":7}"#)]].concat(),
                )
                .await;
                if paused {
                    queue.resume().await;
                }
                let done = queue.process(3).await;
                let mut ids: Vec<&str> = done.iter().map(|job| job.id.as_str()).collect();
                ids.sort_unstable();
                ids.dedup();
                assert!(ids.len() >= 3, "{major} {kind} {paused}: {ids:?}");
                assert!(done.iter().all(|job| job.saw == r#"{"n":7}"#), "{done:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_changed_scheduler_goes_on_under_a_real_worker_with_what_it_was_changed_to() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    for major in [5, 6] {
        for paused in [false, true] {
            let queue = bull.queue(major, &format!("changed-{paused}-{major}"));
            let make =
                json!({"schedulerId": "nightly", "repeat": {"every": 60_000}, "data": {"n": 1}});
            queue.ask("scheduler", make).await;
            if paused {
                queue.pause().await;
            }
            // Each with another interval: BullMQ 6 would leave a job of each in the paused queue.
            for every in ["700 ms", "500 ms", "300 ms"] {
                change(&admin, &queue, &[("every", every), ("text", r#"{"n":2}"#)]).await;
            }
            let kept: Vec<String> = jobs
                .run(&["KEYS", &format!("bull:{}:repeat:nightly:*", queue.name)])
                .await;
            assert_eq!(kept.len(), 1, "BullMQ {major}, paused: {paused}: {kept:?}");
            if paused {
                queue.resume().await;
            }
            let done = queue.process(3).await;
            assert!(done.iter().all(|job| job.saw == r#"{"n":2}"#), "{done:?}");
        }
    }
}

#[tokio::test]
async fn a_scheduler_that_someone_changed_meanwhile_keeps_their_change_and_the_form_its_text() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("stale-{major}"));
        queue.ask("ready", json!({})).await;
        create(&admin, &queue, &YEARLY).await;
        let mine = [("pattern", "0 0 3 3 *"), ("text", r#"{"mine":true}"#)];
        let form = edit_form(&admin, &queue, &mine).await;
        let theirs = json!({"schedulerId": "nightly", "name": "theirs", "repeat": {"pattern": "0 0 1 2 *", "tz": "UTC"}});
        queue.ask("scheduler", theirs).await;
        let before = left(&mut jobs, &queue).await;
        let refused: Seen = admin.send("/scheduler/edit", &form).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert_eq!(left(&mut jobs, &queue).await, before);
        let entry = last_entry(&mut jobs).await;
        assert_eq!(
            (entry.get("action"), entry.get("outcome")),
            ("scheduler.edit", "conflict")
        );
        let changes = refused.all("#changes tbody tr").join("\n");
        assert!(
            changes.contains("0 0 1 2 *") && changes.contains("0 0 3 3 *"),
            "{changes}"
        );
        let again = EditForm::of(&refused, "/scheduler/edit").set("repeat", "pattern");
        assert_eq!(again.get("pattern"), "0 0 3 3 *");
        assert_eq!(again.get("text"), r#"{"mine":true}"#);
        assert_eq!(again.get("reason"), "the table");
        let saved = admin.send("/scheduler/edit", &again).await;
        assert_eq!(admin.told_after(&saved).await, "Scheduler changed.");
        let patch = last_entry(&mut jobs).await.get("patch").to_owned();
        assert!(
            patch.contains("0 0 1 2 *"),
            "their change is in the log: {patch}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_leaves_the_scheduler_as_it_was_and_the_text_in_the_form() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "wrong");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let before = left(&mut jobs, &queue).await;
    for (name, text, told) in [
        ("pattern", "99 3 * * *", "Pattern can't be read"),
        ("zone", "Europe/Nowhere", "Time zone can't be"),
        ("limit", "0", "Limit can't be"),
        ("end", "2020-01-01 00:00", "End"),
        ("start", "soon", "Starts can't be"),
        ("attempts", "many", "Attempts"),
        ("job_name", "", "Name is missing"),
        ("text", "{oops", "data"),
    ] {
        let form = edit_form(&admin, &queue, &[(name, text)]).await;
        let refused = admin.send("/scheduler/edit", &form).await;
        assert_eq!(refused.status, 422, "{name}: {}", refused.text());
        let alert = refused.all("[role=alert]").join(" ");
        assert!(alert.contains(told), "{name}: {alert}");
        let kept = EditForm::of(&refused, "/scheduler/edit");
        assert_eq!(kept.get(name), text);
        assert_eq!(kept.get("reason"), "the table");
        assert_eq!(left(&mut jobs, &queue).await, before, "{name}");
        let entry = last_entry(&mut jobs).await;
        assert_eq!(
            (entry.get("action"), entry.get("outcome")),
            ("scheduler.edit", "invalid")
        );
    }
    // A refusal for another reason still shows when it would run.
    let form = edit_form(&admin, &queue, &[("text", "{oops")]).await;
    let refused = admin.send("/scheduler/edit", &form).await;
    assert_eq!(refused.all("#next-runs li").len(), 5);
}

#[tokio::test]
async fn a_taken_id_and_a_queue_that_has_no_schedulers_are_refused_and_nothing_is_made() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(5, "taken");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let before = left(&mut jobs, &queue).await;
    let form = new_form(&admin, &queue, &YEARLY).await;
    let form = form
        .set("scheduler_id", "nightly")
        .set("pattern", "0 0 9 9 *");
    let refused = admin.send("/queue/schedulers/add", &form).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let kept = EditForm::of(&refused, "/queue/schedulers/add");
    assert_eq!(kept.get("pattern"), "0 0 9 9 *");
    assert_eq!(left(&mut jobs, &queue).await, before);

    let missing = form.name("queue", "mistyped");
    let refused = admin.send("/queue/schedulers/add", &missing).await;
    assert_eq!(refused.status, 404, "{}", refused.text());
    let made: Vec<String> = jobs.run(&["KEYS", "bull:mistyped:*"]).await;
    assert_eq!(made, [""; 0]);

    let old = bull.queue(4, "old");
    old.ask("ready", json!({})).await;
    let before = left(&mut jobs, &old).await;
    let form = new_form(&admin, &old, &YEARLY).await;
    let form = form.set("scheduler_id", "nightly");
    let refused = admin.send("/queue/schedulers/add", &form).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("BullMQ 4 keeps this queue"));
    assert_eq!(left(&mut jobs, &old).await, before);
}

#[tokio::test]
async fn a_preview_shows_the_next_runs_and_what_changes_and_saves_nothing() {
    let app = patient_app_with(&[("require_reason", "true")]).await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "preview");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let (before, entries) = (left(&mut jobs, &queue).await, jobs.audit().await.len());
    let fields = [
        ("pattern", "15 3 * * *"),
        ("zone", "Europe/Berlin"),
        ("limit", "3"),
        ("reason", ""),
        ("then", "preview"),
    ];
    let form = edit_form(&admin, &queue, &fields).await;
    let shown = admin.send("/scheduler/edit", &form).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert_eq!(
        shown.all("#schedule"),
        ["every day at 03:15, Europe/Berlin"]
    );
    let runs = shown.all("#next-runs li");
    assert!(runs.len() == 3 && runs[0].contains("03:15:00"), "{runs:?}");
    let changed = shown.all("#changes tbody th");
    assert_eq!(changed, ["pattern", "tz", "limit"]);
    assert_eq!(left(&mut jobs, &queue).await, before);
    assert_eq!(jobs.audit().await.len(), entries);
}

#[tokio::test]
async fn the_form_says_that_the_next_jobs_own_data_is_replaced() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "edited");
    queue.ask("ready", json!({})).await;
    create(&admin, &queue, &YEARLY).await;
    let at = "/scheduler/edit?queue=edited&id=nightly";
    assert_eq!(admin.page(at).await.all(".notice.s-warn"), [""; 0]);
    let job = next_job(&mut jobs, &queue).await;
    queue
        .ask("updateData", json!({"jobId": job, "data": {"once": true}}))
        .await;
    let notice = admin.page(at).await.all(".notice.s-warn").join(" ");
    assert!(
        notice.contains(&job) && notice.contains("replaces"),
        "{notice}"
    );
}

#[tokio::test]
async fn run_now_adds_one_job_that_wakes_an_idle_worker_and_leaves_the_next_run() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut jobs) = (app.admin().await, app.jobs().await);
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("now-{major}"));
        let make = json!({
            "schedulerId": "nightly", "name": "report", "data": {"n": 12345678901234567u64},
            "repeat": {"pattern": "0 0 1 1 *", "tz": "UTC"}, "opts": {"attempts": 3, "keepLogs": 5},
        });
        queue.ask("scheduler", make).await;
        let (next, stored) = (
            next_job(&mut jobs, &queue).await,
            hash(&mut jobs, &queue).await,
        );
        queue.ask("employ", json!({"drainDelay": 600})).await;
        eventually("the worker is blocked", || async {
            let clients: String = jobs.clone().run(&["CLIENT", "LIST"]).await;
            clients.lines().any(|line| line.contains("cmd=bzpopmin"))
        })
        .await;
        let at = serde_urlencoded(&[("queue", queue.name.as_str()), ("id", "nightly")]);
        let page = admin.page(&format!("/scheduler/run?{at}")).await;
        let form = EditForm::of(&page, "/scheduler/run").set("reason", "the report is missing");
        let ran = admin.send("/scheduler/run", &form).await;
        assert_eq!(ran.status, 303, "{}", ran.text());
        let id = ran.location().rsplit_once("id=").unwrap().1.to_owned();
        eventually("the job is done", || async {
            queue.state(&id).await == "completed"
        })
        .await;
        queue.ask("dismiss", json!({})).await;
        let job: Value = queue.job(&id).await;
        assert_eq!(
            (&job["name"], &job["opts"]["attempts"]),
            (&json!("report"), &json!(3))
        );
        assert_eq!(job["repeatJobKey"], Value::Null);
        assert_eq!(next_job(&mut jobs, &queue).await, next);
        assert_eq!(hash(&mut jobs, &queue).await, stored);
        let entry = last_entry(&mut jobs).await;
        assert_eq!(
            (entry.get("action"), entry.get("outcome"), entry.get("job")),
            ("scheduler.run", "applied", id.as_str())
        );
        assert_eq!(entry.get("reason"), "the report is missing");

        let changed = json!({"schedulerId": "nightly", "name": "other", "repeat": {"pattern": "0 0 1 1 *", "tz": "UTC"}});
        queue.ask("scheduler", changed).await;
        let before = left(&mut jobs, &queue).await;
        let refused = admin.send("/scheduler/run", &form).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert!(
            refused.body.contains("the report is missing"),
            "the reason survives"
        );
        assert_eq!(left(&mut jobs, &queue).await, before);
    }
}

async fn hash(jobs: &mut Jobs, queue: &Queue) -> Vec<String> {
    let key = format!("bull:{}:repeat:nightly", queue.name);
    let mut fields: Vec<String> = jobs.run(&["HGETALL", &key]).await;
    fields.sort();
    fields
}
