//! What the fuzz targets share: how an input spells a response, and the references that core is compared with.
//!
//! The references are written to be obviously right, not fast: they copy, allocate and recurse.

pub mod events;
pub mod form;
pub mod json;
pub mod model;
pub mod number;
pub mod pieces;
pub mod response;
pub mod token;
