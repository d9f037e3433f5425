//! What data has to be like before a job gets it, whatever changes it: an edit, a patch on the way to another version.
//!
//! Rules about single fields belong here too, once there are any.

use std::sync::Arc;

use super::problem::{TextProblem, violations};
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::{Schema, SchemaFault};

/// The rules for the data of a job, in the queue where it will be.
#[derive(Debug, Clone)]
pub(crate) struct DataPolicy {
    /// The schema in force for the job.
    pub schema: InForce,
    /// Changed data needs a schema.
    pub require_schema: bool,
    /// Changed data may be so large, in bytes.
    pub max_data_bytes: u64,
}

/// Why data is refused.
#[derive(Debug)]
pub enum DataRefusal {
    /// It is larger than is allowed, both in bytes.
    TooLarge {
        /// What would be stored.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
    /// The schema in force is itself faulty.
    SchemaFaulty(Arc<Vec<SchemaFault>>),
    /// There is no schema, and the policy requires one.
    SchemaMissing,
    /// It breaks the schema.
    Invalid(Vec<TextProblem>),
}

impl DataPolicy {
    /// Checks data that is changed, and returns the schema that it was found valid under. `stored` is what will be stored;
    /// `typed` is the same data as a person sees it, in which problems have their places.
    ///
    /// # Errors
    /// The first rule that refuses it.
    pub(crate) fn check_change(
        &self,
        stored: &str,
        typed: &str,
    ) -> Result<Option<Arc<Schema>>, DataRefusal> {
        let (size, limit) = (stored.len() as u64, self.max_data_bytes);
        if size > limit {
            return Err(DataRefusal::TooLarge { size, limit });
        }
        match self.check_schema(typed)? {
            None if self.require_schema => Err(DataRefusal::SchemaMissing),
            schema => Ok(schema),
        }
    }

    /// Checks data that stays as it is and comes under this policy, as when its job moves. A schema is not required of it,
    /// nor is its size limited: it was stored before.
    ///
    /// # Errors
    /// The first rule that refuses it.
    pub(crate) fn check_unchanged(&self, data: &str) -> Result<Option<Arc<Schema>>, DataRefusal> {
        self.check_schema(data)
    }

    /// Whether data that stays as it is could be refused, and so has to be read.
    pub(crate) fn concerns_unchanged(&self) -> bool {
        !matches!(self.schema, InForce::Nothing)
    }

    fn check_schema(&self, text: &str) -> Result<Option<Arc<Schema>>, DataRefusal> {
        let schema = match &self.schema {
            InForce::Nothing => return Ok(None),
            InForce::Faulty(faults) => return Err(DataRefusal::SchemaFaulty(Arc::clone(faults))),
            InForce::Schema(schema) => schema,
        };
        let problems = violations(text, schema);
        match problems.is_empty() {
            true => Ok(Some(Arc::clone(schema))),
            false => Err(DataRefusal::Invalid(problems)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn policy(schema: InForce, require_schema: bool) -> DataPolicy {
        DataPolicy {
            schema,
            require_schema,
            max_data_bytes: 20,
        }
    }

    fn numbers() -> InForce {
        let schema = Schema::compile("a.json", r#"{"type":"number"}"#).unwrap();
        InForce::Schema(Arc::new(schema))
    }

    #[test]
    fn a_schema_is_required_of_changed_data_alone() {
        let strict = policy(InForce::Nothing, true);
        assert!(matches!(
            strict.check_change("1", "1"),
            Err(DataRefusal::SchemaMissing)
        ));
        assert!(matches!(strict.check_unchanged("1"), Ok(None)));
        assert!(!strict.concerns_unchanged());
        let lax = policy(InForce::Nothing, false);
        assert!(matches!(lax.check_change("1", "1"), Ok(None)));
    }

    #[test]
    fn the_size_of_changed_data_alone_is_limited() {
        let large = "1".repeat(21);
        let policy = policy(numbers(), true);
        assert!(matches!(
            policy.check_change(&large, &large),
            Err(DataRefusal::TooLarge {
                size: 21,
                limit: 20
            })
        ));
        assert!(matches!(policy.check_unchanged(&large), Ok(Some(_))));
        let typed = format!("{}1", " ".repeat(30));
        assert!(
            matches!(policy.check_change("1", &typed), Ok(Some(_))),
            "white space is not stored"
        );
    }

    #[test]
    fn a_schema_is_kept_by_changed_and_unchanged_data() {
        let policy = policy(numbers(), false);
        assert!(policy.concerns_unchanged());
        for checked in [
            policy.check_change("true", "\n true"),
            policy.check_unchanged("\n true"),
        ] {
            match checked {
                Err(DataRefusal::Invalid(problems)) => {
                    assert_eq!((problems[0].line, problems[0].column), (2, 2));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn under_a_faulty_schema_no_data_passes() {
        let faults = Schema::compile("a.json", r#"{"type":"none"}"#).unwrap_err();
        let policy = policy(InForce::Faulty(Arc::new(faults)), false);
        for checked in [policy.check_change("1", "1"), policy.check_unchanged("1")] {
            assert!(matches!(checked, Err(DataRefusal::SchemaFaulty(_))));
        }
    }
}
