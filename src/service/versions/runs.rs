//! The kinds of runs that work on versions. A new kind is one line here.

use crate::domain::run::RunKind;
use crate::service::Services;
use crate::service::runs::work::{RunWorkers, StartWork};
use crate::service::versions::move_jobs::worker::Moving;
use crate::service::versions::retire::worker::Retiring;

/// Every kind of run with how its work is made.
pub(crate) fn run_workers() -> RunWorkers<Services> {
    let kinds: [(RunKind, StartWork<Services>); 2] = [
        (RunKind::Move, |run| Ok(Box::new(Moving::of(run)?))),
        (RunKind::Retire, |run| {
            Ok(Box::new(Retiring::of(&run.source)))
        }),
    ];
    RunWorkers::new(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::QueueId;
    use crate::domain::run::{Figures, Run, RunId, RunState};

    #[test]
    fn every_kind_of_run_has_work() {
        for kind in RunKind::ALL {
            let run = Run {
                id: RunId::fresh(),
                kind,
                source: QueueId::new("bull", "email:v1").unwrap(),
                target: QueueId::new("bull", "email:v2").ok(),
                spec: r#"{"states":["waiting"]}"#.to_owned(),
                about: String::new(),
                actor: String::new(),
                role: String::new(),
                reason: String::new(),
                state: RunState::Running,
                figures: Figures::default(),
                begun: 0,
                updated: 0,
                words: String::new(),
            };
            let started = run_workers().start(&run);
            assert!(started.is_ok(), "{}: {:?}", kind.name(), started.err());
        }
    }
}
