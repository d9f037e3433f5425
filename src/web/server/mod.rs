//! The page about Redis: what it says of itself, what of that endangers jobs, and how Bullkeeper's work on it does.

mod background;

use std::time::Duration;

use askama::Template;
use axum::extract::State;

use super::app::App;
use super::html::error::PageError;
use super::html::format::{When, bytes, duration, thousands, when};
use super::html::frame::{Frame, Page};
use super::request::session::SignedInUser;
use crate::domain::server::warning::Warning;
use crate::domain::server::{Copies, ServerState};
use crate::service::server::readings::ServerSeen;

/// The page.
#[derive(Template)]
#[template(path = "server/page.html")]
pub(crate) struct ServerPage {
    frame: Frame,
    /// Where it is, without a password.
    address: String,
    at: When,
    warnings: Vec<Warning>,
    /// Whether it says anything of itself.
    is_told: bool,
    sections: Vec<Section>,
    replicas: Vec<ReplicaView>,
    href: String,
}

/// Figures that belong together.
struct Section {
    id: &'static str,
    title: &'static str,
    facts: Vec<(&'static str, String)>,
}

struct ReplicaView {
    address: String,
    state: String,
    is_online: bool,
    /// How long ago it acknowledged; empty if it does not say.
    lag: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
) -> Result<Page<ServerPage>, PageError> {
    let seen = app.services.server(&operator).await?;
    let work = app.services.background(&operator).await?;
    let state = seen.state.as_ref();
    let mut warnings = work.warnings.clone();
    warnings.extend(state.map_or_else(Vec::new, ServerState::warnings));
    warnings.sort_by_key(|warning| !warning.is_severe);
    let mut sections = sections(&seen);
    sections.insert(
        0,
        Section {
            id: "background",
            title: "Bullkeeper",
            facts: background::facts(&work),
        },
    );
    let replicas = state.map_or(&[][..], |state| &state.copies.replicas);
    Ok(Page::ok(ServerPage {
        frame: app.frame(&operator, "redis"),
        address: app.redis.clone(),
        at: when(seen.at),
        warnings,
        is_told: state.is_some(),
        sections,
        replicas: replicas
            .iter()
            .map(|replica| ReplicaView {
                address: replica.address.clone(),
                state: replica.state.clone(),
                is_online: replica.is_online(),
                lag: replica
                    .lag
                    .map_or_else(String::new, |lag| format!("{lag} s ago")),
            })
            .collect(),
        href: app.links().to("/redis", &[]),
    }))
}

fn sections(seen: &ServerSeen) -> Vec<Section> {
    let latency = Section {
        id: "latency",
        title: "Latency",
        facts: latency(&seen.pings),
    };
    let Some(state) = &seen.state else {
        return vec![latency];
    };
    vec![
        server(state),
        memory(state),
        work(state),
        latency,
        persistence(state),
        replication(&state.copies),
    ]
}

fn server(state: &ServerState) -> Section {
    let text = |text: &str| match text {
        "" => unknown(),
        text => text.to_owned(),
    };
    let uptime = state.running_for.map(|s| duration(s.saturating_mul(1_000)));
    Section {
        id: "server",
        title: "Server",
        facts: vec![
            (
                "Version",
                format!("{} {}", state.product, text(&state.version)),
            ),
            ("Mode", text(&state.mode)),
            ("System", text(&state.system)),
            ("Running for", known(uptime)),
            ("Keys", number(state.keys)),
        ],
    }
}

fn memory(state: &ServerState) -> Section {
    let memory = &state.memory;
    let of_limit = memory.use_of_limit().map(|use_of| format!(" ({use_of} %)"));
    let limit = memory.limit.map(|limit| match limit {
        0 => "none".to_owned(),
        limit => format!("{}{}", bytes(limit), of_limit.unwrap_or_default()),
    });
    let fragmentation = memory.fragmentation.map(|ratio| format!("{ratio:.2}"));
    Section {
        id: "memory",
        title: "Memory",
        facts: vec![
            ("In use", size(memory.used)),
            ("Limit", known(limit)),
            ("Eviction", known(memory.policy.clone())),
            ("Evicted keys", number(state.work.evicted)),
            ("Peak", size(memory.peak)),
            ("Resident", size(memory.resident)),
            ("Fragmentation", known(fragmentation)),
            ("Machine has", size(memory.machine)),
        ],
    }
}

fn work(state: &ServerState) -> Section {
    let clients = &state.clients;
    Section {
        id: "clients",
        title: "Clients and commands",
        facts: vec![
            ("Connected", number(clients.connected)),
            ("Blocked", number(clients.blocked)),
            ("Most clients", number(clients.limit)),
            ("Rejected", number(clients.rejected)),
            ("Commands/s", number(state.work.a_second)),
            ("Commands", number(state.work.commands)),
        ],
    }
}

/// The pings come the fastest first.
fn latency(pings: &[Duration]) -> Vec<(&'static str, String)> {
    let told = |ping: Option<&Duration>| {
        known(ping.map(|ping| format!("{:.2} ms", ping.as_secs_f64() * 1_000.0)))
    };
    vec![
        ("PING, median", told(pings.get(pings.len() / 2))),
        ("Fastest", told(pings.first())),
        ("Slowest", told(pings.last())),
        (
            "Measured",
            format!("by {} commands from Bullkeeper", pings.len()),
        ),
    ]
}

fn persistence(state: &ServerState) -> Section {
    let disk = &state.disk;
    let outcome =
        |ok: Option<bool>| known(ok.map(|ok| if ok { "succeeded" } else { "failed" }.to_owned()));
    let appends = disk
        .appends
        .map(|on| if on { "on" } else { "off" }.to_owned());
    let snapshots = disk.snapshots.clone().map(|when| match when.as_str() {
        "" => "never".to_owned(),
        when => rules_of(when),
    });
    let last = disk
        .last_snapshot
        .map(|at| When::of(at.saturating_mul(1_000)));
    let mut facts = vec![("Append-only file", known(appends))];
    if disk.appends == Some(true) {
        facts.push(("Last append", outcome(disk.append_ok)));
    }
    facts.extend([
        ("Snapshots", known(snapshots)),
        ("Last snapshot", outcome(disk.snapshot_ok)),
        ("Taken", known(last.map(|last| last.at))),
        ("Changes since", number(disk.unsaved)),
    ]);
    Section {
        id: "persistence",
        title: "Persistence",
        facts,
    }
}

/// `3600 1 300 100` as `after 3600 s and 1 change, 300 s and 100 changes`.
fn rules_of(save: &str) -> String {
    let parts: Vec<&str> = save.split_whitespace().collect();
    let rules = parts.chunks(2).map(|rule| match rule {
        [seconds, "1"] => format!("{seconds} s and 1 change"),
        [seconds, changes] => format!("{seconds} s and {changes} changes"),
        rule => rule.concat(),
    });
    format!("after {}", rules.collect::<Vec<_>>().join(", "))
}

fn replication(copies: &Copies) -> Section {
    let role = match &copies.primary {
        Some(_) => "replica",
        None => "primary",
    };
    let mut facts = vec![("Role", role.to_owned())];
    if let Some(primary) = &copies.primary {
        let link = if primary.is_linked { "up" } else { "down" };
        facts.push(("Primary", primary.address.clone()));
        facts.push(("Link", link.to_owned()));
    }
    facts.push(("Replicas", thousands(copies.replicas.len() as u64)));
    Section {
        id: "replication",
        title: "Replication",
        facts,
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn known(text: Option<String>) -> String {
    text.unwrap_or_else(unknown)
}

fn number(number: Option<u64>) -> String {
    known(number.map(thousands))
}

fn size(size: Option<u64>) -> String {
    known(size.map(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_snapshots_read_well() {
        let text = rules_of("3600 1 300 100");
        assert_eq!(text, "after 3600 s and 1 change, 300 s and 100 changes");
    }
}
