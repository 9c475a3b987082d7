//! A shim for the test runner of `BoringSSL` (`ssl/test/PORTING.md` there), `BoGo`: the engine `tls13` is the client under test.
//!
//! The runner stays outside this repository. In its folder:
//!
//! ```text
//! go test -shim-path …/target/debug/examples/bogo_shim -allow-unimplemented -loose-errors -num-workers 2
//! ```
//!
//! Exit status: 0 if the connection went as the flags require, 89 for a flag that is not supported, 1 otherwise; then standard
//! error has the reason.

// Output of a program.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::std_instead_of_alloc)]

use core::fmt;
use core::time::Duration;
use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::time::SystemTime;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use futures_lite::future::block_on;
use genesys_token_tls::tls13::{NamedGroup, Parameters, Session, Tls13, Workspace};
use genesys_token_tls::{Expected, RecordFault, SessionError, TlsEngine, TlsSession, TrustAnchor};
use p256::elliptic_curve::rand_core::OsRng;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// The runner's certificates are for this name.
const NAME: &str = "test";

/// The largest records, and messages beyond them.
type Engine = Tls13<OsRng, 131_072, 18_000, 4096>;
type Memory = Workspace<131_072, 18_000, 4096>;

enum Failure {
    /// A flag requires an unsupported feature.
    Unimplemented(String),
    Failed(String),
}

impl<E: fmt::Debug> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(format!("{error:?}"))
    }
}

fn main() -> ExitCode {
    // The runner asks first whether a handshake can move to another process.
    if std::env::args().any(|argument| argument == "-is-handshaker-supported") {
        println!("No");
        return ExitCode::SUCCESS;
    }
    match Flags::read(std::env::args().skip(1)).and_then(|flags| run(&flags)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Unimplemented(flag)) => {
            eprintln!("not offered: {flag}");
            ExitCode::from(89)
        }
        Err(Failure::Failed(reason)) => {
            eprintln!("{reason}");
            ExitCode::from(1)
        }
    }
}

/// The flags that apply to a client of TLS 1.3, by the names of the runner's own shim (`test_config.cc`).
#[derive(Default)]
struct Flags {
    port: u16,
    shim_id: u64,
    resumptions: usize,
    root: Option<String>,
    groups: Vec<u16>,
    key_shares: Vec<u16>,
    /// The number of seconds by which later connections are later.
    delay: u64,
    read_size: Option<usize>,
    expected_group: Option<u16>,
    expected_suite: Option<u16>,
    /// Flags without a value.
    set: HashSet<String>,
}

/// Flags without effect here: what they request always holds, or cannot be observed from outside.
const WITHOUT_EFFECT: &[&str] = &[
    "-async",
    "-implicit-handshake",
    "-no-tls1",
    "-no-tls11",
    "-no-tls12",
    "-verify-peer",
    "-use-custom-verify-callback",
    "-partial-write",
    "-expect-verify-result",
    "-no-legacy-server-connect",
    "-no-op-extra-handshake",
    "-handshake-never-done",
    "-expect-no-session-id",
    "-expect-no-secure-renegotiation",
    "-expect-extended-master-secret",
    "-peek-then-read",
    "-renegotiate-freely",
];

/// Flags without effect that have a value.
const VALUE_WITHOUT_EFFECT: &[&str] = &[
    "-expect-peer-signature-algorithm",
    "-expect-peer-cert-file",
    "-expect-version",
    "-handshaker-path",
    "-expect-total-renegotiations",
];

const HEEDED: &[&str] = &[
    "-ipv6",
    "-shim-writes-first",
    "-shim-shuts-down",
    "-check-close-notify",
    "-expect-session-miss",
    "-expect-hrr",
    "-expect-no-hrr",
    "-key-update",
    "-key-update-before-read",
];

const TLS_1_3: u16 = 0x0304;

/// The signature schemes that are offered: ECDSA with P-256 and P-384, and RSA-PSS with SHA-256, SHA-384 and SHA-512.
const SCHEMES: &[u16] = &[0x0403, 0x0503, 0x0804, 0x0805, 0x0806];

impl Flags {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut flags = Self::default();
        while let Some(flag) = arguments.next() {
            let mut value =
                || arguments.next().ok_or_else(|| Failure::Failed(format!("{flag} needs a value")));
            match flag.as_str() {
                "-port" => flags.port = value()?.parse()?,
                "-shim-id" => flags.shim_id = value()?.parse()?,
                "-resume-count" => flags.resumptions = value()?.parse()?,
                // A malformed certificate has no root.
                "-trust-cert" => flags.root = Some(value()?).filter(|path| !path.is_empty()),
                "-curves" => flags.groups.push(value()?.parse()?),
                "-key-shares" => flags.key_shares.push(value()?.parse()?),
                "-resumption-delay" => flags.delay = value()?.parse()?,
                "-read-size" => flags.read_size = Some(value()?.parse()?),
                "-expect-curve-id" => flags.expected_group = Some(value()?.parse()?),
                "-expect-cipher" => flags.expected_suite = Some(value()?.parse()?),
                "-advertise-alpn" | "-expect-alpn" => {
                    let value = value()?;
                    if !value.ends_with("http/1.1") || value.len() > 9 {
                        return Err(Failure::Unimplemented(flag));
                    }
                }
                // The engine's list of schemes is fixed.
                "-verify-prefs" if SCHEMES.contains(&value()?.parse()?) => {}
                "-expect-early-data-reason" if value()? == "disabled" => {}
                "-max-version" if value()?.parse::<u16>()? >= TLS_1_3 => {}
                "-min-version" if value()?.parse::<u16>()? <= TLS_1_3 => {}
                known if VALUE_WITHOUT_EFFECT.contains(&known) => drop(value()?),
                known if WITHOUT_EFFECT.contains(&known) => {}
                known if HEEDED.contains(&known) => drop(flags.set.insert(flag)),
                _ => return Err(Failure::Unimplemented(flag)),
            }
        }
        // A closed session reads nothing more.
        if flags.has("-shim-shuts-down") && flags.has("-check-close-notify") {
            return Err(Failure::Unimplemented("-check-close-notify after -shim-shuts-down".into()));
        }
        Ok(flags)
    }

    fn has(&self, flag: &str) -> bool {
        self.set.contains(flag)
    }

    /// The engine offers both of its groups, and one key share.
    fn engine(&self) -> Result<Engine, Failure> {
        let known = [NamedGroup::X25519, NamedGroup::P256];
        let group = |number: &u16| known.into_iter().find(|group| group.number() == *number);
        let groups: Option<Vec<_>> = self.key_shares.iter().chain(&self.groups).map(group).collect();
        match groups {
            Some(groups) if self.key_shares.len() < 2 => {
                Ok(Engine::new(OsRng).with_first_group(groups.first().copied().unwrap_or(NamedGroup::X25519)))
            }
            _ => Err(Failure::Unimplemented("another group, or several key shares".into())),
        }
    }
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let roots = match &flags.root {
        Some(path) => CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    let anchors: Vec<TrustAnchor<'_>> =
        roots.iter().map(webpki::anchor_from_trusted_cert).collect::<Result<_, _>>()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let expected = Expected::new(NAME, &anchors)?;
    let mut engine = flags.engine()?;
    let mut memory = Box::new(Memory::new());
    for connection in 0..=flags.resumptions {
        let expected = expected.clone().at(if connection > 0 { now + flags.delay } else { now });
        let tcp = Tcp::connect(flags)?;
        let mut rest = tcp.0.try_clone()?;
        let result = block_on(async {
            let mut session = engine.connect(tcp, &mut *memory, &expected).await?;
            let parameters = session.parameters().ok_or("no parameters")?;
            check(flags, parameters, connection > 0)?;
            exchange(flags, &mut session).await
        });
        // Closing with unread bytes would reset the connection, and the runner would not receive the alert.
        let _ = rest.shutdown(Shutdown::Write);
        let _ = rest.read_to_end(&mut Vec::new());
        result?;
    }
    Ok(())
}

fn check(flags: &Flags, parameters: Parameters, is_resumption: bool) -> Result<(), Failure> {
    let resumed = is_resumption && !flags.has("-expect-session-miss");
    let right = parameters.resumed == resumed
        && flags.expected_group.is_none_or(|group| group == parameters.group.number())
        && flags.expected_suite.is_none_or(|suite| suite == parameters.suite.number())
        && (!flags.has("-expect-hrr") || parameters.retried)
        && (!flags.has("-expect-no-hrr") || !parameters.retried);
    if right { Ok(()) } else { Err(Failure::Failed(format!("settled: {parameters:?}"))) }
}

/// Sends each received byte back, inverted, until the server closes.
async fn exchange(flags: &Flags, session: &mut Session<'_, Tcp>) -> Result<(), Failure> {
    if flags.has("-shim-writes-first") {
        session.write_all(b"hello").await?;
        session.flush().await?;
    }
    if !flags.has("-shim-shuts-down") {
        let mut buffer = vec![0; flags.read_size.unwrap_or(16_384)];
        loop {
            if flags.has("-key-update-before-read") {
                session.update_keys(false).await?;
            }
            let count = match session.read(&mut buffer).await {
                Ok(0) => break,
                Ok(count) => count,
                // The runner's own shim tolerates an end without close_notify, unless an option forbids it.
                Err(SessionError::Record(RecordFault::Truncated)) if !flags.has("-check-close-notify") => {
                    break;
                }
                Err(error) => return Err(error.into()),
            };
            if flags.has("-key-update") {
                session.update_keys(false).await?;
            }
            let inverted: Vec<u8> = buffer.iter().take(count).map(|byte| byte ^ 0xff).collect();
            session.write_all(&inverted).await?;
            session.flush().await?;
        }
    }
    match session.close().await {
        Ok(()) => Ok(()),
        Err(_) if !flags.has("-check-close-notify") => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A blocking socket with the traits of a device's socket.
struct Tcp(TcpStream);

impl Tcp {
    fn connect(flags: &Flags) -> Result<Self, Failure> {
        let host = if flags.has("-ipv6") { "::1" } else { "127.0.0.1" };
        let mut tcp = TcpStream::connect((host, flags.port))?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(Duration::from_secs(30)))?;
        tcp.write_all(&flags.shim_id.to_le_bytes())?;
        Ok(Self(tcp))
    }
}

impl ErrorType for Tcp {
    type Error = ErrorKind;
}

impl Read for Tcp {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buf).map_err(|error| error.kind().into())
    }
}

impl Write for Tcp {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(buf).map_err(|error| error.kind().into())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.flush().map_err(|error| error.kind().into())
    }
}
