//! The sandbox as a separate process, which can be killed and restarted.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tempfile::TempDir;

use crate::{Settings, image};

/// A process of the program `genesys-token-sandbox`, killed on drop.
pub struct Service {
    folder: TempDir,
    process: Child,
    login: SocketAddr,
    api: SocketAddr,
    starts: usize,
}

impl Service {
    /// Starts the process on free ports.
    ///
    /// # Panics
    ///
    /// When it cannot be built or started: a test that needs it must not pass without it.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let (process, addresses) = spawn(&folder, 1, [0, 0]);
        let [login, api] = addresses;
        Self { folder, process, login, api, starts: 1 }
    }

    /// Returns the addresses of the login host and the API host.
    #[must_use]
    pub fn addresses(&self) -> (SocketAddr, SocketAddr) {
        (self.login, self.api)
    }

    /// Returns settings that trust its root certificate and use its demo client.
    ///
    /// # Panics
    ///
    /// When its root certificate cannot be read.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let root = CertificateDer::from_pem_file(self.folder.path().join("root.pem"));
        Settings::trusting(&root.expect("the sandbox writes it"), DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
    }

    /// Kills the process: its connections are closed and its tokens lost.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts a new process at the same addresses and with the same trust anchor, but without the earlier one's state.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn restart(&mut self) {
        self.kill();
        self.starts += 1;
        self.process = spawn(&self.folder, self.starts, [self.login.port(), self.api.port()]).0;
    }

    /// Returns the log of the current process: a line for each request.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(log_file(&self.folder, self.starts)).unwrap_or_default()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

impl core::fmt::Debug for Service {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Service").field("process", &self.process.id()).finish_non_exhaustive()
    }
}

/// Returns the local address of a URL as the sandbox prints it, `https://localhost:43083`.
///
/// # Errors
///
/// A message, when the URL contains no port.
pub fn address(url: &str) -> Result<SocketAddr, String> {
    let port = url.trim_end_matches('/').rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    port.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .ok_or_else(|| format!("{url} contains no port; give the URL that the sandbox prints"))
}

fn log_file(folder: &TempDir, start: usize) -> std::path::PathBuf {
    folder.path().join(format!("log-{start}"))
}

/// Starts the program and reads its addresses from its output.
fn spawn(folder: &TempDir, start: usize, ports: [u16; 2]) -> (Child, [SocketAddr; 2]) {
    let log = File::create(log_file(folder, start)).expect("a file for its log");
    let [login, api] = ports.map(|port| port.to_string());
    let mut process = Command::new(program())
        .args([
            "--login-port",
            &login,
            "--api-port",
            &api,
            "--root-pem",
            "root.pem",
            "--root-key",
            "root.key",
        ])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("the sandbox can be started");
    let mut output = BufReader::new(process.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let mut value = |name: &str| {
        let line = output.find_map(|line| line.strip_prefix(name).map(ToOwned::to_owned));
        address(line.unwrap_or_default().trim_matches('\'')).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let addresses = ["export GENESYS_LOGIN_URL=", "export GENESYS_API_URL="].map(&mut value);
    // Its further output is discarded, so that a full pipe does not block it.
    std::thread::spawn(move || output.for_each(drop));
    (process, addresses)
}

/// Builds the program if it is older than its sources, and returns its path.
fn program() -> &'static Path {
    static BUILT: OnceLock<std::path::PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        image::build(&root, &["--package", "genesys-token-sandbox", "--target-dir", "target"]);
        root.join("target/debug/genesys-token-sandbox")
    })
}
