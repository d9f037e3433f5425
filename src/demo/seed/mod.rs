//! The content of the queues when the demo begins. Everything is added before the first worker starts, so that nothing
//! depends on who is faster.

pub(crate) mod billing;
pub(crate) mod flows;
pub(crate) mod history;
pub(crate) mod job_options;
pub(crate) mod odd_data;
pub(crate) mod versions;

use std::time::Duration;

use bullmq::Error;
use bullmq::job_scheduler::RepeatOptions;
use serde_json::json;

use super::data;
use super::shop::{self, Shop, added_ago};
use job_options::{jobs, thrice};

/// How many emails the old version has left: its worker sends one in 1.5 s, so it is empty in about four minutes.
const LEFT_IN_V1: u64 = 150;

/// How many refunds have an amount that is a text.
const REFUNDS: u64 = 320;

const MINUTE: Duration = Duration::from_secs(60);

/// Fills every queue.
pub(crate) async fn fill(shop: &Shop) -> Result<(), Error> {
    history::fill(shop).await?;
    emails(shop).await?;
    charges(shop).await?;
    refunds(shop).await?;
    pictures_and_reports(shop).await?;
    later(shop).await?;
    newsletter(shop).await?;
    schedulers(shop).await?;
    flows::fill(shop).await?;
    versions::fill(shop).await?;
    odd_data::fill(shop).await
}

async fn emails(shop: &Shop) -> Result<(), Error> {
    let old = jobs("send", 0..LEFT_IN_V1, data::email_v1, |n| {
        added_ago(60 - n / 4)
    });
    shop.queue(shop::EMAIL_V1).await?.add_bulk(old).await?;

    let second = shop.queue(shop::EMAIL_V2).await?;
    let some = jobs("send", 0..30, data::email_v2, |_| thrice(added_ago(2)));
    second.add_bulk(some).await?;
    for (n, name) in [(31, "a.former.customer"), (32, "old.address")] {
        let mut lost = data::email_v2(n);
        lost["to"] = json!(format!("{name}@gone.example"));
        second
            .add("send", lost)
            .options(thrice(added_ago(47)))
            .await?;
    }

    let third = shop.queue(shop::EMAIL_V3).await?;
    let mut typo = data::email_v3(4);
    typo["to"] = json!("zofia.nowak@example,com");
    typo["busy"] = json!(false);
    let options = thrice(added_ago(12).job_id(shop::MISTYPED_EMAIL));
    third.add("send", typo).options(options).await?;
    // Some receivers are gone in both versions; the second kind of failure is new in the third.
    let mut gone = data::email_v3(6);
    gone["to"] = json!("former.colleague@gone.example");
    third
        .add("send", gone)
        .options(thrice(added_ago(9)))
        .await?;
    for n in 0..9 {
        let mut nameless = data::email_v3(70 + n);
        nameless["variables"] = json!({ "order": format!("order-{}", 7_500 + n) });
        let options = thrice(added_ago(8 - n / 2));
        third.add("send", nameless).options(options).await?;
    }
    let more = jobs("send", 10..50, data::email_v3, |_| thrice(added_ago(0)));
    third.add_bulk(more).await?;
    Ok(())
}

async fn charges(shop: &Shop) -> Result<(), Error> {
    let queue = shop.queue(shop::BILLING).await?;
    for (at, bad) in (0..).zip(billing::bad_charges()) {
        let options = thrice(added_ago(35 - at)).job_id(bad.id);
        queue.add("charge", bad.data).options(options).await?;
    }
    for (at, bad) in (0..).zip(billing::text_amounts()) {
        let options = thrice(added_ago(28 - 4 * at)).job_id(bad.id);
        queue.add("charge", bad.data).options(options).await?;
    }
    let good = jobs("charge", 0..6, data::charge, |_| thrice(added_ago(3)));
    queue.add_bulk(good).await?;
    Ok(())
}

async fn refunds(shop: &Shop) -> Result<(), Error> {
    let refunds = jobs("refund", 0..REFUNDS, billing::refund_in_text, |n| {
        added_ago(20 - n / 20)
    });
    shop.queue(shop::REFUNDS).await?.add_bulk(refunds).await?;
    Ok(())
}

async fn pictures_and_reports(shop: &Shop) -> Result<(), Error> {
    let pictures = jobs("resize", 0..10, data::image, |_| added_ago(1));
    shop.queue(shop::IMAGES).await?.add_bulk(pictures).await?;

    let urgent_first = |n| added_ago(5).priority(1 + n as u32 % 9);
    let reports = jobs("make-report", 0..10, data::report, urgent_first);
    shop.queue(shop::REPORT_V2).await?.add_bulk(reports).await?;

    let old = shop.queue(shop::REPORT_V1).await?;
    let left = jobs("make-report", 0..26, data::report, |n| {
        added_ago(900 - n * 7)
    });
    old.add_bulk(left).await?;
    let urgent = jobs("make-report", 26..30, data::report, |n| {
        added_ago(900 - n).job_id(format!("urgent-{n}"))
    });
    old.add_bulk(urgent).await?;
    Ok(())
}

async fn later(shop: &Shop) -> Result<(), Error> {
    let queue = shop.queue(shop::REMINDERS).await?;
    let month = MINUTE * 60 * 24 * 30;
    let delays = [2, 5, 15, 45, 60 * 26].map(|minutes| MINUTE * minutes);
    for (n, delay) in (0..).zip(delays.into_iter().chain([month])) {
        queue.add("remind", data::reminder(n)).delay(delay).await?;
    }
    // A pile that comes due within two minutes, and a few around it.
    let pile = jobs("remind", 6..126, data::reminder, |n| {
        let after = MINUTE * if n % 4 == 0 { 5 + n as u32 % 50 } else { 34 };
        added_ago(0).delay(after + Duration::from_millis(n * 700))
    });
    queue.add_bulk(pile).await?;
    // No worker takes it from the old version, so it is late soon.
    let old = shop.queue(shop::REPORT_V1).await?;
    let late = old.add("make-report", data::report(30));
    late.delay(Duration::from_secs(15)).await?;
    Ok(())
}

async fn newsletter(shop: &Shop) -> Result<(), Error> {
    let queue = shop.queue(shop::NEWSLETTER).await?;
    let readers = jobs("issue-48", 0..60, data::newsletter, |_| added_ago(75));
    queue.add_bulk(readers).await?;
    shop.pause_as_bullmq_5(&queue).await
}

async fn schedulers(shop: &Shop) -> Result<(), Error> {
    let queue = shop.queue(shop::RATES).await?;
    let often = RepeatOptions {
        every: Some(30_000),
        ..RepeatOptions::default()
    };
    let daily = RepeatOptions {
        pattern: Some("0 0 6 * * *".to_owned()),
        ..RepeatOptions::default()
    };
    for (id, repeat, source) in [
        ("every-half-minute", often, "live"),
        ("every-morning", daily, "reference"),
    ] {
        let template = Some(json!({ "source": source, "base": "EUR" }));
        queue
            .upsert_job_scheduler(id, repeat, Some("fetch-rates"), template, None)
            .await?;
    }
    Ok(())
}
