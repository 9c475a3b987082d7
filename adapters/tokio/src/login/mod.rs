//! Login of a user in a browser: the authorization code grant with PKCE, RFC 6749 section 4.1 and RFC 7636 (feature `login`).
//!
//! Core has the URL and the rules for the redirect; this module adds randomness, SHA-256 and a listener on the loopback interface. An
//! OAuth client of the grant type *Code Authorization* is needed, with the redirect URI among its own.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use genesys_token_tokio::login::{AuthorizationRequest, RedirectListener};
//! use genesys_token_tokio::{ClientId, Credentials, Endpoint, TokenClient};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint: Endpoint = "eu_central_1".parse()?;
//! let client_id = ClientId::new("c0de2e90-5d34-4b8e-9f06-3c1d8e2b4a75")?;
//! let mut listener = RedirectListener::bind("http://localhost:8085/callback").await?;
//! let request = AuthorizationRequest::new(&endpoint, &client_id, listener.redirect_uri())?;
//! println!("Open {}", request.url());
//! let grant = listener.receive(&request, Duration::from_secs(300)).await?;
//! let client = TokenClient::builder(endpoint)
//!     .credentials(Credentials::public(client_id))
//!     .grant(grant)
//!     .on_refresh_token(|token| { /* store it */ })
//!     .build()?;
//! client.token().await?;
//! # Ok(())
//! # }
//! ```

mod browser;
mod error;
mod listener;
mod redirect_uri;
mod request;

pub use error::LoginError;
pub use listener::RedirectListener;
pub use request::AuthorizationRequest;
