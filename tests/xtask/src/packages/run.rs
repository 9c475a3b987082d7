//! Runs the programs of a system: their versions, a token by the tool, and one by the broker.

use std::{
    env, fs, io,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use super::{build::PROGRAMS, targets::Target};
use crate::{failure::Failure, program, sandbox::Sandbox};

/// Longer than a start takes in the slowest emulator.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// Where the broker looks for its client's secret, and for the certificate of the sandbox.
pub(super) struct Files<'a> {
    pub(super) secret: &'a str,
    pub(super) ca: &'a str,
}

/// Runs each program once. `folder` has the programs.
pub(super) fn check(target: &Target, folder: &Path, version: &str, sandbox: &Sandbox) -> Result<(), Failure> {
    for name in PROGRAMS {
        let printed = program::output(&mut command(target, &folder.join(name), &["--version"]))?;
        if printed.trim() != format!("{name} {version}") {
            return Err(format!("{name} --version printed `{}`", printed.trim()).into());
        }
    }
    let tool = folder.join("genesys-token");
    let mut get = command(target, &tool, &["get"]);
    for name in ["GENESYS_LOGIN_URL", "GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", "GENESYS_CA_FILE"] {
        get.env(name, sandbox.filled(&format!("{{{name}}}")));
    }
    is_token(&program::output(&mut get)?)?;

    let place = Place::new()?;
    let file = |name: &str| place.0.join(name).display().to_string();
    fs::write(file("secret"), sandbox.filled("{GENESYS_CLIENT_SECRET}"))?;
    let (secret, ca) = (file("secret"), sandbox.root_pem().display().to_string());
    let config = config(sandbox, &file(""), &file("socket"), &Files { secret: &secret, ca: &ca });
    fs::write(file("config.toml"), config)?;
    let run = ["run", "--config", &file("config.toml")];
    let mut broker =
        Broker::start(command(target, &folder.join("genesys-token-broker"), &run), &place.0.join("socket"))?;
    let mut get = command(target, &tool, &["get"]);
    is_token(&program::output(get.env("GENESYS_TOKEN_BROKER", file("socket")))?)?;
    broker.stop()?;
    println!("{}: both programs run, and each obtained a token", target.triple);
    Ok(())
}

/// Returns the command that runs a program of this system, with no variable of this process.
pub(super) fn command(target: &Target, program: &Path, arguments: &[&str]) -> Command {
    let program = program.display().to_string();
    let words = [&target.words(&program)[..], arguments].concat();
    let mut command = program::new(words[0], &words[1..], Path::new("/"));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// Returns a configuration with one client, that of the sandbox, and root as well as this user as its consumers.
pub(super) fn config(sandbox: &Sandbox, state: &str, socket: &str, files: &Files<'_>) -> String {
    let Files { secret, ca } = files;
    let user = nix::unistd::geteuid();
    let rest = sandbox.filled(
        "login_url = \"{GENESYS_LOGIN_URL}\"\napi_url = \"{GENESYS_API_URL}\"\nclient_id = \"{GENESYS_CLIENT_ID}\"\n",
    );
    format!(
        "state_directory = \"{state}\"\n[listen.unix]\npath = \"{socket}\"\n[clients.main]\n{rest}\
         client_secret_file = \"{secret}\"\nca_file = \"{ca}\"\n[consumers.check]\nusers = [\"{user}\"]\n"
    )
}

/// Fails unless the text is an access token as the sandbox makes them.
pub(super) fn is_token(printed: &str) -> Result<(), Failure> {
    let token = printed.trim();
    let is_one =
        token.len() > 20 && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_one { Ok(()) } else { Err("what was printed instead of a token does not look like one".into()) }
}

/// A running broker; it is killed when this is dropped.
pub(super) struct Broker(Child);

impl Broker {
    /// Starts it, and waits until it accepts connections at its socket.
    pub(super) fn start(mut command: Command, socket: &Path) -> Result<Self, Failure> {
        println!("$ {} &", program::display(&command));
        let mut broker = Self(command.spawn()?);
        let end = Instant::now() + START_TIMEOUT;
        while UnixStream::connect(socket).is_err() {
            if let Some(status) = broker.0.try_wait()? {
                return Err(format!("the broker ended before it listened ({status})").into());
            }
            if Instant::now() > end {
                return Err(format!("nothing listens at {} after {START_TIMEOUT:?}", socket.display()).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(broker)
    }

    /// Ends it as a service manager does, and fails unless it says that all went well.
    pub(super) fn stop(&mut self) -> Result<(), Failure> {
        let pid = self.0.id().to_string();
        program::run(&mut program::new("kill", &["-TERM", &pid], Path::new("/")))?;
        let status = self.0.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the broker ended with {status}").into()) }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder of this process, with a name so short that a socket in it can be bound; it is removed when this is dropped.
pub(super) struct Place(pub(super) PathBuf);

impl Place {
    pub(super) fn new() -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("genesys-token-packages-{}", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
