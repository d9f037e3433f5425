//! The commands that held Redis up for long.

use redis::aio::MultiplexedConnection;

use super::Result;

/// A command that Redis took a millisecond or more for.
#[derive(Debug, Clone, Default, PartialEq, PartialOrd)]
pub(crate) struct Slow {
    /// How long, in milliseconds.
    pub(crate) took: f64,
    /// Its first words.
    pub(crate) command: String,
}

/// Has Redis remember the slow commands from now on.
pub(crate) async fn watch(redis: &mut MultiplexedConnection) -> Result<()> {
    for setting in [
        ("slowlog-log-slower-than", "1000"),
        ("slowlog-max-len", "20000"),
    ] {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg(setting.0).arg(setting.1);
        set.exec_async(redis).await?;
    }
    let mut reset = redis::cmd("SLOWLOG");
    Ok(reset.arg("RESET").exec_async(redis).await?)
}

/// The slow commands since [`watch`].
pub(crate) async fn seen(redis: &mut MultiplexedConnection) -> Result<Vec<Slow>> {
    let entries: Vec<Vec<redis::Value>> = redis::cmd("SLOWLOG")
        .arg(&["GET", "20000"])
        .query_async(redis)
        .await?;
    let slow = entries.into_iter().filter_map(|entry| {
        let mut parts = entry.into_iter().skip(2);
        let micros: u64 = redis::from_redis_value(parts.next()?).ok()?;
        let words: Vec<redis::Value> = redis::from_redis_value(parts.next()?).ok()?;
        Some(Slow {
            took: micros as f64 / 1000.0,
            command: first_words(&words),
        })
    });
    Ok(slow.collect())
}

/// The name of a command and what follows it, cut to a line.
fn first_words(words: &[redis::Value]) -> String {
    let texts = words.iter().take(4).map(|word| match word {
        redis::Value::BulkString(bytes) => {
            String::from_utf8_lossy(bytes).chars().take(40).collect()
        }
        other => format!("{other:?}"),
    });
    texts
        .collect::<Vec<String>>()
        .join(" ")
        .replace(['\n', '|'], " ")
}
