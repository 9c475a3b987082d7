//! Bodies of the Platform API, validated for a decoder of the caller's choice.

use super::json;
use super::protocol_error::{ProtocolError, ProtocolErrorKind};

/// Checks that `body` is one JSON text: strict by RFC 8259 from the first to the last byte, valid UTF-8, nested at most
/// 32 deep. The type and the decoder are the caller's, `serde-json-core` or `serde_json` for example.
///
/// Decoders for small devices do not check what they skip, and recurse into it; after this scan both are safe. Names that occur
/// twice in an object are left to the decoder.
///
/// # Errors
/// [`ProtocolError`] of one of the kinds `Empty`, `Incomplete`, `Syntax` and `Depth`; its status is 0.
pub fn check_json(body: &[u8]) -> Result<&str, ProtocolError> {
    let error = |kind, offset| ProtocolError { kind, status: 0, offset };
    json::check(body).map_err(|fault| error(fault.kind, fault.at))?;
    // The scan has checked that the text is UTF-8.
    core::str::from_utf8(body).map_err(|invalid| error(ProtocolErrorKind::Syntax, invalid.valid_up_to()))
}
