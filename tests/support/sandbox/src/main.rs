//! The sandbox as a program: `genesys-token-sandbox --help`.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;

use genesys_token_sandbox::program;

fn main() -> ExitCode {
    let Err(error) = program::run(&program::command("genesys-token-sandbox").get_matches());
    let _ = writeln!(io::stderr(), "genesys-token-sandbox: {error}");
    ExitCode::FAILURE
}
