//! Runs several programs at once. The output of each is shown as a whole when it has ended, so that the output of two is not mixed.

use std::{process::Command, sync::Mutex, thread, time::Instant};

use crate::{failure::Failure, program};

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
    if failed.is_empty() { Ok(()) } else { Err(format!("these failed:\n{}", failed.join("\n")).into()) }
}

fn one(command: &mut Command) -> Result<(), String> {
    let shown = program::display(command);
    let start = Instant::now();
    let output = command.output().map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    let (printed, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("$ {shown}\n{}{}{:.0} s\n", printed.trim_start(), complained, start.elapsed().as_secs_f64());
    if output.status.success() { Ok(()) } else { Err(format!("`{shown}` ({})", output.status)) }
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
