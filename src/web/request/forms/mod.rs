//! Forms: their fields, names and pace, and the turns and memory of large ones.

pub(crate) mod encoded_names;
pub(crate) mod fields;
pub(crate) mod large;
pub(crate) mod operation;
pub(crate) mod pace;
pub(crate) mod received;
pub(crate) mod turns;
