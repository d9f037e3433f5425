//! Arbitrary texts: folding never panics, and what was folded stays as it is.

use proptest::prelude::*;

use super::fold::FoldedMessage;
use super::stack::Frame;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_folded_message_folded_again_is_the_same(text in any::<String>()) {
        let folded = FoldedMessage::of(&text);
        prop_assert_eq!(FoldedMessage::of(&folded.to_string()), folded);
    }

    #[test]
    fn the_same_holds_of_messages_with_much_to_fold(
        text in r#"([a-f]{0,3}|[0-9]{0,9}|["'`{}<>:./@ ,-]|number|\{number\}|https?://a|at |[A-Z]{0,3}){0,40}"#
    ) {
        let folded = FoldedMessage::of(&text);
        prop_assert_eq!(FoldedMessage::of(&folded.to_string()), folded);
    }

    #[test]
    fn messages_that_differ_in_their_numbers_fold_alike(one in 0_u64.., other in 0_u64..) {
        let message = |n: u64| FoldedMessage::of(&format!("no user {n} in queue"));
        prop_assert_eq!(message(one), message(other));
    }

    #[test]
    fn any_text_can_be_read_as_a_stack(text in any::<String>(), lines in r"(    at [^\n]{0,30}\n){0,5}") {
        for stack in [text.clone(), lines.clone(), format!("{text}\n{lines}")] {
            if let Some(frame) = Frame::top_of(&stack) {
                prop_assert!(frame.function.chars().count() <= 120 && frame.file.chars().count() <= 120);
            }
        }
    }
}
