//! The work of the demo's workers: they wait about as long as real work takes, report progress, and fail exactly if the
//! data is wrong.

use std::time::Duration;

use bullmq::{Error, Job, JobProgress};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::demo::data::COLUMNS;
use crate::demo::seed::{billing, versions};

/// A kind of work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    /// Sends an email, which takes about this many milliseconds.
    Email(u64),
    /// Resizes a picture, step by step.
    Resize,
    /// Charges a customer.
    Charge,
    /// Finishes an order once its children are done.
    Order,
    /// Imports rows of text.
    Import,
    /// Books an amount.
    Book,
    /// Computes the price of a basket; whether it rounds as the old version does.
    Price(bool),
    /// Fails if the data says so, in the data's words.
    Odd,
    /// Takes this many milliseconds, and does nothing else.
    Pass(u64),
}

/// Why a job failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The error's message.
    pub(crate) reason: String,
    /// The stack, the innermost call first.
    pub(crate) frames: &'static [&'static str],
    /// Whether another attempt with the same data would fail too.
    pub(crate) for_good: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            reason: error.to_string(),
            frames: &[],
            for_good: false,
        }
    }
}

impl Failure {
    fn for_good(reason: String, frames: &'static [&'static str]) -> Self {
        Self {
            reason,
            frames,
            for_good: true,
        }
    }

    /// The stack trace as a runtime prints it: the reason, then one line for each call.
    pub(crate) fn trace(&self) -> String {
        let mut trace = format!("Error: {}", self.reason);
        for frame in self.frames {
            trace.push_str("\n    at ");
            trace.push_str(frame);
        }
        trace
    }
}

impl Handler {
    /// Does the work. The result is the job's return value.
    pub(crate) async fn run(self, job: &mut Job) -> Result<Value, Failure> {
        match self {
            Self::Email(millis) => email(job, millis).await,
            Self::Resize => resize(job).await,
            Self::Charge => charge(job).await,
            Self::Order => order(job).await,
            Self::Import => import(job.data()),
            Self::Book => book(job.data()),
            Self::Price(rounds) => {
                pause(if rounds { 40 } else { 15 }).await;
                versions::price(job.data(), rounds).map_err(|reason| Failure::for_good(reason, &[]))
            }
            Self::Odd => odd(job).await,
            Self::Pass(millis) => {
                pause(millis).await;
                Ok(Value::Null)
            }
        }
    }
}

async fn pause(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

const MAILER: &[&str] = &[
    "SmtpConnection.refuse (/srv/mailer/src/smtp.ts:212:11)",
    "SmtpConnection.send (/srv/mailer/src/smtp.ts:148:20)",
    "process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
    "async sendEmail (/srv/mailer/src/worker.ts:37:22)",
];

const RENDERER: &[&str] = &[
    "renderGreeting (/srv/mailer/src/templates.ts:58:34)",
    "renderTemplate (/srv/mailer/src/templates.ts:23:12)",
    "async sendEmail (/srv/mailer/src/worker.ts:31:18)",
];

async fn email(job: &mut Job, millis: u64) -> Result<Value, Failure> {
    let to = job.data()["to"].as_str().unwrap_or_default().to_owned();
    job.log("connected to smtp.example.com:587").await?;
    pause(millis).await;
    // Only the third version greets people by a variable.
    let variables = &job.data()["variables"];
    if variables.is_object() && variables["name"].is_null() {
        let reason = "Cannot read properties of undefined (reading 'toUpperCase')".to_owned();
        return Err(Failure::for_good(reason, RENDERER));
    }
    let host = to.rsplit_once('@').map_or("", |(_, host)| host);
    if host.is_empty() || host.contains(',') {
        let reason = format!("501 5.1.3 Bad recipient address syntax: {to:?}");
        return Err(Failure::for_good(reason, MAILER));
    }
    if host == "gone.example" {
        let reason = format!("550 5.1.1 <{to}>: mailbox unavailable");
        return Err(Failure {
            reason,
            frames: MAILER,
            for_good: false,
        });
    }
    if job.data()["busy"] == true && job.attempts_made() == 0 {
        return Err(Failure {
            reason: "421 4.7.0 Too many connections, try again later".to_owned(),
            frames: MAILER,
            for_good: false,
        });
    }
    job.log(&format!("250 2.0.0 accepted for {to}")).await?;
    Ok(json!({ "accepted": [to], "response": "250 2.0.0 OK" }))
}

async fn resize(job: &mut Job) -> Result<Value, Failure> {
    let widths: Vec<u64> = job.data()["widths"]
        .as_array()
        .map(|widths| widths.iter().filter_map(Value::as_u64).collect())
        .unwrap_or_default();
    let steps = widths.len() as u64 * 4;
    let mut done = 0;
    for width in widths {
        job.log(&format!("scaling to {width} px")).await?;
        for _ in 0..4 {
            pause(400).await;
            done += 1;
            // As an integer: the crate writes its own kind of number as 50.0.
            let percent = JobProgress::Object(json!(done * 100 / steps));
            job.update_progress(percent).await?;
        }
    }
    job.log("uploaded").await?;
    Ok(json!({ "files": job.data()["widths"], "saved": "61%" }))
}

const CHARGER: &[&str] = &[
    "validateCharge (/srv/billing/src/charge.ts:41:13)",
    "chargeCustomer (/srv/billing/src/charge.ts:88:20)",
    "process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
    "async Worker.processJob (/srv/billing/node_modules/bullmq/dist/cjs/classes/worker.js:515:28)",
];

async fn charge(job: &mut Job) -> Result<Value, Failure> {
    pause(200).await;
    let receipt =
        billing::receipt(job.data()).map_err(|reason| Failure::for_good(reason, CHARGER))?;
    let line = format!("charged {} {}", receipt["charged"], receipt["currency"]);
    job.log(&line).await?;
    Ok(receipt)
}

async fn order(job: &mut Job) -> Result<Value, Failure> {
    let children = job.get_children_values().await?;
    pause(500).await;
    job.log(&format!("all {} parts are done", children.len()))
        .await?;
    Ok(json!({ "parts": children.len(), "status": "shipped" }))
}

fn import(data: &Value) -> Result<Value, Failure> {
    let rows = data["rows"].as_array().map_or(&[][..], Vec::as_slice);
    for (at, row) in rows.iter().enumerate() {
        let columns = row.as_str().map_or(0, |row| row.split(';').count());
        if columns != COLUMNS {
            let reason = format!(
                "row {} of {}: {columns} columns instead of {COLUMNS}",
                at + 1,
                rows.len()
            );
            let frames = &["parseRow (/srv/import/src/rows.ts:17:9)"];
            return Err(Failure::for_good(reason, frames));
        }
    }
    Ok(json!({ "imported": rows.len() }))
}

fn book(data: &Value) -> Result<Value, Failure> {
    match data["account"].as_str() {
        Some(account) => Ok(json!({ "booked": account })),
        None => Err(Failure::for_good(
            "account must be a text: as a number, 12345678901234567890 is read as 12345678901234567000"
                .to_owned(),
            &["Ledger.book (/srv/ledger/src/ledger.ts:63:15)"],
        )),
    }
}

async fn odd(job: &mut Job) -> Result<Value, Failure> {
    let data = job.data().clone();
    if let Some(line) = data["log"].as_str() {
        job.log(line).await?;
    }
    match data["fail"].as_str() {
        Some(words) => Err(Failure::for_good(words.to_owned(), &[])),
        None => Ok(data),
    }
}
