//! Strict checks of the `ServerHello` (RFC 8446 section 4.1.3). embedded-tls checks neither version, cipher suite nor group, and does
//! not recognise a `HelloRetryRequest`.

use crate::codes::{
    RECORD_VERSION, SECP256R1, TLS_1_3, TLS_AES_128_GCM_SHA256, extension_type, handshake_type,
};
use crate::fault::RecordFault;

/// The length of the longest legal `ServerHello`: no session id (the client's is empty), `supported_versions`, and `key_share` with a
/// point of P-256. A longer message is refused, but its beginning may show the reason.
pub(super) const MAX_LENGTH: usize = 4 + 2 + 32 + 1 + 2 + 1 + 2 + (4 + 2) + (4 + 4 + POINT);

/// The length of an uncompressed point of P-256 in bytes.
const POINT: usize = 65;

/// The random value that marks a `HelloRetryRequest` (RFC 8446 section 4.1.3).
const HELLO_RETRY_REQUEST: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// Checks the `ServerHello` in a record of `length` bytes that begins with `content`.
pub(super) fn check(content: &[u8], length: usize) -> Result<(), RecordFault> {
    parse(content, length).unwrap_or(Err(RecordFault::InvalidServerHello))
}

/// Returns `None` if the message is incomplete or malformed; the inner result distinguishes the known reasons for a refusal.
fn parse(content: &[u8], length: usize) -> Option<Result<(), RecordFault>> {
    let ([kind, high, middle, low], body) = content.split_first_chunk::<4>()?;
    let body_length = usize::try_from(u32::from_be_bytes([0, *high, *middle, *low])).ok()?;
    if *kind != handshake_type::SERVER_HELLO {
        return None;
    }
    let (version, rest) = body.split_first_chunk::<2>()?;
    let (random, rest) = rest.split_first_chunk::<32>()?;
    if *random == HELLO_RETRY_REQUEST {
        return Some(Err(RecordFault::HelloRetryRequest));
    }
    let (session_length, rest) = rest.split_first()?;
    let (session, rest) = rest.split_at_checked(usize::from(*session_length))?;
    let (suite, rest) = rest.split_first_chunk::<2>()?;
    let (compression, extensions) = rest.split_first()?;
    let Some(found) = Extensions::read(extensions) else {
        // A ServerHello of TLS 1.2 may have no extensions, others, or further messages behind it.
        return Some(Err(if u16::from_be_bytes(*suite) == TLS_AES_128_GCM_SHA256 {
            RecordFault::InvalidServerHello
        } else {
            RecordFault::Tls13Unsupported
        }));
    };
    if found.version != Some(TLS_1_3) {
        return Some(Err(RecordFault::Tls13Unsupported));
    }
    let exact = *version == RECORD_VERSION
        && session.is_empty()
        && u16::from_be_bytes(*suite) == TLS_AES_128_GCM_SHA256
        && *compression == 0
        && found.share_fits
        && !found.others
        && content.len() == length
        && body.len() == body_length;
    exact.then_some(Ok(()))
}

#[derive(Default)]
struct Extensions {
    version: Option<u16>,
    share_fits: bool,
    /// An extension that was not requested, or one that is repeated.
    others: bool,
}

impl Extensions {
    fn read(input: &[u8]) -> Option<Self> {
        let (length, rest) = input.split_first_chunk::<2>()?;
        if usize::from(u16::from_be_bytes(*length)) != rest.len() {
            return None;
        }
        let mut found = Self::default();
        let mut rest = rest;
        while let Some((kind, after)) = rest.split_first_chunk::<2>() {
            let (length, after) = after.split_first_chunk::<2>()?;
            let (data, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            rest = after;
            match (u16::from_be_bytes(*kind), data) {
                (extension_type::SUPPORTED_VERSIONS, data) if found.version.is_none() => {
                    found.version = Some(u16::from_be_bytes(*data.first_chunk()?));
                }
                (extension_type::KEY_SHARE, [high, low, 0, 65, 0x04, point @ ..])
                    if !found.share_fits
                        && u16::from_be_bytes([*high, *low]) == SECP256R1
                        && point.len() + 1 == POINT =>
                {
                    found.share_fits = true;
                }
                _ => found.others = true,
            }
        }
        rest.is_empty().then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Hello {
        version: [u8; 2],
        random: [u8; 32],
        session: &'static [u8],
        suite: [u8; 2],
        compression: u8,
        versions: &'static [u8],
        group: [u8; 2],
        more: &'static [u8],
    }

    const GOOD: Hello = Hello {
        version: [3, 3],
        random: [7; 32],
        session: &[],
        suite: [0x13, 0x01],
        compression: 0,
        versions: &[0, 43, 0, 2, 3, 4],
        group: [0, 23],
        more: &[],
    };

    impl Hello {
        fn write<'b>(&self, buffer: &'b mut [u8; 300]) -> &'b [u8] {
            let mut at = 4;
            let mut put = |bytes: &[u8]| {
                buffer[at..at + bytes.len()].copy_from_slice(bytes);
                at += bytes.len();
            };
            put(&self.version);
            put(&self.random);
            put(&[u8::try_from(self.session.len()).unwrap()]);
            put(self.session);
            put(&self.suite);
            put(&[self.compression]);
            put(&u16::try_from(self.versions.len() + 73 + self.more.len()).unwrap().to_be_bytes());
            put(self.versions);
            put(&[0, 51, 0, 69, self.group[0], self.group[1], 0, 65, 4]);
            put(&[9; 64]);
            put(self.more);
            let length = u32::try_from(at - 4).unwrap().to_be_bytes();
            buffer[..4].copy_from_slice(&[2, length[1], length[2], length[3]]);
            &buffer[..at]
        }

        fn judge(&self) -> Result<(), RecordFault> {
            let mut buffer = [0; 300];
            let hello = self.write(&mut buffer);
            check(hello, hello.len())
        }
    }

    #[test]
    fn a_valid_server_hello_passes() {
        assert_eq!(GOOD.judge(), Ok(()));
        assert_eq!(GOOD.write(&mut [0; 300]).len(), MAX_LENGTH);
    }

    #[test]
    fn every_prefix_and_every_extra_byte_is_refused() {
        let mut buffer = [0; 300];
        let hello = GOOD.write(&mut buffer);
        for end in 0..hello.len() {
            assert!(check(&hello[..end], end).is_err(), "{end}");
        }
        assert!(check(hello, hello.len() + 1).is_err());
    }

    #[test]
    fn parameters_that_were_not_offered_are_refused() {
        for (hello, what) in [
            (Hello { version: [3, 4], ..GOOD }, "version"),
            (Hello { session: &[1], ..GOOD }, "session id"),
            (Hello { suite: [0x13, 0x02], ..GOOD }, "cipher suite"),
            (Hello { compression: 1, ..GOOD }, "compression"),
            (Hello { group: [0, 29], ..GOOD }, "group"),
            (Hello { more: &[0, 41, 0, 2, 0, 0], ..GOOD }, "pre_shared_key"),
            (Hello { more: &[0, 43, 0, 2, 3, 4], ..GOOD }, "repeated supported_versions"),
        ] {
            assert_eq!(hello.judge(), Err(RecordFault::InvalidServerHello), "{what}");
        }
    }

    #[test]
    fn old_versions_and_retry_requests_have_their_own_faults() {
        let old = RecordFault::Tls13Unsupported;
        assert_eq!(Hello { versions: &[], ..GOOD }.judge(), Err(old));
        assert_eq!(Hello { versions: &[0, 43, 0, 2, 3, 3], ..GOOD }.judge(), Err(old));
        assert_eq!(Hello { suite: [0xc0, 0x2f], versions: &[], ..GOOD }.judge(), Err(old));
        let retry = Hello { random: HELLO_RETRY_REQUEST, ..GOOD };
        assert_eq!(retry.judge(), Err(RecordFault::HelloRetryRequest));
    }
}
