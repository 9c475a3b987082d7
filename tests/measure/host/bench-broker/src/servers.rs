//! The two servers with their certificates, upstream, and sandbox for the login.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use crate::bare::BODY;
use crate::cpu::SERVER_CORE;
use crate::error::AnyError;

/// Longer than any server takes to start on a loaded machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The time for a process to end by itself.
const TERMINATION: Duration = Duration::from_secs(10);

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
        // Not SIGKILL first: nginx's master has to end its worker.
        if let Ok(pid) = self.0.id().try_into() {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        let end = Instant::now() + TERMINATION;
        while matches!(self.0.try_wait(), Ok(None)) {
            if Instant::now() > end {
                let _ = self.0.kill();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Setting {
    pub(crate) fn new() -> Result<Self, AnyError> {
        let folder = tempfile::tempdir()?;
        let sandbox = Sandbox::builder().start_blocking()?;
        let mut authority = CertificateParams::default();
        // A name of its own: OpenSSL takes a certificate whose subject is its issuer for self-signed, and nginx answers 502.
        authority.distinguished_name.push(DnType::CommonName, "bench-broker authority");
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
        wait_until(&path("port"), Path::exists)?;
        let upstream_port = fs::read_to_string(path("port"))?;
        Ok(Self { folder, sandbox, upstream, upstream_port })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the process that takes the place of the Platform API.
    pub(crate) fn upstream(&self) -> u32 {
        self.upstream.0.id()
    }

    /// Starts nginx, tuned: one worker, `open_file_cache`, no access log, an unlimited number of kept connections.
    pub(crate) fn nginx(&self) -> Result<Server, AnyError> {
        let socket = self.path("nginx.socket");
        // As long as the broker's response.
        fs::write(self.path("token"), BODY)?;
        let folder = self.folder.path().display();
        let port = &self.upstream_port;
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
        let file = self.path("nginx.conf");
        fs::write(&file, config)?;
        let arguments = [OsStr::new("-p"), self.folder.path().as_ref(), "-c".as_ref(), file.as_ref()];
        self.start("nginx", socket, &["nginx"], &arguments)
    }

    /// Starts a broker with clients `c0`, `c1` and so on. `command`: the program, or another one that runs it.
    pub(crate) fn broker(&self, name: &str, clients: usize, command: &[&str]) -> Result<Server, AnyError> {
        let socket = self.path(&format!("{name}.socket"));
        let folder = self.folder.path().display();
        let mut config = format!(
            "[listen.unix]\npath = \"{}\"\n[limits]\nforwarded_per_consumer = 1000\nconnections = 20000\n\
             connections_per_peer = 20000\n",
            socket.display(),
        );
        for client in 0..clients {
            config += &format!(
                "[clients.c{client}]\nlogin_url = \"{login}\"\napi_url = \"https://localhost:{port}\"\n\
                 client_id = \"{DEMO_CLIENT_ID}\"\nclient_secret_file = \"{folder}/secret\"\n\
                 ca_file = \"{folder}/ca.pem\"\n[consumers.load{client}]\nclient = \"c{client}\"\nusers = [\"{user}\"]\n",
                login = self.sandbox.login_url(),
                port = self.upstream_port,
                user = nix::unistd::geteuid(),
            );
        }
        let file = self.path(&format!("{name}.toml"));
        fs::write(&file, config)?;
        self.start(name, socket, command, &["run".as_ref(), "--config".as_ref(), file.as_ref()])
    }

    /// Starts hyper with a constant answer.
    pub(crate) fn bare(&self, name: &str, command: &[&str]) -> Result<Server, AnyError> {
        let socket = self.path(&format!("{name}.bare"));
        self.start(name, socket.clone(), command, &[socket.as_ref()])
    }

    /// The tool's command that prints a token of the same login host.
    pub(crate) fn tool(&self, program: &str) -> Command {
        let mut command = on_server_core(program);
        command.arg("get").env("GENESYS_LOGIN_URL", self.sandbox.login_url());
        command.env("GENESYS_API_URL", format!("https://localhost:{}", self.upstream_port));
        command.env("GENESYS_CLIENT_ID", DEMO_CLIENT_ID).env("GENESYS_CA_FILE", self.path("ca.pem"));
        command.arg("--client-secret-file").arg(self.path("secret"));
        command
    }

    fn start(
        &self,
        name: &str,
        socket: PathBuf,
        command: &[&str],
        arguments: &[&OsStr],
    ) -> Result<Server, AnyError> {
        let log = self.path(&format!("{name}.stderr"));
        let (program, before) = command.split_first().ok_or("no program")?;
        let _ = fs::remove_file(&socket);
        let process = on_server_core(program)
            .args(before)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()?;
        let process = Running(process);
        wait_until(&socket, |socket| UnixStream::connect(socket).is_ok())?;
        Ok(Server { process, socket, log })
    }
}

/// A server under test.
pub(crate) struct Server {
    process: Running,
    socket: PathBuf,
    log: PathBuf,
}

impl Server {
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Ends it, and returns what it wrote to standard error.
    pub(crate) fn end(self) -> io::Result<String> {
        drop(self.process);
        fs::read_to_string(&self.log)
    }
}

/// The broker's systemd unit: the broker is measured with the environment variables that the unit sets.
const UNIT: &str = include_str!("../../../../../adapters/broker/packaging/genesys-token-broker.service");

fn environment_of_unit() -> impl Iterator<Item = (&'static str, &'static str)> {
    let assignments = UNIT.lines().filter_map(|line| line.strip_prefix("Environment="));
    assignments.filter_map(|assignment| assignment.split_once('='))
}

fn on_server_core(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.envs(environment_of_unit());
    command.args(["--cpu-list", &SERVER_CORE.to_string(), program]).stdin(Stdio::null());
    command
}

/// Waits until something holds for a file. A socket exists shortly before it accepts connections.
fn wait_until(path: &Path, holds: impl Fn(&Path) -> bool) -> io::Result<()> {
    let end = Instant::now() + TIMEOUT;
    while !holds(path) {
        if Instant::now() > end {
            return Err(io::Error::other(format!("{} is not ready", path.display())));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}
