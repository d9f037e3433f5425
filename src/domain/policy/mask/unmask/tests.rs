//! What comes back for a hidden value, and which changes are refused.
#![allow(clippy::unwrap_used)]
use super::super::hiding::tests::hiding;
use super::*;

const STORED: &str = r#"{"amount":1.0,"card":{"n":[4242,1.50],"h":"\u0041da"},"lines":[{"q":1,"s":"a"},{"q":2,"s":"b"}]}"#;

fn unmask(typed: &str) -> Result<String, HiddenChanged> {
    hiding(&["/card/**", "/lines/*/s"]).unmask(STORED.as_bytes(), typed)
}

#[test]
fn the_stored_bytes_come_back_at_the_same_places() {
    let typed =
        r#"{"amount": 2, "lines":[{"q":7,"s":"•••"},{"s":"\u2022\u2022•","q":2}],"card":"•••"}"#;
    let full = unmask(typed).unwrap();
    assert_eq!(
        full,
        r#"{"amount": 2, "lines":[{"q":7,"s":"a"},{"s":"b","q":2}],"card":{"n":[4242,1.50],"h":"\u0041da"}}"#
    );
    let shown = hiding(&["/card/**", "/lines/*/s"]).mask_text(STORED.to_owned());
    assert_eq!(unmask(&shown).unwrap(), STORED);
}

#[test]
fn a_mask_that_is_missing_new_or_changed_is_refused_by_name() {
    for (typed, pointers) in [
        (r#"{"lines":[{"s":"•••"},{"s":"•••"}]}"#, &["/card"][..]),
        (
            r#"{"card":{"n":1},"lines":[{"s":"•••"},{"s":"•••"}]}"#,
            &["/card"],
        ),
        (
            r#"{"card":" •••","lines":[{"s":"•••"},{"s":null}]}"#,
            &["/card", "/lines/1/s"],
        ),
        (
            r#"{"card":"•••","lines":[{"s":"•••"},{"s":"•••"},{"s":"•••"}]}"#,
            &["/lines/2/s"],
        ),
        (
            r#"{"card":"•••","lines":[{"q":0},{"s":"•••"},{"s":"•••"}]}"#,
            &["/lines/0/s", "/lines/2/s"],
        ),
        ("[]", &["/card", "/lines/0/s", "/lines/1/s"]),
    ] {
        let refused = unmask(typed).unwrap_err();
        assert_eq!(refused.pointers, pointers, "{typed}");
        assert!(!refused.moved && refused.to_string().contains(pointers[0]));
    }
}

#[test]
fn elements_with_hidden_values_stay_where_they_are() {
    let swapped = r#"{"card":"•••","lines":[{"q":2,"s":"•••"},{"q":1,"s":"•••"}]}"#;
    let refused = unmask(swapped).unwrap_err();
    assert_eq!(
        (refused.pointers, refused.moved),
        (vec!["/lines/0".into(), "/lines/1".into()], true)
    );
    let shifted = r#"{"card":"•••","lines":[{"q":9,"s":"•••"},{"q":1,"s":"•••"}]}"#;
    assert_eq!(unmask(shifted).unwrap_err().pointers, ["/lines/1"]);
    let alike = r#"{"card":"•••","lines":[{"q":1,"s":"•••"},{"q":1,"s":"•••"}]}"#;
    assert!(
        unmask(alike).is_ok(),
        "one was edited to look like the other"
    );
}

#[test]
fn the_mask_stays_what_it_is_where_nothing_is_hidden() {
    let hiding = hiding(&["/card"]);
    let stored = r#"{"note":"•••","card":"•••"}"#;
    assert_eq!(hiding.unmask(stored.as_bytes(), stored).unwrap(), stored);
    let typed = r#"{"note":"•••","more":"•••","card":"•••"}"#;
    assert_eq!(hiding.unmask(stored.as_bytes(), typed).unwrap(), typed);
    assert!(hiding.unmask(b"{}", typed).is_err());
}

#[test]
fn a_document_that_is_hidden_as_a_whole_can_not_be_guessed() {
    for hiding in [hiding(&["/card"]), Hiding::Everything] {
        assert_eq!(hiding.unmask(b"{oops", " \"•••\" ").unwrap(), "{oops");
        for typed in ["{oops", "{}", "\"x\""] {
            let refused = hiding.unmask(b"{oops", typed).unwrap_err();
            assert_eq!(refused.pointers, [""]);
        }
    }
}

#[test]
fn a_new_document_names_the_masks_that_stand_for_nothing() {
    let typed = r#"{"card":{"n":"•••"},"lines":[{"s":"x"}],"note":"•••"}"#;
    assert_eq!(
        hiding(&["/card/**", "/lines/*/s"]).masks_in(typed),
        ["/card"]
    );
}
