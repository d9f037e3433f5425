//! Background tasks that run until the server stops: trimming and writing the audit log, reading what
//! waits for approval, leading, recording the history, watching for alerts, and retiring drained versions.

mod supervisor;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::domain::background::BackgroundTask;
use crate::service::Services;
use crate::store::Store;
use crate::store::audit_retention::AuditRetention;
use supervisor::Supervisor;

/// How often the audit log is trimmed to its retention.
const TRIM_EVERY: Duration = Duration::from_secs(3600);

/// How soon that is tried again after it failed.
const TRIM_AGAIN: Duration = Duration::from_secs(60);

/// How often due audit entries are written: those that count repeats, and those that Redis did not take before.
const WRITE_AUDIT_EVERY: Duration = Duration::from_secs(1);

/// Starts all of them as the settings say. Returns the task that leads, if this process may.
pub(super) fn start(
    settings: &Settings,
    services: &Arc<Services>,
    store: &Arc<Store>,
    stop: &CancellationToken,
) -> (Supervisor, Option<JoinHandle<()>>) {
    let supervisor = Supervisor::new(Arc::clone(services.tasks()), stop.clone());
    let task = |task, run: fn(Arc<Services>, CancellationToken) -> BoxFuture<'static, ()>| {
        let services = Arc::clone(services);
        supervisor.start(task, move |stop| run(Arc::clone(&services), stop))
    };
    task(BackgroundTask::WriteAudit, |services, stop| {
        Box::pin(write_audit(services, stop))
    });
    task(BackgroundTask::FollowProposals, |services, stop| {
        Box::pin(async move { services.follow_proposals(stop).await })
    });
    task(BackgroundTask::WatchAlerts, |services, stop| {
        Box::pin(async move { services.watch_alerts(stop).await })
    });
    task(BackgroundTask::LookAtHealth, |services, stop| {
        Box::pin(async move { services.look_at_health(stop).await })
    });
    if settings.read_only {
        return (supervisor, None);
    }
    if let Some(retention) = store.audit_retention() {
        let (services, store) = (Arc::clone(services), Arc::clone(store));
        supervisor.start(BackgroundTask::TrimAudit, move |stop| {
            keep_trimmed(Arc::clone(&services), Arc::clone(&store), retention, stop)
        });
    }
    task(BackgroundTask::RecordHistory, |services, stop| {
        Box::pin(async move { services.record_history(stop).await })
    });
    task(BackgroundTask::WatchMarks, |services, stop| {
        Box::pin(async move { services.watch_for_marks(stop).await })
    });
    if !settings.auto_retire.is_empty() {
        task(BackgroundTask::RetireDrained, |services, stop| {
            Box::pin(retire_drained(services, stop))
        });
    }
    let leading = task(BackgroundTask::Lead, |services, stop| {
        Box::pin(async move { services.lead(stop).await })
    });
    (supervisor, Some(leading))
}

async fn keep_trimmed(
    services: Arc<Services>,
    store: Arc<Store>,
    retention: AuditRetention,
    stop: CancellationToken,
) {
    loop {
        let trimmed = store.trim_audit(retention).await;
        let turn = trimmed.as_ref().map(|_| ());
        services.tasks().note(BackgroundTask::TrimAudit, turn);
        if let Ok(trimmed @ 1..) = trimmed {
            tracing::info!(trimmed, "audit entries past their retention were trimmed");
        }
        let pause = if trimmed.is_ok() {
            TRIM_EVERY
        } else {
            TRIM_AGAIN
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn write_audit(services: Arc<Services>, stop: CancellationToken) {
    let mut tick = tokio::time::interval(WRITE_AUDIT_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => services.write_audit_due().await,
            () = stop.cancelled() => return,
        }
    }
}

async fn retire_drained(services: Arc<Services>, stop: CancellationToken) {
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
