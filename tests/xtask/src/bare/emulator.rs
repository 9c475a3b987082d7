//! Running a measuring image in QEMU, on the board mps2-an386 (Cortex-M4), one virtual clock tick per instruction.

use std::{
    io::Read as _,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{failure::Failure, program};

/// The time limit of a run. A run takes about a second; the emulator counts instructions, so only the run time depends on the
/// machine.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The address at which the images expect their input (`tests/measure/images/core/src/input.rs`).
const LENGTH_ADDRESS: &str = "0x21000000";
const BYTES_ADDRESS: &str = "0x21000010";

/// The cost of one call.
pub(crate) struct Measurement {
    pub(crate) name: String,
    pub(crate) instructions: u64,
    /// Bytes of stack used below the caller's frame.
    pub(crate) stack: u64,
}

/// Runs an image with a response body in the board's memory, and returns the costs that it prints.
pub(crate) fn run(image: &Path, body: &Path) -> Result<Vec<Measurement>, Failure> {
    let length = body.metadata().map_err(|error| format!("{}: {error}", body.display()))?.len();
    let (image, body) = (image.display(), body.display());
    let length = format!("loader,addr={LENGTH_ADDRESS},data={length},data-len=4");
    let bytes =
        format!("loader,addr={BYTES_ADDRESS},file={},force-raw=on", body.to_string().replace(',', ",,"));
    let image = image.to_string();
    #[rustfmt::skip]
    let arguments = [
        "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "null",
        "-icount", "shift=10,align=off,sleep=off",
        "-semihosting-config", "enable=on,target=native",
        "-device", &length, "-device", &bytes, "-kernel", &image,
    ];
    let mut command = program::new("qemu-system-arm", &arguments, Path::new("."));
    let shown = program::display(&command);
    // The console of semihosting is standard error.
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    let printed = console_output(&mut child).map_err(|failure| format!("`{shown}`: {failure}"))?;
    report(&printed).map_err(|failure| format!("`{shown}`: {failure}\n{printed}").into())
}

/// Waits for the image to end, and returns what it printed.
fn console_output(child: &mut Child) -> Result<String, Failure> {
    let mut pipe = child.stderr.take().ok_or("the emulator has no console")?;
    let reader = thread::spawn(move || {
        let mut printed = String::new();
        pipe.read_to_string(&mut printed).map(|_| printed)
    });
    let end = Instant::now() + TIMEOUT;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > end {
            child.kill()?;
            child.wait()?;
            return Err(format!("no end after {} s", TIMEOUT.as_secs()).into());
        }
        thread::sleep(Duration::from_millis(10));
    };
    let printed = reader.join().map_err(|_| "the console could not be read")??;
    if status.success() { Ok(printed) } else { Err(format!("{status}\n{printed}").into()) }
}

/// Reads lines `name ticks stack`. The first one is that of an empty call, whose instructions are subtracted from the others.
fn report(printed: &str) -> Result<Vec<Measurement>, Failure> {
    let mut lines = printed.lines().map(|line| {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default().to_owned();
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
        let (ticks, stack) = number().zip(number()).ok_or_else(|| format!("not a measurement: {line}"))?;
        // An instruction is 1024 ns, a tick of the timer 40 ns.
        Ok::<_, Failure>(Measurement { name, instructions: (ticks * 40 + 512) / 1024, stack })
    });
    let nothing = lines.next().ok_or("the image printed nothing")??;
    lines
        .map(|it| {
            let it = it?;
            let instructions = it.instructions.saturating_sub(nothing.instructions);
            Ok(Measurement { instructions, ..it })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_takes_is_counted_without_the_call_itself() {
        let measured = report("nothing 128 64\nparse 51328 164\n").unwrap();
        assert_eq!(measured.len(), 1);
        assert_eq!(
            (measured[0].name.as_str(), measured[0].instructions, measured[0].stack),
            ("parse", 2000, 164)
        );
    }

    #[test]
    fn a_report_that_makes_no_sense_is_an_error() {
        assert!(report("").is_err());
        assert!(report("nothing 128 64\nparse\n").is_err());
    }
}
