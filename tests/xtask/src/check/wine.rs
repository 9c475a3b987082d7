//! The tool as a Windows program, run under Wine against the sandbox.

use std::{fs, path::Path, process::Command};

use crate::{failure::Failure, needs, program, sandbox::Sandbox, steps::Outcome, workspace::Workspace};

/// Not in PATH: Debian's package has the program only.
const WINE: &str = "/usr/lib/wine/wine64";

const LIBRARY: &str = include_str!("bcryptprimitives.c");

/// A run of the tool, its exit code, and what its output contains.
struct Case {
    arguments: &'static [&'static str],
    code: i32,
    shown: &'static str,
}

const fn case(arguments: &'static [&'static str], code: i32, shown: &'static str) -> Case {
    Case { arguments, code, shown }
}

const CASES: &[Case] = &[
    case(&["get", "--format", "json"], 0, r#""token_type":"Bearer""#),
    case(&["whoami"], 0, "organization sandbox"),
    case(&["verify"], 0, "CLIENT-CREDENTIALS"),
    case(&["api", "GET", "/api/v2/organizations/me", "--filter", "name", "--raw"], 0, "sandbox"),
    case(&["doctor"], 0, "API           ok"),
    case(&["probe", "--host", "login"], 0, "a device could connect"),
    case(&["exec", "--", "cmd", "/c", "echo %GENESYS_API_URL%"], 0, "https://localhost:"),
    case(&["exec", "--", "cmd", "/c", "exit 7"], 7, ""),
    case(&["profile", "list"], 0, "no profiles"),
    case(&["get", "--region", "frankfrut"], 2, "did you mean eu_central_1"),
    case(&["get", "--login-host", "localhost:1"], 7, "genesys-token: "),
    case(&["api", "GET", "/api/v2/nothing", "--timeout", "x"], 2, "--timeout"),
];

/// Builds the tool and runs each case.
pub(super) fn check(workspace: &Workspace) -> Result<Outcome, Failure> {
    let build =
        ["build", "--quiet", "--target", needs::WINDOWS_TARGET, "--locked", "--package", "genesys-token"];
    program::run(&mut program::new("cargo", &build, &workspace.root))?;
    let tool = workspace.target.join(needs::WINDOWS_TARGET).join("debug/genesys-token.exe");
    let folder = workspace.target.join("wine");
    fs::create_dir_all(&folder)?;
    library(&folder)?;
    let sandbox = Sandbox::start("wine", workspace)?;
    CASES.iter().try_for_each(|case| run(case, &tool, &folder, &sandbox))?;
    Ok(Outcome::Passed)
}

/// Builds the library that this version of Wine may lack.
fn library(folder: &Path) -> Result<(), Failure> {
    let source = folder.join("bcryptprimitives.c");
    fs::write(&source, LIBRARY)?;
    let arguments = ["-shared", "-o", "bcryptprimitives.dll", "bcryptprimitives.c", "-ladvapi32"];
    program::run(&mut program::new("x86_64-w64-mingw32-gcc", &arguments, folder))
}

fn run(case: &Case, tool: &Path, folder: &Path, sandbox: &Sandbox) -> Result<(), Failure> {
    let mut command: Command = program::new(WINE, &[], folder);
    command.arg(tool).args(case.arguments);
    // Settings of its own, and the library in the search path of Windows.
    command.env("WINEPREFIX", folder.join("prefix")).env("WINEPATH", folder).env("WINEDEBUG", "-all");
    for name in ["GENESYS_LOGIN_URL", "GENESYS_API_URL", "GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET"] {
        command.env(name, sandbox.filled(&format!("{{{name}}}")));
    }
    // Wine has the root of this system as drive Z.
    command.env("GENESYS_CA_FILE", format!("Z:{}", sandbox.root_pem().display()));
    let output = command.output().map_err(|error| format!("{WINE} cannot be started: {error}"))?;
    let shown =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    let line = case.arguments.join(" ");
    if output.status.code() != Some(case.code) || !shown.contains(case.shown) {
        let expected = format!("expected exit code {} and `{}`", case.code, case.shown);
        return Err(format!("genesys-token.exe {line}: {}, {expected}:\n{shown}", output.status).into());
    }
    println!("genesys-token.exe {line}: exit code {}", case.code);
    Ok(())
}
