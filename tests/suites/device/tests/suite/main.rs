//! The device client, as on a board.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "for hosts: std is at hand")]

mod api;
mod cancelled;
mod clock;
mod connect;
mod edge;
mod families;
mod json;
mod lanes;
mod libraries;
mod network;
mod overlap;
mod resolver;
mod tokens;
