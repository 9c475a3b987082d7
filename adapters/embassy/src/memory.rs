//! The memory of one client: all of it is here, and all of it is the caller's.

use core::fmt;

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::mutex::Mutex;
use genesys_token_tls::Workspace;

use crate::shared::Shared;
use genesys_token_http::MIN_HEAD_BUFFER;

/// The memory of one client. Create it where it stays, in a static cell: its size in bytes is what `size_of` says.
///
/// | Parameter | What it bounds |
/// |---|---|
/// | `W` | the TLS engine's [`Workspace`](genesys_token_tls::TlsEngine::Workspace), one for each lane |
/// | `LANES` | connections at the same time: 1 or 2 |
/// | `TOKEN` | the access token |
/// | `HEADS` | authorization, body and the response's head of an exchange; the same again for API calls |
/// | `BODY` | the body of a token response |
/// | `RX`, `TX` | TCP's receive window and send buffer, for each lane |
///
/// All in bytes but `LANES`. Presets: [`SmallMemory`](crate::SmallMemory), [`RoomyMemory`](crate::RoomyMemory).
pub struct Memory<
    W,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> {
    pub(crate) shared: Shared<TOKEN>,
    pub(crate) heads: Heads<HEADS>,
    pub(crate) work: Work<W, LANES, HEADS, BODY, RX, TX>,
}

/// For the heads of API calls: one call at a time uses it.
pub(crate) type Heads<const HEADS: usize> = Mutex<CriticalSectionRawMutex, [u8; HEADS]>;

/// What the runner alone uses.
pub(crate) struct Work<
    W,
    const LANES: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> {
    pub(crate) lanes: [Lane<W, RX, TX>; LANES],
    pub(crate) heads: [u8; HEADS],
    pub(crate) body: [u8; BODY],
}

/// For one connection.
pub(crate) struct Lane<W, const RX: usize, const TX: usize> {
    pub(crate) rx: [u8; RX],
    pub(crate) tx: [u8; TX],
    pub(crate) workspace: W,
}

impl<
    W,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> Memory<W, LANES, TOKEN, HEADS, BODY, RX, TX>
{
    /// Memory with the workspaces of an engine of the caller's choice.
    #[must_use]
    pub fn with_workspaces(workspaces: [W; LANES]) -> Self {
        Self::with_lanes(workspaces.map(|workspace| Lane { rx: [0; RX], tx: [0; TX], workspace }))
    }

    const fn with_lanes(lanes: [Lane<W, RX, TX>; LANES]) -> Self {
        const {
            assert!(LANES == 1 || LANES == 2, "there are two hosts: one or two lanes");
            assert!(
                TOKEN > 0 && HEADS >= TOKEN + MIN_HEAD_BUFFER,
                "HEADS must hold a token and the head of a response"
            );
        }
        Self {
            shared: Shared::new(),
            heads: Mutex::new([0; HEADS]),
            work: Work { lanes, heads: [0; HEADS], body: [0; BODY] },
        }
    }
}

impl<
    const RECEIVE: usize,
    const SEND: usize,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> Memory<Workspace<RECEIVE, SEND>, LANES, TOKEN, HEADS, BODY, RX, TX>
{
    /// Memory for [`EmbeddedTls`](genesys_token_tls::EmbeddedTls). Not all of it is zero: a `static` that begins with it has a copy of all
    /// of it in flash. Where flash is dear, make it at start, in a static cell.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_lanes(
            [const { Lane { rx: [0; RX], tx: [0; TX], workspace: Workspace::<RECEIVE, SEND>::new() } };
                LANES],
        )
    }
}

impl<
    const RECEIVE: usize,
    const SEND: usize,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> Default for Memory<Workspace<RECEIVE, SEND>, LANES, TOKEN, HEADS, BODY, RX, TX>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<
    W,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> fmt::Debug for Memory<W, LANES, TOKEN, HEADS, BODY, RX, TX>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("bytes", &size_of::<Self>()).finish_non_exhaustive()
    }
}
