//! A Node process with BullMQ, what is asked of it, and what people do and read.

pub(crate) mod bull;
pub(crate) mod node;
pub(crate) mod pages;
pub(crate) mod people;
