//! What of a server's state endangers jobs, and what to do about it.

#[cfg(test)]
mod tests;

use super::{SAFE_POLICY, ServerState};

/// A use of memory, in per cent of its limit, above which it is worth a warning; the same for the number of clients.
const NEARLY_FULL: u64 = 80;

/// The least version of Redis that BullMQ 4 to 6 work with, and the least that they recommend.
const LEAST: (u32, u32, u32) = (5, 0, 0);
const RECOMMENDED: (u32, u32, u32) = (6, 2, 0);

/// A warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Whether jobs are in danger now.
    pub is_severe: bool,
    /// What is wrong.
    pub title: String,
    /// What that means and what to do.
    pub advice: String,
}

impl Warning {
    /// A warning of what endangers jobs, or Bullkeeper's work, now.
    pub(crate) fn severe(title: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            is_severe: true,
            title: title.into(),
            advice: advice.into(),
        }
    }

    /// Any other warning.
    pub(crate) fn mild(title: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            is_severe: false,
            ..Self::severe(title, advice)
        }
    }
}

impl ServerState {
    /// Everything that endangers jobs, the severe first.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings: Vec<Warning> = [
            self.old_version(),
            self.eviction(),
            self.evicted(),
            self.memory_use(),
            self.failed_writes(),
            self.no_persistence(),
            self.client_limit(),
        ]
        .into_iter()
        .flatten()
        .chain(self.copies_at_fault())
        .collect();
        warnings.sort_by_key(|warning| !warning.is_severe);
        warnings
    }

    /// The warning of a policy under which Redis deletes jobs.
    pub fn eviction(&self) -> Option<Warning> {
        let Some(policy) = self.memory.policy.as_deref() else {
            return Some(Warning::mild(
                "The eviction policy is not known",
                format!(
                    "Redis does not tell its maxmemory-policy to this user. Check that it is {SAFE_POLICY}: under any other, \
                     Redis deletes jobs when its memory is full."
                ),
            ));
        };
        self.memory.evicting_policy()?;
        let when = match self.memory.limit {
            Some(0) => "No memory limit is set now; once one is set and reached,",
            _ => "When its memory is full,",
        };
        Some(Warning::severe(
            format!("The eviction policy is {policy}, not {SAFE_POLICY}"),
            format!(
                "{when} Redis deletes keys, and BullMQ loses jobs. Run CONFIG SET maxmemory-policy {SAFE_POLICY}, and set it in \
                 redis.conf or in your provider's parameters, so that it stays."
            ),
        ))
    }

    fn evicted(&self) -> Option<Warning> {
        let evicted = self.work.evicted.filter(|evicted| *evicted > 0)?;
        let keys = if evicted == 1 { "key was" } else { "keys were" };
        Some(Warning::severe(
            format!("{evicted} {keys} evicted since Redis started"),
            format!(
                "Jobs may be missing or incomplete. Set maxmemory-policy to {SAFE_POLICY} and give Redis more memory. The count \
                 starts again with Redis."
            ),
        ))
    }

    fn memory_use(&self) -> Option<Warning> {
        let percent = self
            .memory
            .use_of_limit()
            .filter(|use_of| *use_of > NEARLY_FULL)?;
        Some(Warning::mild(
            format!("{percent} % of the memory limit is in use"),
            "When it is full, Redis refuses writes: no job can be added or finished. Raise maxmemory, or remove finished jobs \
             (removeOnComplete and removeOnFail keep their number down).",
        ))
    }

    fn failed_writes(&self) -> Option<Warning> {
        let append = self.disk.appends == Some(true) && self.disk.append_ok == Some(false);
        let what = match (append, self.disk.snapshot_ok) {
            (true, _) => "The last write to the append-only file failed",
            (false, Some(false)) => "The last snapshot failed",
            _ => return None,
        };
        Some(Warning::severe(
            what,
            "Redis may refuse writes until it succeeds. Look at Redis's log, and at the space on its disk.",
        ))
    }

    fn no_persistence(&self) -> Option<Warning> {
        let never = self.disk.snapshots.as_deref() == Some("");
        (self.disk.appends == Some(false) && never).then(|| {
            Warning::mild(
                "Nothing is written to disk",
                "If Redis stops, all jobs are lost. Run CONFIG SET appendonly yes, and set it in redis.conf, so that it stays.",
            )
        })
    }

    fn client_limit(&self) -> Option<Warning> {
        let clients = &self.clients;
        if let Some(rejected) = clients.rejected.filter(|rejected| *rejected > 0) {
            let times = if rejected == 1 {
                "connection was"
            } else {
                "connections were"
            };
            return Some(Warning::mild(
                format!("{rejected} {times} rejected since Redis started"),
                "As many clients were connected as maxclients allows, so workers may have stayed away. Raise maxclients, or use \
                 fewer connections.",
            ));
        }
        let (connected, limit) = (clients.connected?, clients.limit?);
        (limit > 0 && connected.saturating_mul(100) / limit > NEARLY_FULL).then(|| {
            Warning::mild(
                format!("{connected} of {limit} clients are connected"),
                "When the limit is reached, no worker can connect. Raise maxclients, or use fewer connections.",
            )
        })
    }

    fn old_version(&self) -> Option<Warning> {
        let version = self.redis_version?;
        let shown = &self.version;
        if version < LEAST {
            return Some(Warning::severe(
                format!("Redis {shown} is too old for BullMQ"),
                "BullMQ needs Redis 5.0 or later, and recommends 6.2 or later. Upgrade Redis.",
            ));
        }
        (version < RECOMMENDED).then(|| {
            Warning::mild(
                format!("Redis {shown} is older than BullMQ recommends"),
                "BullMQ recommends Redis 6.2 or later. Upgrade Redis.",
            )
        })
    }

    fn copies_at_fault(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if let Some(primary) = &self.copies.primary {
            warnings.push(match primary.is_linked {
                false => Warning::severe(
                    format!("The link to the primary {} is down", primary.address),
                    "This Redis is a replica, and what it shows is out of date. Check the network between the two, and the \
                     primary.",
                ),
                true => Warning::mild(
                    "Bullkeeper is connected to a replica",
                    format!("Nothing can be changed here. Connect Bullkeeper to the primary {}.", primary.address),
                ),
            });
        }
        for replica in self.copies.replicas.iter().filter(|one| !one.is_online()) {
            warnings.push(Warning::mild(
                format!("The replica {} is not online: {}", replica.address, replica.state),
                "If the primary fails now, this replica lacks its newest jobs. Check the network between the two, and the \
                 replica's log.",
            ));
        }
        warnings
    }
}
