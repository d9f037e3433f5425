//! Values that a policy hides: nobody without the grant `reveal` gets a byte of them, in any view, by any way to ask.

mod audit_log;
mod edits;
mod live;
mod many_edits;
mod search;
mod shop;
mod views;
