//! Background tasks that run until the server stops: trimming and writing the audit log, reading what
//! waits for approval, leading, recording the history, and retiring drained versions.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::Services;
use crate::store::Store;
use crate::store::audit_retention::AuditRetention;

/// How often the audit log is trimmed to its retention.
const TRIM_EVERY: Duration = Duration::from_secs(3600);

/// How often due audit entries are written: those that count repeats, and those that Redis did not take before.
const WRITE_AUDIT_EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn keep_trimmed(
    store: Arc<Store>,
    retention: AuditRetention,
    stop: CancellationToken,
) {
    let mut tick = tokio::time::interval(TRIM_EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => match store.trim_audit(retention).await {
                Ok(0) => {}
                Ok(trimmed) => tracing::info!(trimmed, "audit entries past their retention were trimmed"),
                Err(error) => tracing::warn!(%error, "the audit log could not be trimmed"),
            },
            () = stop.cancelled() => return,
        }
    }
}

pub(crate) async fn write_audit(services: Arc<Services>, stop: CancellationToken) {
    let mut tick = tokio::time::interval(WRITE_AUDIT_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => services.write_audit_due().await,
            () = stop.cancelled() => return,
        }
    }
}

pub(crate) async fn follow_proposals(services: Arc<Services>, stop: CancellationToken) {
    services.follow_proposals(stop).await;
}

pub(crate) async fn lead(services: Arc<Services>, stop: CancellationToken) {
    services.lead(stop).await;
}

pub(crate) async fn record_history(services: Arc<Services>, stop: CancellationToken) {
    services.record_history(stop).await;
}

pub(crate) async fn watch_for_marks(services: Arc<Services>, stop: CancellationToken) {
    services.watch_for_marks(stop).await;
}

pub(crate) async fn retire_drained(services: Arc<Services>, stop: CancellationToken) {
    services.overview().ready().await;
    let mut tick = tokio::time::interval(services.looks_for_drained_every());
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => services.retire_by_policy().await,
            () = stop.cancelled() => return,
        }
    }
}
