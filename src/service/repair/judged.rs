//! What becomes of the jobs of a batch: each by the rules in force for it, off the async threads where their data is large. The
//! dry run, the test on one job and the run all judge here.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::access::Operator;
use crate::domain::edit::data_policy::DataPolicy;
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::field::{FieldValue, JobField};
use crate::domain::policy::Hidden;
use crate::domain::queue::QueueId;
use crate::domain::repair::change::RepairChange;
use crate::domain::repair::verdict::{RepairSkip, RepairVerdict, judge};
use crate::domain::schema::in_force::InForce;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::jobs::walk::{WalkFields, WalkedJob};

/// A job of a batch, and what becomes of it.
#[derive(Debug)]
pub(crate) struct JudgedJob {
    pub(crate) job: WalkedJob,
    pub(crate) verdict: RepairVerdict,
    /// The rules in force for it.
    pub(crate) policy: DataPolicy,
    /// Whether a policy hides some of its data from those who may not reveal it.
    pub(crate) is_hidden: bool,
    /// The places that take a second person, where it changes some and was judged as if there were one.
    pub(crate) critical: Vec<String>,
}

/// Whether a second person agreed to the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreed {
    /// Someone did.
    Yes,
    /// Nobody did.
    No,
    /// It is asked what would become of the jobs if someone did, and which of them take that.
    If,
}

impl JudgedJob {
    /// The first problem, in words; empty where the reason says all.
    pub(crate) fn first_problem(problems: &[TextProblem]) -> String {
        const LONGEST: usize = 200;
        let first = problems.first().map_or_else(String::new, |first| {
            let pointer = first.pointer.as_deref().unwrap_or_default();
            match pointer.is_empty() {
                true => first.message.clone(),
                false => format!("{pointer}: {}", first.message),
            }
        });
        first.chars().take(LONGEST).collect()
    }
}

impl Services {
    /// What a repair reads of each job, beside what its filter does.
    pub(super) fn fields_to_repair(&self, filter: WalkFields) -> WalkFields {
        filter
            .with(JobField::Name, u64::MAX)
            .with(JobField::Data, self.rules.max_data_bytes)
    }

    /// Judges jobs of a queue, for whoever repairs them.
    pub(super) async fn judge_for_repair(
        &self,
        operator: &Operator,
        queue: &QueueId,
        jobs: Vec<WalkedJob>,
        change: &Arc<RepairChange>,
        agreed: Agreed,
    ) -> Result<Vec<JudgedJob>, ServiceError> {
        let mut known: HashMap<String, DataPolicy> = HashMap::new();
        let mut under = Vec::with_capacity(jobs.len());
        for job in jobs {
            let name = job.name().into_owned();
            let rules = match known.get(&name) {
                Some(rules) => rules.clone(),
                None => {
                    let mut rules = self.data_policy(operator, queue, &name).await;
                    rules.asker.approved = agreed == Agreed::Yes;
                    known.insert(name, rules.clone());
                    rules
                }
            };
            under.push((job, rules));
        }
        let (size, change) = (size_of(&under), Arc::clone(change));
        let judged = move || {
            let each = under.into_iter();
            each.map(|one| judged(one, &change, agreed)).collect()
        };
        run_blocking(size, judged).await
    }
}

/// How much there is to do, in bytes: finding quick fixes takes many times as long as reading.
fn size_of(jobs: &[(WalkedJob, DataPolicy)]) -> usize {
    let size = |(job, rules): &(WalkedJob, DataPolicy)| match &rules.schema {
        InForce::Nothing => job.data().len(),
        InForce::Schema(_) | InForce::Faulty(_) => 8 * job.data().len(),
    };
    jobs.iter().map(size).sum()
}

fn judged(
    (job, mut rules): (WalkedJob, DataPolicy),
    change: &RepairChange,
    agreed: Agreed,
) -> JudgedJob {
    let mut critical = Vec::new();
    let verdict = match job.get(JobField::Data) {
        FieldValue::Bytes(data) => match judge(data, job.state, change, &rules) {
            RepairVerdict::Stays(RepairSkip::NeedsApproval, problems) if agreed == Agreed::If => {
                let places = problems.into_iter().filter_map(|problem| problem.pointer);
                critical.extend(places);
                // The run has nobody to ask for a password.
                (rules.asker.approved, rules.asker.confirmed) = (true, false);
                judge(data, job.state, change, &rules)
            }
            verdict => verdict,
        },
        FieldValue::TooLarge(_) => RepairVerdict::Stays(RepairSkip::TooLarge, Vec::new()),
        FieldValue::Absent => RepairVerdict::Stays(RepairSkip::NoData, Vec::new()),
    };
    JudgedJob {
        is_hidden: rules
            .repair
            .iter()
            .any(|one| one.hidden() != Hidden::Nothing),
        job,
        verdict,
        policy: rules,
        critical,
    }
}
