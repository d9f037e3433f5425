//! Since when a version is stranded and who worked there last, in words.

use crate::domain::worker::LastWorker;
use crate::service::live::snapshot::Stranded;
use crate::web::html::format::minute;

/// `since 14:02 UTC`, or `since before 14:02 UTC` if it was so when this process first saw it.
pub(crate) fn since_words(stranded: &Stranded, now: u64) -> String {
    let at = minute(stranded.since.at, now);
    match stranded.since.exact {
        true => format!("since {at}"),
        false => format!("since before {at}"),
    }
}

/// `last worker mailer-1 on 10.0.0.7`.
pub(crate) fn last_worker_words(stranded: &Stranded) -> String {
    match stranded.last_worker.as_deref() {
        None => "last worker unknown".to_owned(),
        Some(LastWorker {
            name: Some(name),
            host,
        }) => match host.is_empty() {
            true => format!("last worker {name}"),
            false => format!("last worker {name} on {host}"),
        },
        Some(LastWorker { name: None, host }) => format!("last worker on {host}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::versions::stranded::Since;

    #[test]
    fn a_stranded_version_says_since_when_and_who_worked_there_last() {
        // 2023-11-14 22:13:20 UTC.
        let at = 1_700_000_000_000;
        let told = |exact, worker: Option<(Option<&str>, &str)>, now| {
            let stranded = Stranded {
                since: Since { at, exact },
                last_worker: worker.map(|(name, host)| {
                    Arc::new(LastWorker {
                        name: name.map(str::to_owned),
                        host: host.to_owned(),
                    })
                }),
            };
            let (since, worker) = (since_words(&stranded, now), last_worker_words(&stranded));
            format!("{since}, {worker}")
        };
        assert_eq!(
            [
                told(true, Some((Some("mailer-1"), "10.0.0.7")), at + 60_000),
                told(true, Some((None, "10.0.0.7")), at + 86_400_000),
                told(false, None, at),
            ],
            [
                "since 22:13 UTC, last worker mailer-1 on 10.0.0.7",
                "since 2023-11-14 22:13 UTC, last worker on 10.0.0.7",
                "since before 22:13 UTC, last worker unknown",
            ]
        );
    }
}
