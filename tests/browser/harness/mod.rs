//! A browser, a person at it, and what they look at.

pub(crate) mod browser;
pub(crate) mod chromium;
pub(crate) mod logs;
pub(crate) mod places;
pub(crate) mod shop;
pub(crate) mod steps;
