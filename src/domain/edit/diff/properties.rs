//! Properties of the diff of any two texts.
#![allow(clippy::unwrap_used)]

use super::{DiffRow, RowKind, Side, side_by_side};
use crate::domain::json::arbitrary::bounded;
use proptest::prelude::*;

/// Texts from few different lines, so that two of them have lines in common.
fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("{".to_owned()),
        "  \"[ab]\": [0-9]{1,2},",
        "[ü😀 a.]{0,5}",
    ];
    let end = prop_oneof![3 => Just("\n"), 1 => Just("\r\n")];
    let lines = prop::collection::vec((line, end), 0..14);
    (lines, any::<bool>()).prop_map(|(lines, ends)| {
        let text: String = lines.iter().flat_map(|(line, end)| [line, *end]).collect();
        match ends {
            true => text,
            false => text.trim_end_matches(['\r', '\n']).to_owned(),
        }
    })
}

/// Puts a line at the place that its number gives.
fn put(column: &mut Vec<String>, side: &Option<Side>) -> Result<(), TestCaseError> {
    if let Some(side) = side {
        prop_assert_eq!(side.number, column.len() + 1);
        column.push(side.segments.iter().map(|segment| &*segment.text).collect());
    }
    Ok(())
}

proptest! {
    #![proptest_config(bounded(256))]

    #[test]
    fn the_columns_put_together_are_the_two_texts(
        before in text(),
        after in text(),
        context in 0..4usize,
    ) {
        let diff = side_by_side(&before, &after, context);
        let [before, after] = [&before, &after].map(|text| text.lines().collect::<Vec<_>>());
        prop_assert!(!diff.truncated);
        let (mut left_column, mut right_column) = (Vec::new(), Vec::new());
        let (mut added, mut removed) = (0, 0);
        for row in &diff.rows {
            match row {
                DiffRow::Fold { hidden, left, right } => {
                    prop_assert_eq!((*left, *right), (left_column.len() + 1, right_column.len() + 1));
                    let folded = before[left - 1..].iter().zip(&after[right - 1..]).take(*hidden);
                    for (one, other) in folded {
                        prop_assert_eq!(one, other);
                        left_column.push((*one).to_owned());
                        right_column.push((*other).to_owned());
                    }
                }
                DiffRow::Line { kind, left, right } => {
                    put(&mut left_column, left)?;
                    put(&mut right_column, right)?;
                    let same = left_column.last() == right_column.last();
                    match (kind, left, right) {
                        (RowKind::Same, Some(_), Some(_)) => prop_assert!(same),
                        (RowKind::Changed, Some(_), Some(_)) => prop_assert!(!same),
                        (RowKind::Added, None, Some(_)) | (RowKind::Removed, Some(_), None) => {}
                        other => prop_assert!(false, "{:?}", other),
                    }
                    added += usize::from(matches!(kind, RowKind::Added | RowKind::Changed));
                    removed += usize::from(matches!(kind, RowKind::Removed | RowKind::Changed));
                }
            }
        }
        prop_assert_eq!((diff.added, diff.removed), (added, removed));
        prop_assert_eq!(left_column, before.clone());
        prop_assert_eq!(right_column, after.clone());
        prop_assert_eq!(diff.is_empty(), before == after);
    }

    #[test]
    fn a_text_does_not_differ_from_itself(text in text(), context in 0..4usize) {
        prop_assert!(side_by_side(&text, &text, context).is_empty());
    }
}
