//! The table of every setting, and the one truth about each: its name, type, default, what is allowed and what it is
//! for. The [`Settings`] struct, the flags, the variables, the reading of the file, `bullkeeper config` and the table
//! in the README all come from here; a new setting is a new row.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use regex::Regex;

use super::kinds::addresses::{Listen, Network, RedisAddress, UrlPath};
use super::kinds::amounts::{Bytes, Number, Span, days, seconds};
use super::kinds::choices::{self, EnvironmentColor, LogFormat, SecureCookies};
use super::kinds::redis_url::RedisUrl;
use super::kinds::retire_policy::RetirePolicy;
use super::kinds::text_values::{
    Label, LogLevel, MemberGlob, Namespace, QueuePrefix, SplitPattern, VERSION_PATTERN,
};
use super::kinds::{Folder, Key, ListOf, Maybe, PemFile, Switch};
use super::row::{Held, Preset, Row};
use super::secret::Secret;
use super::sources::collected::Given;
use crate::domain::retire::Policy;

/// Makes the struct, the rows and the reading of every value out of the table.
macro_rules! settings {
    ($(
        [$heading:literal]
        $( $(#[doc = $help:literal])+ $name:ident: $type:ty = $preset:expr, $kind:expr; )+
    )+) => {
        /// The settings in force, each checked and typed. Made by [`Settings::load`].
        #[derive(Debug, Clone)]
        pub struct Settings {
            $($( $(#[doc = $help])+ pub $name: $type, )+)+
            /// What each row holds and where it came from, ready to be shown.
            pub(super) held: Vec<Held>,
        }

        impl Settings {
            /// The rows of the table, in its order.
            pub(super) const ROWS: &'static [Row] = &[$($( Row {
                name: stringify!($name),
                heading: $heading,
                help: concat!($($help),+),
                preset: $preset,
                kind: &$kind,
            }, )+)+];

            /// Reads every value out of what was `given`; faults are noted there, and then there are no settings.
            pub(super) fn read(given: &mut Given) -> Option<Self> {
                $($( let $name = given.read(stringify!($name), &$kind); )+)+
                Some(Self {
                    $($( $name: $name?, )+)+
                    held: given.held(),
                })
            }
        }
    };
}

settings! {
    ["Redis"]
    /// The Redis that holds the queues and Bullkeeper's own records.
    /// Better in a variable or the file than in a flag when it holds a password.
    redis: RedisUrl = Preset::Is("redis://127.0.0.1:6379"), RedisAddress;
    /// The certificate authority of a Redis over TLS (rediss://), instead of the public ones.
    redis_ca: Option<PathBuf> = Preset::Is(""), Maybe { none: "", of: PemFile };
    /// The BullMQ prefixes under which queues are looked for.
    prefix: Vec<String> = Preset::Is("bull"), ListOf { of: QueuePrefix, least: 1 };
    /// What Bullkeeper's own keys begin with: users, sessions and the audit log.
    namespace: String = Preset::Is("bullkeeper"), Namespace;
    /// How long one Redis command may take.
    redis_timeout: Duration = Preset::Is("1s"), Span { least: 50, most: seconds(60) };

    ["Web"]
    /// The address to listen on. Any other than a loopback address needs a user first.
    bind: SocketAddr = Preset::Is("127.0.0.1:3000"), Listen;
    /// The path under which a proxy serves Bullkeeper.
    base_path: String = Preset::Is(""), UrlPath;
    /// The proxies whose X-Forwarded headers are believed.
    trusted_proxies: Vec<IpNet> = Preset::Is(""), ListOf { of: Network, least: 0 };
    /// Whether cookies are sent over HTTPS only; auto: unless `bind` is a loopback address.
    /// Set it to always behind a proxy on the same machine.
    secure_cookies: SecureCookies = Preset::Is("auto"), choices::SECURE_COOKIES;
    /// The name of this installation, shown on every page.
    environment: String = Preset::Is(""), Label { most: 40 };
    /// The colour of that name.
    environment_color: EnvironmentColor
        = Preset::From("environment", choices::color_of, "red when the name holds prod, else neutral"),
        choices::ENVIRONMENT_COLOR;

    ["Repair"]
    /// Writes nothing to Redis and keeps sessions in memory.
    read_only: bool = Preset::Is("false"), Switch;
    /// The folder of JSON Schemas that job data is checked against. Re-read when it changes.
    schemas: Option<PathBuf> = Preset::Is(""), Maybe { none: "", of: Folder };
    /// Refuses edits of jobs for which there is no schema.
    require_schema: bool = Preset::Is("false"), Switch;
    /// Asks for a reason with every edit.
    require_reason: bool = Preset::Is("true"), Switch;
    /// The largest job data that can be edited, saved or shown whole.
    max_data_bytes: usize = Preset::Is("5MB"), Bytes { most: 100_000_000 };
    /// How a queue's name splits into its family and its version.
    version_pattern: Regex = Preset::Is(VERSION_PATTERN), SplitPattern;

    ["Versions"]
    /// For how long nothing may have happened in a version before it can be retired.
    retire_quiet: Duration = Preset::Is("15m"), Span { least: 0, most: days(365) };
    /// The families whose versions are retired by themselves once they are drained and were quiet for that long.
    auto_retire: Vec<Policy> = Preset::Is(""), ListOf { of: RetirePolicy, least: 0 };

    ["Sessions and audit"]
    /// How long a session lasts without a request.
    session_idle: Duration = Preset::Is("30m"), Span { least: seconds(1), most: days(365) };
    /// How long a session lasts at all.
    session_absolute: Duration = Preset::Is("12h"), Span { least: seconds(1), most: days(365) };
    /// How long audit entries are kept; none: for ever.
    audit_retention: Option<Duration>
        = Preset::Is("none"), Maybe { none: "none", of: Span { least: days(1), most: days(36_500) } };
    /// The members of job data whose values the audit log replaces by a keyed hash.
    redact: Vec<String> = Preset::Is(""), ListOf { of: MemberGlob, least: 0 };
    /// The key of that hash. Better in a variable or the file than in a flag.
    redaction_key: Option<Secret<String>> = Preset::Is(""), Maybe { none: "", of: Key { least: 16 } };

    ["Work and log"]
    /// The least time between two counts of a queue that has events.
    /// Counting more often costs Redis more; less often shows an event later.
    recount: Duration = Preset::Is("200ms"), Span { least: 50, most: seconds(60) };
    /// How often the workers are looked up, and queues counted that change without sending events.
    refresh: Duration = Preset::Is("2s"), Span { least: 500, most: seconds(60) };
    /// How long one round is spread over that counts every queue, events or not, to correct what was missed.
    round: Duration = Preset::Is("60s"), Span { least: 500, most: seconds(3_600) };
    /// How long one walk through the keys of Redis in search of new queues is spread over.
    discovery: Duration = Preset::Is("30s"), Span { least: 100, most: seconds(3_600) };
    /// How many pages may be live at once; each is an open connection and some memory. Others refresh now and then.
    live_streams: usize = Preset::Is("2000"), Number { least: 1, most: 100_000 };
    /// The form of the log.
    log_format: LogFormat = Preset::Is("text"), choices::LOG_FORMAT;
    /// What is logged.
    log_level: String = Preset::Is("info"), LogLevel;
}
