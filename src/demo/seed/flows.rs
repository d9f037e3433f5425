//! Orders: jobs that wait for jobs in other queues. One waits for a charge that failed, until somebody repairs it.

use bullmq::{Error, FlowJob, FlowProducer, JobOptions};
use serde_json::json;

use super::billing;
use super::job_options::thrice;
use crate::demo::data;
use crate::demo::shop::{BILLING, EMAIL_V3, ORDERS, Shop, WAREHOUSE, added_ago};

/// The order whose charge failed.
pub(crate) const STUCK_ORDER: &str = "order-7781";

/// Adds the first orders: one that gets stuck, and two that are done soon.
pub(crate) async fn fill(shop: &Shop) -> Result<(), Error> {
    // Opening the queue makes it visible; adding a flow alone does not.
    shop.queue(ORDERS).await?;
    shop.queue(WAREHOUSE).await?;
    let flows = shop.flows()?;
    let bad = billing::charge_of_stuck_order();
    let charge =
        FlowJob::new("charge", BILLING, bad.data)?.options(thrice(added_ago(21)).job_id(bad.id));
    let stuck = FlowJob::new(
        "ship-order",
        ORDERS,
        json!({ "order": STUCK_ORDER, "parts": 2 }),
    )?
    .options(added_ago(21).job_id(STUCK_ORDER))
    .add_child(charge)
    .add_child(FlowJob::new("pick", WAREHOUSE, data::shelf(0))?);
    flows.add(stuck).await?;
    for n in 1..3 {
        add_order(&flows, n).await?;
    }
    Ok(())
}

/// Adds an order that will be done as soon as it is charged, picked and confirmed.
pub(crate) async fn add_order(flows: &FlowProducer, n: u64) -> Result<(), Error> {
    let id = format!("order-{}", 7_800 + n);
    let parts = [
        ("charge", BILLING, data::charge(100 + n)),
        ("pick", WAREHOUSE, data::shelf(n)),
        ("pick", WAREHOUSE, data::shelf(n + 1)),
        ("send", EMAIL_V3, data::email_v3(800 + n)),
    ];
    let mut order = FlowJob::new("ship-order", ORDERS, json!({ "order": id, "parts": 4 }))?
        .options(JobOptions::new().job_id(id));
    for (name, queue, data) in parts {
        let part = FlowJob::new(name, queue, data)?.options(thrice(JobOptions::new()));
        order = order.add_child(part);
    }
    flows.add(order).await?;
    Ok(())
}
