//! A key of an unexpected type only breaks its own part of a job's page.

use bullkeeper_testkit::{Jobs, TestApp};

async fn overwrite(jobs: &mut Jobs, key: &str) {
    jobs.run::<()>(&["DEL", key]).await;
    // BullMQ uses no key of this type beside a job.
    jobs.run::<()>(&["PFADD", key, "x"]).await;
}

#[tokio::test]
async fn a_key_beside_a_job_takes_down_its_part_of_the_page_alone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (suffix, told) in [
        ("logs", "The log can't be read"),
        ("dependencies", "Some children can't be read"),
        ("processed", "Some children can't be read"),
        ("failed", "Some children can't be read"),
        ("unsuccessful", "Some children can't be read"),
        ("lock", "A worker"),
    ] {
        let id = format!("job-{suffix}");
        jobs.failed("email/v2", &id, r#"{"to":"ann"}"#).await;
        overwrite(&mut jobs, &format!("bull:email/v2:{id}:{suffix}")).await;
        let page = operator
            .page(&format!("/job?queue=email%2Fv2&id={id}"))
            .await;
        let text = page.text();
        assert!(text.contains(told), "{suffix}: {text}");
        assert!(
            text.contains("ann"),
            "{suffix}: the data is still shown: {text}"
        );
        assert_eq!(
            text.matches("can't be read").count(),
            usize::from(suffix != "lock"),
            "{suffix}: {text}"
        );
        assert!(
            page.all("#standing .chip").contains(&"failed".to_owned()),
            "{suffix}"
        );
    }
    overwrite(&mut jobs, "bull:email/v2:1").await;
    jobs.run::<u64>(&["ZADD", "bull:email/v2:failed", "1", "1"])
        .await;
    let page = operator.page("/job?queue=email%2Fv2&id=1").await;
    assert!(
        page.text().contains("The job can't be read"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_key_of_the_queue_takes_down_no_page_of_its_jobs() {
    // Without `meta` being a hash there is no queue.
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for suffix in [
        "wait",
        "active",
        "paused",
        "delayed",
        "prioritized",
        "waiting-children",
        "completed",
        "failed",
        "events",
        "id",
        "pc",
        "marker",
        "stalled",
        "limiter",
        "repeat",
    ] {
        let queue = format!("with-{suffix}");
        jobs.failed(&queue, "1", r#"{"to":"ann"}"#).await;
        overwrite(&mut jobs, &format!("bull:{queue}:{suffix}")).await;
        let page = operator.page(&format!("/job?queue={queue}&id=1")).await;
        let text = page.text();
        assert!(text.contains("ann"), "{suffix}: {text}");
        let chip = page.all("#standing .chip").remove(0);
        let wanted = match suffix {
            "failed" => "unknown",
            _ => "failed",
        };
        assert_eq!(chip, wanted, "{suffix}");
        if suffix == "failed" {
            assert!(text.contains("the state may be wrong"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_key_of_the_audit_log_takes_down_the_history_alone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"to":"ann"}"#).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", r#"{"to":"bob"}"#).set("reason", "a typo");
    operator.send("/job/save", &form).await;
    let page = operator.page("/job?queue=email%2Fv2&id=1").await;
    assert!(page.text().contains("a typo"), "{}", page.text());

    for key in ["bullkeeper:audit:bull:email/v2:1", "bullkeeper:audit"] {
        jobs.run::<()>(&["COPY", key, "saved"]).await;
        overwrite(&mut jobs, key).await;
        let page = operator.page("/job?queue=email%2Fv2&id=1").await;
        let text = page.text();
        assert!(text.contains("The history can't be read"), "{key}: {text}");
        assert!(text.contains("bob"), "{key}: {text}");
        jobs.run::<()>(&["RENAME", "saved", key]).await;
    }
    let page = operator.page("/job?queue=email%2Fv2&id=1").await;
    assert!(page.text().contains("a typo"), "{}", page.text());
}
