//! The examples as programs, beside the sandbox.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use layer::AnyError;

/// The name of the organisation, which the response contains.
const ORGANIZATION: &str = "Organization of the examples";

/// Ends a program that does not end by itself.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds an example, and returns how to run it with the variables that the sandbox prints.
fn example(sandbox: &Sandbox, name: &str) -> Result<Command, AnyError> {
    let status = Command::new(env!("CARGO")).args(["build", "--quiet", "--example", name]).status()?;
    assert!(status.success(), "{name}");
    let ca_file = std::env::temp_dir().join(format!("layer-{name}-{}.pem", std::process::id()));
    sandbox.write_root_pem(&ca_file)?;
    let program = std::env::current_exe()?;
    // Cargo puts examples beside the folder of this test's program.
    let folder = program.ancestors().nth(2).map(PathBuf::from).ok_or("no folder")?;
    let mut command = Command::new(folder.join("examples").join(name));
    command
        .env_clear()
        .env("GENESYS_LOGIN_URL", sandbox.login_url())
        .env("GENESYS_API_URL", sandbox.api_url())
        .env("GENESYS_CA_FILE", ca_file)
        .env("GENESYS_CLIENT_ID", DEMO_CLIENT_ID)
        .env("GENESYS_CLIENT_SECRET", DEMO_CLIENT_SECRET);
    Ok(command)
}

#[test]
fn reqwest_and_hyper_util_print_the_organisation() -> Result<(), AnyError> {
    let sandbox = Sandbox::builder().organization(ORGANIZATION).start_blocking()?;
    for name in ["reqwest", "hyper_util"] {
        let output = example(&sandbox, name)?.output()?;
        let text = String::from_utf8(output.stdout)?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && text.contains(ORGANIZATION), "{name}: {text} {errors}");
    }
    Ok(())
}

#[test]
fn axum_answers_with_the_organisation() -> Result<(), AnyError> {
    let sandbox = Sandbox::builder().organization(ORGANIZATION).start_blocking()?;
    let mut server = Running(example(&sandbox, "axum")?.stdout(Stdio::piped()).spawn()?);
    let mut address = String::new();
    BufReader::new(server.0.stdout.take().ok_or("no output")?).read_line(&mut address)?;
    let mut responses = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address.trim())?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        responses.push(response);
    }
    assert!(responses.iter().all(|response| response.contains(ORGANIZATION)), "{responses:?}");
    let exchanges = sandbox.record().iter().filter(|request| request.path() == "/oauth/token").count();
    assert_eq!(exchanges, 1, "all requests share one token");
    Ok(())
}
