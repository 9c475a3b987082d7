//! `cargo xtask tls-table`: lists the servers that the device's TLS accepts or refuses, with the error.
//!
//! The tests of `adapters/tls` run every case; their output is collected here, without optional features and with all of them.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use lexopt::Parser;

use crate::{
    failure::Failure,
    needs::{self, Need},
    program,
    workspace::Workspace,
};

const NEEDS: &[&Need] = &[&needs::OPENSSL, &needs::NGINX];

/// The tests that print the table.
const TESTS: &[&str] =
    &["certificate_cases::chains_are_accepted_and_refused_as_listed", "hostile::a_hostile_server_is_refused"];

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    for (title, test, features) in [
        ("embedded-tls, without other features", "over_sockets", &["--features", "embedded-tls"][..]),
        ("embedded-tls, with all features", "over_sockets", &["--all-features"]),
        ("tls13, with the default features", "tls13", &[]),
        ("tls13, with all features", "tls13", &["--all-features"]),
    ] {
        println!("\n{title}");
        table(&workspace, test, features)?;
    }
    Ok(())
}

fn table(workspace: &Workspace, test: &str, features: &[&str]) -> Result<(), Failure> {
    let mut arguments = vec!["test", "--quiet", "--package", "genesys-token-tls", "--test", test];
    arguments.extend(features);
    arguments.extend(["--", "--nocapture", "--test-threads=1", "--exact"]);
    arguments.extend(TESTS);
    let mut command = program::new("cargo", &arguments, &workspace.root);
    let shown = program::display(&command);
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("cargo has no output")?;
    let (mut cases, mut wrong) = (0, 0);
    for line in BufReader::new(output).lines() {
        let line = line?;
        if !line.starts_with('|') {
            continue;
        }
        println!("{line}");
        cases += usize::from(line.ends_with("| ok |"));
        wrong += usize::from(line.ends_with("| WRONG |"));
    }
    let status = child.wait()?;
    println!("\n{cases} as expected, {wrong} not");
    if status.success() && cases > 0 && wrong == 0 {
        Ok(())
    } else {
        Err(format!("`{shown}`: {status}, {wrong} cases are not as expected").into())
    }
}
