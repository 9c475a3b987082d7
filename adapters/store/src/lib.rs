#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "for hosts: std is available, and one name for each item is clearer"
)]

mod entry;
#[cfg(all(feature = "file", target_os = "linux"))]
mod file;
#[cfg(feature = "_seal")]
mod key_source;
#[cfg(feature = "_seal")]
mod keys;
pub mod member;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod shared;
mod store;
mod values;

#[cfg(feature = "redis")]
pub use self::redis::{RedisAddress, RedisLogin, RedisNode, RedisSettings, RedisStore, RedisTls};
pub use entry::Entry;
#[cfg(all(feature = "file", target_os = "linux"))]
pub use file::FileStore;
#[cfg(feature = "_seal")]
pub use key_source::KeySource;
#[cfg(feature = "_seal")]
pub use keys::{InvalidKeys, Keys};
pub use memory::MemoryStore;
pub use shared::SharedStore;
pub use store::{Store, StoreError, StoreFuture};
pub use values::{
    AccessToken, Claim, Claimed, EngineTime, EntryName, Found, Generation, Lease, Owner, Publication,
    Published,
};
