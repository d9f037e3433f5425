//! The schedulers' pages on schedulers and repeatable jobs as real BullMQ leaves them, and our next runs beside those of
//! BullMQ's own cron-parser.

use serde_json::{Value, json};

use bullkeeper::domain::schedulers::cron::fields::Dialect;
use bullkeeper::domain::schedulers::cron::{Cron, zone_of};

use crate::harness::bull::{Bull, Queue, patient_app};
use crate::harness::pages::{facts, shown};
use bullkeeper_testkit::{Person, Seen, eventually, serde_urlencoded};

impl Queue {
    async fn scheduler_page(&self, person: &Person, id: &str) -> Seen {
        let at = [("queue", self.name.as_str()), ("id", id)];
        person
            .page(&format!("/scheduler?{}", serde_urlencoded(&at)))
            .await
    }

    async fn schedulers_page(&self, person: &Person) -> Seen {
        let at = [("name", self.name.as_str())];
        person
            .page(&format!("/queue/schedulers?{}", serde_urlencoded(&at)))
            .await
    }
}

/// The UTC times of the next runs, as `2026-03-29 01:15:00 UTC`.
fn next_runs(page: &Seen) -> Vec<String> {
    page.attributes("#next td:nth-child(3) time", "title")
}

#[tokio::test]
async fn a_scheduler_shows_its_words_next_runs_limit_end_and_template() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("reports/v{major}"));
        let end = 4_000_000_000_000_u64;
        queue
            .ask(
                "scheduler",
                json!({
                    "schedulerId": "nightly: <b>all</b>", "name": "report", "data": {"kind": "sales"}, "opts": {"attempts": 3},
                    "repeat": {"pattern": "15 3 * * *", "tz": "Europe/Berlin", "limit": 40, "endDate": end},
                }),
            )
            .await;
        let page = queue.scheduler_page(&viewer, "nightly: <b>all</b>").await;
        assert_eq!(page.all("#schedule"), ["every day at 03:15, Europe/Berlin"]);
        assert_eq!(page.all(".head .standing .chip"), ["scheduled"]);
        let facts = facts(&page);
        assert_eq!(facts["Job name"], "report", "{facts:?}");
        assert_eq!(facts["Pattern"], "15 3 * * *");
        assert_eq!(
            (facts["Limit"].as_str(), facts["Jobs made"].as_str()),
            ("40", "1")
        );
        assert!(facts["Ends"].contains("2096-10-02"), "{facts:?}");
        assert_eq!(shown(&page, "data").unwrap(), "{\n  \"kind\": \"sales\"\n}");
        assert!(shown(&page, "opts").unwrap().contains("\"attempts\": 3"));

        let runs = next_runs(&page);
        assert_eq!(runs.len(), 5, "{}", page.text());
        let now = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_millis();
        let case = json!({"pattern": "15 3 * * *", "tz": "Europe/Berlin", "from": u64::try_from(now).unwrap()});
        let answer = queue
            .ask("cronRuns", json!({"cases": [case], "count": 5}))
            .await;
        let by_node: Vec<String> = times(&answer["runs"][0])
            .unwrap()
            .iter()
            .map(|at| utc(*at))
            .collect();
        assert_eq!(runs, by_node, "BullMQ {major}");

        let list = queue.schedulers_page(&viewer).await;
        assert_eq!(
            list.all("table.rows tbody th"),
            ["nightly: <b>all</b> report"]
        );
        assert!(list.text().contains("1 of 40"), "{}", list.text());
    }
}

#[tokio::test]
async fn an_interval_goes_on_until_its_limit_and_its_runs_are_shown_with_their_outcomes() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("ticks/v{major}"));
        let repeat = json!({"every": 1000, "limit": 2});
        queue
            .ask(
                "scheduler",
                json!({"schedulerId": "tick", "name": "tick", "repeat": repeat}),
            )
            .await;
        let page = queue.scheduler_page(&viewer, "tick").await;
        assert_eq!(page.all("#schedule"), ["every second"]);
        assert_eq!(
            next_runs(&page).len(),
            2,
            "BullMQ {major}: its limit is 2\n{}",
            page.text()
        );
        queue.process(2).await;
        let page = queue.scheduler_page(&viewer, "tick").await;
        assert_eq!(
            page.all(".head .standing .chip"),
            ["ended"],
            "BullMQ {major}"
        );
        assert_eq!(
            page.all("#past tbody td .state"),
            ["completed"; 2],
            "BullMQ {major}\n{}",
            page.text()
        );
        assert!(next_runs(&page).is_empty());
    }
}

#[tokio::test]
async fn a_changed_scheduler_begins_its_limit_again_as_bullmq_does() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in [5, 6] {
        let queue = bull.queue(major, &format!("again/v{major}"));
        let scheduler = |limit: u32| {
            let repeat = json!({"every": 1000, "limit": limit});
            json!({"schedulerId": "tick", "name": "tick", "repeat": repeat})
        };
        queue.ask("scheduler", scheduler(9)).await;
        queue.process(3).await;
        queue.ask("scheduler", scheduler(2)).await;
        let page = queue.scheduler_page(&viewer, "tick").await;
        assert_eq!(
            next_runs(&page).len(),
            2,
            "BullMQ {major} counts from 1 again\n{}",
            page.text()
        );
        let list = queue.schedulers_page(&viewer).await;
        assert!(list.text().contains("1 of 2"), "{}", list.text());
        assert_eq!(queue.process(2).await.len(), 2, "BullMQ {major}");
        let page = queue.scheduler_page(&viewer, "tick").await;
        assert_eq!(page.all(".head .standing .chip"), ["ended"]);
        assert!(next_runs(&page).is_empty(), "BullMQ {major}");
    }
}

#[tokio::test]
async fn a_due_job_that_no_worker_takes_makes_its_scheduler_late() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (viewer, mut jobs) = (app.viewer().await, app.jobs().await);
    let queue = bull.queue(5, "late");
    let made = queue
        .ask(
            "scheduler",
            json!({"schedulerId": "x", "repeat": {"every": 3_600_000}}),
        )
        .await;
    assert!(made["jobId"].as_str().unwrap().starts_with("repeat:x:"));
    // As if the time had passed without a worker: both the scheduler's score and the id of its job say when it was due.
    let id = made["jobId"].as_str().unwrap();
    let past = "repeat:x:1700000000000";
    jobs.run::<()>(&[
        "RENAME",
        &format!("bull:late:{id}"),
        &format!("bull:late:{past}"),
    ])
    .await;
    jobs.run::<()>(&["DEL", "bull:late:wait", "bull:late:delayed"])
        .await;
    jobs.run::<u64>(&["LPUSH", "bull:late:wait", past]).await;
    jobs.run::<u64>(&["ZADD", "bull:late:repeat", "1700000000000", "x"])
        .await;
    let page = queue.scheduler_page(&viewer, "x").await;
    assert_eq!(page.all(".head .standing .chip"), ["late"]);
    assert!(page.text().contains("no worker took it"), "{}", page.text());
    // All queues' list has it on top, under its filter too.
    eventually("the list has it", || async {
        let list = viewer.page("/schedulers?show=late").await;
        list.all("table.rows tbody th") == ["x job"]
    })
    .await;
    // Without a job it does not go on.
    jobs.run::<u64>(&["DEL", &format!("bull:late:{past}")])
        .await;
    let page = queue.scheduler_page(&viewer, "x").await;
    assert_eq!(page.all(".head .standing .chip"), ["stuck"]);
}

#[tokio::test]
async fn repeatable_jobs_of_bullmq_4_and_5_are_shown_and_marked() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in [4, 5] {
        let queue = bull.queue(major, &format!("old/v{major}"));
        for repeat in [
            json!({"pattern": "0 9 * * 1-5", "tz": "UTC"}),
            json!({"every": 60_000}),
        ] {
            queue
                .ask(
                    "repeatable",
                    json!({"name": "report", "data": {"a": 1}, "repeat": repeat}),
                )
                .await;
        }
        let list = queue.schedulers_page(&viewer).await;
        assert_eq!(
            list.all("table.rows tbody th .chip"),
            ["legacy", "legacy"],
            "BullMQ {major}"
        );
        let schedules = list.all("table.rows tbody td.wide");
        assert!(
            schedules.contains(&"every minute".to_owned()),
            "{schedules:?}"
        );
        assert!(
            schedules.contains(&"Monday to Friday at 09:00, UTC".to_owned()),
            "{schedules:?}"
        );
        let states = list.all("table.rows tbody td:nth-child(3)");
        assert_eq!(
            states, ["scheduled"; 2],
            "BullMQ {major}: its next job was found by its id"
        );
        let hrefs = list.attributes("table.rows tbody th a", "href");
        let page = viewer.page(&hrefs[0]).await;
        assert!(
            page.text().contains("predecessor of job schedulers"),
            "{}",
            page.text()
        );
        assert_eq!(facts(&page)["Job name"], "report");
        let job = page.attributes("aside dd a.mono", "href");
        assert_eq!(viewer.get(&job[0]).await.status(), 200, "BullMQ {major}");
    }
}

#[tokio::test]
async fn a_broken_pattern_is_said_with_its_place_and_breaks_no_page() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (viewer, mut jobs) = (app.viewer().await, app.jobs().await);
    let queue = bull.queue(6, "broken");
    queue
        .ask(
            "scheduler",
            json!({"schedulerId": "x", "repeat": {"pattern": "0 9 * * *"}}),
        )
        .await;
    jobs.run::<u64>(&["HSET", "bull:broken:repeat:x", "pattern", "0 25 * * *"])
        .await;
    jobs.run::<u64>(&["ZADD", "bull:broken:repeat", "1900000000000", "only an id"])
        .await;
    let page = queue.scheduler_page(&viewer, "x").await;
    assert!(
        page.text()
            .contains("character 3 (hour): \"25\" is none of 0–23"),
        "{}",
        page.text()
    );
    let page = queue.scheduler_page(&viewer, "only an id").await;
    assert!(
        page.all("#schedule").join("").contains("not stored"),
        "{}",
        page.text()
    );
    let list = queue.schedulers_page(&viewer).await;
    assert_eq!(list.all("table.rows tbody tr").len(), 2);
    jobs.run::<u64>(&["DEL", "bull:broken:repeat"]).await;
    jobs.run::<()>(&["SET", "bull:broken:repeat", "not a sorted set"])
        .await;
    let list = queue.schedulers_page(&viewer).await;
    assert!(list.text().contains("no schedulers"), "{}", list.text());
}

fn times(runs: &Value) -> Option<Vec<u64>> {
    let runs = runs.as_array()?.iter();
    Some(runs.map(|at| at.as_u64().unwrap()).collect())
}

fn utc(millis: u64) -> String {
    let at =
        time::OffsetDateTime::from_unix_timestamp(i64::try_from(millis / 1000).unwrap()).unwrap();
    let form =
        time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    at.format(&form).unwrap()
}

const PATTERNS: [&str; 68] = [
    "30 2,3 * * *",
    "*/20 1-3 * * *",
    "* * * * *",
    "*/5 * * * *",
    "15 3 * * *",
    "0 0 * * *",
    "30 2 * * *",
    "0 2 * * *",
    "30 1 * * *",
    "0 3 * * *",
    "0 */2 * * *",
    "15 */3 * * *",
    "59 23 * * *",
    "0 0 1 * *",
    "0 0 31 * *",
    "0 0 30 2,4 *",
    "0 0 29 2 *",
    "0 0 L * *",
    "0 12 L 2 *",
    "0 9 * * 1-5",
    "0 9 * * MON-FRI",
    "0 9 * * mon,thu",
    "0 9 * * 0",
    "0 9 * * 7",
    "0 9 * * 6,7",
    "0 9 * * 5-7",
    "0 9 * * 0-6",
    "0 9 * * 1-7",
    "0 9 * * */2",
    "0 9 * * 1/2",
    "0 9 * * 1#1",
    "0 9 * * 1#2",
    "0 9 * * 5#5",
    "0 9 * * 5L",
    "0 9 * * FRI#3",
    "0 9 1 * 1",
    "0 9 13 * 5",
    "0 9 1-31 * 1",
    "0 9 1-30 * 1",
    "0 9 */1 * 1",
    "0 9 1 * 1#2",
    "0 9 15 JAN,JUL *",
    "0 9 15 jan-mar *",
    "0 9 1 */3 *",
    "*/10 * * * * *",
    "30 */15 * * * *",
    "5,35 0 12 * * *",
    "15 30 2 * * *",
    "0 30 2 * * SUN",
    "5/15 * * * *",
    "3-59/7 * * * *",
    "0 9-17 * * *",
    "*/20 8-10,14 * * *",
    "1,2,3 4,5 6,7 8,9 *",
    "@daily",
    "@hourly",
    "@weekly",
    "@monthly",
    "@yearly",
    "* 3 * *",
    "3 * *",
    "*",
    "0 0 ? * ?",
    "0 9 ? * 3",
    "0 0 1 1 *",
    "0 5 10-20/3 * *",
    "0 0 28-31 2 *",
    "23 4,16 * * 2,4",
];

const REFUSED: [&str; 14] = [
    "60 * * * *",
    "0 24 * * *",
    "0 0 0 * *",
    "0 0 32 * *",
    "0 0 * 13 *",
    "0 0 * * 8",
    "0 0 * FOO *",
    "*/0 * * * *",
    "1,,2 * * * *",
    "5-3 * * * *",
    "1 2 3 4 5 6 7",
    "0 9 * * 1#6",
    "0 9 * * 1,2#2",
    "0 0 15W * *",
];

#[tokio::test]
async fn the_next_runs_are_those_of_bullmqs_own_cron_parser_in_many_zones_across_clock_changes() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    // Shortly before a change of the clock in the zone; cron-parser 4 takes seconds for all patterns at each.
    let starts: [(&str, u64); 5] = [
        ("UTC", 1_774_656_000_123),
        ("Europe/Berlin", 1_774_656_000_123),
        ("Europe/Berlin", 1_792_800_000_000),
        ("America/New_York", 1_772_841_600_999),
        ("Australia/Sydney", 1_775_217_600_000),
    ];
    // BullMQ 4 and 5 have the same cron-parser.
    for (major, dialect) in [(6, Dialect::Five), (5, Dialect::Four)] {
        let queue = bull.queue(major, "cron");
        let mut cases = Vec::new();
        for pattern in PATTERNS.iter().chain(&REFUSED) {
            cases.extend(starts.map(|(zone, from)| (*pattern, zone, from)));
        }
        let asked: Vec<Value> = (cases.iter())
            .map(|(pattern, tz, from)| json!({"pattern": pattern, "tz": tz, "from": from}))
            .collect();
        let answer = queue
            .ask(
                "cronRuns",
                json!({"cases": asked, "count": 3, "timeout": 120_000}),
            )
            .await;
        let by_node = answer["runs"].as_array().unwrap();
        let differ: Vec<String> = (cases.iter().zip(by_node))
            .filter_map(|((pattern, zone, from), by_node)| {
                let ours = ours(pattern, dialect, zone, *from, 3);
                let theirs = times(by_node);
                (ours != theirs)
                    .then(|| format!("{pattern} {zone} {from}: ours {ours:?}, theirs {theirs:?}"))
            })
            .collect();
        assert!(
            differ.is_empty(),
            "BullMQ {major}, {} of {}:\n{}",
            differ.len(),
            cases.len(),
            differ.join("\n")
        );
    }
}

fn ours(pattern: &str, dialect: Dialect, zone: &str, from: u64, most: usize) -> Option<Vec<u64>> {
    let cron = Cron::parse(pattern, dialect).ok()?;
    let zone = zone_of(zone).unwrap();
    let next = |time: &u64| cron.next_after(*time, zone);
    Some(
        std::iter::successors(next(&from), next)
            .take(most)
            .collect(),
    )
}
