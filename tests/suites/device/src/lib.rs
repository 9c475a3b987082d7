//! The device client on this host: the same code that runs on a board, over embassy-net and a TAP interface.
//!
//! [`Site`] is a network namespace with a router's address, DHCP and DNS by dnsmasq. [`Wire`] is the cable between the device and
//! that network, which can lose, duplicate and reorder packets. [`Device`] is a client with its network stack.
#![forbid(unsafe_code)]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "for hosts: std is at hand")]

mod device;
mod dns_server;
mod site;
mod time_server;
mod wire;

pub use device::{Device, Families, Interrupt, Setup, dropped_after, unix_time};
pub use dns_server::{DnsServer, Kind, Query, Response};
pub use site::{DEVICE_V6, DNS_SERVERS, NEIGHBOURS, ROUTER, ROUTER_V6, Site};
pub use time_server::{Chrony, TIME_PORT, TimeServer};
pub use wire::{Faults, Wire};
