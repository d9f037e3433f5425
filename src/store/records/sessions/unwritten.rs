//! Sessions whose changes Redis refuses because it is out of memory, unable to save, or a replica.
//!
//! Reading must continue meanwhile, for longer than the idle time-out, though a session's use can't be written. So this
//! process remembers the use until it can. It follows that a session outlives the expiry that Redis has, up to
//! `session_absolute`, in the processes where it is used and not in others. If it is ended in another process after that
//! expiry, this one does not learn of it. A user who is changed, disabled or removed loses every session all the same. A
//! session that is missing from Redis before its expiry was ended, and stays so.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};

use crate::store::error::StoreError;

/// The most sessions that are remembered. Beyond that, some end by their idle time-out.
const MOST: usize = 10_000;

/// How long no session's use is written after a write was refused.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// The changes that could not be written.
#[derive(Debug, Default)]
pub(crate) struct UnwrittenSessions(Mutex<UnwrittenState>);

#[derive(Debug, Default)]
struct UnwrittenState {
    /// When a write was last refused; `None` while they are accepted.
    refused: Option<Instant>,
    used: HashMap<Id, Used>,
    ended: HashMap<Id, OffsetDateTime>,
}

/// A session that was used.
#[derive(Debug)]
struct Used {
    record: Record,
    /// When it expires in Redis.
    ends_in_redis: OffsetDateTime,
}

impl UnwrittenSessions {
    /// Whether a write is worth trying.
    pub(crate) fn may_be_accepted(&self) -> bool {
        let refused = self.lock().refused;
        refused.is_none_or(|at| at.elapsed() >= TRY_AGAIN_AFTER)
    }

    /// Records that a write failed. The log says so once, not with every request.
    pub(crate) fn failed(&self, error: &StoreError) {
        if self.lock().refused.replace(Instant::now()).is_none() {
            tracing::warn!(
                %error,
                "The use of sessions can't be written to Redis. People who are signed in can go on reading; nobody new can \
                 sign in."
            );
        }
    }

    /// Records that a write was accepted; returns the sessions whose end has yet to be written, once.
    pub(crate) fn accepted(&self) -> Vec<Id> {
        let mut inner = self.lock();
        if inner.refused.take().is_none() {
            return Vec::new();
        }
        tracing::info!("the use of sessions can be written to Redis again");
        inner.ended.keys().copied().collect()
    }

    /// Remembers that a session was used, which expires in Redis as `in_redis` says. A session that neither Redis nor this
    /// process knows has ended.
    pub(crate) fn used(&self, record: &Record, in_redis: Option<&Record>) {
        let mut inner = self.lock();
        let UnwrittenState { used, .. } = &mut *inner;
        if let Some(known) = used.get_mut(&record.id) {
            known.record = record.clone();
            known.ends_in_redis = in_redis.map_or(known.ends_in_redis, |record| record.expiry_date);
            return;
        }
        let Some(in_redis) = in_redis else { return };
        if used.len() >= MOST {
            used.retain(|_, used| is_live(&used.record));
        }
        if used.len() < MOST {
            let ends_in_redis = in_redis.expiry_date;
            let record = record.clone();
            used.insert(
                record.id,
                Used {
                    record,
                    ends_in_redis,
                },
            );
        }
    }

    /// Forgets that a session was used: it is written now, or the session has ended.
    pub(crate) fn forget(&self, id: &Id) {
        self.lock().used.remove(id);
    }

    /// Whether a session is missing from Redis only because its use could not be written in time.
    pub(crate) fn outlived_redis(&self, id: &Id) -> bool {
        let inner = self.lock();
        let used = inner.used.get(id);
        used.is_some_and(|used| used.ends_in_redis <= crate::clock::utc())
    }

    /// Remembers that a session was ended, until its end is written or it would have expired.
    pub(crate) fn ended(&self, id: Id, until: OffsetDateTime) {
        let mut inner = self.lock();
        inner.used.remove(&id);
        if inner.ended.len() >= MOST {
            let now = crate::clock::utc();
            inner.ended.retain(|_, until| *until > now);
        }
        if inner.ended.len() < MOST {
            inner.ended.insert(id, until);
        }
    }

    /// Forgets that a session was ended, since Redis knows now.
    pub(crate) fn end_is_written(&self, id: &Id) {
        self.lock().ended.remove(id);
    }

    /// The current session, from Redis's record and the changes that could not be written.
    pub(crate) fn current(&self, id: &Id, in_redis: Option<Record>) -> Option<Record> {
        let in_redis = in_redis.filter(is_live);
        let mut inner = self.lock();
        if inner.ended.contains_key(id) {
            return None;
        }
        let Some(used) = inner.used.get_mut(id) else {
            return in_redis;
        };
        if let Some(in_redis) = &in_redis {
            // Another process may have written its use.
            used.ends_in_redis = in_redis.expiry_date;
        }
        match in_redis {
            Some(in_redis) if in_redis.expiry_date >= used.record.expiry_date => Some(in_redis),
            None if used.ends_in_redis > crate::clock::utc() => {
                // It vanished before its expiry, so it was ended.
                inner.used.remove(id);
                None
            }
            _ => Some(used.record.clone()).filter(is_live),
        }
    }

    fn lock(&self) -> MutexGuard<'_, UnwrittenState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a session has not expired.
pub(crate) fn is_live(record: &Record) -> bool {
    record.expiry_date > crate::clock::utc()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn record(seconds: i64) -> Record {
        Record {
            id: Id::default(),
            data: HashMap::new(),
            expiry_date: crate::clock::utc() + time::Duration::seconds(seconds),
        }
    }

    /// The same session with a later use.
    fn later(record: &Record) -> Record {
        Record {
            expiry_date: record.expiry_date + time::Duration::seconds(60),
            ..record.clone()
        }
    }

    #[test]
    fn a_session_that_was_used_outlives_its_end_in_redis() {
        let unwritten = UnwrittenSessions::default();
        let in_redis = record(-1);
        let used = later(&in_redis);
        unwritten.used(&used, Some(&in_redis));
        assert_eq!(unwritten.current(&used.id, None), Some(used.clone()));
        assert!(unwritten.outlived_redis(&used.id));
        unwritten.forget(&used.id);
        assert_eq!(unwritten.current(&used.id, None), None);
    }

    #[test]
    fn a_session_that_was_ended_elsewhere_does_not_come_back() {
        let unwritten = UnwrittenSessions::default();
        let in_redis = record(60);
        let used = later(&in_redis);
        unwritten.used(&used, Some(&in_redis));
        let current = unwritten.current(&used.id, Some(in_redis));
        assert_eq!(current, Some(used.clone()));
        assert_eq!(
            unwritten.current(&used.id, None),
            None,
            "gone before its time"
        );
        assert!(!unwritten.outlived_redis(&used.id));
        let unknown = record(60);
        unwritten.used(&unknown, None);
        assert_eq!(unwritten.current(&unknown.id, None), None);
    }

    #[test]
    fn an_end_that_can_t_be_written_is_an_end_all_the_same() {
        let unwritten = UnwrittenSessions::default();
        let ended = record(60);
        unwritten.failed(&StoreError::Refused("OOM".into()));
        unwritten.ended(ended.id, ended.expiry_date);
        assert_eq!(unwritten.current(&ended.id, Some(ended.clone())), None);
        assert_eq!(unwritten.accepted(), [ended.id]);
        unwritten.end_is_written(&ended.id);
        assert!(unwritten.accepted().is_empty());
    }

    #[test]
    fn the_log_says_once_that_writes_are_refused_and_once_that_they_are_not() {
        let log = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&log);
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || SharedSessions(Arc::clone(&writer)))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let unwritten = UnwrittenSessions::default();
            assert!(unwritten.may_be_accepted());
            for _ in 0..100 {
                unwritten.failed(&StoreError::Refused("OOM".into()));
                assert!(!unwritten.may_be_accepted(), "not tried again at once");
            }
            for _ in 0..100 {
                unwritten.accepted();
            }
        });
        let log = String::from_utf8(log.lock().unwrap().clone()).unwrap();
        assert_eq!(log.lines().count(), 2, "{log}");
    }

    /// A log writer whose text the test reads.
    struct SharedSessions(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for SharedSessions {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let unwritten = UnwrittenSessions::default();
        for _ in 0..MOST + 10 {
            let in_redis = record(60);
            unwritten.used(&later(&in_redis), Some(&in_redis));
            unwritten.ended(Id::default(), in_redis.expiry_date);
        }
        let inner = unwritten.lock();
        assert_eq!((inner.used.len(), inner.ended.len()), (MOST, MOST));
    }
}
