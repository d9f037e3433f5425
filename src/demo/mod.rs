//! `bullkeeper demo`: a private Redis, the queues of a made-up shop with real workers, three sign-ins, and a server that
//! shows them. All of it goes when the demo ends.
//!
//! - `private_redis` starts Redis and ends it.
//! - `shop` opens queues; `data` generates the data of jobs; `schemas` writes the schemas.
//! - `seed` fills the queues before the demo begins.
//! - `workers` process the jobs, and `traffic` adds more; `earlier_work` is what users did before, and
//!   `earlier_history` what the queues did.

mod data;
mod earlier_history;
mod earlier_work;
mod private_redis;
mod schemas;
mod seed;
mod shop;
mod traffic;
mod workers;

use std::error::Error;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::clock::unix_millis;
use crate::config::Settings;
use crate::domain::access::scope::Scope;
use crate::domain::access::{Operator, Role};
use crate::serve::{self, Server};
use crate::service::Services;
use crate::service::accounts::users::NewUser;
use private_redis::PrivateRedis;
use shop::Shop;
use workers::Workers;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The port if none was asked for.
const USUAL_PORT: u16 = 3000;

/// The roles, each with its user name and password. The passwords are not secret: they only open this demo.
const SIGN_INS: [(Role, &str); 3] = [
    (Role::Viewer, "look-around-freely"),
    (Role::Operator, "mend-what-is-broken"),
    (Role::Admin, "keeper-of-the-bulls"),
];

/// What the colleague may do beside an operator, and who approves what she asks for.
const GRANTS: &str = "carol may bulk on refunds,admin may approve and reveal on email/*";

/// What fires an alert; nobody is told.
const ALERTS: &str = "stranded on * for 20s,failure rate over 20% with at least 20 jobs on * for 30s,backlog over 5000 on *";

/// Runs the demo until a signal ends it. `port` is the one to listen on; without one it is 3000 if that is free, else
/// any free one.
///
/// # Errors
/// When no Redis is installed or it does not start, when the port is taken, and when Redis refuses something.
pub async fn run(port: Option<u16>) -> Outcome {
    let bind = address(port)?;
    let redis = PrivateRedis::start().await?;
    // Redis and its folder are removed first, whatever the outcome.
    let outcome = run_on(&redis, bind).await;
    redis.end().await;
    outcome
}

async fn run_on(redis: &PrivateRedis, bind: SocketAddr) -> Outcome {
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone())?;
    let settings = settings(redis.url(), bind, &schemas::write_into(redis.folder())?)?;
    serve::start_log(&settings);
    let shop = Shop::open(redis.url()).await?;
    seed::fill(&shop).await?;
    Workers::finish(&shop, shop::IMAGES_V6).await?;
    let mut workers = Workers::start(&shop).await?;
    let traffic = tokio::spawn(traffic::run(shop.clone(), stop.clone()));
    let began = unix_millis();
    let server = Server::start(&settings, stop.clone()).await?;
    add_users(&server.services).await?;
    earlier_history::record(&server.services, began).await?;
    wait_for_failures(&shop).await?;
    earlier_work::move_urgent_reports(&server.services).await?;
    earlier_work::ask_for_approval(&server.services).await?;
    earlier_work::keep_recipe(&server.services).await?;
    io::stdout().write_all(welcome(server.address, redis).as_bytes())?;
    tokio::select! {
        () = end_old_mailer(&mut workers, &shop) => {}
        () = stop.cancelled() => {}
    }
    server.ended().await?;
    traffic.await??;
    workers.end().await;
    Ok(())
}

/// The address to listen on. If the requested port is taken, that is an error at once, before anything is started.
fn address(port: Option<u16>) -> io::Result<SocketAddr> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let taken = |error| {
        io::Error::other(format!(
            "can't listen on {}: {error}",
            at(port.unwrap_or(USUAL_PORT))
        ))
    };
    let free = TcpListener::bind(at(port.unwrap_or(USUAL_PORT)));
    match (port, free) {
        (Some(_), Err(error)) => Err(taken(error)),
        (None, Err(_)) => Ok(at(0)),
        (_, Ok(listener)) => listener.local_addr(),
    }
}

fn settings(redis: &str, bind: SocketAddr, schemas: &Path) -> Outcome<Settings> {
    let schemas = schemas
        .to_str()
        .ok_or("the temporary folder's name is not text")?;
    Ok(Settings::from_pairs(&[
        ("redis", redis),
        ("bind", &bind.to_string()),
        ("schemas", schemas),
        ("grants", GRANTS),
        // What waits for approval waits as long as anybody looks at a demo.
        ("approval_expires", "1d"),
        ("alerts", ALERTS),
        ("environment", "demo"),
        ("environment_color", "blue"),
        ("refresh", "1s"),
        ("discovery", "2s"),
        // A version that was drained before the demo began may be retired at once.
        ("retire_quiet", "20s"),
        // The demo's own workers are interrupted when it ends; that is not worth a log line.
        ("log_level", "warn,bullmq=error"),
    ])?)
}

async fn add_users(services: &Services) -> Outcome {
    let sign_ins = SIGN_INS.map(|(role, password)| (role.name(), role, password));
    let (colleague, password) = earlier_work::COLLEAGUE;
    for (name, role, password) in
        sign_ins
            .into_iter()
            .chain([(colleague, Role::Operator, password)])
    {
        let new = NewUser {
            name: name.to_owned(),
            role,
            scope: Scope::everything(),
            password: password.to_owned(),
        };
        services.add_user(&Operator::console(), new).await??;
    }
    Ok(())
}

/// Waits for the failures that the printed steps mention.
async fn wait_for_failures(shop: &Shop) -> Result<(), bullmq::Error> {
    let bad = seed::billing::bad_charges().len() + seed::billing::text_amounts().len();
    let expected = bad as u64 + 1;
    let queue = shop.queue(shop::BILLING).await?;
    let give_up = Instant::now() + shop::FAILED_WITHIN;
    while shop.failed(&queue).await? < expected && Instant::now() < give_up {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

fn stop_on_signal(stop: CancellationToken) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}

/// Ends the worker of the old version of the emails when it has nothing left, while the demo runs.
async fn end_old_mailer(workers: &mut Workers, shop: &Shop) {
    if let Err(error) = workers.end_when_empty(shop, shop::EMAIL_V1).await {
        tracing::debug!(%error, "the demo could not end the old mailer");
    }
}

fn welcome(address: SocketAddr, redis: &PrivateRedis) -> String {
    let sign_ins = SIGN_INS.map(|(role, password)| format!("{:<10}{password}", role.name()));
    format!(
        "
Bullkeeper's demo is running. Five things to try:

  1. Repair a job.    Sign in as operator, open billing and its failed job invoice-1041, choose Edit
                      data, make the amount \"12,50\" the number 12.50, review, and save and retry.
  2. Watch a deploy.  Open the family email: v1 is empty in about four minutes, and then its worker
                      stops. Sign in as admin, and retire it.
  3. Move jobs.       As admin, open the family report: v1 is stranded. Move its jobs to v2.
  4. Repair many.     As admin, open refunds and its failed jobs, choose Repair all, convert /amount
                      to schema, tick Retry each job, review, and repair all 320.
                      A recipe that carol saved does the same: open Recipes.
  5. Approve.         carol changed the address of an email, which takes a second person. As admin,
                      open Proposals, and approve it with your password. As operator, open that job
                      in email/v3: its address is critical, and its name is hidden.

  Open      http://{address}/

  Sign in   {}

  More      Failures groups what failed: one error is only in v3 of email, and another says
            which field differs in the charges that failed.
            {} in orders/v1 waits for a failed child: repair invoice-1047, and it goes on.
            The two versions of pricing got the same jobs: compare them.
            image-resize/v6 is drained: retire it.
            History shows the deploy of email/v3 half an hour ago. Alerts shows what fires now,
            and leads to the wall, for a screen that many look at.

  Redis     {}
  End       Ctrl-C; Redis and all that is in it go too.

",
        sign_ins.join("\n            "),
        seed::flows::STUCK_ORDER,
        redis.url(),
    )
}
