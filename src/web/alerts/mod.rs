//! The page of alerts: what fires, what is silenced, what was resolved, and how the webhooks do. And the alarm on every page.

pub(crate) mod alarm;
pub(crate) mod now;
pub(super) mod page;
mod rows;
