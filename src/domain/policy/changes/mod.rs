//! The changed places of a document, and what a policy says of them.
//!
//! A place is changed if only one of the two documents has it, or if both have another value there. Elements of arrays are
//! compared by position. The order of members, white space and escapes don't count; another way to write a number does
//! (`1.0` for `1`), since workers may tell them apart. Of an object in which a name stands more than once, each counts.
//!
//! A string that holds JSON counts where a pattern leads into it, as it is hidden as a whole there.
//!
//! A listed pointer ends where something sensitive begins: the names of members below may be as secret as their values.

mod comparison;
mod places;
mod veil;
mod within;

use super::pointer_pattern::PatternWalk;
use super::repair_policy::RepairPolicy;
use crate::domain::json::{Document, MAX_EDIT_DEPTH};
use comparison::{Comparison, Place};
pub(crate) use places::{ChangedPlaces, Places};
use veil::Veil;
use within::within;

/// What there was before a change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Before<'d> {
    /// A document.
    Document(&'d Document<'d>),
    /// Bytes that are no JSON, or nested too deep to be compared: everything is changed, whatever was there.
    Unreadable,
    /// Nothing: the job is new, so that nothing of it was read-only.
    Nothing,
}

/// Compares two documents as `policy` sees them.
pub(crate) fn changed_places(
    policy: &RepairPolicy,
    before: Before<'_>,
    after: &Document<'_>,
) -> ChangedPlaces {
    const EVERYTHING: &str = "";
    let mut found = ChangedPlaces::default();
    let sensitive = PatternWalk::new(&policy.sensitive);
    let place = Place {
        editable: policy.editable.as_deref().map(PatternWalk::new),
        veil: Veil::over(&sensitive, 0),
        sensitive,
        critical: PatternWalk::new(&policy.critical),
    };
    let before = match before {
        Before::Document(before)
            if before.depth() > MAX_EDIT_DEPTH || after.depth() > MAX_EDIT_DEPTH =>
        {
            Before::Unreadable
        }
        other => other,
    };
    let mut pointer = String::new();
    match before {
        Before::Document(before) => {
            let mut comparison = Comparison {
                before,
                after,
                pointer,
                found,
            };
            comparison.compare(0, 0, &place);
            return comparison.found;
        }
        Before::Unreadable => {
            if place
                .editable
                .as_ref()
                .is_some_and(|walk| !walk.is_within())
            {
                found.not_editable.add(EVERYTHING);
            }
            for pattern in &policy.sensitive {
                found.sensitive.add(pattern.as_str());
            }
            for pattern in &policy.critical {
                found.critical.add(pattern.as_str());
            }
        }
        Before::Nothing => {
            let veil = Veil::over(&place.sensitive, 0);
            within(
                after,
                0,
                (&place.sensitive, veil.clone()),
                &mut pointer,
                &mut found.sensitive,
            );
            within(
                after,
                0,
                (&place.critical, veil),
                &mut pointer,
                &mut found.critical,
            );
        }
    }
    found
}
