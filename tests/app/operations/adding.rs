//! Adding a job: what is stored and recorded, and what begins the form.

use std::collections::BTreeMap;

use bullkeeper_testkit::retry::{KEEPERS, keep_by, list, outcomes};
use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, now};
use reqwest::StatusCode;

const QUEUE: &str = "email/v2";
const DATA: &str = r#"{"big":12345678901234567890,"one":1.0}"#;

/// Sends the form with `fields`; in place of those that are left out stand a name, data and a reason.
async fn send(person: &Person, fields: &[(&str, &str)]) -> Seen {
    let usual = [
        ("queue", QUEUE),
        ("job_name", "send"),
        ("text", DATA),
        ("reason", "the customer waits"),
    ];
    let is_given = |name: &str| fields.iter().any(|(other, _)| *other == name);
    let usual = usual.into_iter().filter(|(name, _)| !is_given(name));
    let form: Vec<(&str, &str)> = usual.chain(fields.iter().copied()).collect();
    Seen::of(person.post("/queue/add", &form).await).await
}

async fn hash(jobs: &mut Jobs, id: &str) -> BTreeMap<String, String> {
    jobs.run(&["HGETALL", &format!("bull:{QUEUE}:{id}")]).await
}

async fn event_names(jobs: &mut Jobs) -> Vec<String> {
    let events: redis::streams::StreamRangeReply = jobs
        .run(&["XRANGE", &format!("bull:{QUEUE}:events"), "-", "+"])
        .await;
    let name = |fields: &std::collections::HashMap<String, redis::Value>| {
        redis::from_redis_value_ref::<String>(&fields["event"]).unwrap()
    };
    events.ids.iter().map(|event| name(&event.map)).collect()
}

#[tokio::test]
async fn a_job_is_stored_as_it_was_typed_and_its_entry_has_its_data_options_and_reason() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue(QUEUE, "bullmq:6.7.0").await;
    let operator = app.operator().await;
    let spaced = "{\r\n  \"big\": 12345678901234567890,\r\n  \"one\": 1.0\r\n}";
    let before = now();
    let added = send(&operator, &[("text", spaced), ("attempts", "3")]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    assert_eq!(added.location(), "/job?queue=email/v2&id=1");
    let told = operator.told_after(&added).await;
    assert_eq!(told, "Added. Waiting for a worker.");

    let stored = hash(&mut jobs, "1").await;
    let at: u64 = stored["timestamp"].parse().unwrap();
    assert!((before..=now()).contains(&at));
    let rest: Vec<(&str, &str)> = stored
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .filter(|(name, _)| *name != "timestamp")
        .collect();
    let expected = [
        ("data", DATA),
        ("delay", "0"),
        ("name", "send"),
        ("opts", r#"{"attempts":3}"#),
        ("priority", "0"),
    ];
    assert_eq!(rest, expected);
    assert_eq!(list(&mut jobs, QUEUE, "wait").await, ["1"]);
    assert_eq!(jobs.sorted(QUEUE, "marker").await, [("0".to_owned(), 0.0)]);
    assert_eq!(event_names(&mut jobs).await, ["added", "waiting"]);

    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.add", "applied")]);
    let entry = &entries[0];
    for (name, expected) in [
        ("queue", QUEUE),
        ("job", "1"),
        ("state", "waiting"),
        ("actor", "operator"),
        ("reason", "the customer waits"),
        ("note", "job name \"send\"; Attempts: 3"),
        ("before", ""),
    ] {
        assert_eq!(entry.get(name), expected, "{name}");
    }
    let patch = format!(r#"[{{"op":"add","path":"","value":{DATA}}}]"#);
    assert_eq!(entry.get("patch"), patch);
    assert_eq!(entry.get("after").len(), 64);
    let of_job: Vec<String> = jobs
        .run(&["LRANGE", "bullkeeper:audit:bull:email/v2:1", "0", "-1"])
        .await;
    assert_eq!(of_job.len(), 1, "its page lists the entry");
    let page = operator.page("/job?queue=email/v2&id=1").await;
    assert!(page.text().contains("job.add"), "{}", page.text());
}

#[tokio::test]
async fn a_job_goes_where_its_options_and_the_queues_bullmq_have_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, when_paused) in KEEPERS {
        for paused in [false, true] {
            let queue = format!("{keeper}-{paused}/v1");
            jobs.queue(&queue, "bullmq:6.7.0").await;
            keep_by(&mut jobs, &queue, fields, paused).await;
            let here = if paused { when_paused } else { "wait" };
            let to = ("queue", queue.as_str());
            for (more, id, state) in [
                (&[("lifo", "1")][..], "1", here),
                (&[("priority", "7")], "2", "prioritized"),
                (&[("delay", "in 2 h"), ("priority", "7")], "3", "delayed"),
            ] {
                let added = send(&operator, &[&[to], more].concat()).await;
                assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
                let kind: String = jobs.run(&["TYPE", &format!("bull:{queue}:{state}")]).await;
                let ids: Vec<String> = match kind.as_str() {
                    "list" => list(&mut jobs, &queue, state).await,
                    _ => jobs
                        .sorted(&queue, state)
                        .await
                        .into_iter()
                        .map(|it| it.0)
                        .collect(),
                };
                assert!(ids.contains(&id.to_owned()), "{queue} {state}: {ids:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_hundred_jobs_added_at_once_are_each_there_once_with_an_entry_of_their_own() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue(QUEUE, "bullmq:5.81.5").await;
    let operator = app.operator().await;
    let sent = (0..100).map(|n| {
        let operator = operator.clone();
        tokio::spawn(async move {
            let data = format!(r#"{{"n":{n}}}"#);
            let added = send(&operator, &[("text", &data)]).await;
            assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
        })
    });
    for one in sent.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let mut waiting = list(&mut jobs, QUEUE, "wait").await;
    waiting.sort_by_key(|id| id.parse::<u64>().unwrap());
    let expected: Vec<String> = (1..=100).map(|id| id.to_string()).collect();
    assert_eq!(waiting, expected);
    let mut stored = Vec::new();
    for id in &waiting {
        stored.push(hash(&mut jobs, id).await["data"].clone());
    }
    stored.sort();
    stored.dedup();
    assert_eq!(stored.len(), 100);
    let entries = jobs.audit_of_jobs().await;
    let mut ids: Vec<&str> = entries.iter().map(|entry| entry.get("job")).collect();
    ids.sort_by_key(|id| id.parse::<u64>().unwrap());
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn an_id_that_a_job_has_already_is_skipped_and_that_job_stays() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for id in ["1", "2"] {
        jobs.failed(QUEUE, id, DATA).await;
    }
    let operator = app.operator().await;
    let added = send(&operator, &[("text", "7")]).await;
    assert_eq!(
        added.location(),
        "/job?queue=email/v2&id=3",
        "{}",
        added.text()
    );
    for (id, data) in [("1", DATA), ("2", DATA), ("3", "7")] {
        assert_eq!(jobs.data(QUEUE, id).await.unwrap(), data.as_bytes());
    }
    let counted: String = jobs.run(&["GET", "bull:email/v2:id"]).await;
    assert_eq!(counted, "3");
}

#[tokio::test]
async fn what_is_to_be_hidden_is_in_the_job_and_not_in_the_entry() {
    let app = TestApp::with(&[("redact", "password")]).await;
    let mut jobs = app.jobs().await;
    jobs.queue(QUEUE, "bullmq:6.7.0").await;
    let operator = app.operator().await;
    let data = r#"{"password":"correct horse"}"#;
    let fields = [
        ("text", data),
        ("reason", "it was correct horse"),
        ("deduplication", "of correct horse"),
    ];
    let added = send(&operator, &fields).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    assert_eq!(jobs.data(QUEUE, "1").await.unwrap(), data.as_bytes());
    let refused = send(&operator, &[&fields[..], &[("job_id", "7")]].concat()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(
        outcomes(&entries),
        [("job.add", "applied"), ("job.add", "invalid")]
    );
    assert!(entries[0].get("patch").contains("password"));
    assert!(!format!("{entries:?}").contains("horse"), "{entries:?}");
}

#[tokio::test]
async fn the_form_begins_with_the_newest_job_of_the_name_or_else_with_the_schema() {
    let schema =
        r#"{"type":"object","required":["to"],"properties":{"to":{"const":"ann@example.com"}}}"#;
    let folder = Folder::of(&[("email/greet.json", schema)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.waiting(QUEUE, "1", r#"{"old":1}"#).await;
    jobs.waiting(QUEUE, "2", r#"{"new":1}"#).await;
    jobs.run::<u64>(&["HSET", "bull:email/v2:1", "timestamp", "1000"])
        .await;
    let operator = app.operator().await;
    let queue = operator.page("/queue?name=email/v2").await;
    assert!(
        queue
            .attributes("a", "href")
            .contains(&"/queue/add?name=email/v2".to_owned())
    );
    let text = |page: &Seen| page.all("#document").join("");
    let empty = operator.page("/queue/add?name=email/v2").await;
    assert_eq!(text(&empty), "{}");
    assert_eq!(empty.attributes("#names option", "value"), ["send"]);
    let newest = operator
        .page("/queue/add?name=email/v2&job_name=send")
        .await;
    assert_eq!(text(&newest), r#"{ "new": 1 }"#);
    assert!(
        newest.text().contains("the newest of this name"),
        "{}",
        newest.text()
    );
    let from_schema = operator
        .page("/queue/add?name=email/v2&job_name=greet")
        .await;
    assert_eq!(text(&from_schema), r#"{ "to": "ann@example.com" }"#);

    let typed = [("job_name", "greet"), ("priority", "7"), ("text", "typed")];
    let filled = send(&operator, &[&typed[..], &[("then", "schema")]].concat()).await;
    assert_eq!(filled.status, StatusCode::OK, "{}", filled.text());
    assert_eq!(text(&filled), r#"{ "to": "ann@example.com" }"#);
    assert_eq!(filled.attributes("#p-priority", "value"), ["7"]);
    let none = send(&operator, &[&typed[..], &[("then", "newest")]].concat()).await;
    assert_eq!(
        (none.status, text(&none).as_str()),
        (StatusCode::OK, "typed")
    );
    assert_eq!(jobs.audit_of_jobs().await.len(), 0);
    assert_eq!(
        list(&mut jobs, QUEUE, "wait").await,
        ["2", "1"],
        "nothing was added"
    );
}

#[tokio::test]
async fn a_duplicate_begins_with_the_jobs_name_data_and_options_and_gets_an_id_of_its_own() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed(QUEUE, "a", DATA).await;
    let opts = r#"{"attempts":4,"backoff":{"type":"exponential","delay":1500},"jobId":"a","removeOnComplete":true,"kl":9}"#;
    jobs.run::<u64>(&["HSET", "bull:email/v2:a", "opts", opts])
        .await;
    let operator = app.operator().await;
    let page = operator.page("/job?queue=email/v2&id=a").await;
    let href = "/queue/add?name=email/v2&from=a".to_owned();
    assert!(page.attributes("a", "href").contains(&href));
    let form = operator.page(&href).await;
    assert!(
        form.text().contains("Options not taken over: kl"),
        "{}",
        form.text()
    );
    let value = |id: &str| form.attributes(id, "value").join("");
    let typed = [
        ("job_name", value("#job-name")),
        ("attempts", value("#p-attempts")),
        (
            "backoff",
            form.attributes("#p-backoff option[selected]", "value")
                .join(""),
        ),
        ("backoff_delay", value("#p-backoff_delay")),
        ("job_id", value("#p-job_id")),
        ("remove_on_complete", value("#p-remove_on_complete")),
        ("text", form.all("#document").join("")),
    ];
    let typed: Vec<(&str, &str)> = typed
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let added = send(&operator, &typed).await;
    assert_eq!(
        added.location(),
        "/job?queue=email/v2&id=1",
        "{}",
        added.text()
    );
    let stored = hash(&mut jobs, "1").await;
    assert_eq!(
        (stored["name"].as_str(), stored["data"].as_str()),
        ("send", DATA)
    );
    let kept: serde_json::Value = serde_json::from_str(&stored["opts"]).unwrap();
    assert_eq!(
        kept,
        serde_json::json!({"attempts":4,"backoff":{"type":"exponential","delay":1500},"removeOnComplete":true})
    );
    assert_eq!(
        hash(&mut jobs, "a").await["opts"],
        opts,
        "the other is as it was"
    );
}

#[tokio::test]
async fn data_is_checked_while_it_is_typed_by_the_schema_for_the_name() {
    let schema = r#"{"properties": {"to": {"type": "string"}}}"#;
    let folder = Folder::of(&[("email/v2/send.json", schema)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.queue(QUEUE, "bullmq:6.7.0").await;
    let operator = app.operator().await;
    let page = operator.page("/queue/add?name=email/v2").await;
    let address = page.attributes("#problem-list", "data-check").join("");
    assert_eq!(address, "/queue/add/check");
    let check = async |name: &str, text: &str| {
        let form = [("queue", QUEUE), ("job_name", name), ("text", text)];
        let seen = Seen::of(operator.post(&address, &form).await).await;
        assert_eq!(seen.status, StatusCode::OK);
        seen.all("h2").join("")
    };
    assert_eq!(check("send", r#"{"to":7}"#).await, "1 problem");
    assert_eq!(check("other", r#"{"to":7}"#).await, "No problems");
    assert_eq!(check("send", r#"{"to":"ann"}"#).await, "No problems");
    assert_eq!(check("send", "{").await, "1 problem");
    assert!(jobs.audit_of_jobs().await.is_empty());
}
