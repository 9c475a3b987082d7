//! Boots systemd in a copy of this system with the packages installed, and has it start, reload, restart and stop the broker.
//!
//! This checks what `installed` cannot: the unit's restrictions and its dynamic user, and the socket and the credential that systemd
//! passes. systemd runs in a container of its own, by systemd-nspawn, and starts nothing but `booted.sh` and what that needs.

use std::{fs, path::Path, path::PathBuf, process::Command};

use lexopt::{Arg, Parser};

use super::{installed, installed::System, run::Place};
use crate::{failure::Failure, program, sandbox::Sandbox};

/// The hidden command that runs inside the namespace.
pub(crate) const COMMAND: &str = "packages-booted";

const SCRIPT: &str = include_str!("booted.sh");

/// The document that tells administrators how to use an encrypted credential.
const OPERATIONS: &str = "docs/operations.md";

const TARGET: &str = "[Unit]\nRequires=sysinit.target\nWants=packages-booted.service\n";

const SERVICE: &str = "[Unit]\nDefaultDependencies=no\nAfter=sysinit.target\n[Service]\nType=oneshot\nExecStart=/booted\n\
    StandardOutput=file:/printed\nStandardError=file:/printed\nExecStopPost=systemctl poweroff --force\n";

/// The time limit in seconds: longer than it takes on a loaded machine.
const TIMEOUT: &str = "300";

/// Checks the packages. Returns why that was not possible, if this is not root or systemd does not boot here.
pub(super) fn check(
    packages: &[PathBuf],
    sandbox: &Sandbox,
    repository: &Path,
) -> Result<Option<String>, Failure> {
    let unchecked = |why: &str| Ok(Some(format!("the units under systemd: {why}")));
    if !nix::unistd::geteuid().is_root() {
        return unchecked("it needs root");
    }
    if Command::new("systemd-nspawn").arg("--version").output().is_err() {
        return unchecked("it needs systemd-nspawn (apt-get install systemd-container)");
    }
    let place = Place::new()?;
    installed::prepare(&place.0, &[("first", packages)], sandbox)?;
    let operations = fs::read_to_string(repository.join(OPERATIONS))?;
    let commands = operations.split("```sh\n").filter_map(|rest| rest.split("```").next());
    let credential = commands.into_iter().find(|block| block.contains("systemd-creds encrypt"));
    fs::write(place.0.join("credential.sh"), credential.ok_or("no block with `systemd-creds encrypt`")?)?;
    installed::in_namespace(COMMAND, &place.0)?;
    let printed = fs::read_to_string(place.0.join("printed")).unwrap_or_default();
    if printed.is_empty() {
        let console = fs::read_to_string(place.0.join("console"))?;
        let last = console.lines().last().unwrap_or("it printed nothing");
        return unchecked(&format!("systemd does not boot in a container here: {last}"));
    }
    if printed.lines().last() != Some("passed") {
        return Err(format!("the broker under systemd:\n{printed}").into());
    }
    println!(
        "systemd started, reloaded, restarted and stopped the broker, and passed its socket and its credential"
    );
    Ok(None)
}

/// Boots in a namespace where mounts are this process's alone. What `booted.sh` prints is in `printed`, what systemd prints in `console`.
pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let Some(Arg::Value(folder)) = arguments.next()? else { return Err("a folder is needed".into()) };
    let folder = Path::new(&folder);
    let system = System::over_this_one(folder)?;
    system.run(&["sh", "-c", "dpkg --install /install/first/*.deb"])?;
    installed::configure(&system)?;
    let units = system.path("/etc/systemd/system");
    fs::write(units.join("packages-booted.target"), TARGET)?;
    fs::write(units.join("packages-booted.service"), SERVICE)?;
    fs::write(system.path("/booted"), SCRIPT)?;
    system.run(&["chmod", "755", "/booted"])?;
    system.unmount_devices()?;

    let root = format!("--directory={}", system.path("/").display());
    let words = [
        TIMEOUT,
        "systemd-nspawn",
        "--quiet",
        &root,
        "--boot",
        "--console=pipe",
        "--register=no",
        "--keep-unit",
    ];
    let mut boot = program::new("timeout", &words, Path::new("/"));
    boot.arg("systemd.unit=packages-booted.target");
    println!("$ {}", program::display(&boot));
    let console = fs::File::create(folder.join("console"))?;
    // The status says nothing: the script powers the container off.
    boot.stdout(console.try_clone()?).stderr(console).status()?;
    if let Ok(printed) = fs::read(system.path("/printed")) {
        fs::write(folder.join("printed"), printed)?;
    }
    Ok(())
}
