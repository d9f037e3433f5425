//! Queries that the form writes and reads.
#![allow(clippy::unwrap_used)]
use super::*;

fn condition(path: &str, operator: &str, value: &str) -> Condition {
    Condition {
        path: path.to_owned(),
        operator: operator.to_owned(),
        value: value.to_owned(),
    }
}

#[test]
fn a_form_makes_a_query_that_fills_the_form_again() {
    let form = SearchForm {
        states: vec![JobState::Failed, JobState::Delayed],
        name: "send*".into(),
        id: "order-*".into(),
        error: "no \"such\" host".into(),
        text: "Änne or not".into(),
        added_from: "2h ago".into(),
        added_to: "now".into(),
        finished_from: "2026-01-31".into(),
        finished_to: "2026-01-31T14:00:00Z".into(),
        conditions: vec![
            condition("data.user.id", "=", "42"),
            condition("data.zip", "=", "\"042\""),
            condition("data.items[*].sku", "~", "LANTERN"),
            condition("returnvalue.ok", "missing", ""),
            condition("data[\"odd name\"]", "is string", ""),
        ],
    };
    let text = form.query_text();
    let again = SearchForm::of(&Query::parse(&text).unwrap()).unwrap();
    // A text that no number is needs no quotes.
    let zip = again.conditions[1].value.clone();
    assert_eq!(zip, "042");
    let mut expected = form;
    expected.conditions[1].value = zip;
    assert_eq!(again, expected, "{text}");
    assert_eq!(again.query_text(), text);

    for text in ["data.from is email", "data.to is not date-time"] {
        let form = SearchForm::of(&Query::parse(text).unwrap()).unwrap();
        assert_eq!(form.query_text(), text);
    }
}

#[test]
fn what_is_typed_into_a_control_stays_in_it() {
    let form = SearchForm {
        name: "a\" or state = failed".into(),
        conditions: vec![
            condition("user.id", "=", "\"42\""),
            condition("a = 1 or data.b", "=", "x or y"),
            condition("", "=", "left out"),
        ],
        ..SearchForm::default()
    };
    assert_eq!(
        form.query_text(),
        r#"name = "a\" or state = failed" and data.user.id = "42" and data["a = 1 or data.b"] = "x or y""#
    );
}

#[test]
fn a_query_that_the_form_can_not_express_does_not_fill_it() {
    for text in [
        "a or b",
        "not a",
        "a b",
        "attempts > 1",
        "state != failed",
        "name in (a, b)",
        "data.a in (1, 2)",
        "data.a = 1 data.b = 1 data.c = 1 data.d = 1 data.e = 1 data.f = 1",
        "added > 2h ago",
    ] {
        assert_eq!(SearchForm::of(&Query::parse(text).unwrap()), None, "{text}");
    }
    let all = SearchForm::of(&Query::parse("").unwrap());
    assert_eq!(all, Some(SearchForm::default()));
}
