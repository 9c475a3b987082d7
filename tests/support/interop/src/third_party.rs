//! OAuth servers of other authors for every grant, each behind nginx as the TLS terminator.

use core::net::Ipv4Addr;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::certificate::issue_certificate;
use crate::configuration::fill;
use crate::oauth_server::{Client, TlsVersions, start_nginx};
use crate::process::{Process, Server};
use crate::request::{events, listening_port};
use crate::{PeerError, installed, port};

/// The redirect URI of the clients for authorization codes.
pub const REDIRECT_URI: &str = "http://localhost:8085/callback";
/// The clients; the servers read the same file.
const CLIENTS: &str = include_str!("../servers/clients.json");

/// An OAuth server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// Authlib's server in Flask.
    Authlib,
    /// django-oauth-toolkit.
    DjangoOauthToolkit,
    /// @node-oauth/oauth2-server.
    NodeOauth2Server,
    /// glewlwyd.
    Glewlwyd,
    /// oauth2-mock-server, which accepts every client, code and refresh token.
    MockServer,
}

impl ServerKind {
    /// All kinds, for tests that run with each.
    pub const ALL: [Self; 5] =
        [Self::Authlib, Self::DjangoOauthToolkit, Self::NodeOauth2Server, Self::Glewlwyd, Self::MockServer];

    fn script(self) -> &'static str {
        match self {
            Self::Authlib => "authlib_server.py",
            Self::DjangoOauthToolkit => "django_server.py",
            Self::NodeOauth2Server => "node_oauth2_server.mjs",
            Self::Glewlwyd => "glewlwyd_server.py",
            Self::MockServer => "mock_server.mjs",
        }
    }

    /// Returns the scope that has to be requested with client credentials.
    #[must_use]
    pub fn required_scope(self) -> Option<&'static str> {
        (self == Self::Glewlwyd).then_some("read")
    }

    fn start(self, directory: &Path) -> Result<(Process, u16), PeerError> {
        if self == Self::Glewlwyd {
            installed::program("glewlwyd")?;
        }
        let scripts = installed::node_packages("servers")?;
        let script = scripts.join(self.script());
        let python = script.extension().is_some_and(|extension| extension == "py");
        let (program, packages) = if python {
            (installed::python()?, installed::python_packages()?)
        } else {
            (installed::node()?, scripts)
        };
        let server = Server {
            name: "server",
            program: &program,
            arguments: &[&script.to_string_lossy()],
            environment: &[("PYTHONPATH", &packages.to_string_lossy())],
            directory,
            leftovers: "",
        };
        server.start(listening_port).map_err(PeerError::from)
    }
}

/// A token request as a server received it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The status of the response.
    pub status: u16,
    /// The field `grant_type`.
    pub grant_type: String,
    /// Whether there was a `code_verifier`.
    pub has_verifier: bool,
    /// Whether the secret was in the body.
    pub has_secret: bool,
}

/// A running OAuth server with its TLS terminator. Dropping it stops both.
#[derive(Debug)]
pub struct ThirdPartyServer {
    // Dropped in this order: the TLS terminator, the server, their files.
    _tls_terminator: Process,
    server: Process,
    http_port: u16,
    https_port: u16,
    root_pem: String,
    _directory: TempDir,
}

impl ThirdPartyServer {
    /// Starts the server and blocks the thread until it accepts requests.
    pub fn start(kind: ServerKind) -> Result<Self, PeerError> {
        let directory =
            TempDir::with_prefix("interop-server-").map_err(PeerError::io("making a directory"))?;
        let path = directory.path();
        let (server, http) = kind.start(path)?;
        let root_pem = issue_certificate(path)?;
        let (tls_terminator, https_port) = port::with_free(port::free, |port| {
            let values = [
                ("https_port", &*port.to_string()),
                ("http_port", &*http.to_string()),
                ("tls_protocols", TlsVersions::Both.nginx_names()),
            ];
            Ok((start_nginx(path, &fill(include_str!("config/nginx.conf"), &values))?, port))
        })?;
        Ok(Self {
            _tls_terminator: tls_terminator,
            server,
            http_port: http,
            https_port,
            root_pem,
            _directory: directory,
        })
    }

    /// Returns the port of the TLS terminator on 127.0.0.1. Its certificate is for `localhost`.
    #[must_use]
    pub fn https_port(&self) -> u16 {
        self.https_port
    }

    /// Returns the trust anchor of the TLS terminator as PEM.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// Issues an authorization code as after a user's consent, with a PKCE challenge (S256) if given. Blocks the thread.
    pub fn code(&self, client_id: &str, challenge: Option<&str>) -> Result<String, PeerError> {
        let challenge = challenge.map_or(String::new(), |challenge| format!("&code_challenge={challenge}"));
        let form = format!("client_id={client_id}{challenge}");
        let request = format!(
            "POST /codes HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        let mut response = String::new();
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.http_port))
            .and_then(|mut tcp| {
                tcp.write_all(request.as_bytes())?;
                tcp.read_to_string(&mut response)
            })
            .map_err(PeerError::io("asking for a code"))?;
        match response.split_once("\r\n\r\n") {
            Some((head, code)) if head.contains(" 200 ") && !code.is_empty() => Ok(code.to_owned()),
            _ => Err(PeerError::new(format!("no code: {response}"))),
        }
    }

    /// Returns all token requests that the server has answered, in order. A request is listed before its response reaches the client.
    pub fn token_requests(&self) -> Result<Vec<TokenRequest>, PeerError> {
        let log = self.server.log()?;
        let of = |event: Value| TokenRequest {
            status: event["status"].as_u64().and_then(|status| status.try_into().ok()).unwrap_or_default(),
            grant_type: event["grant_type"].as_str().unwrap_or_default().to_owned(),
            has_verifier: event["has_verifier"] == true,
            has_secret: event["has_secret"] == true,
        };
        Ok(events(&log).filter(|event| event["event"] == "request").map(of).collect())
    }
}

/// Returns the registered client with this id.
pub fn registered(id: &str) -> Result<Client, PeerError> {
    let clients: Vec<Value> =
        serde_json::from_str(CLIENTS).map_err(|error| PeerError::new(format!("clients.json: {error}")))?;
    let found = clients.iter().find(|client| client["id"] == id);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let client = found.map(|client| Client { id: text(&client["id"]), secret: text(&client["secret"]) });
    client.ok_or_else(|| PeerError::new(format!("there is no client {id}")))
}
