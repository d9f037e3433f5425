use super::*;
use crate::domain::server::{Copies, Primary, Replica};

/// A state without any fault.
fn sound() -> ServerState {
    let mut state = ServerState {
        version: "7.0.15".to_owned(),
        redis_version: Some((7, 0, 15)),
        ..ServerState::default()
    };
    state.memory.policy = Some(SAFE_POLICY.to_owned());
    (state.memory.used, state.memory.limit) = (Some(80), Some(100));
    (state.disk.appends, state.disk.append_ok) = (Some(true), Some(true));
    (state.disk.snapshots, state.disk.snapshot_ok) = (Some(String::new()), Some(true));
    (state.clients.connected, state.clients.limit) = (Some(80), Some(100));
    state
}

#[test]
fn each_danger_has_a_warning_and_a_sound_server_has_none() {
    assert_eq!(sound().warnings(), []);
    type Fault = fn(&mut ServerState);
    let faults: [(Fault, bool, &str); 14] = [
        (
            |s| s.memory.policy = Some("allkeys-lru".to_owned()),
            true,
            "The eviction policy is allkeys-lru, not noeviction",
        ),
        (
            |s| s.memory.policy = None,
            false,
            "The eviction policy is not known",
        ),
        (
            |s| s.work.evicted = Some(1),
            true,
            "1 key was evicted since Redis started",
        ),
        (
            |s| s.memory.used = Some(81),
            false,
            "81 % of the memory limit is in use",
        ),
        (
            |s| s.disk.append_ok = Some(false),
            true,
            "The last write to the append-only file failed",
        ),
        (
            |s| s.disk.snapshot_ok = Some(false),
            true,
            "The last snapshot failed",
        ),
        (
            |s| s.disk.appends = Some(false),
            false,
            "Nothing is written to disk",
        ),
        (
            |s| s.clients.rejected = Some(2),
            false,
            "2 connections were rejected since Redis started",
        ),
        (
            |s| s.clients.connected = Some(81),
            false,
            "81 of 100 clients are connected",
        ),
        (
            |s| s.redis_version = Some((4, 0, 9)),
            true,
            "Redis 7.0.15 is too old for BullMQ",
        ),
        (
            |s| s.redis_version = Some((6, 0, 16)),
            false,
            "Redis 7.0.15 is older than BullMQ recommends",
        ),
        (
            |s| s.copies = replica_of(false),
            true,
            "The link to the primary 10.0.0.1:6379 is down",
        ),
        (
            |s| s.copies = replica_of(true),
            false,
            "Bullkeeper is connected to a replica",
        ),
        (
            |s| s.copies.replicas = vec![syncing()],
            false,
            "The replica 10.0.0.2:6379 is not online: wait_bgsave",
        ),
    ];
    for (fault, is_severe, title) in faults {
        let mut state = sound();
        fault(&mut state);
        let told: Vec<_> = state
            .warnings()
            .into_iter()
            .map(|w| (w.is_severe, w.title))
            .collect();
        assert_eq!(told, [(is_severe, title.to_owned())]);
    }
}

fn replica_of(is_linked: bool) -> Copies {
    Copies {
        primary: Some(Primary {
            address: "10.0.0.1:6379".to_owned(),
            is_linked,
        }),
        ..Copies::default()
    }
}

fn syncing() -> Replica {
    Replica {
        address: "10.0.0.2:6379".to_owned(),
        state: "wait_bgsave".to_owned(),
        lag: None,
    }
}

#[test]
fn the_severe_come_first_and_what_is_not_told_is_no_fault() {
    let mut state = sound();
    state.memory.used = Some(99);
    state.memory.policy = Some("volatile-ttl".to_owned());
    let severe: Vec<bool> = state.warnings().iter().map(|one| one.is_severe).collect();
    assert_eq!(severe, [true, false]);
    // Whether snapshots are taken is not told.
    let mut state = sound();
    (state.disk.appends, state.disk.snapshots) = (Some(false), None);
    assert_eq!(state.warnings(), []);
}
