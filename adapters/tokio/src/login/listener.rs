//! A listener for the redirect.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use genesys_token_core::wire::authorization::AuthorizationError;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::browser::{self, Asked, Page};
use super::error::LoginError;
use super::redirect_uri::LoopbackUri;
use super::request::AuthorizationRequest;
use crate::grant::Grant;

/// The most simultaneous connections. Browsers open some that they do not use.
const CONNECTIONS_MAX: usize = 16;
/// The time for a browser to send its request, or to receive the answer.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after the operating system could not accept a connection, for example because all file descriptors are in use.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listener on the loopback interface for the redirect that ends a login (RFC 8252 section 7.3).
///
/// Only requests with the host and the path of the redirect URI are considered: other web pages can reach the port, but cannot pass for
/// the service, because they do not know the state.
pub struct RedirectListener {
    uri: Arc<LoopbackUri>,
    redirect_uri: String,
    listeners: Vec<TcpListener>,
}

impl RedirectListener {
    /// Listens on host and port of this redirect URI: `http` with `localhost`, `127.0.0.1` or `[::1]`, without a query. It must be among
    /// those of the OAuth client, character by character. With port 0 the operating system chooses one: see
    /// [`redirect_uri`](Self::redirect_uri); whether the service then accepts it is unknown.
    ///
    /// # Errors
    /// [`LoginError::RedirectUri`], [`LoginError::Listen`].
    pub async fn bind(redirect_uri: &str) -> Result<Self, LoginError> {
        let mut uri = LoopbackUri::parse(redirect_uri).ok_or(LoginError::RedirectUri)?;
        let chosen = uri.port() == 0;
        let mut listeners = Vec::new();
        let mut failure = None;
        for &address in uri.addresses() {
            match TcpListener::bind(SocketAddr::new(address, uri.port())).await {
                Ok(listener) => {
                    uri.set_port(listener.local_addr().map_err(|error| listen_error(&uri, error))?);
                    listeners.push(listener);
                }
                // Of two families one may be missing; but a port that another program has would get half of the redirects.
                Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => failure = Some(error),
                Err(error) => return Err(listen_error(&uri, error)),
            }
        }
        if let (true, Some(error)) = (listeners.is_empty(), failure) {
            return Err(listen_error(&uri, error));
        }
        let redirect_uri =
            if chosen { format!("http://{}{}", uri.authority(), uri.path) } else { redirect_uri.to_owned() };
        Ok(Self { uri: Arc::new(uri), redirect_uri, listeners })
    }

    /// Returns the redirect URI for the authorization request.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the redirect of this request, at most for `longest`, and shows the user a page that says how it ended.
    ///
    /// Redirects with another state are answered and ignored, so that no other program can end the login.
    ///
    /// # Errors
    /// [`LoginError::TimedOut`], [`LoginError::Redirect`].
    ///
    /// # Cancel safety
    /// Dropping the future closes the connections of browsers. It can be called again; a redirect that was being received is lost then.
    pub async fn receive(
        &mut self,
        request: &AuthorizationRequest,
        longest: Duration,
    ) -> Result<Grant, LoginError> {
        let mut of_other_requests = 0;
        match timeout(longest, self.wait(request, &mut of_other_requests)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(LoginError::TimedOut { after: longest, of_other_requests }),
        }
    }

    async fn wait(
        &mut self,
        request: &AuthorizationRequest,
        of_other_requests: &mut usize,
    ) -> Result<Grant, LoginError> {
        // Of this call: dropping it ends them.
        let mut browsers = JoinSet::new();
        loop {
            let event = poll_fn(|context| {
                if let Poll::Ready(Some(ended)) = browsers.poll_join_next(context) {
                    return Poll::Ready(Event::Asked(ended.ok().flatten()));
                }
                if browsers.len() >= CONNECTIONS_MAX {
                    return Poll::Pending;
                }
                self.poll_accept(context).map(Event::Accepted)
            })
            .await;
            let (stream, asked) = match event {
                Event::Accepted(Ok(stream)) => {
                    let uri = self.uri.clone();
                    browsers.spawn(async move { ask(stream, &uri).await });
                    continue;
                }
                Event::Accepted(Err(_)) => {
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
                Event::Asked(None) => continue,
                Event::Asked(Some(asked)) => asked,
            };
            let Asked::Redirect(target) = &asked else {
                answer(stream, Page::for_other(&asked)).await;
                continue;
            };
            let outcome = request.grant(target);
            let page = match &outcome {
                Ok(_) => Page::DONE,
                // These are found once the state was compared.
                Err(LoginError::Redirect(
                    AuthorizationError::Refused(_) | AuthorizationError::Issuer | AuthorizationError::Code,
                )) => Page::REFUSED,
                Err(_) => {
                    answer(stream, Page::OF_ANOTHER_REQUEST).await;
                    *of_other_requests += 1;
                    continue;
                }
            };
            answer(stream, page).await;
            return outcome;
        }
    }

    /// Returns the next connection of any family. Remembers one waiting task, so it needs `&mut self`.
    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        for listener in &self.listeners {
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                return Poll::Ready(accepted.map(|(stream, _)| stream));
            }
        }
        Poll::Pending
    }
}

/// Events while the redirect is awaited.
enum Event {
    Accepted(io::Result<TcpStream>),
    /// A browser has sent its request; `None`: it has not, or not in time.
    Asked(Option<(TcpStream, Asked)>),
}

fn listen_error(uri: &LoopbackUri, error: io::Error) -> LoginError {
    LoginError::Listen { address: uri.authority(), error }
}

/// Returns the request of a browser; `None` if it sends none in time.
async fn ask(mut stream: TcpStream, uri: &LoopbackUri) -> Option<(TcpStream, Asked)> {
    let authority = uri.authority();
    let asked = browser::read(&mut stream, &authority, &uri.path);
    let asked = timeout(EXCHANGE_TIMEOUT, asked).await.ok()?.ok()?;
    Some((stream, asked))
}

async fn answer(mut stream: TcpStream, page: Page) {
    // Whether the user sees the page does not change the outcome.
    let _ = timeout(EXCHANGE_TIMEOUT, browser::answer(&mut stream, page)).await;
}

impl fmt::Debug for RedirectListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedirectListener").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}
