//! `cargo xtask test`: the steps in the order in which they run. A new kind of test is a new entry.

use std::path::Path;

use lexopt::Parser;

use crate::{
    boards::BOARDS,
    failure::Failure,
    needs::{self, Need},
    program,
    steps::{self, Beside, Companions, Outcome, Step},
    test_programs,
    workspace::{FEATURES, Workspace},
};

/// The packages for oidc-provider and the TLS proxy in front of it.
const OAUTH_SERVER: [&Need; 5] =
    [&needs::OPENSSL, &needs::NGINX, &needs::NPM, &needs::NODE, &needs::OAUTH_SERVER];

/// Started first, because it runs for five minutes and needs hardly any processor.
const FIVE_MINUTES: &str = "five-minutes";

/// Tests that wait for their peers leave processor time for a build beside them. It needs a target folder of its own: tests of examples run
/// cargo, and would wait for the lock of a shared one.
const BESIDE: Companions = Companions { names: &[IMAGES], until: Some(FIRMWARE), low_priority: true };
const IMAGES: &str = "images";
const FIRMWARE: &str = "firmware";

pub(crate) const STEPS: &[Step] = &[
    Step {
        name: FIVE_MINUTES,
        about: "tokens of 60 s from a third-party OAuth server, while the other steps run: no caller sees a 401",
        needs: &OAUTH_SERVER,
        run: |workspace| {
            // With the features of the whole workspace, as `tests` builds it: otherwise its dependencies are compiled twice.
            let build = [&["build", "--workspace", "--example", "five_minutes"], FEATURES].concat();
            program::run(&mut program::new("cargo", &build, &workspace.root))?;
            let example = workspace.target.join("debug/examples/five_minutes");
            let command = program::new(example, &[], &workspace.root);
            Ok(Outcome::Begun(Beside::begin(command, FIVE_MINUTES, workspace)?))
        },
    },
    Step {
        name: IMAGES,
        about: "the images that `firmware` runs are built, while the steps before it run",
        needs: &[&needs::BARE_METAL, &needs::BARE_METAL_RISC_V],
        run: images,
    },
    Step {
        name: "tests",
        about: "unit and integration tests of every package, including those against third-party servers",
        needs: &[
            &needs::BARE_METAL,
            &needs::QEMU,
            &needs::OPENSSL,
            &needs::NGINX,
            &needs::REDIS,
            &needs::CHRONY,
            &needs::DNSMASQ,
            &needs::MOSQUITTO,
            &needs::IPROUTE,
            &needs::SQUID,
            &needs::TINYPROXY,
            &needs::FISH,
            &needs::ZSH,
            &needs::TMUX,
            &needs::GNOME_KEYRING,
            &needs::PROMTOOL,
            &needs::NPM,
            &needs::NODE,
            &needs::OAUTH_SERVER,
            &needs::CLIENTS,
            &needs::OAUTH_SERVERS,
            &needs::GLEWLWYD,
            &needs::PYTHON,
            &needs::PYTHON_PACKAGES,
            &needs::GO,
            &needs::GO_OAUTH2,
            &needs::CHROMIUM,
            &needs::CERTUTIL,
            &needs::GNUTLS,
            &needs::NSS,
            &needs::WOLFSSL,
            &needs::HAPROXY,
            &needs::APACHE,
            &needs::LIGHTTPD,
            &needs::CADDY,
            &needs::H2O,
            &needs::HITCH,
            &needs::STUNNEL,
        ],
        run: |workspace| {
            let kinds = ["--lib", "--bins", "--tests", "--examples"];
            tests(&workspace.root, &[&["--workspace"], FEATURES, &kinds].concat())
        },
    },
    Step {
        name: "tls-features",
        about: "the device's TLS with every optional algorithm; `tests` runs it without",
        needs: &[&needs::OPENSSL, &needs::NGINX],
        run: |workspace| {
            let all = ["--package", "genesys-token-tls", "--all-features"];
            tests(&workspace.root, &[&all[..], &["--lib", "--tests", "--examples"]].concat())
        },
    },
    Step {
        name: "host",
        about: "the host client on every kind of runtime, over HTTP/2, and its layer around third-party HTTP clients",
        needs: &[&needs::NGINX],
        run: |workspace| {
            let packages = ["--locked", "--tests", "--package", "host", "--package", "layer"];
            tests(&workspace.root.join("tests/suites"), &packages)
        },
    },
    Step {
        name: "doc-tests",
        about: "the examples in the documentation",
        needs: &[],
        run: |workspace| {
            let arguments = [&["test", "--workspace", "--doc"], FEATURES].concat();
            program::run(&mut program::new("cargo", &arguments, &workspace.root))?;
            Ok(Outcome::Passed)
        },
    },
    Step {
        name: FIRMWARE,
        about: "each emulated board, from power on: network, TLS, tokens, calls, faults, thirty days",
        needs: &[&needs::BARE_METAL, &needs::BARE_METAL_RISC_V, &needs::QEMU, &needs::QEMU_RISC_V],
        run: firmware,
    },
];

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    steps::command("test", STEPS, &BESIDE, arguments)
}

fn tests(folder: &Path, arguments: &[&str]) -> Result<Outcome, Failure> {
    test_programs::run(folder, arguments)?;
    Ok(Outcome::Passed)
}

fn images(workspace: &Workspace) -> Result<Outcome, Failure> {
    for board in BOARDS.iter().filter(|board| board.is_emulated) {
        let folder = workspace.root.join("firmware").join(board.package);
        program::run(&mut program::new("cargo", &["build", "--locked", "--release"], &folder))?;
    }
    Ok(Outcome::Passed)
}

/// Runs the tests, which build the image themselves if it is out of date. Four boards run at once: each is a process that mostly waits.
fn firmware(workspace: &Workspace) -> Result<Outcome, Failure> {
    let arguments = ["test", "--locked", "--", "--test-threads", "4"];
    for board in BOARDS.iter().filter(|board| board.is_emulated) {
        println!("\n{}:", board.title);
        let mut tests = program::new("cargo", &arguments, &workspace.root.join("tests/suites/firmware"));
        program::run(tests.env("FIRMWARE_BOARD", board.package))?;
    }
    Ok(Outcome::Passed)
}
