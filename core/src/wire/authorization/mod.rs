//! The authorization endpoint, RFC 6749 section 4.1: the URL to open in a browser, PKCE (RFC 7636), and the redirect that ends it.
//!
//! Genesys Cloud serves it as `https://login.<domain>/oauth/authorize`. The caller supplies randomness and SHA-256: core has neither.
//!
//! ```
//! use genesys_token_core::settings::{ClientId, Endpoint};
//! use genesys_token_core::wire::authorization::{
//!     AuthorizationRequest, Expected, base64url, parse_authorization_response,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (random, sha256) = (|byte: u8| [byte; 32], |_: &[u8]| [7; 32]);
//! let endpoint: Endpoint = "eu_central_1".parse()?;
//! let client_id = ClientId::<64>::new("id")?;
//! let (verifier, state) = (base64url(&random(1)), base64url(&random(2)));
//! let challenge = base64url(&sha256(&verifier));
//! let state = core::str::from_utf8(&state)?;
//! let request = AuthorizationRequest::new(client_id.as_str(), "http://127.0.0.1:8085/callback", state)
//!     .with_code_challenge(core::str::from_utf8(&challenge)?);
//! let mut url = [0; 512];
//! assert!(request.write_url(&endpoint, &mut url)?.starts_with("https://login.mypurecloud.de/oauth/authorize?client_id=id&"));
//!
//! let mut redirect = format!("/callback?code=a-code&state={state}").into_bytes();
//! let response = parse_authorization_response(&mut redirect, Expected { state, issuer: None })?;
//! assert_eq!(response.code(), "a-code");
//! # Ok(())
//! # }
//! ```

mod pkce;
mod request;
mod response;

pub use pkce::{base64url, is_code_verifier};
pub use request::AuthorizationRequest;
pub use response::{AuthorizationError, AuthorizationResponse, Expected, parse_authorization_response};
