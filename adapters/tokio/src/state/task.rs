//! Record of the background task: whether it runs, and on which runtime.

use tokio::runtime::{self, Handle};
use tokio::task::AbortHandle;

/// Number of a background task. Each task of a client has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskNumber(u64);

/// The background task of a client, which runs at most once at a time.
pub(crate) struct BackgroundTask {
    status: Status,
    last: TaskNumber,
}

enum Status {
    Absent,
    Running { number: TaskNumber, task: AbortHandle, runtime: runtime::Id },
    Closed,
}

impl BackgroundTask {
    pub(super) const fn new() -> Self {
        Self { status: Status::Absent, last: TaskNumber(0) }
    }

    pub(crate) const fn is_closed(&self) -> bool {
        matches!(self.status, Status::Closed)
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(&self.status, Status::Running { task, .. } if !task.is_finished())
    }

    /// Returns the number for the next task.
    pub(crate) const fn next_number(&mut self) -> TaskNumber {
        self.last = TaskNumber(self.last.0.wrapping_add(1));
        self.last
    }

    pub(crate) fn started(&mut self, number: TaskNumber, task: AbortHandle, runtime: &Handle) {
        self.status = Status::Running { number, task, runtime: runtime.id() };
    }

    /// Records that the task of this number has ended; another one is left alone.
    pub(crate) fn ended(&mut self, ended: TaskNumber) {
        if matches!(&self.status, Status::Running { number, .. } if *number == ended) {
            self.status = Status::Absent;
        }
    }

    /// Aborts the task if it runs on another runtime than `current`. Returns whether it did.
    pub(crate) fn abort_on_other_runtime(&mut self, current: &Handle) -> bool {
        let Status::Running { task, runtime, .. } = &self.status else {
            return false;
        };
        if current.id() == *runtime {
            return false;
        }
        task.abort();
        self.status = Status::Absent;
        true
    }

    /// Aborts the task; none is started any more.
    pub(crate) fn close(&mut self) {
        if let Status::Running { task, .. } = std::mem::replace(&mut self.status, Status::Closed) {
            task.abort();
        }
    }
}
