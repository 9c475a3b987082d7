//! The memory of one client, provided by the caller.

use core::fmt;

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::mutex::Mutex;
use genesys_token_http::MIN_HEAD_BUFFER;
use genesys_token_tls::Workspace;

use crate::shared::Shared;

/// The memory of one client. Create it where it stays, in a static cell; its size in bytes is `size_of` of its type.
///
/// | Parameter | Bounds |
/// |---|---|
/// | `W` | the TLS engine's [`Workspace`](genesys_token_tls::TlsEngine::Workspace), one per lane |
/// | `LANES` | connections at the same time: 1 or 2 |
/// | `TOKEN` | the access token |
/// | `HEADS` | authorization, request body and response head of a token exchange; the same again for API calls |
/// | `BODY` | the body of a token response |
/// | `RX`, `TX` | TCP's receive window and send buffer, per lane |
///
/// All in bytes except `LANES`. Presets: [`SmallMemory`](crate::SmallMemory), [`RoomyMemory`](crate::RoomyMemory).
pub struct Memory<
    W,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> {
    shared: Shared<TOKEN>,
    api_heads: Mutex<CriticalSectionRawMutex, [u8; HEADS]>,
    lanes: [LaneMemory<W, RX, TX>; LANES],
    heads: [u8; HEADS],
    body: [u8; BODY],
}

/// A token and the head of a response during an API call. One call at a time uses it.
pub(crate) type ApiHeads = Mutex<CriticalSectionRawMutex, [u8]>;

/// Memory for one connection.
struct LaneMemory<W, const RX: usize, const TX: usize> {
    rx: [u8; RX],
    tx: [u8; TX],
    workspace: W,
}

/// Memory for one connection, borrowed.
pub(crate) struct Lane<'m, W> {
    pub(crate) rx: &'m mut [u8],
    pub(crate) tx: &'m mut [u8],
    pub(crate) workspace: &'m mut W,
}

impl<W> Lane<'_, W> {
    pub(crate) fn reborrow(&mut self) -> Lane<'_, W> {
        Lane { rx: self.rx, tx: self.tx, workspace: self.workspace }
    }
}

/// All parts of a [`Memory`], borrowed as slices: what uses them does not depend on their sizes.
pub(crate) struct Lent<'m, W, const TOKEN: usize> {
    pub(crate) shared: &'m mut Shared<TOKEN>,
    pub(crate) api_heads: &'m ApiHeads,
    /// The first one is for the login host. Without a second one both hosts use it, one at a time.
    pub(crate) lanes: [Option<Lane<'m, W>>; 2],
    pub(crate) heads: &'m mut [u8],
    pub(crate) body: &'m mut [u8],
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
    /// Memory with the workspaces of any engine.
    #[must_use]
    pub fn with_workspaces(workspaces: [W; LANES]) -> Self {
        Self::with_lanes(workspaces.map(|workspace| LaneMemory { rx: [0; RX], tx: [0; TX], workspace }))
    }

    const fn with_lanes(lanes: [LaneMemory<W, RX, TX>; LANES]) -> Self {
        const {
            assert!(LANES == 1 || LANES == 2, "there are two hosts: one or two lanes");
            assert!(
                TOKEN > 0 && HEADS >= TOKEN + MIN_HEAD_BUFFER,
                "HEADS must hold a token and the head of a response"
            );
        }
        Self {
            shared: Shared::new(),
            api_heads: Mutex::new([0; HEADS]),
            lanes,
            heads: [0; HEADS],
            body: [0; BODY],
        }
    }
    /// Borrows all parts.
    pub(crate) fn lend(&mut self) -> Lent<'_, W, TOKEN> {
        let mut lanes =
            self.lanes.iter_mut().map(|LaneMemory { rx, tx, workspace }| Lane { rx, tx, workspace });
        Lent {
            shared: &mut self.shared,
            api_heads: &self.api_heads,
            lanes: [lanes.next(), lanes.next()],
            heads: &mut self.heads,
            body: &mut self.body,
        }
    }
}

impl<
    const RECEIVE: usize,
    const SEND: usize,
    const TICKET: usize,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> Memory<Workspace<RECEIVE, SEND, TICKET>, LANES, TOKEN, HEADS, BODY, RX, TX>
{
    /// Memory for [`Tls13`](genesys_token_tls::Tls13). It is not all zeros: a `static` initialised with it has a copy of
    /// the whole memory in flash. Where flash is scarce, create it at startup in a static cell.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_lanes(
            [const {
                LaneMemory { rx: [0; RX], tx: [0; TX], workspace: Workspace::<RECEIVE, SEND, TICKET>::new() }
            }; LANES],
        )
    }
}

impl<
    const RECEIVE: usize,
    const SEND: usize,
    const TICKET: usize,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> Default for Memory<Workspace<RECEIVE, SEND, TICKET>, LANES, TOKEN, HEADS, BODY, RX, TX>
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
