//! Checks patterns against a matcher that is too simple to be wrong.

use super::glob::glob;
use crate::domain::json::arbitrary::bounded;
use proptest::prelude::*;

/// Matches by trying every length for every star.
fn simply_matches(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|taken| simply_matches(rest, &text[taken..])),
        [first, rest @ ..] => text.first() == Some(first) && simply_matches(rest, &text[1..]),
    }
}

proptest! {
    #![proptest_config(bounded(512))]

    #[test]
    fn a_pattern_matches_as_the_simple_matcher_says(pattern in "[abü*:]{0,7}", text in "[abü:]{0,9}") {
        let [as_pattern, as_text] = [&pattern, &text].map(|text| text.chars().collect::<Vec<_>>());
        prop_assert_eq!(glob(&pattern, &text), simply_matches(&as_pattern, &as_text));
    }

    #[test]
    fn a_pattern_matches_what_is_put_in_place_of_its_stars(
        parts in prop::collection::vec("[abü]{0,3}", 1..5),
        fill in "[abü*]{0,3}",
    ) {
        prop_assert!(glob(&parts.join("*"), &parts.join(&fill)));
    }

    #[test]
    fn a_pattern_without_a_star_matches_itself_alone(pattern in "[abü:.?\\[]{0,4}", other in "[abü:.?\\[]{0,4}") {
        prop_assert!(glob(&pattern, &pattern));
        prop_assert_eq!(glob(&pattern, &other), pattern == other);
    }
}
