//! The table of every setting: its name, type, default, what is allowed and what it is for. The [`Settings`] struct, the
//! flags, the variables, the reading of the file, `bullkeeper config` and the table in the README all come from here;
//! a new setting is a new row.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use ipnet::IpNet;
use regex::Regex;
use secrecy::SecretString;

use super::kinds::addresses::{ip_network, redis_address, socket_address, url_path};
use super::kinds::alerts::{alert_rule, webhook};
use super::kinds::amounts::{duration, number, size};
use super::kinds::choices::{
    EnvironmentColor, LogFormat, SecureCookies, approvable_run, choice, color_of,
};
use super::kinds::grant_rule::grant_rule;
use super::kinds::redis_url::RedisUrl;
use super::kinds::retire_policy::retire_policy;
use super::kinds::text_values::{
    VERSION_PATTERN, label, log_level, member_glob, namespace, queue_prefix, version_pattern,
};
use super::kinds::{SettingKind, folder, list, optional, pem_file, secret_key, switch, token};
use super::row::SettingDefault::{DependsOn, Text};
use super::row::SettingRow;
use super::sources::collected::{Collected, ShownValue};
use crate::domain::access::GrantRule;
use crate::domain::alerts::rule::AlertRule;
use crate::domain::alerts::webhook::Webhook;
use crate::domain::run::RunKind;
use crate::domain::versions::retire::Policy;

/// Makes the struct, the rows and the reading of every value out of the table.
macro_rules! settings {
    ($(
        [$heading:literal]
        $( $(#[doc = $help:literal])+ $name:ident: $type:ty = $default:expr, $kind:expr; )+
    )+) => {
        /// The settings in force, each checked and typed. Made by `Settings::load`.
        #[derive(Debug, Clone)]
        pub struct Settings {
            $($( $(#[doc = $help])+ pub $name: $type, )+)+
            /// What each row holds and where it came from, in the order of the table.
            pub(super) shown: Vec<ShownValue>,
        }

        impl Settings {
            /// The rows of the table, in its order.
            pub(super) fn rows() -> &'static [SettingRow] {
                static ROWS: LazyLock<Vec<SettingRow>> = LazyLock::new(|| vec![$($({
                    let kind: SettingKind<$type> = $kind;
                    let help = concat!($($help),+);
                    SettingRow::new($heading, stringify!($name), help, $default, kind.info)
                },)+)+]);
                &ROWS
            }

            /// Reads every value out of what was collected; faults are noted there, and then there are no settings.
            pub(super) fn read(collected: &mut Collected) -> Option<Self> {
                $($( let $name: Option<$type> = collected.read(stringify!($name), &$kind); )+)+
                Some(Self {
                    $($( $name: $name?, )+)+
                    shown: collected.shown(),
                })
            }
        }
    };
}

settings! {
    ["Redis"]
    /// The Redis that holds the queues and Bullkeeper's own records.
    /// Better in a variable or the file than in a flag when it holds a password.
    redis: RedisUrl = Text("redis://127.0.0.1:6379"), redis_address();
    /// The certificate authority of a Redis over TLS (rediss://), instead of the public ones.
    redis_ca: Option<PathBuf> = Text(""), optional("", pem_file());
    /// The BullMQ prefixes under which queues are looked for.
    prefix: Vec<String> = Text("bull"), list(1, queue_prefix());
    /// What Bullkeeper's own keys begin with: users, sessions and the audit log.
    namespace: String = Text("bullkeeper"), namespace();
    /// How long one Redis command may take.
    redis_timeout: Duration = Text("1s"), duration("50ms", "1m");

    ["Web"]
    /// The address to listen on. Any other than a loopback address needs a user first.
    bind: SocketAddr = Text("127.0.0.1:3000"), socket_address();
    /// The path under which a proxy serves Bullkeeper.
    base_path: String = Text(""), url_path();
    /// The proxies whose X-Forwarded headers are believed.
    trusted_proxies: Vec<IpNet> = Text(""), list(0, ip_network());
    /// Whether cookies are sent over HTTPS only; auto: unless `bind` is a loopback address.
    /// Set it to always behind a proxy on the same machine.
    secure_cookies: SecureCookies = Text("auto"), choice();
    /// The name of this installation, shown on every page.
    environment: String = Text(""), label(40);
    /// The colour of that name.
    environment_color: EnvironmentColor
        = DependsOn { setting: "environment", choose: color_of, in_words: "red when the name holds prod, else neutral" },
        choice();

    ["Repair"]
    /// Writes nothing to Redis and keeps sessions in memory.
    read_only: bool = Text("false"), switch();
    /// The folder of JSON Schemas that job data is checked against. Re-read when it changes.
    schemas: Option<PathBuf> = Text(""), optional("", folder());
    /// Refuses edits of jobs for which there is no schema.
    require_schema: bool = Text("false"), switch();
    /// Asks for a reason with every edit.
    require_reason: bool = Text("true"), switch();
    /// How many changes one person may make in a minute, over everything: edits, operations and starts of runs; 0: any number.
    /// Each process counts for itself.
    changes_per_minute: usize = Text("120"), number(0, 100_000);
    /// The runs that a person may begin only once a second one approves them, beside what policies ask for.
    approval_for: Vec<RunKind> = Text(""), list(0, approvable_run());
    /// How long a change or a run waits for the second person whom a policy or a setting asks for.
    approval_expires: Duration = Text("1h"), duration("1s", "7d");
    /// Lets an admin save a change, or begin a run, that takes a second person without one, with their password, a long reason and an alarm.
    break_glass: bool = Text("false"), switch();
    /// The largest job data that can be edited, saved or shown whole.
    max_data_bytes: usize = Text("5MB"), size(100);
    /// How many jobs one run may repair.
    repair_limit: usize = Text("100000"), number(1, 10_000_000);
    /// A repair of many jobs pauses when more than this share of at least 20 jobs fails, in percent.
    repair_failing_percent: usize = Text("10"), number(1, 100);
    /// How a queue's name splits into its family and its version.
    version_pattern: Regex = Text(VERSION_PATTERN), version_pattern();
    /// What users may for some queues, beside their role. Never beyond the queues that they may see.
    grants: Vec<GrantRule> = Text(""), list(0, grant_rule());

    ["Versions"]
    /// For how long nothing may have happened in a version before it can be retired.
    retire_quiet: Duration = Text("15m"), duration("0s", "365d");
    /// The families whose versions are retired by themselves once they are drained and were quiet for that long.
    auto_retire: Vec<Policy> = Text(""), list(0, retire_policy());

    ["Sessions and audit"]
    /// How long a session lasts without a request.
    session_idle: Duration = Text("30m"), duration("1s", "365d");
    /// How long a session lasts at all.
    session_absolute: Duration = Text("12h"), duration("1s", "365d");
    /// How long audit entries are kept; none: for ever.
    audit_retention: Option<Duration>
        = Text("none"), optional("none", duration("1d", "36500d"));
    /// The members of job data whose values the audit log replaces by a keyed hash.
    redact: Vec<String> = Text(""), list(0, member_glob());
    /// The key of that hash. Better in a variable or the file than in a flag.
    redaction_key: Option<SecretString> = Text(""), optional("", secret_key(16));

    ["Metrics, history and alerts"]
    /// How long the history of queues is kept by the minute.
    history_minutes: Duration = Text("1d"), duration("1h", "7d");
    /// How long it is kept by five minutes.
    history_five_minutes: Duration = Text("7d"), duration("1h", "90d");
    /// How long it is kept by hours.
    history_hours: Duration = Text("30d"), duration("1d", "90d");
    /// A further address that serves the metrics for Prometheus, and nothing else; empty: none.
    metrics_bind: Option<SocketAddr> = Text(""), optional("", socket_address());
    /// The bearer token that a scrape must send. With it, `/metrics` is also on the main address.
    /// Better in a variable or the file than in a flag.
    metrics_token: Option<SecretString> = Text(""), optional("", token(16));
    /// How many queues have series of their own. The others are summed.
    metrics_queues: usize = Text("1000"), number(0, 100_000);
    /// Shows the wall to who opens `/wall?token=…` with this token, without signing in.
    /// Better in a variable or the file than in a flag.
    wall_token: Option<SecretString> = Text(""), optional("", token(16));
    /// What fires an alert.
    alerts: Vec<AlertRule> = Text(""), list(0, alert_rule());
    /// Who is told of alerts. Better in a variable or the file than in a flag.
    webhooks: Vec<Webhook> = Text(""), list(0, webhook());
    /// The key that messages to webhooks are signed with. Better in a variable or the file than in a flag.
    webhook_secret: Option<SecretString> = Text(""), optional("", secret_key(16));
    /// Lets webhooks be sent to private, loopback and link-local addresses, and without TLS.
    webhooks_private: bool = Text("false"), switch();

    ["Work and log"]
    /// The least time between two counts of a queue that has events.
    /// Counting more often costs Redis more; less often shows an event later.
    recount: Duration = Text("200ms"), duration("50ms", "1m");
    /// How often the workers are looked up, and queues counted that change without sending events.
    refresh: Duration = Text("2s"), duration("500ms", "1m");
    /// How long one round is spread over that counts every queue, events or not, to correct what was missed.
    round: Duration = Text("60s"), duration("500ms", "1h");
    /// How long one walk through the keys of Redis in search of new queues is spread over.
    discovery: Duration = Text("30s"), duration("100ms", "1h");
    /// How many pages may be live at once; each is an open connection and some memory. Others refresh now and then.
    live_streams: usize = Text("2000"), number(1, 100_000);
    /// The form of the log.
    log_format: LogFormat = Text("text"), choice();
    /// What is logged.
    log_level: String = Text("info"), log_level();
}
