//! The part of core that the committed seeds reach, by lines, as LLVM counts them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use lexopt::Parser;

use super::targets::{Fuzz, NEEDS, TARGETS};
use crate::{failure::Failure, needs, program, workspace::Workspace};

/// The folders that parse settings and network data, and decide what follows; each must reach the percentage.
const COUNTED: &[&str] = &["core/src/settings", "core/src/wire", "core/src/lifecycle"];
/// The required part of their lines, in percent.
const LEAST: u64 = 95;

/// libFuzzer names the inputs that it finds by hashes of this length; seeds have other names.
const HASH: usize = 40;

/// A file's lines: number, and whether it was reached.
type Lines = BTreeMap<u32, bool>;

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace)
}

pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let fuzz = Fuzz::find(workspace)?;
    let folder = build(&fuzz)?;
    let profiles = replay(&fuzz, &folder)?;
    let lines = export(&fuzz, &folder, &profiles, workspace)?;
    print(&lines)
}

/// Returns the folder of the targets, without sanitizer and fuzzing instrumentation: they only replay their seeds.
pub(super) fn build(fuzz: &Fuzz) -> Result<PathBuf, Failure> {
    let folder = fuzz.target.join("coverage");
    let directory = folder.display().to_string();
    let mut build = fuzz.nightly(&["cargo", "build", "--locked", "--bins", "--target-dir", &directory]);
    program::run(build.env("RUSTFLAGS", "-Cinstrument-coverage"))?;
    Ok(folder)
}

/// Runs each target on its seeds.
fn replay(fuzz: &Fuzz, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut profiles = Vec::new();
    for target in TARGETS {
        let mut seeds = Vec::new();
        for entry in fs::read_dir(fuzz.directory.join("corpus").join(target.name))? {
            let entry = entry?;
            if entry.file_name().len() != HASH {
                seeds.push(entry.path().display().to_string());
            }
        }
        if seeds.is_empty() {
            return Err(format!("{} has no seeds", target.name).into());
        }
        let profile = folder.join(format!("{}.profraw", target.name));
        let seeds: Vec<_> = seeds.iter().map(String::as_str).collect();
        let mut run = program::new(folder.join("debug").join(target.name), &seeds, &fuzz.directory);
        program::output(run.env("LLVM_PROFILE_FILE", &profile))?;
        println!("{}: {} seeds", target.name, seeds.len());
        profiles.push(profile);
    }
    Ok(profiles)
}

/// Returns the lines of core and whether they were reached, by file.
fn export(
    fuzz: &Fuzz,
    folder: &Path,
    profiles: &[PathBuf],
    workspace: &Workspace,
) -> Result<BTreeMap<String, Lines>, Failure> {
    let merged = folder.join("all.profdata").display().to_string();
    let profiles: Vec<_> = profiles.iter().map(|path| path.display().to_string()).collect();
    let inputs = profiles.iter().map(String::as_str);
    let arguments: Vec<_> = ["merge", "-sparse", "-o", &merged].into_iter().chain(inputs).collect();
    program::output(&mut program::new(tool(fuzz, "llvm-profdata")?, &arguments, &fuzz.directory))?;

    let binaries: Vec<_> =
        TARGETS.iter().map(|it| folder.join("debug").join(it.name).display().to_string()).collect();
    let mut arguments = vec!["export", "-format=lcov", "-instr-profile", &merged];
    arguments.extend(binaries.iter().flat_map(|binary| ["-object", binary]));
    let core = workspace.root.join("core/src").display().to_string();
    arguments.extend(["-sources", &core]);
    let printed = program::output(&mut program::new(tool(fuzz, "llvm-cov")?, &arguments, &fuzz.directory))?;
    Ok(read(&printed, &workspace.root))
}

/// Reads the lcov format: `SF:` begins a file, `DA:` is a line with its number of executions.
fn read(lcov: &str, root: &Path) -> BTreeMap<String, Lines> {
    let mut files: BTreeMap<String, Lines> = BTreeMap::new();
    let mut file = None;
    for line in lcov.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            let path = Path::new(path).strip_prefix(root).unwrap_or(Path::new(path));
            file = Some(files.entry(path.display().to_string()).or_default());
        } else if let Some((number, hits)) = line.strip_prefix("DA:").and_then(|rest| rest.split_once(','))
            && let (Some(file), Ok(number)) = (&mut file, number.parse())
        {
            *file.entry(number).or_default() |= hits != "0";
        }
    }
    files
}

fn print(files: &BTreeMap<String, Lines>) -> Result<(), Failure> {
    println!("\n| file | lines | reached | % | not reached |\n|---|--:|--:|--:|---|");
    for (file, lines) in files {
        let hit = lines.values().filter(|hit| **hit).count();
        println!("| {file} | {} | {hit} | {} | {} |", lines.len(), percent(hit, lines.len()), missed(lines));
    }
    let mut too_few = Vec::new();
    for folder in COUNTED {
        let of_folder = || {
            files.iter().filter(|(file, _)| file.starts_with(folder)).flat_map(|(_, lines)| lines.values())
        };
        let (counted, reached) = (of_folder().count(), of_folder().filter(|hit| **hit).count());
        println!("| **{folder}** | {counted} | {reached} | {} | |", percent(reached, counted));
        if counted == 0 || (reached as u64) * 100 < (counted as u64) * LEAST {
            too_few.push(*folder);
        }
    }
    if too_few.is_empty() {
        return Ok(());
    }
    Err(format!("the seeds reach less than {LEAST} % of the lines of {}", too_few.join(", ")).into())
}

/// With one decimal place, rounded down.
fn percent(part: usize, whole: usize) -> String {
    let thousandths = (part * 1000).checked_div(whole).unwrap_or(0);
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

/// Line numbers, consecutive ones as a range.
fn missed(lines: &Lines) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (&number, _) in lines.iter().filter(|(_, hit)| !**hit) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let runs = runs.into_iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") });
    runs.collect::<Vec<_>>().join(" ")
}

/// Returns a program of the toolchain's component llvm-tools.
fn tool(fuzz: &Fuzz, name: &str) -> Result<PathBuf, Failure> {
    let folder = program::output(&mut fuzz.nightly(&["rustc", "--print", "target-libdir"]))?;
    let folder = Path::new(folder.trim()).with_file_name("bin");
    Ok(folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_once_however_often_they_are_compiled() {
        let lcov = "SF:/r/core/src/a.rs\nDA:1,0\nDA:2,3\nend_of_record\nSF:/r/core/src/a.rs\nDA:1,1\nDA:3,0\nDA:4,0\n";
        let files = read(lcov, Path::new("/r"));
        let lines = &files["core/src/a.rs"];
        assert_eq!(lines.len(), 4);
        assert_eq!(missed(lines), "3-4");
        assert_eq!(percent(2, 3), "66.6");
    }
}
