//! Checks in a real browser.

mod beside_forms;
mod bulk_repair;
mod bytes;
mod conflict;
mod every_page;
mod finding;
mod going_back;
mod history;
mod live;
mod moving;
mod names;
mod operating;
mod phone;
mod pictures;
mod pinning;
mod quick_fix;
mod repair;
mod retiring;
mod selecting;
mod shortcuts;
mod sorting;
mod understanding;
mod watching;
mod weight;
