//! The leader records each minute once it is over: per queue, and all queues together.
//!
//! What is recorded is set, never added: the same minute may be recorded again, by this or another process. Where Redis or this
//! process was away, the minutes since are recorded afterwards, as far as BullMQ keeps the events.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::unrecorded::{add_up, known_hour};
use super::window::{Recorder, Window};
use crate::clock::{instant, unix_millis};
use crate::domain::background::BackgroundTask;
use crate::domain::history::chunks::HOUR;
use crate::domain::history::clock_trust::ClockWatch;
use crate::domain::history::encoding::encode_minute;
use crate::domain::history::presence::Presence;
use crate::domain::history::recording::RecordedHour;
use crate::domain::history::slot::Slot;
use crate::domain::stats::series::MINUTE_MS;
use crate::service::Services;
use crate::service::leader::leadership::LeaderToken;
use crate::service::live::snapshot::Snapshot;
use crate::store::error::StoreError;
use crate::store::records::history::{HistoryOf, LeaderWrite, MinutesToRecord};

/// How often the recorder looks whether a minute is over.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How many queues are recorded with one pipeline, and how long Redis has for others after it.
const QUEUES_AT_ONCE: usize = 200;
const PAUSE: Duration = Duration::from_millis(50);

/// What a process knows of the minutes of one queue, or of all.
struct KnownMinutes {
    of: HistoryOf,
    minutes: Vec<(u64, Slot)>,
}

impl Services {
    /// Records the history while this process leads, until `stop`.
    pub(crate) async fn record_history(&self, stop: CancellationToken) {
        let mut recorder = Recorder::default();
        let mut watch = ClockWatch::default();
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
                recorded = self.record_due(&mut recorder, &mut watch, &token) => recorded,
                () = stop.cancelled() => return,
            };
            let turn = recorded.as_ref().copied();
            self.tasks.note(BackgroundTask::RecordHistory, turn);
        }
    }

    async fn record_due(
        &self,
        recorder: &mut Recorder,
        watch: &mut ClockWatch,
        token: &LeaderToken,
    ) -> Result<(), StoreError> {
        let token_text = token.as_str();
        let clock = self.store.history_clock_of_leader(token_text).await?;
        watch.read(clock.now_ms, instant());
        let snapshot = self.overview.now();
        if let (None, Some(since)) = (clock.recorded, snapshot.since) {
            // A process that begins before the first minute is over goes on from here.
            let before = (since / MINUTE_MS).saturating_sub(1);
            let keep = self.rules.history.longest();
            self.store
                .advance_history(token_text, before, &[], keep)
                .await?;
        }
        if let Some(window) = recorder.window(&clock, &snapshot)
            && self.record(recorder, token, window, &snapshot).await?
        {
            recorder.done = Some(window.last);
        }
        let hour = (clock.ended_minute() + 1) / HOUR;
        if recorder.done.is_some() && recorder.kept != Some(hour) {
            let trust = watch.trust(clock.now_ms, unix_millis(), instant());
            self.keep_history(token, clock.now_ms / MINUTE_MS, trust)
                .await?;
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
        let present = self.present_minutes(window, snapshot).await?;
        let mut sums: BTreeMap<u64, Slot> = BTreeMap::new();
        for some in snapshot.queues.chunks(QUEUES_AT_ONCE) {
            let known = some.iter().map(|version| {
                let minutes = known_hour(version, window.clock.now_ms);
                let minutes = minutes.minutes(window.first, window.last);
                add_up(&mut sums, &minutes);
                let of = HistoryOf::Queue(version.figures.queue.clone());
                KnownMinutes { of, minutes }
            });
            let known = known.collect();
            if !self
                .record_some(recorder, token, (window, &present), known)
                .await?
            {
                return Ok(false);
            }
        }
        let all = vec![KnownMinutes {
            of: HistoryOf::All,
            minutes: sums.into_iter().collect(),
        }];
        if !self
            .record_some(recorder, token, (window, &present), all)
            .await?
        {
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

    /// The minutes of a window that were recorded before, where a queue's events are ahead of Redis's clock: it went back.
    async fn present_minutes(
        &self,
        window: Window,
        snapshot: &Snapshot,
    ) -> Result<Presence, StoreError> {
        let now_ms = window.clock.now_ms;
        let mut queues = snapshot.queues.iter();
        match queues.any(|version| known_hour(version, now_ms).is_ahead()) {
            true => self.store.recorded_minutes(window.first, window.last).await,
            false => Ok(Presence::default()),
        }
    }

    /// Records minutes of some queues; returns false if another process leads by now.
    async fn record_some(
        &self,
        recorder: &mut Recorder,
        token: &LeaderToken,
        (window, present): (Window, &Presence),
        known: Vec<KnownMinutes>,
    ) -> Result<bool, StoreError> {
        let (mut due, mut writes) = (Vec::new(), Vec::new());
        for KnownMinutes { of, minutes } in known {
            let hour = recorder
                .hours
                .entry(of.clone())
                .or_insert(RecordedHour::NOTHING);
            if let Some(trusted) = window.trusted {
                hour.trust(&minutes, trusted);
            }
            let mut minutes = hour.due(&minutes);
            // What is not known any more takes nothing from what was recorded when it was.
            minutes.retain(|(minute, slot)| !present.holds(*minute) || slot.says_something());
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
