//! oidc-provider on node, and nginx as the TLS terminator in front of it.

use core::fmt;
use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::certificate::issue_certificate;
use crate::configuration::{fill, write};
use crate::process::{Failure, Process, Server};
use crate::request::{self, Request};
use crate::{PeerError, installed, port};

/// The token endpoint (RFC 6749 section 3.2). `/token` is the same.
pub const TOKEN_PATH: &str = "/oauth/token";
/// The token endpoint with a chunked response body.
pub const CHUNKED_TOKEN_PATH: &str = "/chunked/oauth/token";
/// The revocation endpoint (RFC 7009): a client can revoke its own tokens.
pub const REVOCATION_PATH: &str = "/oauth/revoke";
/// The protected resource: 200 for a live access token, else 401 (RFC 6750).
pub const CHECK_PATH: &str = "/api/check";

/// The same file that the server reads.
const CLIENTS: &str = include_str!("../server/clients.json");

/// The options of the OAuth server.
#[derive(Debug, Clone)]
pub struct OauthOptions {
    /// Lifetime of an access token, in whole seconds. Default 60 s.
    pub token_lifetime: Duration,
    /// The versions that the TLS terminator accepts. Default both.
    pub tls_versions: TlsVersions,
}

impl Default for OauthOptions {
    fn default() -> Self {
        Self { token_lifetime: Duration::from_secs(60), tls_versions: TlsVersions::Both }
    }
}

/// The versions that the TLS terminator accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersions {
    /// TLS 1.2 only.
    Tls12,
    /// TLS 1.3 only.
    Tls13,
    /// Both.
    Both,
}

impl TlsVersions {
    pub(crate) fn nginx_names(self) -> &'static str {
        match self {
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
            Self::Both => "TLSv1.2 TLSv1.3",
        }
    }
}

/// A registered client. The granted scopes are `read` and `write`, also if more are requested.
#[derive(Clone)]
pub struct Client {
    /// The client identifier.
    pub id: String,
    /// The client secret.
    pub secret: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A running OAuth 2 server with its TLS terminator. Dropping it stops both.
#[derive(Debug)]
pub struct OauthServer {
    // Dropped in this order: the TLS terminator, the server, their files.
    _tls_terminator: Process,
    node: Process,
    http_port: u16,
    https_port: u16,
    root_pem: String,
    clients: Vec<Client>,
    directory: TempDir,
}

impl OauthServer {
    /// Starts the server and blocks the thread until it accepts requests.
    pub fn start(options: &OauthOptions) -> Result<Self, PeerError> {
        Self::start_on(options, port::free)
    }

    fn start_on(
        options: &OauthOptions,
        ports: impl FnMut() -> Result<u16, PeerError>,
    ) -> Result<Self, PeerError> {
        let directory =
            TempDir::with_prefix("interop-oauth-").map_err(PeerError::io("making a directory"))?;
        let (node, http_port) = start_node(directory.path(), options)?;
        let root_pem = issue_certificate(directory.path())?;
        let (tls_terminator, tls_port) = port::with_free(ports, |port| {
            let configuration = fill(
                include_str!("config/nginx.conf"),
                &[
                    ("https_port", &port.to_string()),
                    ("http_port", &http_port.to_string()),
                    ("tls_protocols", options.tls_versions.nginx_names()),
                ],
            );
            let tls_terminator = start_nginx(directory.path(), &configuration)?;
            Ok((tls_terminator, port))
        })?;
        let clients = clients()?;
        Ok(Self {
            _tls_terminator: tls_terminator,
            node,
            http_port,
            https_port: tls_port,
            root_pem,
            clients,
            directory,
        })
    }

    /// Returns the port of the TLS terminator on 127.0.0.1. Its certificate is for `localhost` and 127.0.0.1.
    #[must_use]
    pub fn https_port(&self) -> u16 {
        self.https_port
    }

    /// Returns the plain HTTP port of the server itself on 127.0.0.1, where the token endpoint is only `/token`.
    #[must_use]
    pub fn http_port(&self) -> u16 {
        self.http_port
    }

    /// Returns the trust anchor of the TLS terminator as PEM.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// Returns a file with [`root_pem`](Self::root_pem), which exists as long as `self`.
    #[must_use]
    pub fn root_pem_file(&self) -> PathBuf {
        self.directory.path().join("root.pem")
    }

    /// Returns the client registered for `client_secret_basic`.
    ///
    /// The server accepts the secret in the header or in the body from every client; [`Request::secret_in`] is how it was sent.
    #[must_use]
    pub fn client_basic(&self) -> &Client {
        &self.clients[0]
    }

    /// Returns the client registered for `client_secret_post`.
    #[must_use]
    pub fn client_post(&self) -> &Client {
        &self.clients[1]
    }

    /// Returns a client for `client_secret_basic` whose secret has to be form-encoded before Base64 (RFC 6749 section 2.3.1): without
    /// the encoding, the request is malformed (400 `invalid_request`).
    #[must_use]
    pub fn client_reserved(&self) -> &Client {
        &self.clients[2]
    }

    /// Returns all requests that the server has answered, in order. A request is listed before its response reaches the client.
    pub fn requests(&self) -> Result<Vec<Request>, PeerError> {
        Ok(request::in_log(&self.node.log()?))
    }
}

fn start_node(directory: &Path, options: &OauthOptions) -> Result<(Process, u16), PeerError> {
    let script = installed::node_packages("server")?.join("server.mjs");
    let lifetime = options.token_lifetime.as_secs().to_string();
    let server = Server {
        name: "node",
        program: &installed::node()?,
        arguments: &[&script.to_string_lossy()],
        environment: &[("PORT", "0"), ("TOKEN_LIFETIME", &lifetime)],
        directory,
        leftovers: "",
    };
    server.start(request::listening_port).map_err(PeerError::from)
}

pub(crate) fn start_nginx(directory: &Path, configuration: &str) -> Result<Process, Failure> {
    let nginx = installed::program("nginx")?;
    write(directory, "nginx.conf", configuration)?;
    let prefix = directory.to_string_lossy();
    let server = Server {
        name: "nginx",
        program: &nginx,
        arguments: &["-e", "stderr", "-p", &prefix, "-c", "nginx.conf"],
        environment: &[],
        directory,
        leftovers: "",
    };
    // nginx writes its process id after it has started to listen.
    let pid_file = directory.join("nginx.pid");
    let (process, ()) =
        server.start(|_log| fs::metadata(&pid_file).ok().filter(|f| f.len() > 0).map(drop))?;
    Ok(process)
}

fn clients() -> Result<Vec<Client>, PeerError> {
    let list: Vec<Value> =
        serde_json::from_str(CLIENTS).map_err(|error| PeerError::new(format!("clients.json: {error}")))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(list
        .iter()
        .map(|client| Client { id: text(&client["id"]), secret: text(&client["secret"]) })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_in_use_is_replaced_by_another() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut candidates = vec![port::free().unwrap(), taken.local_addr().unwrap().port()];
        let expected = candidates[0];
        let server = OauthServer::start_on(&OauthOptions::default(), || {
            candidates.pop().ok_or_else(|| PeerError::new("asked for a third port"))
        });
        assert_eq!(server.unwrap().https_port(), expected);
    }
}
