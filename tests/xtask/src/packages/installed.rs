//! Installs, starts, upgrades, removes and purges the Debian packages in a copy of this system.
//!
//! The copy is an overlay over `/` in a mount namespace of its own: dpkg, its database and systemd's tools are this system's, and what
//! they write is gone with the namespace. systemd itself does not run there, so the daemon is started by the unit's `ExecStart` as
//! the unit's user; enabling, starting and stopping by `systemctl` and the unit's restrictions are not part of this.

use std::{
    env, fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use lexopt::{Arg, Parser};

use super::{
    build::PROGRAMS,
    run::{self, Broker, Files, Place},
};
use crate::{failure::Failure, program, sandbox::Sandbox};

/// The hidden command that runs inside the namespace.
pub(crate) const COMMAND: &str = "packages-installed";

const BROKER: &str = "genesys-token-broker";
const CONFIG: &str = "/etc/genesys-token-broker/config.toml";
const SECRET: &str = "/etc/genesys-token-broker/client-secret";
const SOCKET: &str = "/run/genesys-token-broker/socket";
const STATE: &str = "/var/lib/genesys-token-broker";
const UNITS: &str = "/usr/lib/systemd/system";

/// Checks the packages; `newer` has the same programs with a higher version. Returns why it could not, if this is not root.
pub(super) fn check(
    packages: &[PathBuf],
    newer: &[PathBuf],
    sandbox: &Sandbox,
) -> Result<Option<String>, Failure> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(Some("installation of the packages: it needs root".to_owned()));
    }
    let place = Place::new()?;
    prepare(&place.0, &[("first", packages), ("newer", newer)], sandbox)?;
    in_namespace(COMMAND, &place.0)?;
    Ok(None)
}

/// Copies packages into folders of these names, and writes what an administrator would: configuration, secret and certificate.
pub(super) fn prepare(place: &Path, sets: &[(&str, &[PathBuf])], sandbox: &Sandbox) -> Result<(), Failure> {
    for (name, files) in sets {
        fs::create_dir(place.join(name))?;
        for file in *files {
            fs::copy(file, place.join(name).join(file.file_name().unwrap_or_default()))?;
        }
    }
    let files = Files { secret: SECRET, ca: "/etc/genesys-token-broker/ca.pem" };
    let other = "[consumers.other]\nusers = [\"65534\"]\n";
    fs::write(place.join("config.toml"), run::config(sandbox, STATE, SOCKET, &files) + other)?;
    fs::write(place.join("client-secret"), sandbox.filled("{GENESYS_CLIENT_SECRET}"))?;
    fs::copy(sandbox.root_pem(), place.join("ca.pem"))?;
    Ok(())
}

/// Runs a hidden command of this program, with this folder, in a mount namespace of its own.
pub(super) fn in_namespace(command: &str, folder: &Path) -> Result<(), Failure> {
    let (this, folder) = (env::current_exe()?.display().to_string(), folder.display().to_string());
    let arguments = ["--mount", "--propagation", "private", &this, command, &folder];
    program::run(&mut program::new("unshare", &arguments, Path::new("/")))
}

/// Runs the check in a namespace where mounts are this process's alone.
pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let Some(Arg::Value(folder)) = arguments.next()? else { return Err("a folder is needed".into()) };
    let system = System::over_this_one(Path::new(&folder))?;
    let version =
        |package: &str| system.output(&["dpkg-query", "--show", "--showformat", "${Version}", package]);

    system.run(&["sh", "-c", "dpkg --install /install/first/*.deb"])?;
    installed(&system)?;
    let first = version(BROKER)?;
    configure(&system)?;
    let mut broker = start(&system)?;
    token(&system)?;

    // The daemon goes on while its files are replaced, and the administrator's configuration stays.
    system.run(&["sh", "-c", "dpkg --install /install/newer/*.deb"])?;
    if version(BROKER)? == first {
        return Err("the upgrade changed no version".into());
    }
    if fs::read(system.path(CONFIG))? != fs::read(system.path("/install/config.toml"))? {
        return Err("the upgrade replaced the configuration".into());
    }
    token(&system)?;
    broker.stop()?;
    let mut broker = start(&system)?;
    token(&system)?;
    broker.stop()?;

    system.run(&["dpkg", "--remove", PROGRAMS[0], PROGRAMS[1]])?;
    system.has(&["/usr/bin/genesys-token", "/usr/bin/genesys-token-broker", UNITS_OF[0]], false)?;
    system.has(&[CONFIG, SECRET, STATE], true)?;
    system.run(&["dpkg", "--purge", PROGRAMS[0], PROGRAMS[1]])?;
    system.has(&[CONFIG, STATE], false)?;
    // A secret that the administrator wrote is no file of the package.
    system.has(&[SECRET], true)?;
    println!("the packages were installed, started, upgraded, removed and purged");
    Ok(())
}

const UNITS_OF: [&str; 2] = [
    "/usr/lib/systemd/system/genesys-token-broker.service",
    "/usr/lib/systemd/system/genesys-token-broker.socket",
];

/// Checks what the installation made.
fn installed(system: &System) -> Result<(), Failure> {
    system.has(
        &[
            "/usr/share/man/man1/genesys-token-get.1.gz",
            "/usr/share/man/man8/genesys-token-broker.8.gz",
            "/usr/share/bash-completion/completions/genesys-token",
            "/usr/share/bash-completion/completions/genesys-token-broker",
            "/usr/share/fish/vendor_completions.d/genesys-token.fish",
            "/usr/share/zsh/vendor-completions/_genesys-token-broker",
            "/usr/share/genesys-token-broker/alerts.yaml",
        ],
        true,
    )?;
    let id = |option: &str| -> Result<u32, Failure> { Ok(system.output(&["id", option, BROKER])?.parse()?) };
    let group = id("--group")?;
    for (path, owner, mode) in [("/etc/genesys-token-broker", (0, group), 0o750), (CONFIG, (0, group), 0o640)]
    {
        let found = fs::metadata(system.path(path)).map_err(|error| format!("{path}: {error}"))?;
        let found = ((found.uid(), found.gid()), found.mode() & 0o7777);
        if found != (owner, mode) {
            return Err(format!("{path} has owners and mode {found:?}, not {:?}", (owner, mode)).into());
        }
    }
    // It prints what it finds wrong, but exits with 0 after most of it. The manual is looked for by `man`, which may be missing.
    let verify = [&["systemd-analyze", "verify", "--man=no"], &UNITS_OF[..]].concat();
    let output = system.command(&verify).output()?;
    let found = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || found.contains(BROKER) {
        return Err(format!("systemd-analyze verify: {found}").into());
    }
    system.run(&["genesys-token-broker", "check-config"])
}

/// Does what an administrator does: writes the configuration and the secret, and has the program check them.
pub(super) fn configure(system: &System) -> Result<(), Failure> {
    fs::copy(system.path("/install/config.toml"), system.path(CONFIG))?;
    system.run(&["install", "--mode=644", "/install/ca.pem", "/etc/genesys-token-broker/ca.pem"])?;
    system.run(&["install", "--mode=640", "--group", BROKER, "/install/client-secret", SECRET])?;
    system.run(&["genesys-token-broker", "check-config"])
}

/// Starts the daemon as systemd would: user and command of the unit, with the state directory and the listening socket.
fn start(system: &System) -> Result<Broker, Failure> {
    let unit = fs::read_to_string(system.path(UNITS).join("genesys-token-broker.service"))?;
    let value = |key: &str| {
        let line = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.ok_or_else(|| format!("the unit has no {key}"))
    };
    let user = value("User")?;
    let owner = format!("--owner={user}");
    system.run(&["install", "--directory", "--mode=700", &owner, STATE])?;
    let (user, group) = (format!("--reuid={user}"), format!("--regid={user}"));
    let mut words = vec!["systemd-socket-activate", "--listen", SOCKET];
    words.extend(["setpriv", &user, &group, "--clear-groups", "--no-new-privs"]);
    words.extend(value("ExecStart")?.split(' '));
    Broker::start(system.command(&words), &system.path(SOCKET))
}

fn token(system: &System) -> Result<(), Failure> {
    let mut get = system.command(&["genesys-token", "get"]);
    run::is_token(&program::output(get.env("GENESYS_TOKEN_BROKER", SOCKET))?)
}

/// A copy of this system, in which files can be changed.
pub(super) struct System {
    root: PathBuf,
}

impl System {
    /// Mounts it below a folder, whose content is at `/install` in it.
    pub(super) fn over_this_one(folder: &Path) -> Result<Self, Failure> {
        let file = |name: &str| folder.join(name).display().to_string();
        let (changes, root) = (file("changes"), file("root"));
        let mount = |arguments: &[&str]| program::run(&mut program::new("mount", arguments, Path::new("/")));
        for folder in [&changes, &root] {
            fs::create_dir(folder)?;
        }
        // In memory, since an overlay's changes cannot be in another overlay.
        mount(&["-t", "tmpfs", "tmpfs", &changes])?;
        for folder in ["upper", "work"] {
            fs::create_dir(format!("{changes}/{folder}"))?;
        }
        let layers = format!("lowerdir=/,upperdir={changes}/upper,workdir={changes}/work");
        mount(&["-t", "overlay", "overlay", "-o", &layers, &root])?;
        let install = format!("{root}/install");
        fs::create_dir(&install)?;
        mount(&["--bind", &folder.display().to_string(), &install])?;
        mount(&["--bind", "/dev", &format!("{root}/dev")])?;
        mount(&["-t", "proc", "proc", &format!("{root}/proc")])?;
        Ok(Self { root: PathBuf::from(root) })
    }

    /// Unmounts devices and processes: a container mounts them itself.
    pub(super) fn unmount_devices(&self) -> Result<(), Failure> {
        let mounted = ["dev", "proc"].map(|folder| self.path(folder).display().to_string());
        program::run(&mut program::new("umount", &[&mounted[0], &mounted[1]], Path::new("/")))
    }

    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside.trim_start_matches('/'))
    }

    fn command(&self, words: &[&str]) -> Command {
        let root = self.root.display().to_string();
        let mut command = program::new("chroot", &[&[&root[..]], words].concat(), Path::new("/"));
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    pub(super) fn run(&self, words: &[&str]) -> Result<(), Failure> {
        program::run(&mut self.command(words))
    }

    fn output(&self, words: &[&str]) -> Result<String, Failure> {
        Ok(program::output(&mut self.command(words))?.trim().to_owned())
    }

    /// Fails unless all these files are there, or unless none is.
    fn has(&self, paths: &[&str], expected: bool) -> Result<(), Failure> {
        let wrong: Vec<_> = paths.iter().filter(|path| self.path(path).exists() != expected).collect();
        let what = if expected { "missing" } else { "still there" };
        if wrong.is_empty() { Ok(()) } else { Err(format!("{what}: {wrong:?}").into()) }
    }
}
