//! nginx with one static file over TLS 1.3, to compare other servers with, and as a server of HTTP/2.

use core::time::Duration;
use std::fs;

use tempfile::TempDir;

use crate::certificate::issue_certificate;
use crate::configuration::{fill, write};
use crate::oauth_server::start_nginx;
use crate::process::Process;
use crate::{PeerError, port};

/// A running nginx that answers every request with the same body. Dropping it stops the server.
#[derive(Debug)]
pub struct StaticServer {
    // Dropped in this order: the server, its files.
    nginx: Process,
    https_port: u16,
    root_pem: String,
    directory: TempDir,
}

impl StaticServer {
    /// Starts nginx and blocks the thread until it accepts requests.
    pub fn start(body: &str) -> Result<Self, PeerError> {
        Self::start_with(body, &[("http2", ""), ("access_log", "off"), ("requests", "100000000")])
    }

    /// Starts nginx with HTTP/2. It ends each connection after this number of requests.
    pub fn start_http2(body: &str, requests: u32) -> Result<Self, PeerError> {
        let requests = requests.to_string();
        let settings =
            [("http2", " http2"), ("access_log", "access.log connections"), ("requests", &*requests)];
        Self::start_with(body, &settings)
    }

    fn start_with(body: &str, settings: &[(&str, &str)]) -> Result<Self, PeerError> {
        let directory =
            TempDir::with_prefix("interop-static-").map_err(PeerError::io("making a directory"))?;
        let path = directory.path();
        // Workers of a server that root starts have another user.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(path, mode).map_err(PeerError::io("opening the directory"))?;
        let root_pem = issue_certificate(path)?;
        write(path, "body.json", body)?;
        let (nginx, https_port) = port::with_free(port::free, |port| {
            let port_text = port.to_string();
            let settings = [settings, &[("https_port", &*port_text)]].concat();
            let configuration = fill(include_str!("config/static.conf"), &settings);
            Ok((start_nginx(path, &configuration)?, port))
        })?;
        Ok(Self { nginx, https_port, root_pem, directory })
    }

    /// Returns the port on 127.0.0.1. The certificate is for `localhost`.
    #[must_use]
    pub fn https_port(&self) -> u16 {
        self.https_port
    }

    /// Returns the trust anchor as PEM.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// Returns a line for each request that has been answered over HTTP/2: the number of its connection and the protocol.
    pub fn access_log(&self) -> Result<String, PeerError> {
        fs::read_to_string(self.directory.path().join("access.log"))
            .map_err(PeerError::io("reading the access log"))
    }

    /// Returns the CPU time that the server has used so far, in user and system mode.
    pub fn cpu_time(&self) -> Result<Duration, PeerError> {
        cpu_time(&format!("/proc/{}/stat", self.nginx.id()))
    }
}

/// Returns the CPU time of the thread with this name in the current process.
pub fn cpu_time_of_thread(name: &str) -> Result<Duration, PeerError> {
    let threads = fs::read_dir("/proc/self/task").map_err(PeerError::io("listing threads"))?;
    for thread in threads.flatten() {
        let comm = fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        if comm.trim_end() == name {
            return cpu_time(&thread.path().join("stat").to_string_lossy());
        }
    }
    Err(PeerError::new(format!("there is no thread {name}")))
}

/// Fields 14 and 15 of `proc_pid_stat(5)`, in clock ticks of 10 ms.
fn cpu_time(stat: &str) -> Result<Duration, PeerError> {
    let text = fs::read_to_string(stat).map_err(PeerError::io(format_args!("reading {stat}")))?;
    // The name in parentheses may contain spaces.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
    match (ticks(11), ticks(12)) {
        (Some(user), Some(system)) => Ok(Duration::from_millis((user + system) * 10)),
        _ => Err(PeerError::new(format!("{stat} cannot be parsed"))),
    }
}
