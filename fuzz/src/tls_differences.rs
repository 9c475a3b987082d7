//! The servers with which the engine `tls13` and rustls may have different outcomes, and why.

use crate::tls_outcome::Outcome;
use crate::tls_script::Server;

/// The content type, version, length and content of the only `ChangeCipherSpec` of TLS 1.3.
const CHANGE_CIPHER_SPEC: &[u8] = &[20, 3, 3, 0, 1, 1];

const ENCRYPTED_EXTENSIONS: u8 = 8;
const SUPPORTED_GROUPS: u16 = 10;

/// Returns why these outcomes of the same server may differ; `None` if they may not.
#[must_use]
pub fn reason(server: &Server, tls13: &Outcome, rustls: &Outcome) -> Option<&'static str> {
    // RFC 8446 section 5: dropped at any time after the first ClientHello. rustls drops it once it knows the version.
    if tls13.connected && !rustls.connected && server.before_hello.starts_with(CHANGE_CIPHER_SPEC) {
        return Some("a ChangeCipherSpec before ServerHello");
    }
    // RFC 8446 section 4.2.7: at least one group. rustls does not read what it does not use.
    if !tls13.connected && rustls.connected && server.has_groups() {
        return Some("a malformed list of groups");
    }
    None
}

impl Server {
    /// Returns whether `EncryptedExtensions` contain `supported_groups`.
    fn has_groups(&self) -> bool {
        let messages = self.handshake_messages();
        let Some((_, extensions)) = messages.iter().find(|(kind, _)| *kind == ENCRYPTED_EXTENSIONS) else {
            return false;
        };
        let mut rest = extensions.get(2..).unwrap_or_default();
        while let Some(([high, low, length @ ..], after)) = rest.split_first_chunk::<4>() {
            if u16::from_be_bytes([*high, *low]) == SUPPORTED_GROUPS {
                return true;
            }
            rest = after.get(usize::from(u16::from_be_bytes(*length))..).unwrap_or_default();
        }
        false
    }
}
