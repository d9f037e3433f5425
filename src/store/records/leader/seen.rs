//! Reads who leads, and how far the history is recorded.

use crate::clock::unix_millis;
use crate::domain::background::health::{Health, LeaderProcess, Leading};
use crate::domain::stats::series::MINUTE_MS;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use crate::store::records::history::read::clock_of;

impl Store {
    /// Who leads and how far the history is recorded, in one round trip of four small reads. `token` is this process's own.
    pub(crate) async fn health(&self, token: &str) -> Result<Health, StoreError> {
        let mut pipeline = redis::pipe();
        self.ask_clock(&mut pipeline);
        pipeline.cmd("GET").arg(self.own.leader());
        pipeline.cmd("HGETALL").arg(self.own.leader_process());
        let mut answers = self.redis.each(&mut pipeline).await?.into_iter();
        let (clock, _) = clock_of(&mut answers)?;
        // One of another type is set aside by the process that leads next.
        let mut told = answers.map(|answer| match answer {
            Err(error) if error.is_wrong_type() => Ok(redis::Value::Nil),
            answer => answer,
        });
        let lease = told.next().transpose()?.and_then(reply::text);
        let fields = told.next().transpose()?.map(reply::pairs);
        let fields = fields.unwrap_or_default();
        let field = |name: &str| {
            let found = fields.iter().find(|(field, _)| field == name.as_bytes())?;
            Some(reply::lossy(found.1.clone()))
        };
        let number = |name: &str| field(name)?.parse::<u64>().ok();
        // A process of an earlier version has a lease and no name.
        let is_named = field("token").is_some() && field("token") == lease;
        let leading = match lease {
            Some(lease) => Leading::Process(LeaderProcess {
                is_this: lease == token,
                name: field("name").filter(|_| is_named),
                since_ms: number("since").filter(|_| is_named),
            }),
            None => Leading::Nobody {
                since_ms: number("seen"),
            },
        };
        Ok(Health {
            leading,
            recorded_ms: clock.recorded.map(|minute| (minute + 1) * MINUTE_MS),
            redis_ms: clock.now_ms,
            read_ms: unix_millis(),
        })
    }
}
