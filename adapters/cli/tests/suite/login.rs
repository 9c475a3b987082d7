//! `login`: the browser's part is played by the test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use genesys_token_sandbox::{
    Answer, Behaviour, Client, DEMO_CLIENT_SECRET, DEMO_CODE_CLIENT_ID, GrantType, Host, Received, Response,
    Sandbox,
};

use crate::tool::{Run, Service, Tool, file};

/// For a loaded machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// A profile for the login of a user, and its service.
pub(crate) struct Home {
    folder: PathBuf,
    service: Service,
}

impl Home {
    /// Returns a sandbox with a client for codes, and a profile for it.
    pub(crate) fn new() -> Self {
        let client = Client::new(DEMO_CODE_CLIENT_ID, DEMO_CLIENT_SECRET).for_grants([GrantType::Code]);
        let home = Self {
            folder: file("home", "").parent().unwrap().to_owned(),
            service: Service::of(Sandbox::builder().client(client)),
        };
        let sandbox = &home.service.sandbox;
        let tool = home.tool(&["profile", "add", "me", "--client-id", DEMO_CODE_CLIENT_ID]);
        let tool = tool.arg("--login-host").arg(sandbox.login_url()).arg("--api-host").arg(sandbox.api_url());
        let tool = tool.arg("--client-secret-file").arg("-").input(DEMO_CLIENT_SECRET);
        tool.arg("--ca-file").arg(&home.service.root).run().output();
        home
    }

    pub(crate) fn tool(&self, arguments: &[&str]) -> Tool {
        Tool::new(arguments).env("XDG_CONFIG_HOME", &self.folder)
    }

    fn refresh_token(&self) -> String {
        std::fs::read_to_string(self.folder.join("genesys-token/secrets/me.refresh")).unwrap()
    }

    /// Logs in.
    fn log_in(&self) {
        let (child, query) = self.begin(&["--login-timeout", "100"]);
        redirect(
            value(&query, "redirect_uri"),
            &format!("{}&state={}", self.code(&query), value(&query, "state")),
        );
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Returns the query with which the sandbox redirects after the user has agreed, without its state.
    pub(crate) fn code(&self, query: &[(String, String)]) -> String {
        let (uri, challenge) = (value(query, "redirect_uri"), Some(value(query, "code_challenge")));
        format!("code={}", self.service.sandbox.authorization_code(DEMO_CODE_CLIENT_ID, uri, challenge))
    }

    /// Returns what differs from run to run in messages.
    #[cfg(unix)]
    pub(crate) fn names(&self) -> [(String, &'static str); 2] {
        let login = self.service.sandbox.login_addr().port().to_string();
        [(login, "[login port]"), (self.folder.display().to_string(), "[folder]")]
    }

    /// Returns the refresh tokens that were sent, in order.
    fn sent(&self) -> Vec<String> {
        let record = self.service.sandbox.record();
        let fields = record.iter().filter(|request| request.host == Host::Login).flat_map(Received::form);
        fields.filter(|(name, _)| name == "refresh_token").map(|(_, token)| token).collect()
    }

    /// Waits until that many refresh tokens were sent.
    fn wait_for(&self, count: usize) {
        let start = Instant::now();
        while self.sent().len() < count {
            assert!(start.elapsed() < DEADLINE, "{:?}", self.service.sandbox.record());
            sleep(Duration::from_millis(10));
        }
    }

    /// Starts a login with these options; returns the process with the query of its authorization URL.
    pub(crate) fn begin(&self, options: &[&str]) -> (Child, Vec<(String, String)>) {
        let arguments = ["login", "--no-browser", "--redirect-uri", "http://127.0.0.1:0/callback"];
        begun(self.tool(&[&arguments, options].concat()))
    }
}

/// Starts a login; returns the process with the query of its authorization URL.
pub(crate) fn begun(mut login: Tool) -> (Child, Vec<(String, String)>) {
    let mut child = login.spawn(Stdio::piped());
    let mut lines = BufReader::new(child.stderr.as_mut().expect("a pipe")).lines();
    let url =
        lines.find_map(|line| line.unwrap().strip_prefix("https://").map(str::to_owned)).expect("a URL");
    let (_, query) = url.split_once("/oauth/authorize?").expect("the path of the authorization endpoint");
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    (child, pairs)
}

/// Returns the result of a login that has ended; what it has printed before is not read again.
#[cfg(unix)]
pub(crate) fn ended(login: Child) -> Run {
    let output = login.wait_with_output().unwrap();
    let err = format!(
        "Open this URL in a browser to log in:\n[URL]\n{}",
        String::from_utf8(output.stderr).unwrap()
    );
    Run {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).unwrap(),
        err,
    }
}

pub(crate) fn value<'q>(query: &'q [(String, String)], name: &str) -> &'q str {
    query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

/// Does what a browser does after a redirect; returns the page.
pub(crate) fn redirect(uri: &str, query: &str) -> String {
    let (authority, path) = uri.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    write!(stream, "GET /{path}?{query} HTTP/1.1\r\nHost: {authority}\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

#[test]
fn a_profile_of_a_user_says_that_a_login_is_missing() {
    let home = Home::new();
    home.tool(&["get"]).run().fails(4, &["Code Authorization", "`genesys-token login --profile me`"]);
}

#[test]
fn a_login_is_kept_for_the_profile_and_renewed_by_later_commands() {
    let home = Home::new();
    let (child, query) = home.begin(&["--login-timeout", "100"]);
    assert_eq!(value(&query, "response_type"), "code");
    assert_eq!(value(&query, "client_id"), DEMO_CODE_CLIENT_ID);
    assert_eq!(value(&query, "code_challenge_method"), "S256");
    let (uri, state) = (value(&query, "redirect_uri"), value(&query, "state"));
    let challenge = Some(value(&query, "code_challenge"));
    let code = home.service.sandbox.authorization_code(DEMO_CODE_CLIENT_ID, uri, challenge);
    // The redirect of another request is not taken.
    assert!(redirect(uri, "code=stolen&state=wrong").starts_with("HTTP/1.1 400"));
    assert!(redirect(uri, &format!("code={code}&state={state}")).contains("login is complete"));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("for the profile me"));
    let first = home.refresh_token();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = home.folder.join("genesys-token/secrets/me.refresh");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    // The sandbox rotates refresh tokens: each command leaves the next one.
    home.tool(&["get"]).secret(&first).run().output();
    let second = home.refresh_token();
    assert_ne!(first, second);
    home.tool(&["api", "GET", "/api/v2/users/me"]).secret(&second).run().output();
    assert_ne!(home.refresh_token(), second);
    let out = home.tool(&["profile", "list"]).run().output();
    assert!(out.contains(" LOGIN ") && out.contains(" yes "), "{out}");
}

#[test]
fn a_refused_login_and_a_refused_refresh_token_say_what_to_do() {
    let home = Home::new();
    let (child, query) = home.begin(&["--login-timeout", "100"]);
    let (uri, state) = (value(&query, "redirect_uri"), value(&query, "state"));
    assert!(redirect(uri, &format!("error=access_denied&state={state}")).contains("has failed"));
    let denied = child.wait_with_output().unwrap();
    assert_eq!(denied.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&denied.stderr).contains("denied in the browser"), "{denied:?}");
    let secrets = home.folder.join("genesys-token/secrets");
    std::fs::create_dir_all(&secrets).unwrap();
    let token = secrets.join("me.refresh");
    std::fs::write(&token, "a-refresh-token").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let config = home.folder.join("genesys-token/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}refresh_token_file = '{}'\n", token.display())).unwrap();
    home.tool(&["get"]).secret("a-refresh-token").run().fails(3, &["genesys-token login"]);
}

#[test]
fn a_service_without_refresh_tokens_is_reported() {
    let home = Home::new();
    let (child, query) = home.begin(&["--login-timeout", "100"]);
    let (uri, state) = (value(&query, "redirect_uri"), value(&query, "state"));
    home.service.sandbox.script(Host::Login, Response::token("sentinel-token_0123456789", 86_399));
    redirect(uri, &format!("code=x&state={state}"));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(!home.folder.join("genesys-token/secrets/me.refresh").exists());
}

#[test]
fn what_cannot_be_a_login_is_refused_before_a_browser_is_asked() {
    Tool::new(&["login"]).run().fails(2, &["profile add", "Code Authorization"]);
    let home = Home::new();
    let login = |arguments: &[&str]| {
        let tool = home.tool(&["login", "--no-browser"]);
        arguments.iter().fold(tool, Tool::arg).run()
    };
    assert!(login(&["--redirect-uri", "https://example.test/"]).err.contains("localhost"));
    login(&["--login-timeout", "0"]).fails(2, &["--login-timeout"]);
    let run = login(&["--redirect-uri", "http://127.0.0.1:0/callback", "--login-timeout", "1"]);
    assert_eq!(run.code, 7, "{run:?}");
    assert!(run.err.contains("did not return within 1 s"), "{run:?}");
}

/// The sandbox accepts each refresh token once, as a service that rotates them does.
#[test]
fn commands_that_run_at_once_use_each_refresh_token_once() {
    const COMMANDS: usize = 4;
    let home = Home::new();
    home.log_in();
    let first = home.refresh_token();
    // Long enough for the others to start and to read the same file, if nothing kept them from it.
    home.service.sandbox.script(Host::Login, Answer::service().delayed(Duration::from_secs(3)));
    let start = || home.tool(&["get", "--timeout", "60"]).spawn(Stdio::piped());
    let children: Vec<_> = std::iter::repeat_with(start).take(COMMANDS).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let sent = home.sent();
    assert_eq!((sent.len(), &sent[0]), (COMMANDS, &first));
    let different: std::collections::BTreeSet<_> =
        sent.iter().chain([&home.refresh_token()]).cloned().collect();
    assert_eq!(different.len(), COMMANDS + 1, "each was sent once, and the last one is kept");
}

#[test]
fn a_profile_that_is_replaced_leaves_no_refresh_token() {
    let home = Home::new();
    home.log_in();
    home.tool(&["get"]).run().output();
    home.tool(&["profile", "add", "me", "--region", "us", "--replace"]).run().output();
    let left: Vec<_> = std::fs::read_dir(home.folder.join("genesys-token/secrets")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_call_whose_token_was_revoked_takes_the_refresh_token_that_another_command_left() {
    let home = Home::new();
    home.log_in();
    // The call has its token; another command replaces the refresh token; then the call needs another token.
    let refused = Answer::from(Response::bad_credentials("5f0c")).delayed(Duration::from_secs(5));
    home.service.sandbox.script(Host::Api, refused);
    let call = home.tool(&["api", "GET", "/api/v2/users/me", "--timeout", "60"]).spawn(Stdio::piped());
    home.wait_for(1);
    home.tool(&["get"]).run().output();
    let output = call.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(home.sent().len(), 3);
}

#[test]
fn a_command_that_dies_leaves_the_refresh_token_to_others() {
    let home = Home::new();
    home.log_in();
    home.service.sandbox.script(Host::Login, Behaviour::NeverAnswer);
    let mut dying = home.tool(&["get", "--timeout", "600"]).spawn(Stdio::piped());
    home.wait_for(1);
    // Held by a command that is alive, it is not used.
    home.tool(&["get", "--timeout", "1"]).run().fails(11, &["another process", "--timeout"]);
    assert_eq!(home.sent().len(), 1);
    dying.kill().unwrap();
    dying.wait().unwrap();
    home.tool(&["get"]).run().output();
    home.tool(&["profile", "remove", "me"]).run().output();
    let left: Vec<_> = std::fs::read_dir(home.folder.join("genesys-token/secrets")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
