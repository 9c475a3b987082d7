//! Runs several programs at once. The output of each is shown as a whole when it has ended, so that the output of two is not mixed.

use std::{process::Command, sync::Mutex, thread, time::Instant};

use crate::{failure::Failure, program};

/// The limit of the lines that a failure repeats from a program's output.
const REASON_LINES: usize = 60;

/// Runs all commands in this order, `lanes` of them at a time. Fails if any did, after all have ended.
pub(crate) fn run(commands: Vec<Command>, lanes: usize) -> Result<(), Failure> {
    let waiting = Mutex::new(commands.into_iter());
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..lanes {
            scope.spawn(|| {
                while let Some(mut command) = waiting.lock().ok().and_then(|mut commands| commands.next()) {
                    if let Err(failure) = one(&mut command)
                        && let Ok(mut failed) = failed.lock()
                    {
                        failed.push(failure);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().map_err(|_| "a thread has panicked")?;
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("{} of the programs failed\n{}", failed.len(), failed.join("\n\n")).into())
}

/// Runs a command; its output is shown when it has ended. The failure repeats what it printed last.
pub(crate) fn one(command: &mut Command) -> Result<(), String> {
    let shown = program::display(command);
    let start = Instant::now();
    let output = command.output().map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    let (printed, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("$ {shown}\n{}{}{:.0} s\n", printed.trim_start(), complained, start.elapsed().as_secs_f64());
    if output.status.success() {
        return Ok(());
    }
    let reason = reason(&printed).or_else(|| reason(&complained)).unwrap_or_default();
    Err(format!("`{shown}` ({})\n{reason}", output.status))
}

/// Returns what a test program printed about its failed tests, or the last lines that another program printed; `None` if there is nothing.
fn reason(output: &str) -> Option<String> {
    let tests = output.find("\nfailures:\n").map(|start| &output[start..]);
    let lines: Vec<&str> = tests.unwrap_or(output).trim().lines().collect();
    let skipped = if tests.is_some() { 0 } else { lines.len().saturating_sub(REASON_LINES) };
    let shown = &lines[skipped..lines.len().min(skipped + REASON_LINES)];
    (!shown.is_empty()).then(|| shown.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn every_failed_program_is_named_and_those_after_it_run() {
        let commands = vec![shell("exit 3"), shell("exit 0"), shell("kill -KILL $$")];
        let failure = run(commands, 1).expect_err("two of them fail").to_string();
        assert!(failure.contains("exit 3") && failure.contains("kill -KILL"), "{failure}");
        assert!(!failure.contains("exit 0"), "{failure}");
    }

    #[test]
    fn a_failure_repeats_what_was_printed_about_it() {
        let tests = "printf 'running 2 tests\\n\\nfailures:\\n\\n---- a ----\\nleft: 1\\n'; exit 101";
        let failure = run(vec![shell(tests), shell("echo no memory >&2; exit 1")], 1).expect_err("both fail");
        let failure = failure.to_string();
        assert!(failure.contains("\nfailures:\n\n---- a ----\nleft: 1"), "{failure}");
        assert!(!failure.contains("\nrunning 2 tests"), "{failure}");
        assert!(failure.contains("\nno memory"), "{failure}");
    }

    #[test]
    fn programs_of_two_lanes_run_at_the_same_time() {
        // Each waits until the other has written its line.
        let folder = std::env::temp_dir().join(format!("xtask-lanes-{}", std::process::id()));
        std::fs::create_dir(&folder).expect("a new folder");
        let meets = |own: &str, other: &str| {
            let folder = folder.display();
            shell(&format!("mkfifo {folder}/{own}; until [ -p {folder}/{other} ]; do sleep 0.01; done"))
        };
        let result = run(vec![meets("a", "b"), meets("b", "a")], 2);
        std::fs::remove_dir_all(&folder).expect("removed");
        result.expect("both end");
    }
}
