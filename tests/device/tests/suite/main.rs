//! The device client, as on a board.

mod api;
mod tokens;
