//! The buttons of Bullkeeper and bull-board, as their pages send them.

use std::time::Duration;

use redis::AsyncCommands;

use super::lab::Result;
use super::lab::client::Connection;
use super::lab::work::{Target, form};
use super::{Deed, Ground};

impl Ground<'_> {
    pub(crate) async fn by_bullkeeper(&mut self, deed: Deed) -> Result<()> {
        let count = self.jobs.to_string();
        let mut fields = vec![
            ("queue", "bench/v1"),
            ("reason", "a benchmark"),
            ("confirm", "1"),
        ];
        let path = match deed {
            Deed::Retry | Deed::Remove => {
                let (operation, state) = match deed {
                    Deed::Retry => ("job.retry", "failed"),
                    _ => ("job.remove", "waiting"),
                };
                fields.extend([("operation", operation), ("state", state)]);
                fields.extend([("count", count.as_str()), ("typed_count", count.as_str())]);
                "/queue/operate"
            }
            Deed::Clean => {
                fields.extend([("kind", "failed"), ("age", "0"), ("limit", "0")]);
                "/queue/clean"
            }
        };
        let mut connection = Connection::open(self.bullkeeper.address).await?;
        let request = self.admin.post(path, &form(&fields));
        let answer = connection.exchange(&request).await?;
        let run = answer
            .header("location")
            .and_then(|location| location.rsplit('=').next());
        let run = run.ok_or_else(|| format!("beginning was answered with {}", answer.status))?;
        let key = format!("bullkeeper:run:{run}");
        loop {
            let state: String = self.redis.hget(&key, "state").await?;
            match state.as_str() {
                "running" => tokio::time::sleep(Duration::from_millis(5)).await,
                "done" => return Ok(()),
                other => return Err(format!("the run is {other}").into()),
            }
        }
    }

    pub(crate) async fn by_bull_board(&mut self, deed: Deed) -> Result<()> {
        let path = match deed {
            Deed::Retry => "/api/queues/bench%2Fv1/retry/failed",
            Deed::Clean => "/api/queues/bench%2Fv1/clean/failed",
            Deed::Remove => "/api/queues/bench%2Fv1/empty",
        };
        let target = Target::open(self.peer);
        let request = target.request("PUT", path, "content-length: 0\r\n", "");
        let mut connection = Connection::open(self.peer.address).await?;
        let answer = connection.exchange(&request).await?;
        match answer.status {
            200 | 204 => Ok(()),
            status => Err(format!("bull-board answered with {status}").into()),
        }
    }
}
