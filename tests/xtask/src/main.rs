//! The project's own commands, run as `cargo xtask <command>`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to its terminal")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "it only ever runs on a host")]

mod bare;
mod bench_broker;
mod bench_core;
mod bench_host;
mod bench_process;
mod bench_store;
mod boards;
mod check;
mod documents;
mod drawing;
mod failure;
mod feature_sizes;
mod findings;
mod firmware_sizes;
mod fuzz;
mod lanes;
mod language;
mod load;
mod miri;
mod needs;
mod no_panic;
mod packages;
mod program;
mod prove;
mod public_api;
mod quick;
mod resolver_sizes;
mod sandbox;
mod simulate;
mod sizes;
mod states;
mod steps;
mod structure;
mod table;
mod test;
mod test_programs;
mod tls_sizes;
mod tls_table;
mod workspace;

use std::process::ExitCode;

use bench_process::{gauge, memory};
use failure::Failure;
use lexopt::{Arg, Parser};

struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Parser) -> Result<(), Failure>,
}

/// Commands under a heading of `--help`.
type Group = (&'static str, &'static [Command]);

const GROUPS: &[Group] = &[
    (
        "Daily",
        &[
            Command {
                name: "quick",
                about: "Format, lints and the tests that need nothing installed",
                run: quick::command,
            },
            Command {
                name: "test",
                about: "Install what the tests need, then run all of them [--only <step>]... [--list] [--under-load]",
                run: test::command,
            },
            Command {
                name: "check",
                about: "Every check that is not a test: style, documents, licences, MSRV, bare metal [--only <step>]... [--list]",
                run: check::command,
            },
            Command {
                name: "language",
                about: "Words that have a plainer replacement",
                run: language::command,
            },
            Command {
                name: "structure",
                about: "Module circles, imports against the layers, files of more than 500 lines",
                run: structure::command,
            },
            Command {
                name: "picture",
                about: "Draw packages and modules in ARCHITECTURE.md [--check]",
                run: structure::picture::command,
            },
            Command {
                name: "states",
                about: "Draw the lifecycle's states in ARCHITECTURE.md [--check]",
                run: states::command,
            },
            Command {
                name: "provision",
                about: "Install everything that the other commands need",
                run: provision,
            },
        ],
    ),
    (
        "Release",
        &[
            Command {
                name: "prove",
                about: "The documented guarantees: no panic, sizes, instructions, Miri, fuzzing [--only <step>]... [--list]",
                run: prove::command,
            },
            Command {
                name: "no-panic",
                about: "No public function of core can panic or needs an allocator; compares the gateway's panics with a list [--write]",
                run: no_panic::command,
            },
            Command {
                name: "miri",
                about: "Core's tests in Miri; those of the wire format also with words of 32 bits",
                run: miri::command,
            },
            Command {
                name: "fuzz",
                about: "Every fuzz target for 30 s, two at once [--seconds <n> | --minutes <n>] [--only <target>]...",
                run: fuzz::command,
            },
            Command {
                name: "fuzz-coverage",
                about: "The lines of core that the seeds of the fuzz targets reach",
                run: fuzz::coverage::command,
            },
            Command {
                name: "packages",
                about: "The programs for gateways, built and run for each system, into target/packages [--target <triple>]...",
                run: packages::command,
            },
            Command {
                name: "public-api",
                about: "Compares the public items of every published library with the list in its folder [--write]",
                run: public_api::command,
            },
            Command {
                name: "findings",
                about: "Checks whether the behaviour of outside software in findings/ still exists",
                run: findings::command,
            },
            Command {
                name: "tls-table",
                about: "The servers that the device's TLS accepts or refuses, with the error: every case of its tests",
                run: tls_table::command,
            },
        ],
    ),
    (
        "Measure",
        &[
            Command {
                name: "sizes",
                about: "Flash, instructions and stack of core on a Cortex-M4; compares with the documents [--write]",
                run: sizes::command,
            },
            Command {
                name: "tls-sizes",
                about: "Flash, memory and instructions of a TLS connection on a Cortex-M4; compares with the documents [--write]",
                run: tls_sizes::command,
            },
            Command {
                name: "resolver-sizes",
                about: "Flash and memory of a device's name lookup, beside smoltcp's; compares with the documents [--write]",
                run: resolver_sizes::command,
            },
            Command {
                name: "feature-sizes",
                about: "Flash and RAM of each feature of the device's client; compares with the documents [--write]",
                run: feature_sizes::command,
            },
            Command {
                name: "bench-core",
                about: "Instructions of core and of other libraries on a host; compares with the documents [--write]",
                run: bench_core::command,
            },
            Command {
                name: "bench-process",
                about: "One token as a whole process, compared with other programs [--only <candidate>]... [--runs <n>] [--no-fail]",
                run: bench_process::command,
            },
            Command {
                name: "bench-broker",
                about: "Marks of the broker: beside nginx in pairs of runs, instructions, memory, wake-ups [--pairs <n>]",
                run: bench_broker::command,
            },
            Command {
                name: "bench-store",
                about: "The mark of the shared store: a lookup beside a plain GET of the same client crate [--rounds <n>]",
                run: bench_store::command,
            },
            Command {
                name: "bench-api",
                about: "Concurrent calls of the Platform API, beside reqwest and hyper-util [--rounds <n>]",
                run: bench_host::api_calls,
            },
            Command {
                name: "bench-host",
                about: "Compares a cached token and its expiry check with other ways to share a value [--rounds <n>]",
                run: bench_host::cached_token,
            },
            Command {
                name: "simulate",
                about: "Fleets of up to a million devices in virtual time, into docs/simulation [--check] [--help]",
                run: simulate::command,
            },
        ],
    ),
];

/// Commands that this program runs itself; `--help` does not list them.
const INTERNAL: &[Command] = &[
    Command { name: load::COMMAND, about: "", run: load::command },
    Command { name: gauge::COMMAND, about: "", run: gauge::command },
    Command { name: memory::COMMAND, about: "", run: memory::command },
    Command { name: memory::TRACED_COMMAND, about: "", run: memory::traced },
    Command { name: packages::installed::COMMAND, about: "", run: packages::installed::command },
    Command { name: packages::booted::COMMAND, about: "", run: packages::booted::command },
    Command { name: check::COMMAND_NAMES, about: "", run: print_names },
];

fn main() -> ExitCode {
    let mut arguments = Parser::from_env();
    match dispatch(&mut arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &mut Parser) -> Result<(), Failure> {
    let name = match arguments.next()? {
        Some(Arg::Value(name)) => name.to_string_lossy().into_owned(),
        None | Some(Arg::Short('h') | Arg::Long("help")) => {
            print_help();
            return Ok(());
        }
        Some(other) => return Err(other.unexpected().into()),
    };
    match commands().chain(INTERNAL).find(|command| command.name == name) {
        Some(command) => (command.run)(arguments),
        None => Err(format!("there is no command `{name}`; `cargo xtask --help` lists them").into()),
    }
}

fn commands() -> impl Iterator<Item = &'static Command> {
    GROUPS.iter().flat_map(|(_, commands)| *commands)
}

fn print_help() {
    println!("Usage: cargo xtask <command>");
    for (heading, commands) in GROUPS {
        println!("\n{heading}:");
        for command in *commands {
            println!("  {:<14} {}", command.name, command.about);
        }
    }
}

fn print_names(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    commands().for_each(|command| println!("{}", command.name));
    Ok(())
}

fn provision(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    let workspace = workspace::Workspace::load()?;
    let steps = test::STEPS.iter().chain(check::STEPS).chain(prove::STEPS);
    let all: Vec<_> = steps.flat_map(|step| step.needs).chain(bench_process::NEEDS).copied().collect();
    needs::provide(&all, &workspace)
}
