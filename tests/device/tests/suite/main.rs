//! The device client, as on a board.

mod api;
mod cancelled;
mod clock;
mod network;
mod tokens;
