//! Who gets in and what they may do: sessions, roles, HTTPS, TLS to Redis, `read_only`.

mod guessing;
mod hardening;
mod over_https;
mod read_only;
mod roles;
mod sessions;
mod tls;
mod untrusted_proxy;
mod user_changes;
