//! The Node process with BullMQ, its requests, and what users do and read.

pub(crate) mod bull;
pub(crate) mod node;
pub(crate) mod pages;
pub(crate) mod people;
