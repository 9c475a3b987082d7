//! Generators of newer versions of `rand_core`: the engine sends the values that they return.

use core::convert::Infallible;

use embedded_io_async::{ErrorType, Read, Write};
use futures_lite::future::block_on;
use genesys_token_tls::{
    ConnectError, CryptoRngCore, Expected, Rand09, Rand010, RecordFault, Tls13, TlsEngine as _, Workspace,
    anchors,
};

/// Returns consecutive bytes.
struct Counter(u8);

impl Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}

impl rand_core_09::RngCore for Counter {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.fill(bytes);
    }
}

impl rand_core_09::CryptoRng for Counter {}

impl rand_core_010::TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(rand_core_09::RngCore::next_u32(self))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(rand_core_09::RngCore::next_u64(self))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

impl rand_core_010::TryCryptoRng for Counter {}

/// A peer that records what it receives, and closes the connection.
struct Recorder<'r>(&'r mut Vec<u8>);

impl ErrorType for Recorder<'_> {
    type Error = Infallible;
}

impl Read for Recorder<'_> {
    async fn read(&mut self, _buffer: &mut [u8]) -> Result<usize, Infallible> {
        Ok(0)
    }
}

impl Write for Recorder<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The `random` of the `ClientHello` (RFC 8446 section 4.1.2) behind the headers of record and message and the version.
fn random_of_hello(rng: impl CryptoRngCore) -> Vec<u8> {
    let mut sent = Vec::new();
    let mut workspace = Workspace::<8192, 640, 256>::new();
    let expected =
        Expected::new("login.mypurecloud.de", &anchors::SERVICE).expect("a name").at(1_790_000_000);
    let mut engine = Tls13::new(rng);
    let connected = block_on(engine.connect(Recorder(&mut sent), &mut workspace, &expected));
    let error = connected.expect_err("the peer closed the connection");
    assert!(matches!(error, ConnectError::Record(RecordFault::Truncated)), "{error:?}");
    sent[11..43].to_vec()
}

#[test]
fn engine_uses_generators_of_both_newer_versions() {
    let expected: Vec<u8> = (0..32).collect();
    assert_eq!(random_of_hello(Rand09(Counter(0))), expected);
    assert_eq!(random_of_hello(Rand09(&mut Counter(0))), expected);
    assert_eq!(random_of_hello(Rand010(Counter(0))), expected);
    assert_eq!(random_of_hello(Rand010(&mut Counter(0))), expected);
}

#[test]
fn debug_output_does_not_show_the_generator() {
    assert_eq!(
        format!("{:?} {:?}", Rand09(Counter(77)), Rand010(Counter(77))),
        "Rand09 { .. } Rand010 { .. }"
    );
}
