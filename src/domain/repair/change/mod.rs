//! A change of job data as a person describes it: a JSON Patch (RFC 6902), a merge patch (RFC 7396), steps of a form, or the
//! quick fixes of the schema. The same text always becomes the same text.

mod fixes;
mod merge_patch;
mod not_changed;
mod operations;
mod places;
#[cfg(test)]
mod properties;
mod splices;
pub(crate) mod steps;
#[cfg(test)]
mod tests;
mod text_edit;

use serde::{Deserialize, Serialize};

use crate::domain::edit::patch::apply::{DataPatch, LONGEST_PATCH};
use crate::domain::json::{Document, MAX_EDIT_DEPTH};
use crate::domain::schema::in_force::InForce;
use merge_patch::MergePatch;
pub(crate) use not_changed::NotChanged;
use operations::TextOperation;
use steps::{ReadyStep, Step};
use text_edit::{MOST_READ, TextEdit};

/// The most operations, members of a merge patch, or steps that a change has.
pub(crate) const MOST_OPERATIONS: usize = 100;

/// A change as a person describes it. Kept as JSON in the records of runs and recipes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ChangeSpec {
    /// A JSON Patch.
    Patch {
        /// Its text.
        patch: String,
    },
    /// A merge patch.
    Merge {
        /// Its text.
        merge: String,
    },
    /// The steps of a form.
    Steps {
        /// In order.
        steps: Vec<Step>,
    },
    /// The quick fixes of the schema in force for each job.
    Fixes,
}

/// A change that is read, ready to be made.
#[derive(Debug, Clone)]
pub(crate) enum RepairChange {
    /// The operations of a JSON Patch.
    Patch(Vec<TextOperation>),
    /// A merge patch.
    Merge(MergePatch),
    /// The steps of a form.
    Steps(Vec<ReadyStep>),
    /// The quick fixes of the schema.
    Fixes,
}

/// What a change made of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changed {
    /// The text after it.
    pub(crate) text: String,
    /// In how many places it was changed; 0 where it was right already.
    pub(crate) places: usize,
}

impl ChangeSpec {
    /// Reads it, or says what is wrong with it.
    ///
    /// # Errors
    ///
    /// In words for the person who typed it.
    pub(crate) fn ready(&self) -> Result<RepairChange, String> {
        match self {
            Self::Patch { patch } => {
                let patch = DataPatch::parse(patch)?;
                let patch =
                    patch.ok_or("The patch is empty. Say what to change: [{\"op\": …}].")?;
                check_count(patch.operations().len(), "operations")?;
                let operations = patch.operations().iter().map(TextOperation::of);
                Ok(RepairChange::Patch(operations.collect()))
            }
            Self::Merge { merge } => {
                if merge.len() > LONGEST_PATCH {
                    return Err(format!(
                        "The merge patch has {} bytes, and at most {LONGEST_PATCH} are taken.",
                        merge.len()
                    ));
                }
                let merge = MergePatch::parse(merge)?;
                check_count(merge.len(), "members")?;
                Ok(RepairChange::Merge(merge))
            }
            Self::Steps { steps } => {
                if steps.is_empty() {
                    return Err(
                        "No step is filled in. Choose what to do with which field.".to_owned()
                    );
                }
                check_count(steps.len(), "steps")?;
                let numbered = steps.iter().enumerate();
                let ready = numbered.map(|(at, step)| {
                    let ready = ReadyStep::parse(step);
                    ready.map_err(|why| format!("Step {}: {why}", at + 1))
                });
                Ok(RepairChange::Steps(ready.collect::<Result<_, _>>()?))
            }
            Self::Fixes => Ok(RepairChange::Fixes),
        }
    }

    /// In our words, without the values: `JSON Patch with 2 operations`.
    pub(crate) fn words(&self) -> String {
        let counted = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        };
        match (self, self.ready()) {
            (Self::Patch { .. }, Ok(RepairChange::Patch(operations))) => {
                format!("JSON Patch with {}", counted(operations.len(), "operation"))
            }
            (Self::Patch { .. }, _) => "JSON Patch".to_owned(),
            (Self::Merge { .. }, _) => "merge patch".to_owned(),
            (Self::Steps { steps }, _) => {
                let words: Vec<String> = steps.iter().map(Step::words).collect();
                words.join(", ")
            }
            (Self::Fixes, _) => "quick fixes of the schema".to_owned(),
        }
    }
}

fn check_count(count: usize, what: &str) -> Result<(), String> {
    match count > MOST_OPERATIONS {
        true => Err(format!(
            "The change has {count} {what}, and at most {MOST_OPERATIONS} are taken."
        )),
        false => Ok(()),
    }
}

impl RepairChange {
    /// Makes the change in a text, which is not to get larger than `most` bytes. `schema` is the one in force for its job.
    pub(crate) fn apply(
        &self,
        text: &str,
        schema: &InForce,
        most: usize,
    ) -> Result<Changed, NotChanged> {
        let operations = match self {
            Self::Patch(operations) => operations.len(),
            Self::Merge(merge) => merge.len(),
            Self::Steps(steps) => steps.len(),
            Self::Fixes => 1,
        };
        // Each operation reads the text anew.
        if text.len().saturating_mul(operations) > MOST_READ {
            return Err(NotChanged::too_much());
        }
        let mut edit = TextEdit::new(text, most)?;
        match self {
            Self::Patch(operations) => {
                for (at, operation) in operations.iter().enumerate() {
                    let made = operation.apply(&mut edit);
                    made.map_err(|why| of_operation(at, why))?;
                }
            }
            Self::Merge(merge) => merge.apply(&mut edit)?,
            Self::Steps(steps) => {
                for step in steps {
                    step.apply(&mut edit, schema)?;
                }
            }
            Self::Fixes => fixes::apply(&mut edit, schema, None)?,
        }
        changed(text, edit)
    }
}

/// Says which operation of a patch does not fit.
fn of_operation(at: usize, why: NotChanged) -> NotChanged {
    match why {
        NotChanged::Unfitting(why) => NotChanged::Unfitting(format!("operation {}: {why}", at + 1)),
        why => why,
    }
}

/// What came of it. A text that differs in white space alone, or not at all, was right already.
fn changed(before: &str, edit: TextEdit) -> Result<Changed, NotChanged> {
    let right = || Changed {
        text: before.to_owned(),
        places: 0,
    };
    if edit.places == 0 {
        return Ok(right());
    }
    let after = Document::parse(&edit.text).map_err(|_| NotChanged::NotJson)?;
    if after.depth() > MAX_EDIT_DEPTH {
        let why = format!("it would be nested deeper than {MAX_EDIT_DEPTH} levels");
        return Err(NotChanged::Unfitting(why));
    }
    let is_same = Document::parse(before).is_ok_and(|before| before.same_tokens(&after));
    Ok(match is_same {
        true => right(),
        false => Changed {
            text: edit.text,
            places: edit.places,
        },
    })
}
