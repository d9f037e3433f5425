//! The browser, its user, and the application they use.

pub(crate) mod browser;
pub(crate) mod chromium;
pub(crate) mod logs;
pub(crate) mod places;
pub(crate) mod shop;
pub(crate) mod steps;
