//! Reads the history of queues.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use redis::Value;

use super::{DAY, HistoryField, HistoryOf, LATEST_MINUTE};
use crate::clock::unix_millis;
use crate::domain::history::presence::Presence;
use crate::domain::history::recorded::HistoryClock;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use crate::store::records::damaged::LeaderRecord;

/// How many queues one pipeline asks about: each may answer with some kilobytes.
const QUEUES_A_PIPELINE: usize = 100;

/// The bytes of how many keys one pipeline measures: each takes Redis some microseconds.
const MEASURED_A_PIPELINE: usize = 500;

/// The fields of one queue's history that were asked for and are there.
pub(crate) type HistoryParts = HashMap<HistoryField, Vec<u8>>;

/// Redis's clock and how far the history was recorded, and whether the latter can't be read.
pub(in crate::store::records) fn clock_of(
    answers: &mut impl Iterator<Item = Result<Value, StoreError>>,
) -> Result<(HistoryClock, bool), StoreError> {
    let time = match answers.next().unwrap_or(Ok(Value::Nil)) {
        Ok(time) => reply::items(time),
        Err(StoreError::Refused(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut parts = time.into_iter().filter_map(reply::number);
    let (seconds, micros) = (parts.next(), parts.next());
    let redis_ms = seconds.map(|seconds| seconds * 1000 + micros.unwrap_or_default() / 1000);
    let (recorded, is_there) = match answers.next().unwrap_or(Ok(Value::Nil)) {
        Ok(Value::Nil) => (None, false),
        Ok(recorded) => (reply::number(recorded), true),
        Err(error) if error.is_wrong_type() => (None, true),
        Err(error) => return Err(error),
    };
    let recorded = recorded.filter(|minute| *minute < LATEST_MINUTE);
    let clock = HistoryClock {
        now_ms: redis_ms.unwrap_or_else(unix_millis),
        recorded,
    };
    Ok((clock, is_there && recorded.is_none()))
}

impl Store {
    /// Redis's clock, and how far the history was recorded, in one round trip. Where the Redis user may not run TIME, it is the clock
    /// of this machine.
    pub(crate) async fn history_clock(&self) -> Result<HistoryClock, StoreError> {
        Ok(self.read_clock().await?.0)
    }

    /// The same for the leading process: a last recorded minute that can't be read is set aside.
    pub(crate) async fn history_clock_of_leader(
        &self,
        token: &str,
    ) -> Result<HistoryClock, StoreError> {
        let (clock, is_damaged) = self.read_clock().await?;
        if is_damaged {
            self.set_aside_whole(token, &LeaderRecord::HistoryRecorded)
                .await?;
        }
        Ok(clock)
    }

    async fn read_clock(&self) -> Result<(HistoryClock, bool), StoreError> {
        let mut pipeline = redis::pipe();
        self.ask_clock(&mut pipeline);
        clock_of(&mut self.redis.each(&mut pipeline).await?.into_iter())
    }

    /// Adds the two commands whose answers [`clock_of`] takes.
    pub(in crate::store::records) fn ask_clock(&self, pipeline: &mut redis::Pipeline) {
        pipeline.cmd("TIME");
        pipeline.cmd("GET").arg(self.own.history_recorded());
    }

    /// In which minutes from `first` to `last` a process recorded.
    pub(crate) async fn recorded_minutes(
        &self,
        first: u64,
        last: u64,
    ) -> Result<Presence, StoreError> {
        let days = first / DAY..=last / DAY;
        let mut pipeline = redis::pipe();
        for day in days.clone() {
            pipeline.cmd("GET").arg(self.own.history_minutes(day));
        }
        let answers = self.redis.read(&mut pipeline).await?;
        let mut minutes = Presence::default();
        for (day, answer) in days.zip(answers) {
            minutes.take_day(day, reply::bytes(answer).unwrap_or_default());
        }
        Ok(minutes)
    }

    /// The recorded queues, and all of them together.
    pub(crate) async fn recorded_queues(&self) -> Result<Vec<HistoryOf>, StoreError> {
        let mut range = redis::pipe();
        let queues = self.own.history_queues();
        range.cmd("ZRANGE").arg(queues).arg(&["0", "-1"]);
        let answer = self.redis.read(&mut range).await?.into_iter().next();
        let names = answer.map(reply::texts).unwrap_or_default();
        Ok(names
            .iter()
            .filter_map(|name| HistoryOf::parse(name))
            .collect())
    }

    /// Which fields the history of each of these queues has.
    pub(crate) async fn history_fields(
        &self,
        queues: &[HistoryOf],
    ) -> Result<Vec<Vec<HistoryField>>, StoreError> {
        let mut fields = Vec::with_capacity(queues.len());
        for some in queues.chunks(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for queue in some {
                pipeline
                    .cmd("HKEYS")
                    .arg(self.own.history(&queue.to_string()));
            }
            let answers = self.redis.read(&mut pipeline).await?;
            fields.extend(answers.into_iter().map(|answer| {
                let names = reply::texts(answer);
                let parsed = names.iter().filter_map(|name| HistoryField::parse(name));
                parsed.collect()
            }));
        }
        Ok(fields)
    }

    /// Fields of the history of each queue that are there, in the order of `queues`.
    pub(crate) async fn history_parts(
        &self,
        queues: &[(HistoryOf, Vec<HistoryField>)],
    ) -> Result<Vec<HistoryParts>, StoreError> {
        let mut parts = Vec::with_capacity(queues.len());
        for some in queues.chunks(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            let asked: Vec<_> = some
                .iter()
                .filter(|(_, fields)| !fields.is_empty())
                .collect();
            for (queue, fields) in &asked {
                let names: Vec<String> = fields.iter().map(HistoryField::to_string).collect();
                pipeline
                    .cmd("HMGET")
                    .arg(self.own.history(&queue.to_string()))
                    .arg(names);
            }
            let bulk = self.bulk().await;
            let mut answers = bulk.read(&mut pipeline).await?.into_iter();
            for (_, fields) in some {
                let values = match fields.is_empty() {
                    true => Vec::new(),
                    false => answers.next().map(reply::items).unwrap_or_default(),
                };
                let there = fields.iter().zip(values);
                let there = there.filter_map(|(field, value)| Some((*field, reply::bytes(value)?)));
                parts.push(there.collect());
            }
        }
        Ok(parts)
    }

    /// How many bytes in Redis the histories of these queues take. If they are all there are, given by the minutes of which
    /// anything is kept, that includes what is kept once for all queues: their list, and in which minutes a process recorded.
    pub(crate) async fn history_bytes(
        &self,
        queues: &[HistoryOf],
        all: Option<RangeInclusive<u64>>,
    ) -> Result<u64, StoreError> {
        let keys = queues.iter().map(|of| self.own.history(&of.to_string()));
        let bytes = self.bytes_of(&keys.collect::<Vec<_>>()).await?;
        match all {
            Some(minutes) if bytes > 0 => {
                let days = minutes.start() / DAY..=minutes.end() / DAY;
                let days = days.map(|day| self.own.history_minutes(day));
                let others = [self.own.history_queues(), self.own.history_recorded()];
                let shared: Vec<String> = days.chain(others).collect();
                Ok(bytes + self.bytes_of(&shared).await?)
            }
            _ => Ok(bytes),
        }
    }

    /// How many bytes these keys take.
    async fn bytes_of(&self, keys: &[String]) -> Result<u64, StoreError> {
        let mut bytes = 0;
        for some in keys.chunks(MEASURED_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for key in some {
                // Of some entries only, it would be the same ones of every queue, since all have fields of the same names.
                let mut usage = redis::cmd("MEMORY");
                usage.arg("USAGE").arg(key).arg(&["SAMPLES", "0"]);
                pipeline.add_command(usage);
            }
            let answers = self.redis.read(&mut pipeline).await?.into_iter();
            bytes += answers.filter_map(reply::number).sum::<u64>();
        }
        Ok(bytes)
    }
}
