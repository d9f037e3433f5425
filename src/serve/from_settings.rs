//! Builds the parts of a server as the settings say.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::domain::history::range::HistoryKept;
use crate::domain::versions::VersionPattern;
use crate::service::Services;
use crate::service::live::handle::LiveHandle;
use crate::service::rules::Rules;
use crate::service::runs::kinds::run_kinds;
use crate::store::error::StoreError;
use crate::store::records::sessions::Sessions;
use crate::store::schema_folder::SchemaFolder;
use crate::store::{Store, StoreOptions};
use crate::web::app::AppParts;
use crate::web::{FormTurns, Live, Metrics, SharedParts, UntrustedProxy, WallAccess};

/// Opens the store that `settings` name. It does not connect yet.
pub fn open_store(settings: &Settings) -> Result<Store, StoreError> {
    let read =
        |path| std::fs::read(path).map_err(|error| StoreError::Away(format!("redis_ca: {error}")));
    Store::open(StoreOptions {
        url: settings.redis.expose().to_owned(),
        certificate_authority: settings.redis_ca.as_ref().map(read).transpose()?,
        prefixes: settings.prefix.clone(),
        namespace: settings.namespace.clone(),
        timeout: settings.redis_timeout,
        audit_retention: settings.audit_retention,
    })
}

/// The use cases over a store.
pub fn services(settings: &Settings, store: Arc<Store>, overview: LiveHandle) -> Services {
    let rules = Rules {
        read_only: settings.read_only,
        require_schema: settings.require_schema,
        require_reason: settings.require_reason,
        changes_per_minute: settings.changes_per_minute as u32,
        max_data_bytes: settings.max_data_bytes as u64,
        repair_limit: settings.repair_limit as u64,
        repair_failing_percent: settings.repair_failing_percent as u64,
        pattern: VersionPattern::new(settings.version_pattern.clone()),
        redact: settings.redact.clone(),
        redaction_key: settings
            .redaction_key
            .as_ref()
            .map(|key| key.expose_secret().to_owned()),
        metrics_queues: settings.metrics_queues,
        approval_for: settings.approval_for.clone(),
        approval_expires: settings.approval_expires,
        break_glass: settings.break_glass,
        session_absolute: settings.session_absolute,
        retire_quiet: settings.retire_quiet,
        auto_retire: settings.auto_retire.clone(),
        grants: settings.grants.clone(),
        history: HistoryKept {
            minutes: settings.history_minutes,
            five_minutes: settings.history_five_minutes,
            hours: settings.history_hours,
        },
        alerts: settings.alerts.clone(),
        webhooks: settings.webhooks.clone(),
        webhook_secret: settings.webhook_secret.clone(),
        webhooks_private: settings.webhooks_private,
        environment: settings.environment.clone(),
    };
    let schemas = Arc::new(SchemaFolder::new(settings.schemas.clone()));
    Services::new(store, schemas, overview, rules, run_kinds())
}

/// The parts of the web application.
pub(super) fn parts(
    settings: &Settings,
    services: Arc<Services>,
    store: Arc<Store>,
    stop: CancellationToken,
) -> AppParts {
    AppParts {
        services,
        base_path: settings.base_path.clone(),
        redis: settings.redis.place().to_owned(),
        environment: settings.environment.clone(),
        environment_color: settings.environment_color.into(),
        trusted_proxies: settings.trusted_proxies.clone(),
        sessions: match settings.read_only {
            true => Sessions::in_memory(),
            false => Sessions::in_redis(store),
        },
        session_idle: settings.session_idle,
        secure_cookies: settings.cookies_are_secure(),
        untrusted_proxy: UntrustedProxy::default(),
        form_turns: FormTurns::default(),
        check_turns: FormTurns::default(),
        live: Live::new(settings.live_streams, stop),
        wall: WallAccess::new(
            settings.wall_token.clone(),
            &settings.base_path,
            settings.cookies_are_secure(),
        ),
        metrics: Metrics::new(settings.metrics_token.as_ref()),
        drawings: SharedParts::default(),
    }
}
