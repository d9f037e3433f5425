//! Data byte for byte: what an edit leaves in Redis, and what a real worker then sees.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, patient_app};

/// Data as it is stored, and what JavaScript makes of it once `@example"` was repaired to `@example.com"`.
const DATA: [(&str, &str); 8] = [
    // 2^53 + 1, which JavaScript can't hold, and a price that it writes as 1.
    (
        r#"{"to":"ann@example","big":9007199254740993,"price":1.0}"#,
        r#"{"to":"ann@example.com","big":9007199254740992,"price":1}"#,
    ),
    (
        r#"{"n":12345678901234567890,"to":"ann@example","m":-12345678901234567890123}"#,
        r#"{"n":12345678901234567000,"to":"ann@example.com","m":-1.2345678901234568e+22}"#,
    ),
    (
        r#"[1E400,-0,-0.0,1e-7,0.1000,{"to":"ann@example"}]"#,
        r#"[null,0,0,1e-7,0.1,{"to":"ann@example.com"}]"#,
    ),
    // Keys keep their order in Redis; JavaScript moves numbers to the front.
    (
        r#"{"b":1,"a":2,"10":3,"2":4,"":5,"__proto__":{"x":1},"to":"ann@example"}"#,
        r#"{"2":4,"10":3,"b":1,"a":2,"":5,"__proto__":{"x":1},"to":"ann@example.com"}"#,
    ),
    // Lone surrogates, in both halves, as JSON.stringify writes them.
    (
        r#"{"high":"\ud800 x","low":"\udfff","both":"\ud83d\ude00","to":"ann@example"}"#,
        r#"{"high":"\ud800 x","low":"\udfff","both":"😀","to":"ann@example.com"}"#,
    ),
    (
        r#"{"e":"é","escaped":"\u00e9\/\u0000\t","to":"ann@example"}"#,
        r#"{"e":"é","escaped":"é/\u0000\t","to":"ann@example.com"}"#,
    ),
    (
        "{\"line\u{2028}\":\"\u{202e}𝒳 e\u{301} \u{feff}\",\"日本語\":\"👩‍👩‍👧\",\"to\":\"ann@example\"}",
        "{\"line\u{2028}\":\"\u{202e}𝒳 e\u{301} \u{feff}\",\"日本語\":\"👩‍👩‍👧\",\"to\":\"ann@example.com\"}",
    ),
    (
        r#"{"html":"</textarea><script>alert(1)</script>&amp;&lt;","crlf":"a\r\nb","to":"ann@example"}"#,
        r#"{"html":"</textarea><script>alert(1)</script>&amp;&lt;","crlf":"a\r\nb","to":"ann@example.com"}"#,
    ),
];

fn repaired(text: &str) -> String {
    text.replace("@example\"", "@example.com\"")
}

#[tokio::test]
async fn a_repair_changes_what_was_changed_and_no_other_byte_and_the_worker_sees_that() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        for (stored, seen_by_worker) in DATA {
            let id = queue.fail(json!({"name": "send", "rawData": stored})).await;
            queue.repair(&operator, &id, repaired).await;
            let after = redis.data(&queue.name, &id).await.unwrap();
            assert_eq!(String::from_utf8(after).unwrap(), repaired(stored));

            queue.retry(&operator, &id).await;
            let attempts = queue.finish_all(&[&id]).await;
            assert_eq!(attempts[0].saw, seen_by_worker, "BullMQ {major}");
            assert_eq!(attempts[0].raw, repaired(stored).as_bytes());
            let after = redis.data(&queue.name, &id).await.unwrap();
            assert_eq!(after, repaired(stored).as_bytes(), "also when it is done");
        }
    }
}

#[tokio::test]
async fn lone_surrogates_that_a_worker_made_survive_an_edit_beside_them() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let made = r#"{"s":"a\ud800b\udc00","to":"ann@example"}"#;
        let id = queue.fail(json!({"dataText": made})).await;
        queue.repair_and_retry(&operator, &id, repaired).await;
        let attempts = queue.finish_all(&[&id]).await;
        assert_eq!(attempts[0].saw, repaired(made), "BullMQ {major}");
        assert_eq!(attempts[0].raw, repaired(made).as_bytes());
    }
}

#[tokio::test]
async fn malformed_data_is_repaired_into_json_that_the_worker_can_read() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    let wanted = r#"{"to":"ann@example.com","n":1.0}"#;
    let malformed: [&[u8]; 8] = [
        b"{\"to\": \"ann@example.com\"",
        b"{'to': 'ann@example.com'}",
        b"NaN",
        b"undefined",
        b"[object Object]",
        b"{\"to\":\"\xff\xfe\"}",
        b"\r\n\x00",
        b"",
    ];
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        for stored in malformed {
            let id = queue
                .fail(json!({"rawDataBase64": STANDARD.encode(stored)}))
                .await;
            let change = |_: &str| wanted.replace(",\"n\"", ",\r\n  \"n\"");
            queue.repair_and_retry(&operator, &id, change).await;
            let attempts = queue.finish_all(&[&id]).await;
            assert_eq!(attempts[0].raw, wanted.as_bytes(), "BullMQ {major}");
            assert_eq!(attempts[0].saw, r#"{"to":"ann@example.com","n":1}"#);
        }
    }
}

#[tokio::test]
async fn five_megabytes_are_repaired_and_processed_whole() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let id = queue.fail(json!({"dataBytes": 5_000_000})).await;
        queue
            .repair_and_retry(&operator, &id, |text| text.replacen("\"xx", "\"yx", 1))
            .await;
        let attempts = queue.finish_all(&[&id]).await;
        let expected = format!("{{\"note\":\"y{}\"}}", "x".repeat(5_000_000 - 12));
        assert!(attempts[0].raw == expected.as_bytes(), "BullMQ {major}");
        assert!(attempts[0].saw == expected, "BullMQ {major}");
    }
}

#[tokio::test]
async fn a_save_without_a_change_leaves_every_byte_and_the_worker_sees_the_old_data() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        for (stored, _) in DATA {
            let id = queue.fail(json!({"rawData": stored})).await;
            let form = queue
                .edit(&operator, &id, str::to_owned)
                .await
                .set("reason", "none");
            let saved = operator.send("/job/save", &form).await;
            assert_eq!(
                operator.told_after(&saved).await,
                "Nothing was saved: the text is the same as the stored data."
            );
            queue.retry(&operator, &id).await;
            let attempts = queue.finish_all(&[&id]).await;
            assert_eq!(attempts[0].raw, stored.as_bytes(), "BullMQ {major}");
        }
    }
    let entries = redis.audit_of_jobs().await;
    assert!(
        entries
            .iter()
            .all(|entry| entry.get("action") == "job.retry")
    );
}

#[tokio::test]
async fn a_job_in_any_other_state_is_edited_too_and_its_worker_sees_the_edit() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let data = json!({"to": "ann@example"});
        let done = queue.complete(json!({"data": data})).await;
        let delayed = queue
            .add(json!({"data": data, "opts": {"delay": 3_600_000}}))
            .await;
        let prioritized = queue
            .add(json!({"data": data, "opts": {"priority": 2}}))
            .await;
        let waiting = queue.add(json!({"data": data})).await;
        for id in [&done, &delayed, &prioritized, &waiting] {
            queue.repair(&operator, id, repaired).await;
        }
        assert_eq!(
            queue.state(&done).await,
            "completed",
            "an edit moves nothing"
        );
        assert_eq!(queue.state(&delayed).await, "delayed");
        queue.ask("promote", json!({"jobId": delayed})).await;
        for attempt in queue.finish_all(&[&delayed, &prioritized, &waiting]).await {
            assert_eq!(attempt.saw, r#"{"to":"ann@example.com"}"#, "BullMQ {major}");
        }
    }
}

#[tokio::test]
async fn an_edit_of_the_next_job_of_a_scheduler_holds_for_that_run() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("reports/v{major}"));
        let schedule = json!({
            "schedulerId": "hourly", "repeat": {"every": 3_600_000, "limit": 1},
            "data": {"to": "ann@example"},
        });
        let id = queue.ask("scheduler", schedule).await["jobId"].clone();
        let id = id.as_str().unwrap();
        queue.repair(&operator, id, repaired).await;
        if queue.state(id).await == "delayed" {
            queue.ask("promote", json!({"jobId": id})).await;
        }
        let attempts = queue.process(1).await;
        assert_eq!(attempts[0].id, id, "BullMQ {major}");
        assert_eq!(
            attempts[0].saw, r#"{"to":"ann@example.com"}"#,
            "BullMQ {major}"
        );
    }
}

#[tokio::test]
async fn a_job_without_data_gets_what_is_typed_and_the_worker_sees_it() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let id = queue.fail(json!({})).await;
        let key = format!("bull:{}:{id}", queue.name);
        redis.run::<u64>(&["HDEL", &key, "data"]).await;
        let read = queue.job(&id).await;
        assert_eq!(read["data"], json!({}), "BullMQ {major} reads it so");
        let typed = |opened: &str| {
            assert_eq!(opened, "{}");
            r#"{"to":"ann@example.com"}"#.to_owned()
        };
        queue.repair_and_retry(&operator, &id, typed).await;
        let attempts = queue.finish_all(&[&id]).await;
        assert_eq!(attempts[0].saw, r#"{"to":"ann@example.com"}"#);
    }
}

#[tokio::test]
async fn a_scheduler_is_no_job_while_the_jobs_that_it_made_are() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("reports/v{major}"));
        for id in ["hourly", "a:b:c"] {
            let schedule = json!({
                "schedulerId": id, "repeat": {"pattern": "0 0 1 1 *"}, "data": {"to": "ann@example"},
            });
            let made = queue.ask("scheduler", schedule).await["jobId"].clone();
            let next = made.as_str().unwrap();
            let editor = operator.page(&queue.path_of("/job/edit", next)).await;
            assert!(
                editor
                    .text()
                    .contains("when the application sets the scheduler up again"),
                "{}",
                editor.text()
            );
            queue.repair(&operator, next, repaired).await;

            // BullMQ 4 keeps nothing but the list of its repeatable jobs.
            if major == 4 {
                continue;
            }
            let scheduler = format!("repeat:{id}");
            let key = format!("bull:{}:{scheduler}", queue.name);
            let before: Vec<u8> = redis.run(&["DUMP", &key]).await;
            for page in ["/job", "/job/edit"] {
                let page = operator.get(&queue.path_of(page, &scheduler)).await;
                assert_eq!(page.status(), 404, "BullMQ {major}");
                let told = page.text().await.unwrap();
                assert!(told.contains("which makes jobs"), "{told}");
            }
            let form = queue.edit(&operator, next, |_| "{}".to_owned()).await;
            let form = form.name("id", &scheduler).set("reason", "r");
            let saved = operator.send("/job/save", &form).await;
            assert_eq!(saved.status, 404, "{}", saved.text());
            assert!(saved.body.contains("{}</textarea>"), "the text is kept");
            assert_eq!(queue.try_retry(&operator, &scheduler).await.status, 404);
            let after: Vec<u8> = redis.run(&["DUMP", &key]).await;
            assert_eq!(after, before, "BullMQ {major}");
        }
    }
}
