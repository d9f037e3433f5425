//! The quick fixes of a schema, made one after the other as long as each is the only one that is offered for its problem.

use std::collections::HashSet;

use super::not_changed::NotChanged;
use super::places::is_meant;
use super::splices::Splice;
use super::splices::Splices;
use super::text_edit::TextEdit;
use crate::domain::edit::patch::place;
use crate::domain::edit::problem::problems_of;
use crate::domain::schema::in_force::InForce;

/// How often a text is checked again: a fix may show what another rule says.
const MOST_ROUNDS: usize = 20;

/// Makes the fixes, of the places that a pattern means or of all. Problems for which nothing is offered stay; where nothing can be
/// fixed in a place of the pattern, or in all, and something is wrong there, that is said.
pub(super) fn apply(
    edit: &mut TextEdit,
    schema: &InForce,
    only: Option<&[String]>,
) -> Result<(), NotChanged> {
    if !matches!(schema, InForce::Schema(_)) {
        return Err(NotChanged::Unfitting(
            "there is no schema in force for it, so nothing says what is right".to_owned(),
        ));
    }
    let is_wanted = |pointer: &str| {
        only.is_none_or(|only| place::read(pointer).is_ok_and(|place| is_meant(only, &place)))
    };
    let before = edit.places;
    let mut fixed: HashSet<String> = HashSet::new();
    for _ in 0..MOST_ROUNDS {
        edit.spend()?;
        let problems = problems_of(&edit.text, schema);
        let mut unfixed = false;
        let mut found: Vec<Splice> = Vec::new();
        for problem in problems {
            let pointer = problem.pointer.unwrap_or_default();
            if !is_wanted(&pointer) {
                continue;
            }
            match &problem.fixes[..] {
                [fix] => {
                    found.push(Splice {
                        from: fix.range.start,
                        to: fix.range.end,
                        with: fix.text.clone(),
                    });
                    fixed.insert(pointer);
                }
                _ => unfixed |= only.is_none() || !fixed.contains(&pointer),
            }
        }
        if found.is_empty() {
            let is_enough = !unfixed || (only.is_none() && edit.places > before);
            return match is_enough {
                true => Ok(()),
                false => Err(NotChanged::NoFix),
            };
        }
        found.sort_by_key(|splice| (splice.from, splice.to));
        // Fixes that touch each other wait for the next round. From the back, so that places in front stay where they are.
        let mut splices = Splices::of(&edit.text, edit.most);
        let mut left_of = usize::MAX;
        for splice in found.into_iter().rev() {
            if splice.to < left_of {
                left_of = splice.from;
                splices.push(splice)?;
            }
        }
        edit.splice_all(&splices);
    }
    Ok(())
}
