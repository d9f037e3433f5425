//! The audit log: what is recorded, what each reader sees, and what it costs.

mod actors;
mod far_back;
mod floods;
mod log;
mod readers;
mod reads;
mod redaction;
mod request_ids;
mod runs;
mod scope;
mod time_span;
mod unwritten;
