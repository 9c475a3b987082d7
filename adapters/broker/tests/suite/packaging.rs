//! The systemd unit keeps what the documentation says of it.

use std::path::Path;
use std::process::Command;

/// The exposure level that the unit may have at most, by `systemd-analyze security` (0 is none, 10 is everything).
const EXPOSURE_MAX: f64 = 1.5;

#[test]
fn the_unit_is_hardened() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/genesys-token-broker.service");
    let analysis =
        Command::new("systemd-analyze").args(["security", "--offline=true"]).arg(unit).output().unwrap();
    let text = String::from_utf8_lossy(&analysis.stdout);
    let level = text
        .split("exposure level for genesys-token-broker.service: ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let level: f64 = level.unwrap_or_else(|| panic!("no level in:\n{text}")).parse().unwrap();
    assert!(level <= EXPOSURE_MAX, "{level}");
}

/// The kernel translates the credentials of a Unix socket's peer (unix(7), `SO_PEERCRED`) into the reader's user namespace, where most
/// users do not exist; and systemd keeps a dynamic user's preserved runtime directory below a folder of root's (systemd.exec(5),
/// `RuntimeDirectoryPreserve`), so that the socket's directory is the socket unit's.
#[test]
fn the_unit_lets_consumers_connect_and_be_recognised() {
    let unit = include_str!("../../packaging/genesys-token-broker.service");
    for setting in ["PrivateUsers", "RuntimeDirectory"] {
        assert!(!unit.lines().any(|line| line.starts_with(setting)), "{setting}");
    }
    for line in ["DynamicUser=yes", "Requires=genesys-token-broker.socket"] {
        assert!(unit.lines().any(|other| other == line), "{line}");
    }
}

/// A unit needs no program that a small system lacks.
#[test]
fn the_unit_runs_the_broker_and_the_shell_alone() {
    let unit = include_str!("../../packaging/genesys-token-broker.service");
    let commands = unit.lines().filter(|line| line.starts_with("Exec"));
    let programs: Vec<_> = commands.filter_map(|line| line.split(['=', ' ']).nth(1)).collect();
    assert_eq!(programs, ["/usr/bin/genesys-token-broker", "/bin/sh"]);
}

#[test]
fn the_example_shows_a_valid_configuration() {
    let example = include_str!("../../examples/broker.toml");
    genesys_token_broker::config::Config::parse(example).unwrap();
    // With every optional key switched on, none is unknown.
    let mut all = String::new();
    for line in example.lines() {
        let key = line.strip_prefix("# ").filter(|rest| rest.starts_with('[') || rest.contains(" = "));
        let is_alternative = ["client_id_file", "credentials_command", "systemd_credential"]
            .iter()
            .any(|name| line.contains(name));
        let is_placeholder = line.contains('…');
        all.push_str(match key {
            Some(key) if !is_alternative && !is_placeholder && !key.starts_with("id =") => key,
            _ => line,
        });
        all.push('\n');
    }
    genesys_token_broker::config::Config::parse(&all).unwrap_or_else(|error| panic!("{error}\n{all}"));
}
