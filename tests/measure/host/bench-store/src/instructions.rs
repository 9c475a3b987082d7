//! Instructions of the client for one lookup and one read: they are counted, so that other processes do not matter.

use std::path::Path;
use std::process::Command;

use crate::error::AnyError;
use crate::member::Member;
use crate::plain::Plain;
use crate::setting::runtime;

/// The difference of two runs has no start and no connection in it.
const COUNTS: [u64; 2] = [200, 2200];

/// Prints the instructions. They have no mark: a read does not decrypt, and both spend most of their time on the way to the server and back.
pub(crate) fn print(folder: &Path) -> Result<(), AnyError> {
    let (lookup, get) = (each("lookup", folder)?, each("get", folder)?);
    println!("\nInstructions of the client: lookup {lookup}, GET {get}");
    Ok(())
}

/// Runs in a process of its own, under callgrind.
pub(crate) fn run(what: &str, folder: &Path, count: u64) -> Result<(), AnyError> {
    runtime()?.block_on(async {
        if what == "lookup" {
            let member = Member::open(folder)?;
            for _ in 0..count {
                member.look_up().await?;
            }
        } else {
            let plain = Plain::open(folder).await?;
            for _ in 0..count {
                plain.read().await?;
            }
        }
        Ok(())
    })
}

fn each(what: &str, folder: &Path) -> Result<u64, AnyError> {
    let mut totals = [0; 2];
    for (total, count) in totals.iter_mut().zip(COUNTS) {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe()?)
            .args(["counted", what])
            .arg(folder)
            .arg(count.to_string())
            .output()?;
        let log = String::from_utf8_lossy(&output.stderr);
        *total = collected(&log)
            .filter(|_| output.status.success())
            .ok_or_else(|| format!("no count in:\n{log}"))?;
    }
    Ok((totals[1] - totals[0]) / (COUNTS[1] - COUNTS[0]))
}

/// Returns the number in callgrind's line `Collected : …`.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}
