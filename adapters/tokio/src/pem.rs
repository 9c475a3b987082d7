//! Certificates in PEM files, as people have them: RFC 7468 with a byte order mark, with indented or joined lines.

use std::fmt;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

/// Why a text contains no usable certificates. Holds no byte of it, which may be that of a private key: errors of the PEM parser quote
/// the input, so they are not displayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PemError {
    Empty,
    Der,
    Utf16,
    Trusted,
    NoCertificate,
    Malformed { certificate: usize },
}

const BEGIN: &[u8] = b"-----BEGIN ";

/// Parses all certificates. Other sections, such as keys, and text between sections are ignored.
pub(crate) fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(PemError::Utf16);
    }
    // A DER SEQUENCE with a length of two bytes, as certificates have.
    if bytes.starts_with(&[0x30, 0x82]) {
        return Err(PemError::Der);
    }
    let text = with_separate_lines(bytes);
    if text.is_empty() {
        return Err(PemError::Empty);
    }
    let announced = announced(&text);
    if count(&text, b"-----BEGIN TRUSTED CERTIFICATE-----") > 0 {
        return Err(PemError::Trusted);
    }
    let mut certificates = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let malformed = PemError::Malformed { certificate: certificates.len() + 1 };
        certificates.push(certificate.map_err(|_| malformed)?);
    }
    // The parser skips a section whose first line is not as it should be.
    if certificates.len() < announced {
        return Err(PemError::Malformed { certificate: certificates.len() + 1 });
    }
    if certificates.is_empty() { Err(PemError::NoCertificate) } else { Ok(certificates) }
}

/// Returns the text without byte order mark and indentation, and with each delimiter on a line of its own.
fn with_separate_lines(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Never grows beyond this, so it leaves no unwiped copy: a delimiter is longer than the line end before it.
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len() + bytes.len() / BEGIN.len() + 1));
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
        let mut rest = line.trim_ascii();
        // `-----END CERTIFICATE----------BEGIN CERTIFICATE-----`
        while let Some(at) = find(rest.get(1..).unwrap_or_default(), BEGIN) {
            let (line, next) = rest.split_at(at + 1);
            text.extend_from_slice(line);
            text.push(b'\n');
            rest = next;
        }
        if !rest.is_empty() {
            text.extend_from_slice(with_usual_label(rest));
            text.push(b'\n');
        }
    }
    text
}

/// Returns the delimiter with the label of RFC 7468 in place of the older one, which OpenSSL still reads.
fn with_usual_label(line: &[u8]) -> &[u8] {
    match line {
        b"-----BEGIN X509 CERTIFICATE-----" => b"-----BEGIN CERTIFICATE-----",
        b"-----END X509 CERTIFICATE-----" => b"-----END CERTIFICATE-----",
        line => line,
    }
}

/// Returns how many certificates the text is meant to contain: as many as it has first lines, or last ones, if those of the other kind
/// were damaged. Dashes are lost when text is copied, and word processors replace them.
fn announced(text: &[u8]) -> usize {
    const LABEL: &[u8] = b" CERTIFICATE";
    // In a bundle only the delimiters have spaces, so that few places are compared.
    let delimiters = |word: &[u8]| {
        let spaces = text.iter().enumerate().filter(|(_, byte)| **byte == b' ');
        let matching = spaces.map(|(at, _)| text.split_at(at)).filter(|(before, after)| {
            let start = before.len().checked_sub(word.len());
            start.is_some_and(|start| before[start..].eq_ignore_ascii_case(word))
                && after.get(..LABEL.len()).is_some_and(|label| label.eq_ignore_ascii_case(LABEL))
                && !after[LABEL.len()..].starts_with(b" REQUEST")
        });
        matching.count()
    };
    delimiters(b"BEGIN").max(delimiters(b"END"))
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

fn count(text: &[u8], pattern: &[u8]) -> usize {
    text.windows(pattern.len()).filter(|window| *window == pattern).count()
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::Der => f.write_str(
                "it is DER, not PEM: convert it with `openssl x509 -inform der -in FILE -out FILE.pem`",
            ),
            Self::Utf16 => f.write_str("it is UTF-16 text: save it as UTF-8"),
            Self::Trusted => f.write_str(
                "it contains a TRUSTED CERTIFICATE, a format of OpenSSL only: convert it with `openssl x509 -in FILE -out FILE.pem`",
            ),
            Self::NoCertificate => f.write_str("it contains no certificate"),
            Self::Malformed { certificate } => write!(
                f,
                "certificate {certificate} is not PEM: its delimiters must be on lines of their own, and the text between them Base64"
            ),
        }
    }
}
