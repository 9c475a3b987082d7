//! Tasks that wait for a change.

use embassy_sync::waitqueue::MultiWakerRegistration;

/// Wakers of nine tasks: eight callers and the runner. With more tasks each registration wakes another waiting task, which costs
/// processor time only.
pub(crate) type Waiters = MultiWakerRegistration<9>;
