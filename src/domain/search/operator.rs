//! The operators of a query.

use super::input::Input;
use super::syntax::Comparison;

/// What stands between a field and what it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal { not: bool },
    Contains { not: bool },
    Compare(Comparison),
    In { not: bool },
    Between,
    Is,
    Exists,
    Missing,
}

const SIGNS: [(&str, Operator); 9] = [
    ("!=", Operator::Equal { not: true }),
    ("!~", Operator::Contains { not: true }),
    ("==", Operator::Equal { not: false }),
    (">=", Operator::Compare(Comparison::GreaterOrEqual)),
    ("<=", Operator::Compare(Comparison::LessOrEqual)),
    ("=", Operator::Equal { not: false }),
    ("~", Operator::Contains { not: false }),
    (">", Operator::Compare(Comparison::Greater)),
    ("<", Operator::Compare(Comparison::Less)),
];

const WORDS: [(&str, Operator); 5] = [
    ("in", Operator::In { not: false }),
    ("between", Operator::Between),
    ("is", Operator::Is),
    ("exists", Operator::Exists),
    ("missing", Operator::Missing),
];

impl Operator {
    /// Takes an operator and the blanks before it, if one is next.
    pub(super) fn take(input: &mut Input<'_>) -> Option<Self> {
        let mut ahead = input.clone();
        ahead.skip_blanks();
        let sign = SIGNS.iter().find(|(sign, _)| ahead.take(sign));
        let found = sign.map(|(_, operator)| *operator).or_else(|| {
            let word = WORDS.iter().find(|(word, _)| ahead.take_word(word));
            word.map(|(_, operator)| *operator).or_else(|| {
                let not_in = ahead.take_word("not") && ahead.take_word("in");
                not_in.then_some(Self::In { not: true })
            })
        });
        if found.is_some() {
            input.at = ahead.at;
        }
        found
    }

    /// Whether a character begins an operator, so that it ends a word.
    pub(super) fn begins_at(rest: &str) -> bool {
        SIGNS.iter().any(|(sign, _)| rest.starts_with(sign))
    }
}
