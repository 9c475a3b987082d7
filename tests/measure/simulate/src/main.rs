//! Fleets of token managers in virtual time, compared with the habits of tutorials and SDKs, against a token endpoint with
//! limits.
//!
//! Read `scenario` for the events of a fleet, `endpoint` and `client` for the parties, `fleet` for the simulation, `report` for
//! the document. The command is `cargo xtask simulate`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to its terminal")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "it only ever runs on a host")]

mod candidates;
mod chart;
mod client;
mod clock;
mod endpoint;
mod engine;
mod failure;
mod fleet;
mod measures;
mod outcome;
mod queue;
mod random;
mod report;
mod runs;
mod scenario;
mod sharing;
mod table;

use std::{collections::BTreeSet, fs, path::PathBuf, process::ExitCode, thread, time::Instant};

use failure::Failure;
use lexopt::{Arg, Parser};

const MILLION: u32 = 1_000_000;

const HELP: &str = "\
Usage: cargo xtask simulate [options]

  --check          write nothing; fail if a file differs from what is committed (million.md is left out)
  --million        with --check: million.md as well, which takes a minute more
  --out <folder>   of the document and its charts [docs/simulation]
  --devices <n>    in each fleet that is compared [10000]
  --largest <n>    greatest fleet of those by which cost is measured [1000000]
  --threads <n>    [as many as there are processors]";

struct Options {
    check: bool,
    million: bool,
    out: PathBuf,
    devices: u32,
    largest: u32,
    threads: usize,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("simulate: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let Some(options) = Options::parse(&mut Parser::from_env())? else {
        println!("{HELP}");
        return Ok(());
    };
    let start = Instant::now();
    let comparisons = runs::compare(options.devices, options.threads)?;
    let growth = runs::grow(options.largest)?;
    let fleets = sharing::compare(options.largest, options.threads)?;
    let with_million = options.largest >= MILLION && (options.million || !options.check);
    let huge = if with_million { runs::huge(MILLION)? } else { Vec::new() };

    let mut files = report::files(&comparisons, &growth);
    println!("{}", report::text(&comparisons, &growth));
    let shared = sharing::text(&fleets);
    println!("{shared}");
    files.extend(sharing::charts(&fleets));
    files.push((sharing::DOCUMENT.to_owned(), shared));
    if with_million {
        let million = report::million(&huge);
        println!("{million}");
        files.push((report::MILLION.to_owned(), million));
    }
    println!("Here and now:\n\n{}", report::times(growth.iter().chain(&huge)));
    println!("Everything: {:.1} s.", start.elapsed().as_secs_f64());
    if options.check { compare(&options, &files) } else { write(&options, &files) }
}

fn write(options: &Options, files: &[(String, String)]) -> Result<(), Failure> {
    fs::create_dir_all(&options.out)?;
    for (name, content) in files {
        fs::write(options.out.join(name), content)?;
    }
    println!("{} files written into {}", files.len(), options.out.display());
    Ok(())
}

/// Checks that the folder has every file, with its present content, and no other.
fn compare(options: &Options, files: &[(String, String)]) -> Result<(), Failure> {
    let differs = |(name, content): &&(String, String)| {
        fs::read_to_string(options.out.join(name)).is_ok_and(|committed| committed == *content)
    };
    let mut wrong: BTreeSet<String> =
        files.iter().filter(|file| !differs(file)).map(|(name, _)| name.clone()).collect();
    for entry in fs::read_dir(&options.out)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if files.iter().all(|(known, _)| *known != name) && name != report::MILLION {
            wrong.insert(name);
        }
    }
    if wrong.is_empty() {
        println!("{} files in {} are as made anew", files.len(), options.out.display());
        return Ok(());
    }
    let names: Vec<_> = wrong.into_iter().collect();
    Err(format!(
        "in {} these differ from what the code does now: {}; run `cargo xtask simulate` and look at the change",
        options.out.display(),
        names.join(", ")
    )
    .into())
}

impl Options {
    /// Returns `None` if help was requested.
    fn parse(arguments: &mut Parser) -> Result<Option<Self>, Failure> {
        let mut options = Self {
            check: false,
            million: false,
            out: PathBuf::from("docs/simulation"),
            devices: 10_000,
            largest: 1_000_000,
            threads: thread::available_parallelism().map_or(1, usize::from),
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("check") => options.check = true,
                Arg::Long("million") => options.million = true,
                Arg::Long("out") => options.out = arguments.value()?.into(),
                Arg::Long("devices") => options.devices = arguments.value()?.to_string_lossy().parse()?,
                Arg::Long("largest") => options.largest = arguments.value()?.to_string_lossy().parse()?,
                Arg::Long("threads") => options.threads = arguments.value()?.to_string_lossy().parse()?,
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        if !(1..=queue::MOST_DEVICES).contains(&options.devices) {
            return Err(format!("--devices is from 1 to {}", queue::MOST_DEVICES).into());
        }
        Ok(Some(options))
    }
}
