//! The kinds of runs. A new kind is one line here.

use futures::FutureExt;

use crate::domain::access::permission::{CleanQueue, DrainQueue, ObliterateQueue};
use crate::service::Services;
use crate::service::jobs::operate_many::worker::Operating;
use crate::service::queue::delete_jobs::DeletingJobs;
use crate::service::repair::worker::Repairing;
use crate::service::runs::registry::{RunControls, RunRegistry};
use crate::service::runs::worker::Work;
use crate::service::undo_run::worker::UndoingRun;
use crate::service::versions::move_jobs::worker::Moving;
use crate::service::versions::retire::worker::Retiring;

/// Every kind of run.
pub(crate) fn run_kinds() -> RunRegistry<Services> {
    RunRegistry::new([
        controls::<Moving>(),
        controls::<Retiring>(),
        controls::<Operating>(),
        controls::<Repairing>(),
        controls::<UndoingRun>(),
        controls::<DeletingJobs<DrainQueue>>(),
        controls::<DeletingJobs<CleanQueue>>(),
        controls::<DeletingJobs<ObliterateQueue>>(),
    ])
}

fn controls<W: Work>() -> RunControls<Services> {
    RunControls {
        kind: W::KIND,
        resume: |services, operator, run| services.resume_run::<W>(operator, run).boxed(),
        approve: |services, asked| services.begin_approved::<W>(asked).boxed(),
        withdraw: |services, operator, proposal| {
            services.withdraw_run::<W>(operator, proposal).boxed()
        },
        stop: |services, operator, run| services.tell_to_stop::<W>(operator, run).boxed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::RunKind;

    #[test]
    fn every_kind_of_run_is_registered() {
        for kind in RunKind::ALL {
            assert!(run_kinds().of(*kind).is_ok(), "{}", kind.name());
        }
    }
}
