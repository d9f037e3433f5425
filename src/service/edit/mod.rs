//! Editing a job's data: open, review, save. Each step reads the job again. Of the form, only the person's text and the
//! revision that they saw are used.

pub(crate) mod assess;
pub(crate) mod break_glass;
pub(crate) mod changed_by;
mod data_rules;
pub(crate) mod demanded;
pub(crate) mod drafts;
pub(crate) mod editable;
pub(crate) mod not_saved;
mod open;
pub(crate) mod part;
pub(crate) mod recorded_change;
pub(crate) mod request;
mod review;
pub(crate) mod save;
pub(crate) mod sight;
pub(crate) mod then_retry;
mod typed_text;
pub(crate) mod written;

pub(crate) use open::Opened;
