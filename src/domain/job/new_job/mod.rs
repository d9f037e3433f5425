//! A job that is to be added: its options, as a person types them, as BullMQ takes them, and as the audit log says them.

pub(crate) mod carried;
mod custom_id;
pub(crate) mod durations;
pub mod fields;
pub mod keep;
pub mod options;
mod parse;
mod stored;
#[cfg(test)]
mod tests;
