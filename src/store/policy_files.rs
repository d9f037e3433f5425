//! The policies of the folder of schemas: which of them can be used, and what each last said when it could be.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::policy::dead_pointers::dead_pointers;
use crate::domain::policy::{self, FaultyPolicy, PolicyFault, PolicyInForce, RepairPolicy};
use crate::domain::schema::{Schema, SchemaFault};

/// What a policy's file ends in.
const ENDING: &str = ".policy.json";

/// Every policy by its path in the folder without its ending: `email/v2`.
pub(crate) type Policies = BTreeMap<String, PolicyFile>;

/// One policy file.
#[derive(Debug, Clone)]
pub(crate) struct PolicyFile {
    /// The policy, or what is wrong with it.
    pub(crate) now: Result<Arc<RepairPolicy>, Vec<PolicyFault>>,
    /// The last version that could be used since this process began.
    pub(crate) last_good: Option<Arc<RepairPolicy>>,
}

impl PolicyFile {
    /// What is in force where the file is the most specific one.
    pub(crate) fn in_force(&self) -> PolicyInForce {
        match &self.now {
            Ok(policy) => PolicyInForce::Policy(Arc::clone(policy)),
            Err(faults) => PolicyInForce::Faulty(Arc::new(FaultyPolicy {
                faults: faults.clone(),
                last_good: self.last_good.clone(),
            })),
        }
    }
}

/// Whether a file is a policy, by its path in the folder.
pub(crate) fn is_policy(name: &str) -> bool {
    name.ends_with(ENDING)
}

/// Reads every policy. Its pointers are looked up in `schemas`, and what it said before is in `earlier`.
pub(crate) fn read(
    texts: &[(String, Result<String, String>)],
    schemas: &BTreeMap<String, Result<Arc<Schema>, Arc<Vec<SchemaFault>>>>,
    earlier: &Policies,
) -> Policies {
    let mut policies = Policies::new();
    for (name, text) in texts {
        let stem = name.strip_suffix(ENDING).unwrap_or(name).to_owned();
        let read = match text {
            Ok(text) => policy::parse(name, text),
            Err(error) => Err(vec![PolicyFault::whole(name.as_str(), error.as_str())]),
        };
        let now = read.map(Arc::new).and_then(|policy| {
            let dead = dead_pointers(&policy, &schemas_of(&stem, schemas));
            if dead.is_empty() {
                Ok(policy)
            } else {
                Err(dead)
            }
        });
        let last_good = match &now {
            Ok(policy) => Some(Arc::clone(policy)),
            Err(_) => earlier.get(&stem).and_then(|file| file.last_good.clone()),
        };
        policies.insert(stem, PolicyFile { now, last_good });
    }
    policies
}

/// The schemas that can be in force for a job that is under the policy `stem`: those of the same family. None if one of them
/// is faulty, since it is not known what that would have.
fn schemas_of(
    stem: &str,
    schemas: &BTreeMap<String, Result<Arc<Schema>, Arc<Vec<SchemaFault>>>>,
) -> Vec<Arc<Schema>> {
    let family = stem.rsplit_once('/').map(|(family, _)| family);
    let is_below = |schema: &str, above: &str| {
        let rest = schema.strip_prefix(above);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let can_be = |schema: &str| {
        is_below(schema, stem)
            || is_below(stem, schema)
            || family.is_some_and(|family| is_below(schema, family))
    };
    let found = schemas.iter().filter(|(name, _)| {
        let name = name.strip_suffix(".json").unwrap_or(name);
        can_be(&name.replace("%2Epolicy", ".policy"))
    });
    let found: Option<Vec<Arc<Schema>>> = found
        .map(|(_, schema)| schema.as_ref().ok().cloned())
        .collect();
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::policy::Hidden;

    fn text(text: &str) -> Vec<(String, Result<String, String>)> {
        vec![("a.policy.json".to_owned(), Ok(text.to_owned()))]
    }

    #[test]
    fn a_file_that_breaks_goes_on_saying_what_is_hidden_until_it_is_mended_or_gone() {
        let schemas = BTreeMap::new();
        let first = read(&text("{"), &schemas, &Policies::new());
        assert_eq!(first["a"].in_force().hidden(), Hidden::All);
        let good = read(&text(r#"{"sensitive": ["/card"]}"#), &schemas, &first);
        let broken = read(&text("{"), &schemas, &good);
        let still = read(&text("[]"), &schemas, &broken);
        for policies in [&broken, &still] {
            let in_force = policies["a"].in_force();
            assert!(!in_force.faults().is_empty() && in_force.policy().is_none());
            match in_force.hidden() {
                Hidden::Places([card]) => assert_eq!(card.as_str(), "/card"),
                other => panic!("{other:?}"),
            }
        }
        let open = read(&text("{}"), &schemas, &still);
        assert_eq!(open["a"].in_force().hidden(), Hidden::Nothing);
        assert!(read(&[], &schemas, &still).is_empty());
    }

    #[test]
    fn pointers_are_looked_up_in_the_schemas_of_the_family() {
        let schema = |text| Ok(Arc::new(Schema::compile("x.json", text).unwrap()));
        let amount = r#"{"properties": {"amount": {}}}"#;
        for (file, dead) in [
            ("a.json", true),
            ("a/v1.json", true),
            ("a/v1/send.json", true),
            ("b.json", false),
            ("ab.json", false),
        ] {
            let schemas = BTreeMap::from([(file.to_owned(), schema(amount))]);
            let policies = read(
                &text(r#"{"editable": ["/amout"]}"#),
                &schemas,
                &Policies::new(),
            );
            assert_eq!(policies["a"].now.is_err(), dead, "{file}");
        }
        let faulty = Err(Arc::new(vec![SchemaFault::of_folder("no schema")]));
        let schemas = BTreeMap::from([
            ("a.json".to_owned(), schema(amount)),
            ("a/v1.json".to_owned(), faulty),
        ]);
        let policies = read(
            &text(r#"{"editable": ["/amout"]}"#),
            &schemas,
            &Policies::new(),
        );
        assert!(
            policies["a"].now.is_ok(),
            "nobody knows what the faulty one has"
        );
    }
}
