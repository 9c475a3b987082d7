//! Runs the Go program of the sandbox's README with the official SDK. Not a test: compiling the SDK takes too much memory.
//!
//! Needs Go 1.24 and access to Go modules; with `GO111MODULE=off` the SDK has to be in `GOPATH`.

#![allow(clippy::print_stdout, reason = "a program for a person at a terminal")]

use core::error::Error;
use std::process::Command;

use genesys_token_interop::examples;
use genesys_token_sandbox::{Client, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};

const README: &str = include_str!("../../sandbox/README.md");
const MODULE: &str = "github.com/mypurecloud/platform-client-sdk-go/v188@v188.0.0";

fn main() -> Result<(), Box<dyn Error>> {
    let (_, blocks) = examples(README, "Offline with the official Go SDK").pop().ok_or("no example")?;
    let [(_, setup), (_, program)] = &blocks[..] else { return Err("not a setup and a program".into()) };
    let client = Client::demo().with_permissions(&["directory:user:view"]);
    let sandbox = Sandbox::builder().one_port(0).client(client).start_blocking()?;
    let directory = tempfile::tempdir()?;
    let ca_file = directory.path().join("root.pem");
    sandbox.write_root_pem(&ca_file)?;
    std::fs::write(directory.path().join("main.go"), program)?;
    let module = match std::env::var("GO111MODULE").as_deref() {
        Ok("off") => String::new(),
        _ => format!("go mod init example.test/sandbox && go get {MODULE}"),
    };
    // The SDK is fetched before the sandbox's certificate becomes the only one that is trusted.
    let output = Command::new("sh")
        .args(["-ec", &format!("{module}\ngo build -o users main.go\n{setup}\n./users")])
        .current_dir(directory.path())
        .env("GENESYS_API_URL", sandbox.api_url())
        .env("GENESYS_CA_FILE", &ca_file)
        .env("GENESYS_CLIENT_ID", DEMO_CLIENT_ID)
        .env("GENESYS_CLIENT_SECRET", DEMO_CLIENT_SECRET)
        .output()?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{out}{err}");
    if output.status.success() && out == "60 users\n" {
        Ok(())
    } else {
        Err("the program did not work as the README says".into())
    }
}
