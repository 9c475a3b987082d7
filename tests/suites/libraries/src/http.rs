//! Calls of the Platform API with reqwless 0.14, with an access token of this client.
//!
//! Its limits: TLS is ours, so URLs begin with `http:`, and the `Host` header has no port. A redirect, a rate limit or a refused token is
//! the program's to handle, and no request is sent again. An interim response (status 1xx) is returned as the response. Chunked bodies with
//! extensions or trailers are refused. Header fields and body need one buffer that holds them whole. A connection serves one `request`, or
//! the requests of one `resource` of one host. `TokenClient::api` has none of these limits.

use core::fmt::Write as _;

use genesys_token_embassy::Token;
use genesys_token_embassy::core::heapless::String;
use genesys_token_embassy::tls::CryptoRngCore;
use reqwless::client::HttpClient;
use reqwless::headers::ContentType;
use reqwless::request::{Method, RequestBuilder as _};

use crate::{Device, Memory, Server, connector};

/// A call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The name or the URL of the server is invalid, or longer than 256 bytes; or the token is longer than 1 KB.
    Invalid,
    /// No complete response was received.
    Http,
}

/// Sends a GET, or with a body a POST of JSON, and copies the body of the response to the beginning of `buffer`, which also has to hold
/// its head.
///
/// Returns the status and the length of the body.
///
/// # Errors
/// [`Error`].
pub async fn call(
    device: Device<'_>,
    rng: &mut dyn CryptoRngCore,
    memory: &mut Memory,
    server: &Server<'_>,
    token: &Token<'_>,
    (path, body): (&str, Option<&[u8]>),
    buffer: &mut [u8],
) -> Result<(u16, usize), Error> {
    let (connector, names) = connector(device, rng, memory, server).map_err(|_| Error::Invalid)?;
    let mut url = String::<256>::new();
    write!(url, "http://{}:{}{path}", server.name, server.port).map_err(|_| Error::Invalid)?;
    let mut authorization = String::<1100>::new();
    write!(authorization, "Bearer {}", token.expose()).map_err(|_| Error::Invalid)?;
    let headers = [("Authorization", authorization.as_str()), ("Accept", "application/json")];

    let mut client = HttpClient::new(&connector, &names);
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let request = client.request(method, &url).await.map_err(|_| Error::Http)?.headers(&headers);
    let mut request = request.content_type(ContentType::ApplicationJson).body(body.unwrap_or_default());
    let mut received = [0; 4096];
    let response = request.send(&mut received).await.map_err(|_| Error::Http)?;
    let status = response.status.0;
    let body = response.body().read_to_end().await.map_err(|_| Error::Http)?;
    let length = body.len();
    buffer.get_mut(..length).ok_or(Error::Invalid)?.copy_from_slice(body);
    Ok((status, length))
}
