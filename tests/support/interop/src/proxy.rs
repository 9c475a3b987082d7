//! Forward proxies: squid and tinyproxy, with CONNECT (RFC 9110 section 9.3.6) to any local port.

use core::fmt;
use core::net::Ipv4Addr;
use core::sync::atomic::{AtomicU32, Ordering};
use std::fs::Permissions;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process;

use tempfile::TempDir;

use crate::configuration::{fill, write};
use crate::process::{Failure, Process, Server};
use crate::{PeerError, installed, port};

/// The user of a proxy with authentication.
const USER: &str = "gateway";
/// The password for squid. In a URL it has to be percent-encoded; the colon is part of the password (RFC 7617 section 2).
const SQUID_PASSWORD: &str = "open:sesame/7";
/// Its hash in squid's password file, created by `openssl passwd -6 -salt interop open:sesame/7`.
const SQUID_PASSWORD_HASH: &str =
    "$6$interop$KeQYGSj/NTR46LxUazhGgpVCfu0aAXTNe5mleU3fe0zY.Is//l1ffTo2d5qKGNfp76qnNDSGI9.NYH7s5vjOE/";
/// The password for tinyproxy, whose configuration allows letters, digits, `-`, `.` and `_` only.
const TINYPROXY_PASSWORD: &str = "open-sesame.7";

/// Numbers the squid instances of one process.
static SQUIDS: AtomicU32 = AtomicU32::new(0);

/// The proxy to run. tinyproxy answers in HTTP/1.0, closes the connection after a refusal, and refuses a wrong password with 401;
/// squid uses 407.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// squid.
    Squid,
    /// tinyproxy.
    Tinyproxy,
}

impl ProxyKind {
    /// All kinds, for tests that run with each.
    pub const ALL: [Self; 2] = [Self::Squid, Self::Tinyproxy];
}

/// Whether the proxy requires authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyAuth {
    /// No authentication.
    None,
    /// Basic authentication (RFC 7617): see [`Proxy::credentials`].
    Basic,
}

/// The user and password of a proxy.
#[derive(Clone, Copy)]
pub struct Credentials {
    /// The user.
    pub user: &'static str,
    /// The password.
    pub password: &'static str,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A running forward proxy. Dropping it stops the proxy.
#[derive(Debug)]
pub struct Proxy {
    // Dropped in this order: the proxy, its files.
    process: Process,
    kind: ProxyKind,
    auth: ProxyAuth,
    port: u16,
    _directory: TempDir,
}

impl Proxy {
    /// Starts a proxy and blocks the thread until it accepts requests.
    pub fn start(kind: ProxyKind, auth: ProxyAuth) -> Result<Self, PeerError> {
        Self::start_on(kind, auth, port::free)
    }

    fn start_on(
        kind: ProxyKind,
        auth: ProxyAuth,
        ports: impl FnMut() -> Result<u16, PeerError>,
    ) -> Result<Self, PeerError> {
        // squid drops root privileges, and its password helper has to read this directory.
        let directory = tempfile::Builder::new()
            .prefix("interop-proxy-")
            .permissions(Permissions::from_mode(0o711))
            .tempdir()
            .map_err(PeerError::io("making a directory"))?;
        let (process, port) = port::with_free(ports, |port| {
            let process = match kind {
                ProxyKind::Squid => start_squid(directory.path(), port, auth),
                ProxyKind::Tinyproxy => start_tinyproxy(directory.path(), port, auth),
            }?;
            Ok((process, port))
        })?;
        Ok(Self { process, kind, auth, port, _directory: directory })
    }

    /// Returns the port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the user and password, if authentication is required.
    #[must_use]
    pub fn credentials(&self) -> Option<Credentials> {
        let password = match self.kind {
            ProxyKind::Squid => SQUID_PASSWORD,
            ProxyKind::Tinyproxy => TINYPROXY_PASSWORD,
        };
        (self.auth == ProxyAuth::Basic).then_some(Credentials { user: USER, password })
    }

    /// Returns the value for `HTTPS_PROXY`, with percent-encoded user and password if authentication is required.
    #[must_use]
    pub fn url(&self) -> String {
        let user_info = self.credentials().map_or(String::new(), |Credentials { user, password }| {
            format!("{}:{}@", percent_encoded(user), percent_encoded(password))
        });
        format!("http://{user_info}127.0.0.1:{}", self.port)
    }

    /// Returns the target, `host:port`, of each CONNECT request in order, including refused ones. A request is listed before its response
    /// reaches the client.
    pub fn connect_log(&self) -> Result<Vec<String>, PeerError> {
        let log = self.process.log()?;
        Ok(log.lines().filter_map(|line| connect_target(self.kind, line)).map(str::to_owned).collect())
    }
}

fn start_squid(directory: &Path, port: u16, auth: ProxyAuth) -> Result<Process, Failure> {
    let authentication = match auth {
        ProxyAuth::None => String::new(),
        ProxyAuth::Basic => {
            write(directory, "passwords", &format!("{USER}:{SQUID_PASSWORD_HASH}\n"))?;
            format!(
                "auth_param basic program {} {}\n\
                 auth_param basic children 1 startup=1 idle=1\n\
                 auth_param basic realm interop\n\
                 acl known proxy_auth REQUIRED\n\
                 http_access deny !known",
                installed::squid_password_check()?.display(),
                directory.join("passwords").display(),
            )
        }
    };
    let configuration = fill(
        include_str!("config/squid.conf"),
        &[("port", &port.to_string()), ("authentication", &authentication)],
    );
    write(directory, "squid.conf", &configuration)?;
    // squid names shared memory after its service (letters and digits only) and does not remove it when it is killed.
    let service = format!("interop{}n{}", process::id(), SQUIDS.fetch_add(1, Ordering::Relaxed));
    let server = Server {
        name: "squid",
        program: &installed::program("squid")?,
        arguments: &["-N", "-d", "2", "-n", &service, "-f", "squid.conf"],
        environment: &[],
        directory,
        leftovers: &format!("/dev/shm/{service}-*.shm"),
    };
    // squid 5.7 writes this line before it calls listen(2): until then the port refuses connections.
    let (process, ()) = server.start(|log| {
        let bound = log.contains("Accepting HTTP Socket connections");
        (bound && TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()).then_some(())
    })?;
    Ok(process)
}

fn start_tinyproxy(directory: &Path, port: u16, auth: ProxyAuth) -> Result<Process, Failure> {
    let authentication = match auth {
        ProxyAuth::None => String::new(),
        ProxyAuth::Basic => format!("BasicAuth {USER} {TINYPROXY_PASSWORD}"),
    };
    let configuration = fill(
        include_str!("config/tinyproxy.conf"),
        &[("port", &port.to_string()), ("authentication", &authentication)],
    );
    write(directory, "tinyproxy.conf", &configuration)?;
    let server = Server {
        name: "tinyproxy",
        program: &installed::program("tinyproxy")?,
        arguments: &["-d", "-c", "tinyproxy.conf"],
        environment: &[],
        directory,
        leftovers: "",
    };
    let (process, ()) = server.start(|log| log.contains("Accepting connections").then_some(()))?;
    Ok(process)
}

/// Returns the target if this line of the proxy's log is about a CONNECT request.
fn connect_target(kind: ProxyKind, line: &str) -> Option<&str> {
    match kind {
        ProxyKind::Squid => {
            let (target, verdict) = line.split_once("The request CONNECT ")?.1.split_once(" is ")?;
            // An allowed request is logged twice: see the configuration.
            let second_pass = verdict.starts_with("ALLOWED") && !verdict.ends_with(": admitted");
            (!second_pass).then_some(target)
        }
        ProxyKind::Tinyproxy => line.split_once("): CONNECT ")?.1.split(' ').next(),
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        // RFC 3986 section 2.3.
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_in_use_is_replaced_by_another() {
        for kind in ProxyKind::ALL {
            let taken = TcpListener::bind("127.0.0.1:0").unwrap();
            let mut candidates = vec![port::free().unwrap(), taken.local_addr().unwrap().port()];
            let expected = candidates[0];
            let proxy = Proxy::start_on(kind, ProxyAuth::None, || {
                candidates.pop().ok_or_else(|| PeerError::new("asked for a third port"))
            });
            assert_eq!(proxy.unwrap().port(), expected, "{kind:?}");
        }
    }
}
