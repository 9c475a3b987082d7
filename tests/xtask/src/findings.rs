//! `cargo xtask findings`: checks whether the surprising behaviour of outside software that `findings/` describes still exists.
//!
//! Each script there shows one of them, and exits with 0 if it still is as described. The scripts need what no check may depend
//! on, such as other versions of programs, so they are run on demand only.

use std::{fs, io};

use lexopt::Parser;

use crate::{failure::Failure, program, workspace::Workspace};

const FOLDER: &str = "findings";

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    let folder = Workspace::load()?.root.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("there are no findings");
            return Ok(());
        }
        entries => entries?,
    };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let mut scripts: Vec<_> =
        paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == "sh")).collect();
    scripts.sort();
    let mut changed = Vec::new();
    for script in &scripts {
        let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("\n== {name}");
        let script = script.display().to_string();
        if let Err(failure) = program::run(&mut program::new("bash", &[&script], &folder)) {
            changed.push(format!("{name}: {failure}"));
        }
    }
    println!("\nscripts run: {}, as described: {}", scripts.len(), scripts.len() - changed.len());
    if changed.is_empty() {
        Ok(())
    } else {
        Err(format!("no longer as described:\n{}", changed.join("\n")).into())
    }
}
