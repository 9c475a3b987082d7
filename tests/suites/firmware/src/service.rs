//! The sandbox as a process of its own, which can be ended by force and started again.

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

/// The program `genesys-token-sandbox`. Its process ends when this is dropped.
pub struct Service {
    folder: TempDir,
    process: Child,
    login: SocketAddr,
    api: SocketAddr,
    starts: usize,
}

impl Service {
    /// Starts it on free ports.
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

    /// Where the login host and the api host are.
    #[must_use]
    pub fn addresses(&self) -> (SocketAddr, SocketAddr) {
        (self.login, self.api)
    }

    /// [`Settings::trusting`] its root, as its demo client.
    ///
    /// # Panics
    ///
    /// When its root certificate cannot be read.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let root = CertificateDer::from_pem_file(self.folder.path().join("root.pem"));
        Settings::trusting(&root.expect("the sandbox writes it"), DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
    }

    /// Ends the process at once: its connections are cut, its tokens forgotten.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts another one at the same addresses, with the same trust anchor, that knows nothing of the one before.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn start_again(&mut self) {
        self.kill();
        self.starts += 1;
        self.process = spawn(&self.folder, self.starts, [self.login.port(), self.api.port()]).0;
    }

    /// What the present process has logged: a line for each request.
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

/// Of `https://localhost:43083`, on this host: an address as the sandbox prints it.
///
/// # Errors
///
/// In words, when there is no port in it.
pub fn address(url: &str) -> Result<SocketAddr, String> {
    let port = url.trim_end_matches('/').rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    port.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .ok_or_else(|| format!("{url} names no port of this host, as a sandbox does"))
}

fn log_file(folder: &TempDir, start: usize) -> std::path::PathBuf {
    folder.path().join(format!("log-{start}"))
}

/// Starts the program and reads where it is.
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
    let mut said = BufReader::new(process.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let mut value = |name: &str| {
        let line = said.find_map(|line| line.strip_prefix(name).map(ToOwned::to_owned));
        address(line.unwrap_or_default().trim_matches('\'')).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let addresses = ["export GENESYS_LOGIN_URL=", "export GENESYS_API_URL="].map(&mut value);
    // Its last lines go where nobody reads, and must not end it.
    std::thread::spawn(move || said.for_each(drop));
    (process, addresses)
}

/// The program, built when it is older than its sources.
fn program() -> &'static Path {
    static BUILT: OnceLock<std::path::PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        image::build(&root, &["--package", "genesys-token-sandbox", "--target-dir", "target"]);
        root.join("target/debug/genesys-token-sandbox")
    })
}
