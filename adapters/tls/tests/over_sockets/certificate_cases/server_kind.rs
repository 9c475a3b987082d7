//! The servers that present the certificates.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    OpenSsl,
    Nginx,
    Rustls,
}
