//! The leader records each minute once it is over: per queue, and all queues together.
//!
//! What is recorded is set, never added: the same minute may be recorded again, by this or another process. Where Redis or this
//! process was away, the minutes since are recorded afterwards, as far as BullMQ keeps the events.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::unrecorded::{add_up, known_hour};
use crate::domain::history::chunks::HOUR;
use crate::domain::history::encoding::encode_minute;
use crate::domain::history::recorded::HistoryClock;
use crate::domain::history::recording::RecordedHour;
use crate::domain::history::slot::Slot;
use crate::domain::stats::series::MINUTE_MS;
use crate::service::Services;
use crate::service::leader::leadership::LeaderToken;
use crate::service::live::snapshot::{Snapshot, VersionFigures};
use crate::store::error::StoreError;
use crate::store::records::history::{HistoryOf, LeaderWrite, MinutesToRecord};

/// How often the recorder looks whether a minute is over.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How many queues are recorded with one pipeline, and how long Redis has for others after it.
const QUEUES_AT_ONCE: usize = 200;
const PAUSE: Duration = Duration::from_millis(50);

/// How many minutes are looked at again, since events may come late.
const LATE_MINUTES: u64 = 3;

/// How long recording waits for events from before this process began.
const BEHIND_FOR: Duration = Duration::from_secs(30);

/// What this process recorded since it leads.
#[derive(Debug, Default)]
struct Recorder {
    hours: HashMap<HistoryOf, RecordedHour>,
    /// The last minute that was recorded for all queues.
    done: Option<u64>,
    /// Since when events are waited for.
    behind_since: Option<Instant>,
    /// The last hour whose parts were put together.
    kept: Option<u64>,
    /// Whether it was told that there are too many queues.
    too_many: bool,
}

/// The minutes that one look records.
#[derive(Debug, Clone, Copy)]
struct Window {
    clock: HistoryClock,
    first: u64,
    last: u64,
    /// Up to here another process recorded.
    trusted: Option<u64>,
}

impl Services {
    /// Records the history while this process leads, until `stop`.
    pub(crate) async fn record_history(&self, stop: CancellationToken) {
        let mut recorder = Recorder::default();
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = stop.cancelled() => return,
            }
            let Some(token) = self.leadership().token() else {
                recorder = Recorder::default();
                continue;
            };
            let recorded = tokio::select! {
                recorded = self.record_due(&mut recorder, &token) => recorded,
                () = stop.cancelled() => return,
            };
            if let Err(error) = recorded {
                tracing::debug!(%error, "the history can't be recorded now");
            }
        }
    }

    async fn record_due(
        &self,
        recorder: &mut Recorder,
        token: &LeaderToken,
    ) -> Result<(), StoreError> {
        let clock = self.store.history_clock().await?;
        let snapshot = self.overview.now();
        if let (None, Some(since)) = (clock.recorded, snapshot.since) {
            // A process that begins before the first minute is over goes on from here.
            let before = (since / MINUTE_MS).saturating_sub(1);
            let keep = self.rules.history.longest();
            self.store
                .advance_history(token.as_str(), before, &[], keep)
                .await?;
        }
        if let Some(window) = recorder.window(&clock, &snapshot)
            && self.record(recorder, token, window, &snapshot).await?
        {
            recorder.done = Some(window.last);
        }
        let hour = (clock.ended_minute() + 1) / HOUR;
        if recorder.done.is_some() && recorder.kept != Some(hour) {
            self.keep_history(token, clock.now_ms / MINUTE_MS).await?;
            recorder.kept = Some(hour);
        }
        Ok(())
    }

    /// Records the minutes of a window for all queues; returns whether all are recorded.
    async fn record(
        &self,
        recorder: &mut Recorder,
        token: &LeaderToken,
        window: Window,
        snapshot: &Snapshot,
    ) -> Result<bool, StoreError> {
        let mut sums: BTreeMap<u64, Slot> = BTreeMap::new();
        for some in snapshot.queues.chunks(QUEUES_AT_ONCE) {
            let known = some.iter().map(|version| {
                let minutes = known_hour(version, window.clock.now_ms);
                let minutes = minutes.minutes(window.first, window.last);
                add_up(&mut sums, &minutes);
                (HistoryOf::Queue(version.figures.queue.clone()), minutes)
            });
            let known = known.collect();
            if !self.record_some(recorder, token, window, known).await? {
                return Ok(false);
            }
        }
        let all = vec![(HistoryOf::All, sums.into_iter().collect())];
        if !self.record_some(recorder, token, window, all).await? {
            return Ok(false);
        }
        recorder.forget_gone(snapshot);
        let since = snapshot.since.unwrap_or(u64::MAX).div_ceil(MINUTE_MS);
        let from = window.clock.recorded.map_or(0, |minute| minute + 1);
        // Where Redis's clock went back, its minutes are recorded again.
        let from = from.min(window.last).max(since).max(window.first);
        let minutes: Vec<u64> = (from..=window.last).collect();
        let keep = self.rules.history.longest();
        let written = self
            .store
            .advance_history(token.as_str(), window.last, &minutes, keep)
            .await?;
        Ok(written == LeaderWrite::Written)
    }

    /// Records minutes of some queues; returns false if another process leads by now.
    async fn record_some(
        &self,
        recorder: &mut Recorder,
        token: &LeaderToken,
        window: Window,
        known: Vec<(HistoryOf, Vec<(u64, Slot)>)>,
    ) -> Result<bool, StoreError> {
        let (mut due, mut writes) = (Vec::new(), Vec::new());
        for (of, minutes) in known {
            let hour = recorder
                .hours
                .entry(of.clone())
                .or_insert(RecordedHour::NOTHING);
            if let Some(trusted) = window.trusted {
                hour.trust(&minutes, trusted);
            }
            let minutes = hour.due(&minutes);
            if !minutes.is_empty() {
                writes.push(MinutesToRecord {
                    of: of.clone(),
                    minutes: (minutes.iter())
                        .map(|(minute, slot)| (*minute, encode_minute(slot)))
                        .collect(),
                });
                due.push((of, minutes));
            }
        }
        if due.is_empty() {
            return Ok(true);
        }
        let (now, keep) = (window.clock.now_ms, self.rules.history.longest());
        let written = self
            .store
            .record_minutes(token.as_str(), &writes, now, keep)
            .await?;
        for ((of, minutes), written) in due.iter().zip(written) {
            match written {
                LeaderWrite::NotLeader => return Ok(false),
                LeaderWrite::TooMany => recorder.say_too_many(),
                LeaderWrite::Written => {}
            }
            if let Some(hour) = recorder.hours.get_mut(of) {
                hour.note(minutes);
            }
        }
        tokio::time::sleep(PAUSE).await;
        Ok(true)
    }
}

impl Recorder {
    /// The minutes to record now; `None` if there are none yet.
    fn window(&mut self, clock: &HistoryClock, snapshot: &Snapshot) -> Option<Window> {
        let last = clock.ended_minute();
        let since = snapshot.since? / MINUTE_MS;
        let oldest = clock.oldest_minute().max(since);
        if snapshot.stale.is_some() || last < oldest {
            return None;
        }
        if self.done == Some(last) && clock.recorded == Some(last) {
            return None;
        }
        if self.done.is_some() && clock.recorded < self.done {
            // Redis lost what was recorded, or its clock went back.
            *self = Self {
                kept: self.kept,
                too_many: self.too_many,
                ..Self::default()
            };
        }
        if self.is_behind(&snapshot.queues) {
            return None;
        }
        let trusted = match self.done {
            Some(_) => None,
            None => clock
                .recorded
                .and_then(|minute| minute.checked_sub(LATE_MINUTES)),
        };
        let first = match self.done {
            Some(done) => done.min(last).saturating_sub(LATE_MINUTES).max(oldest),
            None => oldest,
        };
        Some(Window {
            clock: *clock,
            first,
            last,
            trusted,
        })
    }

    /// Whether events from before this process began are still being read, for not too long.
    fn is_behind(&mut self, queues: &[Arc<VersionFigures>]) -> bool {
        if !queues.iter().any(|version| version.is_behind) {
            self.behind_since = None;
            return false;
        }
        let since = *self.behind_since.get_or_insert_with(crate::clock::instant);
        since.elapsed() < BEHIND_FOR
    }

    fn forget_gone(&mut self, snapshot: &Snapshot) {
        self.hours.retain(|of, _| match of {
            HistoryOf::Queue(queue) => snapshot.queue(queue).is_some(),
            HistoryOf::All => true,
        });
    }

    fn say_too_many(&mut self) {
        if !std::mem::replace(&mut self.too_many, true) {
            tracing::warn!("there are more queues than are recorded; the others have no history");
        }
    }
}
