//! Editing a part of large data: the person gets and sends one value, and the server puts it into the stored bytes. What may be
//! stored is decided for the whole data, as for any edit.

mod check;
mod open;
mod outcome;
mod request;
mod save;

pub(crate) use open::OpenedPart;
pub(crate) use outcome::{PartEdited, PartRejection, ReviewedPart, StalePart};
pub(crate) use request::PartRequest;
