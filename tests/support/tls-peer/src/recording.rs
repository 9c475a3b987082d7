//! A recorded connection: the client's inputs, the bytes it sends, and the bytes it receives.
//!
//! A file is a time and the length of the response (u64 each) and then pieces, each a length (u32) and as many bytes; numbers are
//! little-endian. The pieces are the server's name, subject and key of each of two trust anchors, the request, the client's bytes, the
//! server's bytes, and the bytes of both in a second connection.

use rand_core::{CryptoRng, Error, RngCore};

/// A recorded connection, or two of which the second is resumed.
#[derive(Debug, Clone, Copy)]
pub struct Recording<'a> {
    /// The device's clock, in seconds since 1970.
    pub time: u64,
    /// The server name that the client expects.
    pub name: &'a str,
    /// Subject and `SubjectPublicKeyInfo` of the trust anchors, each the content of its SEQUENCE.
    pub anchors: [[&'a [u8]; 2]; 2],
    /// The application's request; empty if the client refuses the connection.
    pub request: &'a [u8],
    /// The number of bytes of the response.
    pub response: u64,
    pub connections: [Connection<'a>; 2],
}

/// What both sides sent. Nothing, if there was no second connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Connection<'a> {
    /// All bytes that the client sends if its random numbers come from [`FixedRng`].
    pub client: &'a [u8],
    /// All bytes that the server sends.
    pub server: &'a [u8],
}

impl<'a> Recording<'a> {
    /// Reads a file; `None` if it is malformed.
    #[must_use]
    pub fn read(file: &'a [u8]) -> Option<Self> {
        let (time, rest) = file.split_first_chunk::<8>()?;
        let (response, mut rest) = rest.split_first_chunk::<8>()?;
        let mut piece = || piece(&mut rest);
        Some(Self {
            time: u64::from_le_bytes(*time),
            name: core::str::from_utf8(piece()?).ok()?,
            anchors: [[piece()?, piece()?], [piece()?, piece()?]],
            request: piece()?,
            response: u64::from_le_bytes(*response),
            connections: [
                Connection { client: piece()?, server: piece()? },
                Connection { client: piece()?, server: piece()? },
            ],
        })
    }

    /// Returns the content of a file with this recording.
    #[cfg(feature = "server")]
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut file = [self.time.to_le_bytes(), self.response.to_le_bytes()].concat();
        let anchors = self.anchors.iter().flatten().copied();
        let pieces = [self.name.as_bytes()].into_iter().chain(anchors);
        let connections = self.connections.iter().flat_map(|it| [it.client, it.server]);
        for piece in pieces.chain([self.request]).chain(connections) {
            file.extend(u32::try_from(piece.len()).unwrap().to_le_bytes());
            file.extend(piece);
        }
        file
    }
}

/// Takes a piece from the front.
#[inline(never)] // Images in the emulator are weighed with it.
fn piece<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (piece, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *rest = after;
    Some(piece)
}

/// A generator of the same numbers each time. For tests only: they are not secret.
#[derive(Debug, Clone, Default)]
pub struct FixedRng(u64);

impl RngCore for FixedRng {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        for byte in dest {
            // A linear congruential generator, with Knuth's multiplier for MMIX.
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for FixedRng {}
