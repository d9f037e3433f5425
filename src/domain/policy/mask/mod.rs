//! Hidden values: how a document is shown to someone who may not see some of its values, and how those values come back.
//!
//! A hidden value is shown as the string [`MASK`], whatever its type. All bytes around it stay as they are stored. Data in
//! which the places can't be found, because it is not JSON, is hidden as a whole.

mod hiding;
mod patch;
mod places;
#[cfg(test)]
mod properties;
pub(crate) mod sign;
mod unmask;
mod values;

pub(crate) use hiding::Hiding;
#[cfg(test)]
pub(crate) use places::tests;
pub(crate) use places::{HiddenPlaces, Place, holds_json};
pub(crate) use sign::{MASK, MASK_JSON};
pub(crate) use unmask::HiddenChanged;
pub(crate) use values::HiddenValues;
