//! Where sessions are kept: in Redis, or in memory if nothing may be written.
//!
//! The key is a digest of the session's id, and the record is kept without it, so that a reader of Redis can't sign in as
//! someone. A session is created with
//! NX and saved with XX: a session that was ended can't come back by a late save.

pub(crate) mod unwritten;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use redis::Value;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use super::brief_cache::{BriefCache, brief_cache};
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use unwritten::{UnwrittenSessions, is_live};

/// The place where sessions are kept.
#[derive(Debug, Clone)]
pub(crate) enum Sessions {
    /// In Redis, shared by all processes. What was read is used for less than a second.
    Redis {
        /// The store they are in.
        store: Arc<Store>,
        /// What was read just now.
        recent: Arc<BriefCache<Id, Record>>,
        /// What Redis refused to take.
        unwritten: Arc<UnwrittenSessions>,
    },
    /// In this process, since `--read-only` writes nothing to Redis.
    Memory(Arc<Mutex<HashMap<Id, Record>>>),
}

/// How many sessions one command reads.
const SESSIONS_AT_ONCE: usize = 500;

/// How long an ended session is remembered that Redis still has; longer than most idle time-outs.
const ENDED_KEPT: time::Duration = time::Duration::DAY;

/// How many sessions memory holds before the expired ones are removed.
const SWEEP_AT: usize = 1024;

impl Sessions {
    /// Sessions in Redis.
    pub(crate) fn in_redis(store: Arc<Store>) -> Self {
        Self::Redis {
            store,
            recent: Arc::new(brief_cache()),
            unwritten: Arc::default(),
        }
    }

    /// Sessions in memory.
    pub(crate) fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// The sessions of `ids` that have not ended, read from Redis now: the cache is not recent enough here.
    pub(crate) async fn look_up(
        &self,
        ids: &[Id],
    ) -> std::result::Result<HashMap<Id, Record>, StoreError> {
        let mut found: HashMap<Id, Record> = match self {
            Self::Redis {
                store, unwritten, ..
            } => {
                let mut in_redis = store.read_sessions(ids).await?;
                let current = |id: &Id| Some((*id, unwritten.current(id, in_redis.remove(id))?));
                ids.iter().filter_map(current).collect()
            }
            Self::Memory(sessions) => {
                let sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
                let known = |id: &Id| Some((*id, sessions.get(id)?.clone()));
                ids.iter().filter_map(known).collect()
            }
        };
        found.retain(|_, record| is_live(record));
        Ok(found)
    }
}

#[async_trait]
impl tower_sessions::SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        match self {
            Self::Redis {
                store,
                recent,
                unwritten,
            } => {
                while !store.write_session(record, "NX").await.map_err(backend)? {
                    record.id = Id::default();
                }
                recent.forget(&record.id);
                write_ends(store, unwritten).await;
            }
            Self::Memory(sessions) => {
                let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
                if sessions.len() >= SWEEP_AT {
                    sessions.retain(|_, session| is_live(session));
                }
                while sessions.contains_key(&record.id) {
                    record.id = Id::default();
                }
                sessions.insert(record.id, record.clone());
            }
        }
        Ok(())
    }

    /// Saves an existing session. Only the time of its last use changes, so a failure keeps nobody from reading.
    async fn save(&self, record: &Record) -> Result<()> {
        match self {
            Self::Redis {
                store,
                recent,
                unwritten,
            } => {
                save_use(store, unwritten, record).await;
                recent.forget(&record.id);
            }
            Self::Memory(sessions) => {
                let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(kept) = sessions.get_mut(&record.id) {
                    *kept = record.clone();
                }
            }
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        match self {
            Self::Redis {
                store,
                recent,
                unwritten,
            } => {
                let record = recent.get(*id, store.read_session(id)).await;
                Ok(unwritten.current(id, record.map_err(backend)?))
            }
            Self::Memory(sessions) => {
                let sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(sessions.get(id).filter(|record| is_live(record)).cloned())
            }
        }
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        match self {
            Self::Redis {
                store,
                recent,
                unwritten,
            } => {
                recent.forget(id);
                unwritten.forget(id);
                match store.delete_session(id).await {
                    Err(error @ StoreError::Refused(_)) => {
                        tracing::warn!(%error, "a session was ended in this process alone");
                        unwritten.failed(&error);
                        unwritten.ended(*id, crate::clock::utc() + ENDED_KEPT);
                        Ok(())
                    }
                    deleted => deleted.map_err(backend),
                }
            }
            Self::Memory(sessions) => {
                let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
                sessions.remove(id);
                Ok(())
            }
        }
    }
}

/// Writes that a session was used, or remembers it until that is possible.
async fn save_use(store: &Store, unwritten: &UnwrittenSessions, record: &Record) {
    if unwritten.may_be_accepted() {
        // A session that only expired because its use could not be written is created again.
        let condition = match unwritten.outlived_redis(&record.id) {
            true => "NX",
            false => "XX",
        };
        match store.write_session(record, condition).await {
            Ok(_) => {
                unwritten.forget(&record.id);
                write_ends(store, unwritten).await;
                return;
            }
            Err(error) => unwritten.failed(&error),
        }
    }
    match store.read_session(&record.id).await {
        Ok(in_redis) => unwritten.used(record, in_redis.as_ref()),
        Err(error) => tracing::debug!(%error, "a session can't be read"),
    }
}

/// Once Redis takes writes again, ends the sessions that were ended meanwhile.
async fn write_ends(store: &Store, unwritten: &UnwrittenSessions) {
    for id in unwritten.accepted() {
        match store.delete_session(&id).await {
            Ok(()) => unwritten.end_is_written(&id),
            Err(error) => tracing::warn!(%error, "a session that was ended is still in Redis"),
        }
    }
}

/// The beginning of the text of an error in which Redis refused.
const REFUSED: &str = "Redis refused: ";

fn backend(error: StoreError) -> Error {
    match error {
        StoreError::Refused(cause) => Error::Backend(format!("{REFUSED}{cause}")),
        StoreError::Away(cause) | StoreError::Busy(cause) | StoreError::Unexpected(cause) => {
            Error::Backend(cause)
        }
    }
}

/// The store's error, from the error that the session layer made of it.
pub(crate) fn store_error(error: tower_sessions::session::Error) -> StoreError {
    match error {
        tower_sessions::session::Error::Store(Error::Backend(text)) => {
            match text.strip_prefix(REFUSED) {
                Some(cause) => StoreError::Refused(cause.to_owned()),
                None => StoreError::Away(text),
            }
        }
        other => StoreError::Unexpected(other.to_string()),
    }
}

impl Store {
    /// The key of the record of the session with this id. It holds a digest, so it does not tell the id.
    pub(crate) fn session_key(&self, id: &str) -> String {
        self.own.session(id)
    }

    /// Writes a session under `condition` (NX or XX); returns whether the condition held.
    async fn write_session(
        &self,
        record: &Record,
        condition: &str,
    ) -> std::result::Result<bool, StoreError> {
        let without_id = Record {
            id: Id(0),
            ..record.clone()
        };
        let json = serde_json::to_string(&without_id)
            .map_err(|error| StoreError::Unexpected(error.to_string()))?;
        let left = record.expiry_date - crate::clock::utc();
        let mut command = redis::cmd("SET");
        command
            .arg(self.own.session(&record.id.to_string()))
            .arg(json)
            .arg(condition)
            .arg("PX")
            .arg(left.whole_milliseconds().max(1).to_string());
        Ok(!matches!(self.redis.command(&command).await?, Value::Nil))
    }

    async fn read_session(&self, id: &Id) -> std::result::Result<Option<Record>, StoreError> {
        let mut command = redis::cmd("GET");
        command.arg(self.own.session(&id.to_string()));
        record(id, self.redis.command(&command).await?)
    }

    /// Reads many sessions with one command.
    async fn read_sessions(
        &self,
        ids: &[Id],
    ) -> std::result::Result<HashMap<Id, Record>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for some in ids.chunks(SESSIONS_AT_ONCE) {
            let mut command = redis::cmd("MGET");
            for id in some {
                command.arg(self.own.session(&id.to_string()));
            }
            let answers = reply::items(self.redis.command(&command).await?);
            for (id, answer) in some.iter().zip(answers) {
                // A session that can't be read counts as none, and does not keep others from being read.
                if let Ok(Some(record)) = record(id, answer) {
                    found.insert(*id, record);
                }
            }
        }
        Ok(found)
    }

    async fn delete_session(&self, id: &Id) -> std::result::Result<(), StoreError> {
        let mut command = redis::cmd("DEL");
        command.arg(self.own.session(&id.to_string()));
        self.redis.command(&command).await.map(|_| ())
    }
}

/// The record of the session with this id, which Redis does not hold.
fn record(id: &Id, answer: Value) -> std::result::Result<Option<Record>, StoreError> {
    let Some(json) = reply::bytes(answer) else {
        return Ok(None);
    };
    let kept: Record = serde_json::from_slice(&json)
        .map_err(|error| StoreError::Unexpected(format!("a session: {error}")))?;
    Ok(Some(Record { id: *id, ..kept }))
}
