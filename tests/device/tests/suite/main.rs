//! The device client, as on a board.

mod api;
mod clock;
mod network;
mod tokens;
