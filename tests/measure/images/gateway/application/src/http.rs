//! The gateway without TLS.

use application::{Console, CryptoRngCore, Outcome, Settings, run_with};
use embassy_net::Stack;

use crate::clear_text::{ClearText, NoWorkspace};

/// The memory of the token client, with the sizes of the gateway's own and without TLS.
pub type Memory = genesys_token_embassy::Memory<NoWorkspace, 1, 1024, 2560, 2048, 2048, 1024>;

/// Returns initialised memory, for a static cell.
#[must_use]
#[inline(always)]
#[allow(clippy::inline_always, reason = "otherwise the result would be on the stack a second time")]
pub fn new_memory() -> Memory {
    Memory::with_workspaces([NoWorkspace])
}

/// Runs the gateway as `firmware/gateway` does.
pub async fn run<R: CryptoRngCore>(
    connect: impl AsyncFnOnce(&mut R) -> Option<Stack<'static>>,
    settings: &Settings<'_>,
    mut rng: R,
    memory: &mut Memory,
    console: impl Console,
) -> Outcome {
    let Some(stack) = connect(&mut rng).await else { return Outcome::Failed };
    let seed = rng.next_u32();
    run_with(stack, settings, seed, ClearText, memory, console).await
}
