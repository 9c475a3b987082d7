//! State that the callers and the background task of one client share, behind one lock.

mod history;
mod lifecycle;
mod published;
mod settings;
mod shared;
mod task;
mod thread_cache;

pub(crate) use history::Origin;
pub(crate) use lifecycle::{Ending, ExchangeStart, Finished, Work};
pub(crate) use settings::{RefreshTokenObserver, Settings};
pub(crate) use shared::Shared;
pub(crate) use task::{BackgroundTask, TaskNumber};
