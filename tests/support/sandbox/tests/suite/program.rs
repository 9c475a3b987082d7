//! The program: output, service, errors and log.

use core::net::SocketAddr;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::version::TLS13;

use crate::client::{Client, api_request, token_request};

/// A running program; dropping it ends the process.
struct Program {
    child: Child,
    directory: PathBuf,
    lines: Vec<String>,
}

impl Program {
    /// Starts the program in its own directory and reads its output up to the last line.
    fn start(name: &str, arguments: &[&str]) -> Self {
        let directory = directory(name);
        let mut child =
            command(&directory, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            lines.push(line.unwrap());
            if lines.last().unwrap().contains("GENESYS_CLIENT_SECRET") {
                break;
            }
        }
        Self { child, directory, lines }
    }

    /// Returns the value of a variable as a shell would read it from the output.
    fn value(&self, name: &str) -> &str {
        let prefix = format!("export {name}='");
        let line = self.lines.iter().find_map(|line| line.strip_prefix(&prefix));
        line.and_then(|rest| rest.strip_suffix('\'')).unwrap()
    }

    fn login(&self) -> SocketAddr {
        let port = self.value("GENESYS_LOGIN_URL").strip_prefix("https://localhost:").unwrap();
        SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()))
    }

    fn client(&self) -> Client {
        let pem = std::fs::read(self.value("GENESYS_CA_FILE")).unwrap();
        Client::trusting(CertificateDer::from_pem_slice(&pem).unwrap(), &[&TLS13])
    }

    /// Ends the process and returns its standard error output.
    fn log(mut self) -> String {
        self.child.kill().unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

fn command(directory: &PathBuf, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genesys-token-sandbox"));
    command.args(arguments).current_dir(directory);
    command
}

#[test]
fn a_client_with_the_printed_settings_obtains_a_token_that_is_not_logged() {
    let program = Program::start("plain", &["--root-pem", "root.pem", "--lifetime", "300"]);
    let (id, secret) =
        (program.value("GENESYS_CLIENT_ID"), program.value("GENESYS_CLIENT_SECRET").to_owned());
    let request = token_request(id, &secret, "grant_type=client_credentials");
    let answer = program.client().ask(program.login(), &request);
    assert_eq!((answer.status, answer.json()["expires_in"].as_u64()), (200, Some(299)));
    let log = program.log();
    assert_eq!(log, "login POST /oauth/token -> 200 (connection 1, TLSv1.3)\n");
}

#[test]
fn clients_are_read_from_a_file_and_faults_selected_by_name() {
    let file = directory("failing").join("clients");
    std::fs::write(&file, "# id:secret\n\none:with:colon\n").unwrap();
    let arguments =
        ["--root-pem", "r.pem", "--clients", "clients", "--fail", "html-502", "--fail-times", "1"];
    let program = Program::start("failing", &arguments);
    assert_eq!(program.value("GENESYS_CLIENT_ID"), "one");
    assert!(!program.lines.concat().contains("with:colon"));
    let request = token_request("one", "with:colon", "grant_type=client_credentials");
    let statuses =
        [502, 200].map(|expected| (expected, program.client().ask(program.login(), &request).status));
    assert!(statuses.iter().all(|(expected, status)| expected == status), "{statuses:?}");
}

#[test]
fn clients_trust_it_after_a_restart_with_its_key() {
    let arguments = ["--root-pem", "root.pem", "--root-key", "root.key"];
    let first = Program::start("restart", &arguments);
    let client = first.client();
    let second = Program::start("restart", &arguments);
    assert!(client.connect(second.login(), "localhost").is_ok());
    assert!(
        client.connect(Program::start("another", &["--root-pem", "r.pem"]).login(), "localhost").is_err()
    );
}

#[test]
fn an_expired_certificate_is_selected_by_name() {
    let program = Program::start("expired", &["--root-pem", "r.pem", "--fail", "expired-certificate"]);
    assert!(program.client().connect(program.login(), "localhost").is_err());
}

#[test]
fn an_invalid_clients_file_is_an_error_that_does_not_quote_it() {
    let directory = directory("broken");
    std::fs::write(directory.join("clients"), "sentinel\n").unwrap();
    let output = command(&directory, &["--clients", "clients"]).output().unwrap();
    std::fs::remove_dir_all(directory).unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text, "genesys-token-sandbox: clients: line 1: write id:secret\n");
}

#[test]
fn a_toml_file_configures_clients() {
    let file = directory("toml").join("clients.toml");
    let toml = r#"
organization = "Example"

[[client]]
id = "job"
secret = "job-secret"
grants = ["client_credentials"]
roles = ["reporting"]
permissions = ["directory:user:view"]
token_lifetime = 600
idle_timeout = 300
token_limit = 1
api_limit = 100

[[client]]
id = "saml"
secret = "saml-secret"
grants = ["saml2_bearer"]

[[client]]
id = "app"
secret = "app-secret"
name = "App"
grants = ["authorization_code"]
redirect_uris = ["https://app.example/back"]
scopes = ["users:readonly"]
"#;
    std::fs::write(&file, toml).unwrap();
    let program = Program::start("toml", &["--root-pem", "r.pem", "--clients", "clients.toml", "--one-port"]);
    assert_eq!(program.value("GENESYS_LOGIN_URL"), program.value("GENESYS_API_URL"));
    let (client, address) = (program.client(), program.login());
    let ask = |request: &str| client.ask(address, request);
    let token = ask(&token_request("job", "job-secret", "grant_type=client_credentials"));
    assert_eq!(token.json()["expires_in"], 599);
    let limited = ask(&token_request("job", "job-secret", "grant_type=client_credentials"));
    assert_eq!(limited.field("error"), "invalid_request");
    let users = ask(&api_request("GET", "/api/v2/users?pageSize=1", &token.field("access_token")));
    assert_eq!((users.status, users.header("inin-ratelimit-allowed")), (200, Some("100")));
    let organization = ask(&api_request("GET", "/api/v2/organizations/me", &token.field("access_token")));
    assert_eq!(organization.field("name"), "Example");
    let assertion = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer&orgName=Example&assertion=PHg%2BPC94Pg%3D%3D";
    assert_eq!(ask(&token_request("saml", "saml-secret", assertion)).status, 200);
    let page = "GET /oauth/authorize?client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fback&response_type=code \
                HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert!(ask(page).text().contains("users:readonly"));
}

#[test]
fn an_invalid_toml_file_is_an_error_with_the_line_that_does_not_quote_it() {
    let directory = directory("broken-toml");
    for (text, line) in [
        ("[[client]]\nid = \"a\"\nsecret = sentinel\n", 3),
        ("[[client]]\nid = \"a\"\nsecret = \"s\"\nsentinel = 1\n", 4),
        ("[[client]]\nid = \"a\"\nsecret = \"s\"\ntoken_lifetime = \"sentinel\"\n", 4),
        ("[[client]]\nid = \"a\"\nsecret = \"s\"\ngrants = [\"sentinel\"]\n", 4),
        ("[[client]]\nid = \"sentinel\"\nsecret = \"\"\n", 3),
        ("[[client]]\nid = \"\"\nsecret = \"sentinel\"\n", 2),
        ("[[client]]\nid = \"sentinel:a\"\nsecret = \"s\"\n", 2),
        ("[[client]]\nid = \"sentinel\"\nsecret = \"s\"\n[[client]]\nid = \"sentinel\"\nsecret = \"t\"\n", 5),
    ] {
        std::fs::write(directory.join("clients.toml"), text).unwrap();
        let output = command(&directory, &["--clients", "clients.toml"]).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(&format!("line {line}:")), "{text}: {message}");
        assert!(!message.contains("sentinel"), "{message}");
    }
    std::fs::remove_dir_all(directory).unwrap();
}
