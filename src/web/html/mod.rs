//! The building blocks of pages: the frame, links, formats, charts, errors, assets.

pub(crate) mod assets;
pub(crate) mod charts;
pub(crate) mod element_id;
pub(crate) mod error;
pub(crate) mod error_page;
pub(crate) mod fields;
pub(crate) mod format;
pub(crate) mod frame;
pub(crate) mod json_colors;
mod kept_text;
pub(crate) mod links;
pub(crate) mod parts;
pub(crate) mod password_field;
pub(crate) mod queue_crumbs;
pub(crate) mod shared_part;
mod too_often;
