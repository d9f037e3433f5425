//! Rules for repairs, beside the schemas.

pub(crate) mod mask;
