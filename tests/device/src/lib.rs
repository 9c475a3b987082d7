//! The device client on this host: the same code that runs on a board, over embassy-net and a TAP interface.
//!
//! [`Site`] is a network of its own, with a router's address, DHCP and DNS by dnsmasq. [`Wire`] is what lies between the
//! device and that network: packets get lost there, doubled, held back, or nothing passes at all. [`Device`] is a client
//! with its network stack.
#![forbid(unsafe_code)]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "for hosts: std is at hand")]

mod device;
mod site;
mod wire;

pub use device::{Client, Device, Memory, Setup, demo_credentials, polls};
pub use site::{ROUTER, Site};
pub use wire::{Faults, Wire};
