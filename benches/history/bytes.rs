//! How many bytes in Redis everything takes that Bullkeeper keeps.

use std::collections::BTreeMap;

use redis::aio::MultiplexedConnection;

use crate::lab::Result;

/// What is kept, by the beginning of its keys without the namespace.
const KINDS: [(&str, &str); 5] = [
    ("history", "history"),
    ("mark", "marks"),
    ("alert", "alerts"),
    ("leader", "leader"),
    ("", "users, sessions and audit log"),
];

/// The keys and bytes of each kind.
pub(crate) type Bytes = BTreeMap<&'static str, (u64, u64)>;

/// Measures all of Bullkeeper's keys, each of their entries.
pub(crate) async fn all(redis: &mut MultiplexedConnection) -> Result<Bytes> {
    let mut bytes = Bytes::new();
    let mut cursor = 0u64;
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor);
        scan.arg(&["MATCH", "bullkeeper:*", "COUNT", "1000"]);
        let (next, keys): (u64, Vec<String>) = scan.query_async(redis).await?;
        for key in keys {
            let name = key.strip_prefix("bullkeeper:").unwrap_or(&key);
            let kind = KINDS.iter().find(|(begins, _)| name.starts_with(begins));
            let (keys, sum) = bytes.entry(kind.map_or("", |(_, kind)| kind)).or_default();
            *keys += 1;
            *sum += of(redis, &key).await?;
        }
        cursor = next;
        if cursor == 0 {
            return Ok(bytes);
        }
    }
}

/// The bytes of one key, measured by each of its entries.
pub(crate) async fn of(redis: &mut MultiplexedConnection, key: &str) -> Result<u64> {
    let mut usage = redis::cmd("MEMORY");
    usage.arg("USAGE").arg(key).arg(&["SAMPLES", "0"]);
    let bytes: Option<u64> = usage.query_async(redis).await?;
    Ok(bytes.unwrap_or_default())
}
