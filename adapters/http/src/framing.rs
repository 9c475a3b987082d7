//! The length of the body and the persistence of the connection, RFC 9112 sections 6.3 and 9.3.

use genesys_token_core::wire::content_coding;

use crate::error::ResponseError;

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// No body.
    None,
    /// This many bytes.
    Length(u64),
    Chunked,
    /// Everything until the stream ends.
    UntilEnd,
}

/// The header fields that determine framing and persistence.
#[derive(Default)]
pub(crate) struct Fields {
    length: Option<u64>,
    coding: Coding,
    close: bool,
    /// The content coding, if the body has one.
    pub(crate) content_coding: Option<&'static str>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Coding {
    #[default]
    None,
    Chunked,
    Other,
}

impl Fields {
    /// Takes one field into account.
    pub(crate) fn field(&mut self, name: &str, value: &[u8]) -> Result<(), ResponseError> {
        if name.eq_ignore_ascii_case("content-length") {
            let length = length(value).ok_or(ResponseError::ContentLength)?;
            if self.length.is_some_and(|other| other != length) {
                return Err(ResponseError::ContentLength);
            }
            self.length = Some(length);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            let chunked = self.coding == Coding::None && value.eq_ignore_ascii_case(b"chunked");
            self.coding = if chunked { Coding::Chunked } else { Coding::Other };
        } else if name.eq_ignore_ascii_case("content-encoding") {
            self.content_coding = self.content_coding.or(content_coding(value));
        } else if name.eq_ignore_ascii_case("connection") {
            let mut options = value.split(|&byte| byte == b',');
            self.close |= options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"));
        }
        Ok(())
    }

    /// Returns the framing, and whether the connection stays open.
    pub(crate) fn framing(
        &self,
        status: u16,
        minor_version: u8,
        to_head: bool,
    ) -> Result<(Framing, bool), ResponseError> {
        let open = minor_version > 0 && !self.close;
        if self.coding != Coding::None {
            if self.length.is_some() {
                return Err(ResponseError::LengthAndCoding);
            }
            // RFC 9112 section 6.1: the framing of such a message is faulty.
            if minor_version == 0 {
                return Err(ResponseError::CodingInVersion);
            }
        }
        if to_head || status == 304 {
            return Ok((Framing::None, open));
        }
        if status == 204 {
            // A server that announces a body here may send one.
            let announced = self.coding != Coding::None || self.length.is_some_and(|length| length > 0);
            return Ok((Framing::None, open && !announced));
        }
        match (self.coding, self.length) {
            (Coding::Other, _) => Err(ResponseError::TransferCoding),
            (Coding::Chunked, _) => Ok((Framing::Chunked, open)),
            (Coding::None, Some(length)) => Ok((Framing::Length(length), open)),
            (Coding::None, None) => Ok((Framing::UntilEnd, false)),
        }
    }
}

/// One or more digits, and no overflow.
fn length(value: &[u8]) -> Option<u64> {
    let digits = value.iter().map(|&byte| char::from(byte).to_digit(10).map(u64::from));
    digits.reduce(|number, digit| number?.checked_mul(10)?.checked_add(digit?))?
}
