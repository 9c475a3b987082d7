//! Two sets of sizes, with the types that depend on them.

use genesys_token_tls::{Tls13, Workspace};

use crate::client::TokenClient;
use crate::memory::Memory;
use crate::runner::Runner;

/// For a part with 64 KB of RAM: about 22 KB, and one connection at a time. During a token exchange, which is rare, the
/// connection to the API host is closed.
///
/// Access tokens of up to 1 KB, response heads of 1,472 bytes, token responses of 2 KB, TLS records of up to 8 KB. Outgoing TLS records
/// have up to 618 bytes: the TLS send buffer is 640, of which 22 are the engine's. A session ticket of up to 256 bytes is kept.
pub type SmallMemory = Memory<Workspace<8192, 640, 256>, 1, 1024, 2560, 2048, 2048, 1024>;

/// The TLS engine for a [`SmallMemory`].
pub type SmallTls<R> = Tls13<R, 8192, 640, 256>;

/// The client with a [`SmallMemory`].
pub type SmallClient<'m> = TokenClient<'m, 1024>;

/// The runner with a [`SmallMemory`].
pub type SmallRunner<'m, N, R, C> = Runner<'m, N, SmallTls<R>, C, 1024>;

/// About 88 KB, and a connection to each host. Access tokens of up to 2 KB, response heads of 4 KB, token responses (and HTML that
/// a proxy returns instead) of 8 KB, TLS records of any size.
pub type RoomyMemory = Memory<Workspace<16640, 2048, 512>, 2, 2048, 6144, 8192, 8192, 4096>;

/// The TLS engine for a [`RoomyMemory`].
pub type RoomyTls<R> = Tls13<R, 16640, 2048, 512>;

/// The client with a [`RoomyMemory`].
pub type RoomyClient<'m> = TokenClient<'m, 2048>;

/// The runner with a [`RoomyMemory`].
pub type RoomyRunner<'m, N, R, C> = Runner<'m, N, RoomyTls<R>, C, 2048>;
