//! JSON of request and response bodies.

use std::io;

use bytes::Bytes;
use zeroize::Zeroizing;

/// Writes a value as JSON, into memory that is wiped when the last handle to it is dropped. `None` if the value is no JSON.
pub(super) fn to_wiped_bytes(value: &impl serde::Serialize) -> Option<Bytes> {
    // Twice, for the exact length: a buffer that grows would leave unwiped copies behind.
    let mut length = Counter(0);
    serde_json::to_writer(&mut length, value).ok()?;
    let mut json = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *json, value).ok()?;
    Some(Bytes::from_owner(json))
}

/// Counts the bytes that are written.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
