//! Wakeups of a connection that is polled by the task that waits for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// Passes wakeups on to a task, but not while that task polls the connection.
///
/// The parts of hyper wake each other. Between tasks that is needed; within one poll it would schedule the running task a second time, and often
/// wake another thread to run it.
#[derive(Default)]
pub(super) struct Gate(Mutex<State>);

#[derive(Default)]
struct State {
    is_polling: bool,
    /// There was a wakeup meanwhile.
    again: bool,
    task: Option<Waker>,
}

impl Gate {
    /// Begins a poll by the task of this waker.
    pub(super) fn begin(&self, task: &Waker) {
        let mut state = self.locked();
        state.is_polling = true;
        state.again = false;
        match &mut state.task {
            Some(known) => known.clone_from(task),
            none => *none = Some(task.clone()),
        }
    }

    /// Returns whether there was a wakeup since the begin or the last call.
    pub(super) fn take_again(&self) -> bool {
        std::mem::take(&mut self.locked().again)
    }

    /// Ends the poll. Returns whether there was a wakeup that is not taken.
    pub(super) fn end(&self) -> bool {
        let mut state = self.locked();
        state.is_polling = false;
        std::mem::take(&mut state.again)
    }

    /// Wakes no task from now on.
    pub(super) fn forget(&self) {
        let task = self.locked().task.take();
        // Not under the lock: the last waker of a task drops the task.
        drop(task);
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Gate {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.locked();
        if state.is_polling {
            state.again = true;
            return;
        }
        let task = state.task.clone();
        drop(state);
        if let Some(task) = task {
            task.wake();
        }
    }
}
