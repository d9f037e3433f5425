//! What an editor may see of a job's data: masks instead of hidden values, on the way out and on the way back.

use crate::domain::access::Operator;
use crate::domain::audit::redact::Redactor;
use crate::domain::edit::data_policy::DataPolicy;
use crate::domain::edit::problem::{TextProblem, problems_of, violations, with_fixes};
use crate::domain::job::{Revision, StoredJob};
use crate::domain::json::{Document, pretty_or_raw};
use crate::domain::policy::mask::sign::BY_HIDDEN_VALUES;
use crate::domain::policy::mask::{Hiding, MASK};
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::service::Services;
use crate::service::error::ServiceError;

/// What an editor may see of a job's data.
#[derive(Debug, Clone, Default)]
pub(crate) struct EditorSight {
    /// What is hidden from them.
    pub hiding: Hiding,
    /// Seals revisions where something is hidden: from a plain digest and the rest of the data, a short value could be guessed.
    seal: Option<Redactor>,
}

impl EditorSight {
    /// The revision of a job's data, as the editor is told it.
    pub(crate) fn revision(&self, job: &StoredJob) -> Revision {
        let revision = job.revision();
        match &self.seal {
            Some(redactor) if !job.lacks_data => {
                Revision::parse(&redactor.seal(revision.as_str())).unwrap_or(Revision::absent())
            }
            _ => revision,
        }
    }

    /// The data as it is shown.
    pub(crate) fn shown(&self, stored: &[u8]) -> String {
        String::from_utf8_lossy(&self.hiding.mask(stored)).into_owned()
    }

    /// The same, pretty-printed if it is JSON.
    pub(crate) fn pretty(&self, stored: &[u8]) -> String {
        pretty_or_raw(&self.shown(stored))
    }

    /// What is wrong with a text that was typed for a job with this data: the stored values stand in for their masks. What is
    /// wrong with a hidden value is not told.
    pub(crate) fn problems_of(
        &self,
        stored: &[u8],
        typed: &str,
        schema: &InForce,
    ) -> Vec<TextProblem> {
        if self.hiding.is_nothing() {
            return problems_of(typed, schema);
        }
        let document = match Document::parse(typed) {
            Ok(document) => document,
            Err(fault) => return vec![fault.into()],
        };
        let doubled = document.duplicate_keys().into_iter().map(TextProblem::from);
        let mut problems: Vec<TextProblem> = doubled.collect();
        match (self.hiding.unmask(stored, typed), schema) {
            (Err(changed), _) => problems.extend(changed.pointers.iter().map(|pointer| {
                let at = document.locate_nearest(pointer);
                TextProblem {
                    line: at.line,
                    column: at.column,
                    pointer: Some(pointer.clone()),
                    message: format!(
                        "the value at {pointer:?} is hidden from you; leave {MASK:?} there, at its place"
                    ),
                    ..TextProblem::default()
                }
            })),
            (Ok(full), InForce::Schema(schema)) => {
                let found = violations(&full, schema);
                problems.extend(self.told(found, &document));
            }
            (Ok(_), _) => {}
        }
        with_fixes(typed, schema, problems)
    }

    /// What the policies in force say against such a text.
    pub(crate) fn policy_problems(
        &self,
        stored: &[u8],
        typed: &str,
        policy: &DataPolicy,
    ) -> Vec<TextProblem> {
        if self.hiding.is_nothing() {
            return policy.policy_problems(stored, typed);
        }
        let (Ok(full), Ok(document)) = (self.hiding.unmask(stored, typed), Document::parse(typed))
        else {
            return Vec::new();
        };
        let mut problems = policy.policy_problems(stored, &full);
        for problem in &mut problems {
            let pointer = problem.pointer.as_deref().unwrap_or_default();
            let at = document.locate_nearest(pointer);
            (problem.line, problem.column) = (at.line, at.column);
        }
        problems
    }

    /// Problems that were found in the stored values, as the editor is told them: at the places of the text that they typed.
    pub(crate) fn told(&self, found: Vec<TextProblem>, typed: &Document<'_>) -> Vec<TextProblem> {
        if self.hiding.is_nothing() {
            return found;
        }
        let mut told: Vec<TextProblem> = Vec::with_capacity(found.len());
        for mut problem in found {
            let pointer = problem.pointer.clone().unwrap_or_default();
            let at = typed.locate_nearest(&pointer);
            (problem.line, problem.column) = (at.line, at.column);
            // A message may quote what is at its place and below it.
            if self.hiding.may_be_quoted(&pointer, &problem.rule) {
                problem = TextProblem {
                    message: BY_HIDDEN_VALUES.to_owned(),
                    line: at.line,
                    column: at.column,
                    pointer: Some(self.shown_pointer(&pointer)),
                    ..TextProblem::default()
                };
            }
            if !told.contains(&problem) {
                told.push(problem);
            }
        }
        told
    }

    /// The pointer without the names in what is hidden.
    fn shown_pointer(&self, pointer: &str) -> String {
        let ends = pointer.match_indices('/').skip(1).map(|(at, _)| at);
        let mut prefixes = ends.chain([pointer.len()]).map(|end| &pointer[..end]);
        let hidden = prefixes.find(|prefix| self.hiding.hides(prefix));
        hidden.unwrap_or(pointer).to_owned()
    }
}

impl Services {
    /// What `operator` may see of the data of a job named `job` that they edit.
    pub(crate) async fn editor_sight(
        &self,
        operator: &Operator,
        queue: &QueueId,
        job: &str,
    ) -> Result<EditorSight, ServiceError> {
        let hiding = self.hiding(operator, queue, job).await;
        let seal = match hiding.is_nothing() {
            true => None,
            false => Some(self.redactor_for(queue, Some(job)).await?),
        };
        Ok(EditorSight { hiding, seal })
    }
}
