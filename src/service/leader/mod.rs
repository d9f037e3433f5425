//! Which process leads: of all that share a Redis and a namespace, one records the history and the marks, and sends alerts.

pub(crate) mod leadership;

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Services;
use crate::domain::background::BackgroundTask;
use leadership::Leadership;

/// A lease that is not renewed expires after this time, and another process may lead.
const LEASE: Duration = Duration::from_secs(10);

/// How often the lease is renewed, or tried to be taken.
const RENEW_EVERY: Duration = Duration::from_secs(3);

/// A leader that could not renew its lease for this long stops leading, before the lease expires.
const BELIEVED_FOR: Duration = Duration::from_secs(8);

/// How long the end of the process waits to give the lease back.
const RESIGN_WITHIN: Duration = Duration::from_secs(1);

impl Services {
    /// Whether this process leads, and its token.
    pub(crate) fn leadership(&self) -> &Leadership {
        &self.leadership
    }

    /// Leads whenever no other process does, until `stop`; then gives the lease back. Not to be called with `read_only`:
    /// such a process writes nothing.
    pub(crate) async fn lead(&self, stop: CancellationToken) {
        let leadership = &self.leadership;
        let mut tick = tokio::time::interval(RENEW_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut led_at = None::<Instant>;
        let name = process_name();
        let _no_longer = LeadsNoLonger(leadership);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = stop.cancelled() => break,
            }
            let began = Instant::now();
            let own = leadership.own.as_str();
            let led = self.store.lead(own, LEASE, &name).await;
            if let Ok(leads) = led {
                led_at = leads.then_some(began);
            }
            self.tasks
                .note(BackgroundTask::Lead, led.as_ref().map(|_| ()));
            leadership.set(led_at.is_some_and(|at| at.elapsed() < BELIEVED_FOR));
        }
        leadership.set(false);
        let resigned = self.store.resign(leadership.own.as_str());
        // If Redis does not answer now, the lease expires by itself.
        let _ = tokio::time::timeout(RESIGN_WITHIN, resigned).await;
    }
}

/// The machine and id of this process, as people know it: `bullkeeper-1, process 7`.
fn process_name() -> String {
    let process = format!("process {}", std::process::id());
    // Only Linux has this file.
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname");
    match machine.as_deref().map(str::trim) {
        Ok("") | Err(_) => process,
        Ok(machine) => format!("{machine}, {process}"),
    }
}

/// A process whose leading task ended, however it did, does not go on believing that it leads.
struct LeadsNoLonger<'a>(&'a Leadership);

impl Drop for LeadsNoLonger<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
