//! Counts failed sign-ins, so that guessing gets slower. Nobody is locked out.
//!
//! What strangers can make Redis keep is bounded: their tries are counted in one sketch of fixed size. A user's networks
//! are remembered by digest, only the newest few, so their number is bounded by the number of users.

use base16ct::lower::encode_string;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use redis::Script;
use tokio::sync::OnceCell;

use crate::clock::{since_epoch, unix_millis};
use crate::domain::accounts::guess_limit::{AttemptCell, AttemptSketch, CELLS, keyed};
use crate::domain::accounts::network::Network;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How long the sketch is kept after its last try; its counts are outdated before.
const SKETCH_KEPT: Duration = Duration::from_secs(2 * 60 * 60);

/// How long a network from which a user signed in is remembered.
const NETWORK_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How many networks of a user are remembered.
const NETWORKS_KEPT: usize = 16;

/// The size of a cell in Redis, in bytes.
const CELL: usize = 8;

static COUNT_TRIES: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("count.lua")));

static KNOW_NETWORK: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("know_network.lua")));

/// Counts a try from a known network, unless another one was counted since the caller read it.
static COUNT_KNOWN: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end \
         redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) \
         return 1",
    )
});

/// A network from which a user signed in lately, and the failed tries there since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownNetworks {
    /// When the user last signed in from there, as the time since the Unix epoch, in milliseconds.
    pub seen: Duration,
    /// The failed tries there since.
    pub tries: AttemptCell,
}

impl KnownNetworks {
    fn text(self) -> String {
        format!("{} {}", self.seen.as_millis(), self.tries.0)
    }

    fn parse(text: &str) -> Option<Self> {
        let (seen, tries) = text.split_once(' ')?;
        Some(Self {
            seen: Duration::from_millis(seen.parse().ok()?),
            tries: AttemptCell(tries.parse().ok()?),
        })
    }

    fn is_recent(&self) -> bool {
        since_epoch().saturating_sub(self.seen) < NETWORK_KEPT
    }
}

/// The counters of sign-ins.
#[derive(Debug)]
pub(crate) struct SignInAttempts {
    place: AttemptKey,
    /// The key to use if there is none yet.
    fresh: String,
    key: OnceCell<Vec<u8>>,
}

#[derive(Debug)]
enum AttemptKey {
    /// In Redis, for all processes.
    Redis(Arc<Store>),
    /// In this process, if nothing may be written or the tries are not worth writing.
    Memory(Mutex<InMemory>),
}

#[derive(Debug, Default)]
struct InMemory {
    sketch: AttemptSketch,
    /// The networks of each user, by digest.
    networks: HashMap<String, HashMap<String, KnownNetworks>>,
}

impl SignInAttempts {
    /// Counts in Redis. The secret `fresh` becomes the key of the digests, unless Redis holds one already.
    pub(crate) fn in_redis(store: Arc<Store>, fresh: String) -> Self {
        Self {
            place: AttemptKey::Redis(store),
            fresh,
            key: OnceCell::new(),
        }
    }

    /// Counts in memory, with the secret `fresh` as the key of the digests.
    pub(crate) fn in_memory(fresh: String) -> Self {
        Self {
            place: AttemptKey::Memory(Mutex::default()),
            fresh,
            key: OnceCell::new(),
        }
    }

    /// The key of the digests that choose cells; the same in every process that counts in Redis.
    pub(crate) async fn key(&self) -> Result<&[u8], StoreError> {
        let key = self.key.get_or_try_init::<StoreError, _, _>(|| async {
            match &self.place {
                AttemptKey::Redis(store) => {
                    let key = store.own.sign_in_key();
                    let kept = store.kept_secret(&key, &self.fresh).await?;
                    Ok(kept.into_bytes())
                }
                AttemptKey::Memory(_) => Ok(self.fresh.clone().into_bytes()),
            }
        });
        Ok(key.await?.as_slice())
    }

    pub(crate) async fn read(&self, places: &[usize]) -> Result<Vec<AttemptCell>, StoreError> {
        match &self.place {
            AttemptKey::Redis(store) => store.read_tries(places).await,
            AttemptKey::Memory(memory) => Ok(lock(memory).sketch.read(places)),
        }
    }

    /// Writes `new` at `places` if the cells there still equal `seen`. Returns whether they did; otherwise read again.
    pub(crate) async fn swap(
        &self,
        places: &[usize],
        seen: &[AttemptCell],
        new: &[AttemptCell],
    ) -> Result<bool, StoreError> {
        match &self.place {
            AttemptKey::Redis(store) => store.swap_tries(places, seen, new).await,
            AttemptKey::Memory(memory) => Ok(lock(memory).sketch.swap(places, seen, new)),
        }
    }

    /// What is remembered of `network`, if `user` signed in from there lately.
    pub(crate) async fn known(
        &self,
        user: &str,
        network: &Network,
    ) -> Result<Option<KnownNetworks>, StoreError> {
        let digest = self.digest(user, network).await?;
        let known = match &self.place {
            AttemptKey::Redis(store) => store.known_network(user, &digest).await?,
            AttemptKey::Memory(memory) => {
                let memory = lock(memory);
                let of_user = memory.networks.get(user);
                of_user.and_then(|networks| networks.get(&digest)).copied()
            }
        };
        Ok(known.filter(KnownNetworks::is_recent))
    }

    /// Writes `new` for a network that is remembered as `seen`; returns false if that has changed, to be read again.
    pub(crate) async fn swap_known(
        &self,
        user: &str,
        network: &Network,
        seen: KnownNetworks,
        new: KnownNetworks,
    ) -> Result<bool, StoreError> {
        let digest = self.digest(user, network).await?;
        match &self.place {
            AttemptKey::Redis(store) => store.swap_known(user, &digest, seen, new).await,
            AttemptKey::Memory(memory) => {
                let mut memory = lock(memory);
                let networks = memory.networks.entry(user.to_owned()).or_default();
                let same = networks.get(&digest) == Some(&seen);
                if same {
                    networks.insert(digest, new);
                }
                Ok(same)
            }
        }
    }

    /// Remembers that `user` signed in from `network` now, without a failed try there since. Only for users who exist,
    /// which bounds what is kept.
    pub(crate) async fn remember(&self, user: &str, network: &Network) -> Result<(), StoreError> {
        let digest = self.digest(user, network).await?;
        let known = KnownNetworks {
            seen: Duration::from_millis(unix_millis()),
            tries: AttemptCell::default(),
        };
        match &self.place {
            AttemptKey::Redis(store) => store.know_network(user, &digest, known).await,
            AttemptKey::Memory(memory) => {
                let mut memory = lock(memory);
                let networks = memory.networks.entry(user.to_owned()).or_default();
                networks.insert(digest, known);
                if networks.len() > NETWORKS_KEPT
                    && let Some(oldest) = oldest(networks)
                {
                    networks.remove(&oldest);
                }
                Ok(())
            }
        }
    }

    /// A digest of the network, so that a reader of Redis does not learn from where people sign in.
    async fn digest(&self, user: &str, network: &Network) -> Result<String, StoreError> {
        let digest = keyed(self.key().await?, &["known", user, network.as_str()]);
        Ok(encode_string(&digest[..16]))
    }
}

fn lock(memory: &Mutex<InMemory>) -> std::sync::MutexGuard<'_, InMemory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

fn oldest(networks: &HashMap<String, KnownNetworks>) -> Option<String> {
    let oldest = networks.iter().min_by_key(|(_, known)| known.seen);
    oldest.map(|(digest, _)| digest.clone())
}

impl Store {
    async fn read_tries(&self, places: &[usize]) -> Result<Vec<AttemptCell>, StoreError> {
        let mut pipeline = redis::pipe();
        for place in places {
            let offset = place * CELL;
            pipeline
                .cmd("GETRANGE")
                .arg(self.own.sign_in_tries())
                .arg(offset)
                .arg(offset + CELL - 1);
        }
        let cells = self.redis.read(&mut pipeline).await?;
        Ok(cells.into_iter().map(cell).collect())
    }

    async fn swap_tries(
        &self,
        places: &[usize],
        seen: &[AttemptCell],
        new: &[AttemptCell],
    ) -> Result<bool, StoreError> {
        let mut invocation = COUNT_TRIES.key(self.own.sign_in_tries());
        invocation
            .arg(CELLS * CELL)
            .arg(SKETCH_KEPT.as_millis().to_string());
        for ((place, seen), new) in places.iter().zip(seen).zip(new) {
            invocation
                .arg(place * CELL)
                .arg(&seen.0.to_be_bytes()[..])
                .arg(&new.0.to_be_bytes()[..]);
        }
        Ok(self.redis.script::<u64>(&invocation).await? == 1)
    }

    async fn known_network(
        &self,
        user: &str,
        digest: &str,
    ) -> Result<Option<KnownNetworks>, StoreError> {
        let mut command = redis::cmd("HGET");
        command.arg(self.own.networks_of(user)).arg(digest);
        let text = reply::text(self.redis.command(&command).await?);
        Ok(text.as_deref().and_then(KnownNetworks::parse))
    }

    async fn swap_known(
        &self,
        user: &str,
        digest: &str,
        seen: KnownNetworks,
        new: KnownNetworks,
    ) -> Result<bool, StoreError> {
        let mut invocation = COUNT_KNOWN.key(self.own.networks_of(user));
        invocation.arg(digest).arg(seen.text()).arg(new.text());
        Ok(self.redis.script::<u64>(&invocation).await? == 1)
    }

    async fn know_network(
        &self,
        user: &str,
        digest: &str,
        known: KnownNetworks,
    ) -> Result<(), StoreError> {
        let kept = NETWORK_KEPT.as_millis();
        let oldest = known.seen.as_millis().saturating_sub(kept);
        let mut invocation = KNOW_NETWORK.key(self.own.networks_of(user));
        invocation
            .arg(digest)
            .arg(known.text())
            .arg(oldest.to_string())
            .arg(NETWORKS_KEPT)
            .arg(kept.to_string());
        self.redis.script(&invocation).await
    }
}

/// A cell of the sketch; empty if it was never written.
fn cell(value: redis::Value) -> AttemptCell {
    let bytes = reply::bytes(value).and_then(|bytes| bytes.try_into().ok());
    AttemptCell(u64::from_be_bytes(bytes.unwrap_or_default()))
}
