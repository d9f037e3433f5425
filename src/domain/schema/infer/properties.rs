//! What holds for the schema of any documents.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::domain::json::arbitrary::{any_json, bounded, plain_json, plain_json_object};
use crate::domain::schema::Schema;

fn check(texts: &[String], ranges: bool) -> Result<(), TestCaseError> {
    let mut inference = Inference::new(&|name| name == "b");
    for text in texts {
        inference.add(&Document::parse(text).unwrap()).unwrap();
    }
    let learned = inference.schema("A draft.", ranges);
    let schema = Schema::compile("learned.json", &learned);
    let schema =
        schema.map_err(|faults| TestCaseError::fail(format!("{faults:?} in {learned}")))?;
    for text in texts {
        let found = schema.check(&Document::parse(text).unwrap()).unwrap();
        prop_assert!(found.is_empty(), "{text} breaks {learned}: {found:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(bounded(100))]

    #[test]
    fn every_document_passes_the_schema_that_is_learned_from_it(
        texts in vec(any_json(), 0..6),
        ranges in any::<bool>(),
    ) {
        let texts: Vec<String> = texts.into_iter().map(|one| one.spaced).collect();
        check(&texts, ranges)?;
    }

    #[test]
    fn every_one_of_many_documents_alike_passes_their_schema(
        texts in vec(prop_oneof![plain_json_object(), plain_json()], 0..20),
        ranges in any::<bool>(),
    ) {
        check(&texts, ranges)?;
    }
}
