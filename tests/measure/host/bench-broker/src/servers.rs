//! The two servers with their certificates, upstream, and sandbox for the login.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::cpu::{self, SERVER_CORE};
use crate::error::AnyError;

/// Longer than any server takes to start on a loaded machine.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Setting {
    folder: TempDir,
    sandbox: Sandbox,
    upstream: Running,
    upstream_port: String,
}

/// A child process, which ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Setting {
    pub(crate) fn new() -> Result<Self, AnyError> {
        let folder = tempfile::tempdir()?;
        let sandbox = Sandbox::builder().start_blocking()?;
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let leaf = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &authority)?;
        let path = |name: &str| folder.path().join(name);
        fs::write(path("leaf.pem"), leaf.pem())?;
        fs::write(path("leaf.key"), key.serialize_pem())?;
        fs::write(path("ca.pem"), authority.pem() + &sandbox.root_pem())?;
        fs::write(path("secret"), DEMO_CLIENT_SECRET)?;
        let upstream = Command::new(std::env::current_exe()?).arg("upstream").arg(folder.path()).spawn()?;
        let upstream = Running(upstream);
        wait_for(&path("port"))?;
        let upstream_port = fs::read_to_string(path("port"))?;
        Ok(Self { folder, sandbox, upstream, upstream_port })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the processor time that the upstream has used; 0 if it is unknown, which matters little in one pair.
    pub(crate) fn upstream_cpu(&self) -> Duration {
        cpu::of_process(self.upstream.0.id()).unwrap_or_default()
    }
}

/// nginx, tuned: one worker, `open_file_cache`, no access log, an unlimited number of kept connections.
pub(crate) struct Nginx {
    process: Running,
    socket: PathBuf,
}

impl Nginx {
    pub(crate) fn start(setting: &Setting) -> Result<Self, AnyError> {
        let socket = setting.path("nginx.socket");
        // As long as the broker's response: a token of the sandbox and a line end.
        fs::write(setting.path("token"), format!("{}\n", "x".repeat(86)))?;
        let folder = setting.folder.path().display();
        let port = &setting.upstream_port;
        let config = format!(
            "daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log; user root;\n\
             worker_rlimit_nofile 4096; events {{ worker_connections 2048; }}\n\
             http {{ access_log off; open_file_cache max=16; keepalive_requests 1000000000; default_type text/plain;\n\
             upstream api {{ server 127.0.0.1:{port}; keepalive 600; keepalive_requests 1000000000; }}\n\
             server {{ listen unix:{socket} backlog=1024; root {folder};\n\
             location /api/ {{ proxy_pass https://api; proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
             proxy_set_header Authorization \"Bearer x\"; proxy_ssl_name localhost; proxy_ssl_server_name on;\n\
             proxy_ssl_verify on; proxy_ssl_trusted_certificate {folder}/ca.pem; proxy_ssl_protocols TLSv1.3; }} }} }}",
            socket = socket.display(),
        );
        fs::write(setting.path("nginx.conf"), config)?;
        let process = on_server_core("nginx")
            .arg("-p")
            .arg(setting.folder.path())
            .arg("-c")
            .arg(setting.path("nginx.conf"))
            .spawn()?;
        let process = Running(process);
        wait_for(&socket)?;
        Ok(Self { process, socket })
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.0.id()
    }
}

pub(crate) struct Broker {
    process: Running,
    socket: PathBuf,
}

impl Broker {
    pub(crate) fn start(program: &str, setting: &Setting) -> Result<Self, AnyError> {
        let socket = setting.path("broker.socket");
        let folder = setting.folder.path().display();
        let config = format!(
            "[listen.unix]\npath = \"{socket}\"\n[limits]\nforwarded_per_consumer = 1000\n[clients.main]\n\
             login_url = \"{login}\"\napi_url = \"https://localhost:{port}\"\nclient_id = \"{DEMO_CLIENT_ID}\"\n\
             client_secret_file = \"{folder}/secret\"\nca_file = \"{folder}/ca.pem\"\n\
             [consumers.load]\nusers = [\"0\", \"{user}\"]\n",
            socket = socket.display(),
            login = setting.sandbox.login_url(),
            port = setting.upstream_port,
            user = nix::unistd::geteuid(),
        );
        fs::write(setting.path("broker.toml"), config)?;
        let process = on_server_core(program)
            .arg("run")
            .arg("--config")
            .arg(setting.path("broker.toml"))
            .stderr(Stdio::null())
            .spawn()?;
        let process = Running(process);
        wait_for(&socket)?;
        Ok(Self { process, socket })
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// In KiB.
    pub(crate) fn resident(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        Ok(line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0))
    }
}

fn on_server_core(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &SERVER_CORE.to_string(), program]).stdin(Stdio::null());
    command
}

fn wait_for(path: &Path) -> io::Result<()> {
    let end = Instant::now() + TIMEOUT;
    while !path.exists() {
        if Instant::now() > end {
            return Err(io::Error::other(format!("{} did not appear", path.display())));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
