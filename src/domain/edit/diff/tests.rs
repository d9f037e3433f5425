//! Diffs of chosen texts.
#![allow(clippy::unwrap_used)]
use super::*;

/// Rows as short texts: the kind, both numbers, and both lines with emphasised pieces in brackets.
fn drawn(before: &str, after: &str, context: usize) -> Vec<String> {
    let side = |side: &Option<Side>| {
        side.as_ref().map_or("-".to_owned(), |side| {
            let text = side.segments.iter().map(|piece| {
                if piece.emphasised {
                    format!("[{}]", piece.text)
                } else {
                    piece.text.clone()
                }
            });
            format!("{}:{}", side.number, text.collect::<String>())
        })
    };
    let rows = side_by_side(before, after, context).rows;
    rows.iter()
        .map(|row| match row {
            DiffRow::Fold {
                hidden,
                left,
                right,
            } => format!("fold {hidden} from {left},{right}"),
            DiffRow::Line { kind, left, right } => {
                format!("{kind:?} {} | {}", side(left), side(right))
            }
        })
        .collect()
}

#[test]
fn changed_words_are_emphasised() {
    let before = "{\n  \"email\": \"ann@old.example\",\n  \"n\": 1.0\n}";
    let after = "{\n  \"email\": \"ann@new.example\",\n  \"n\": 1.00\n}";
    assert_eq!(
        drawn(before, after, 3),
        [
            "Same 1:{ | 1:{",
            "Changed 2:  \"email\": \"ann@[old].example\", | 2:  \"email\": \"ann@[new].example\",",
            "Changed 3:  \"n\": 1.[0] | 3:  \"n\": 1.[00]",
            "Same 4:} | 4:}",
        ]
    );
}

#[test]
fn added_and_removed_lines_stand_on_one_side() {
    assert_eq!(
        drawn("a\nb\nc", "a\nc", 1),
        ["Same 1:a | 1:a", "Removed 2:[b] | -", "Same 3:c | 2:c"]
    );
    assert_eq!(drawn("", "ü", 1), ["Added - | 1:[ü]"]);
    assert_eq!(drawn("ü\n", "", 1), ["Removed 1:[ü] | -"]);
    assert_eq!(
        drawn("x", "y\n\nz", 0),
        ["Changed 1:[x] | 1:[y]", "Added - | 2:", "Added - | 3:[z]"]
    );
}

#[test]
fn what_is_far_from_a_change_is_folded() {
    let lines: Vec<String> = (1..=20).map(|n| format!("line {n}")).collect();
    let before = lines.join("\n");
    let after = before.replace("line 10\n", "line ten\n");
    assert_eq!(
        drawn(&before, &after, 2),
        [
            "fold 7 from 1,1",
            "Same 8:line 8 | 8:line 8",
            "Same 9:line 9 | 9:line 9",
            "Changed 10:line [10] | 10:line [ten]",
            "Same 11:line 11 | 11:line 11",
            "Same 12:line 12 | 12:line 12",
            "fold 8 from 13,13",
        ]
    );
    assert_eq!(
        drawn("a\nb\nc", "a\nb\nd", 1)[0],
        "Same 1:a | 1:a",
        "one line is not worth a fold"
    );
}

#[test]
fn equal_texts_have_no_difference() {
    for (before, after) in [
        ("", ""),
        ("a", "a\n"),
        ("a\r\nb", "a\nb\n"),
        ("{\n}", "{\n}"),
    ] {
        let diff = side_by_side(before, after, 3);
        assert!(diff.is_empty() && !diff.truncated, "{before:?} {after:?}");
    }
    assert_eq!(drawn("a\nb\nc", "a\nb\nc", 3), ["fold 3 from 1,1"]);
}

#[test]
fn lines_are_counted_whether_drawn_or_not() {
    let diff = side_by_side("a\nb\nc", "a\nx\ny\nz", 0);
    assert_eq!((diff.added, diff.removed, diff.truncated), (3, 2, false));
    let many = |word: &str| {
        (0..5_000)
            .map(|n| format!("{word} {n}\n"))
            .collect::<String>()
    };
    let diff = side_by_side(&many("old"), &many("new"), 3);
    assert_eq!(
        (diff.added, diff.removed, diff.truncated),
        (5_000, 5_000, true)
    );
    assert_eq!(diff.rows.len(), MOST_ROWS);
}

#[test]
fn very_long_lines_are_clipped_around_the_first_difference() {
    let before = format!("{}old{}", "ü".repeat(5_000), "z".repeat(5_000));
    let after = format!("{}new{}", "ü".repeat(5_000), "z".repeat(5_000));
    let diff = side_by_side(&before, &after, 0);
    let DiffRow::Line {
        kind: RowKind::Changed,
        left: Some(left),
        right: Some(right),
    } = &diff.rows[0]
    else {
        panic!("{:?}", diff.rows);
    };
    let text = |side: &Side| {
        side.segments
            .iter()
            .map(|piece| piece.text.as_str())
            .collect::<String>()
    };
    for (side, word) in [(left, "old"), (right, "new")] {
        assert!(text(side).starts_with(&format!("…{}{word}z", "ü".repeat(200))));
        assert!(text(side).ends_with("z…"));
        assert_eq!(text(side).chars().count(), 2_002);
        assert_eq!(side.note.as_deref(), Some("2000 of 10003 characters"));
    }
    let late = drawn(
        &format!("{}1", "x".repeat(2_500)),
        &format!("{}2", "x".repeat(2_500)),
        0,
    );
    let kept = "x".repeat(192);
    let [old, new] = ["1", "2"].map(|end| format!("{}{end}", "x".repeat(8)));
    assert_eq!(
        late,
        [format!("Changed 1:…{kept}[{old}] | 1:…{kept}[{new}]")]
    );
    let exact = "x".repeat(2_000);
    assert_eq!(drawn("", &exact, 0), [format!("Added - | 1:[{exact}]")]);
    let same = side_by_side(&format!("{before}\nx"), &format!("{before}\ny"), 1);
    let DiffRow::Line {
        left: Some(left), ..
    } = &same.rows[0]
    else {
        panic!()
    };
    assert_eq!(text(left).chars().count(), 2_001);
}

#[test]
fn two_texts_of_five_megabytes_end_in_time() {
    let mixed = |seed: u64, lines: usize| {
        let mut state = seed;
        let mut line = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            format!("      \"k{}\": {},\n", state >> 58, (state >> 33) % 3_000)
        };
        (0..lines).map(|_| line()).collect::<String>()
    };
    let one_line = |c: &str| c.repeat(2_500_000);
    for (before, after) in [
        (mixed(1, 300_000), mixed(2, 300_000)),
        (mixed(1, 300_000), String::new()),
        (one_line("ab"), one_line("ac")),
        ("x\n".repeat(2_500_000), "y\nx\n".repeat(1_250_000)),
    ] {
        let diff = side_by_side(&before, &after, 3);
        assert!(!diff.is_empty());
    }
}

#[test]
fn a_change_between_long_runs_of_the_same_lines_is_drawn_with_its_lines_and_numbers() {
    let same = |from: usize, to: usize| (from..to).map(|at| format!("{at}\n")).collect::<String>();
    let text = |middle: &str| format!("{}{middle}{}", same(0, 300_000), same(300_000, 600_000));
    let diff = side_by_side(&text("old\n"), &text("new\n"), 1);
    assert_eq!((diff.added, diff.removed, diff.truncated), (1, 1, false));
    let numbers = diff.rows.iter().map(|row| match row {
        DiffRow::Fold { hidden, left, .. } => (*left, *hidden),
        DiffRow::Line { left, .. } => (left.as_ref().unwrap().number, 0),
    });
    let expected = [
        (1, 299_999),
        (300_000, 0),
        (300_001, 0),
        (300_002, 0),
        (300_003, 299_999),
    ];
    assert_eq!(numbers.collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_not_compared_of_very_many_lines_is_counted_as_changed() {
    let text = |start: &str| {
        (0..300_000)
            .map(|at| format!("{start}{at}\n"))
            .collect::<String>()
    };
    let diff = side_by_side(&text("a"), &text("b"), 3);
    assert_eq!(
        (diff.added, diff.removed, diff.truncated),
        (300_000, 300_000, true)
    );
    assert!(diff.rows.len() <= 2_000);
}
