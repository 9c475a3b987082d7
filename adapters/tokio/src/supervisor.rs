//! Supervision of the background task: callers start it, wait for its result, and replace it if it no longer runs.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::error::{TokenError, TokenErrorKind};
use crate::state::{BackgroundTask, Shared};
use crate::token::Token;
use crate::token_task;

/// A task that does not begin or end an exchange for this long after its time, although a caller waits, is on a runtime that is not
/// being run. Shorter than the margin of core's [`Policy::covering`](genesys_token_core::lifecycle::Policy::covering).
const UNRESPONSIVE_AFTER: Duration = Duration::from_secs(2);

/// Returns the token under the lock, and waits while an exchange is due or in flight.
pub(crate) async fn wait_for_token(shared: &Arc<Shared>) -> Result<Token, TokenError> {
    loop {
        // Registered before the state is read, so that a change in between is not missed.
        let mut changed = pin!(shared.changed.notified());
        changed.as_mut().enable();
        let longest_wait = match token_or_wait(shared) {
            Reply::Token(token) => return Ok(token),
            Reply::Error(error) => return Err(error),
            Reply::Wait(longest) => longest,
        };
        shared.wake.notify_one();
        if timeout(longest_wait, changed).await.is_err() {
            replace_unresponsive_task(shared);
        }
    }
}

enum Reply {
    Token(Token),
    Error(TokenError),
    /// Wait for a change, this long at most.
    Wait(Duration),
}

fn token_or_wait(shared: &Arc<Shared>) -> Reply {
    shared.locked(|state, now| {
        let task = ensure_task_runs(shared, &mut state.task);
        // A valid token can be used even if nothing refreshes it.
        if let Some(token) = shared.token_of(state, now) {
            return Reply::Token(token);
        }
        if let Err(error) = task {
            return Reply::Error(error.into());
        }
        if let Some(error) = state.lifecycle.unavailable(now, shared.login.name()) {
            return Reply::Error(error);
        }
        Reply::Wait(if state.lifecycle.exchange_in_flight() {
            shared.settings.longest_exchange().saturating_add(UNRESPONSIVE_AFTER)
        } else {
            UNRESPONSIVE_AFTER
        })
    })
}

/// Starts the background task on the current runtime unless it runs.
fn ensure_task_runs(shared: &Arc<Shared>, task: &mut BackgroundTask) -> Result<(), TokenErrorKind> {
    if task.is_closed() {
        return Err(TokenErrorKind::Closed);
    }
    if !task.is_running() {
        let runtime = Handle::try_current().map_err(|_| TokenErrorKind::NoRuntime)?;
        let number = task.next_number();
        let spawned = runtime.spawn(token_task::run(shared.clone(), number));
        task.started(number, spawned.abort_handle(), &runtime);
    }
    Ok(())
}

/// Aborts a task that makes no progress on another runtime: a current-thread runtime runs only within `block_on`.
fn replace_unresponsive_task(shared: &Shared) {
    let Ok(current) = Handle::try_current() else {
        return;
    };
    shared.update_silently(|state, now| {
        if state.task.abort_on_other_runtime(&current) {
            state.lifecycle.abandon_any_exchange(now);
        }
    });
}
