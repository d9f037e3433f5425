//! The audit log as it is stored.

use redis::FromRedisValue;
use redis::streams::StreamRangeReply;

use crate::stored::bullmq_keys::Jobs;

impl Jobs {
    /// The audit log, oldest entry first, each as its fields.
    pub async fn audit(&mut self) -> Vec<AuditEntry> {
        let mut entries = Vec::new();
        self.each_audit_entry(|entry| entries.push(entry)).await;
        entries
    }

    /// Tells each entry of the audit log, oldest first, and holds few of them at once.
    pub async fn each_audit_entry(&mut self, mut tell: impl FnMut(AuditEntry)) {
        let mut from = "-".to_owned();
        loop {
            let read: StreamRangeReply = self
                .run(&["XRANGE", "bullkeeper:audit", &from, "+", "COUNT", "5000"])
                .await;
            let Some(last) = read.ids.last() else {
                return;
            };
            from = format!("({}", last.id);
            for entry in &read.ids {
                let fields = entry.map.iter();
                tell(AuditEntry(
                    fields
                        .map(|(name, value)| {
                            let value = String::from_redis_value_ref(value).unwrap();
                            (name.clone(), value)
                        })
                        .collect(),
                ));
            }
        }
    }

    /// The entries about jobs, oldest first.
    pub async fn audit_of_jobs(&mut self) -> Vec<AuditEntry> {
        let mut entries = self.audit().await;
        entries.retain(|entry| entry.get("action").starts_with("job."));
        entries
    }
}

/// One entry of the audit log as it is stored.
#[derive(Debug, Clone)]
pub struct AuditEntry(Vec<(String, String)>);

impl AuditEntry {
    /// A field's value; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(other, _)| other == name);
        field.map_or("", |(_, value)| value)
    }

    /// How many events it stands for.
    pub fn times(&self) -> u64 {
        self.get("count").parse().unwrap_or(1)
    }
}

/// How many events entries stand for.
pub fn times(entries: &[AuditEntry]) -> u64 {
    entries.iter().map(AuditEntry::times).sum()
}
