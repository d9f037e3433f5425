//! Who gets in and what they may do: sessions, roles, HTTPS, TLS to Redis, `read_only`.

mod change_rate;
mod guessing;
mod hardening;
mod last_admin;
mod over_https;
mod read_only;
mod reserved_names;
mod roles;
mod sessions;
mod tls;
mod untrusted_proxy;
mod user_changes;
