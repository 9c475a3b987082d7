//! The grants of the token endpoint.
use core::fmt;

/// What the client asks for a token with; the values are borrowed and never shown.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Grant<'a> {
    /// `client_credentials`, RFC 6749 section 4.4.
    ClientCredentials,
    /// `authorization_code`, RFC 6749 section 4.1.3.
    AuthorizationCode {
        /// The code.
        code: &'a str,
        /// As in the authorization request.
        redirect_uri: &'a str,
    },
    /// `authorization_code` with PKCE, RFC 7636.
    AuthorizationCodePkce {
        /// The code.
        code: &'a str,
        /// As in the authorization request.
        redirect_uri: &'a str,
        /// 43 to 128 unreserved characters.
        code_verifier: &'a str,
    },
    /// `refresh_token`, RFC 6749 section 6.
    RefreshToken {
        /// The refresh token.
        refresh_token: &'a str,
    },
    /// `urn:ietf:params:oauth:grant-type:saml2-bearer`, RFC 7522.
    Saml2Bearer {
        /// The organisation's short name.
        org_name: &'a str,
        /// The assertion in Base64.
        assertion: &'a str,
    },
}
impl fmt::Debug for Grant<'_> {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
