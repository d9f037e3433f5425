//! Caches answers for less than a second. Sessions and users are read with every request, and a change of them must take
//! effect within a second.

use std::hash::Hash;
use std::time::Duration;

use crate::cache::Cache;
use crate::store::error::StoreError;

/// How long an answer is taken for current, from when Redis was asked.
const FRESH: Duration = Duration::from_millis(900);

/// So many are kept. More can be asked for in a second only by as many users, or by a stranger who makes up cookies,
/// which is worth no memory.
const MOST: usize = 4096;

/// Records, or that there is none, each for less than a second.
pub(crate) type BriefCache<K, V> = Cache<K, Option<V>, StoreError>;

/// Nothing yet.
pub(crate) fn brief_cache<K: Eq + Hash, V: Clone>() -> BriefCache<K, V> {
    Cache::new(MOST, |_| FRESH)
}
