//! Profiles whose secret is in the keyring of a desktop: GNOME Keyring on a D-Bus of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use genesys_token_sandbox::{
    Client, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_CODE_CLIENT_ID, GrantType, Received, Sandbox,
};

use crate::login::{begun, redirect, value};
use crate::tool::{Service, Tool, file};

/// For a loaded machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// A bus on which nothing is started on demand: no program asks for a password.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A profile whose entry is never there, to find out whether the keyring answers.
const READY: &str =
    "[profiles.ready]\nclient_secret_keyring = \"ready\"\nlogin_url = \"https://localhost:1\"\n";

/// A session of a desktop.
struct Session {
    folder: PathBuf,
    bus: Process,
    address: String,
}

/// A process that ends with its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Session {
    fn start() -> Self {
        let config = file("bus.conf", BUS);
        let folder = config.parent().unwrap().to_owned();
        // The keyring insists on this mode.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        fs::create_dir(folder.join("genesys-token")).unwrap();
        fs::write(folder.join("genesys-token/config.toml"), READY).unwrap();
        let mut command = Command::new("dbus-daemon");
        command.arg("--config-file").arg(&config).args(["--nofork", "--print-address=1"]);
        let mut bus = command.stdout(Stdio::piped()).spawn().expect("dbus-daemon (Debian: dbus-daemon)");
        let address = first_line(&mut bus);
        Self { folder, bus: Process(bus), address }
    }

    /// Starts a keyring, unlocked or, if there was one before, locked.
    fn keyring(&self, is_unlocked: bool) -> Process {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        command.args(is_unlocked.then_some("--unlock"));
        for name in ["HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
            command.env(name, &self.folder);
        }
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut keyring = command.spawn().expect("gnome-keyring-daemon (Debian: gnome-keyring)");
        // The password; the end of the input is its end.
        keyring.stdin.take().expect("a pipe").write_all(b"password").unwrap();
        let keyring = Process(keyring);
        let start = Instant::now();
        while self.tool(&["get", "--profile", "ready"]).run().err.contains("there is no keyring") {
            assert!(start.elapsed() < DEADLINE, "the keyring does not answer");
            sleep(Duration::from_millis(20));
        }
        keyring
    }

    fn tool(&self, arguments: &[&str]) -> Tool {
        let tool = Tool::new(arguments).env("XDG_CONFIG_HOME", &self.folder).env("HOME", &self.folder);
        tool.env("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }

    fn add(&self, name: &str, service: &Service) -> Tool {
        self.add_client(name, DEMO_CLIENT_ID, service)
    }

    fn add_client(&self, name: &str, id: &str, service: &Service) -> Tool {
        let sandbox = &service.sandbox;
        let tool = self.tool(&["profile", "add", name, "--client-id", id, "--keyring"]);
        let tool = tool.arg("--login-host").arg(sandbox.login_url()).arg("--api-host").arg(sandbox.api_url());
        tool.arg("--ca-file").arg(&service.root)
    }
}

fn first_line(process: &mut Child) -> String {
    let mut line = String::new();
    let output = process.stdout.as_mut().expect("a pipe");
    BufReader::new(output).read_line(&mut line).expect("text");
    line.trim_end().to_owned()
}

/// Returns whether a file below this folder contains the text.
fn contains(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            contains(&path, text)
        } else {
            path.is_file() && String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).contains(text)
        }
    })
}

#[test]
fn a_secret_in_the_keyring_is_written_used_and_removed() {
    let (session, service) = (Session::start(), Service::start());
    let _keyring = session.keyring(true);
    let add = session.add("work", &service).arg("--client-secret-file").arg("-");
    assert!(add.input(DEMO_CLIENT_SECRET).run().output().contains("profile work was written"));
    assert!(!contains(&session.folder, DEMO_CLIENT_SECRET), "the secret is in a file");
    assert!(session.tool(&["get"]).run().output().len() > 40);
    assert!(session.tool(&["whoami"]).run().output().contains(DEMO_CLIENT_ID));
    let out = session.tool(&["profile", "list"]).run().output();
    assert!(out.contains("keyring entry work"), "{out}");

    // A refusal names the entry's setting.
    let replace = session.add("work", &service).arg("--replace").arg("--client-secret-file").arg("-");
    replace.input("another-secret").run().output();
    session
        .tool(&["get"])
        .secret("another-secret")
        .run()
        .fails(3, &["client_secret_keyring of the profile work"]);

    let out = session.tool(&["profile", "remove", "work"]).run().output();
    assert!(out.contains("its secret was removed from the keyring: work"), "{out}");
    session.add("work", &service).run().output();
    session
        .tool(&["get"])
        .run()
        .fails(2, &["has no entry `work`", "genesys-token", "--keyring --client-secret-file -"]);
}

#[test]
fn other_programs_of_the_desktop_share_the_entries() {
    let (session, service) = (Session::start(), Service::start());
    let _keyring = session.keyring(true);
    session.add("work", &service).run().output();
    let secret_tool = |arguments: &[&str], input: &str| {
        let mut command = Command::new("secret-tool");
        command.args(arguments).args(["service", "genesys-token", "username", "work"]);
        command.env("DBUS_SESSION_BUS_ADDRESS", &session.address);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let child = child.as_mut().expect("secret-tool (Debian: libsecret-tools)");
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let mut output = String::new();
        child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        assert!(child.wait().unwrap().success());
        output
    };

    // `echo` adds a newline, which the program stores.
    for secret in [DEMO_CLIENT_SECRET.to_owned(), format!("{DEMO_CLIENT_SECRET}\n")] {
        secret_tool(&["store", "--label=work"], &secret);
        assert!(session.tool(&["get"]).run().output().len() > 40);
    }

    let replace = session.add("work", &service).arg("--replace").arg("--client-secret-file").arg("-");
    replace.input("a secret from here: äöü").run().output();
    assert_eq!(secret_tool(&["lookup"], ""), "a secret from here: äöü");
}

/// Returns what is printed after a login.
fn log_in(session: &Session, service: &Service, options: &[&str]) -> String {
    let login = ["login", "--no-browser", "--redirect-uri", "http://127.0.0.1:0/callback"];
    let (child, query) = begun(session.tool(&[&login, options].concat()));
    let (uri, challenge) = (value(&query, "redirect_uri"), Some(value(&query, "code_challenge")));
    let code = service.sandbox.authorization_code(DEMO_CODE_CLIENT_ID, uri, challenge);
    redirect(uri, &format!("code={code}&state={}", value(&query, "state")));
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn a_login_that_moves_to_the_keyring_leaves_no_file_and_a_replaced_profile_no_entry() {
    let session = Session::start();
    let client = Client::new(DEMO_CODE_CLIENT_ID, DEMO_CLIENT_SECRET).for_grants([GrantType::Code]);
    let service = Service::of(Sandbox::builder().client(client));
    let _keyring = session.keyring(true);
    let sandbox = &service.sandbox;
    let add = session.tool(&[
        "profile",
        "add",
        "me",
        "--client-id",
        DEMO_CODE_CLIENT_ID,
        "--client-secret-file",
        "-",
    ]);
    let add = add.arg("--login-host").arg(sandbox.login_url()).arg("--ca-file").arg(&service.root);
    add.input(DEMO_CLIENT_SECRET).run().output();
    log_in(&session, &service, &[]);
    let file = session.folder.join("genesys-token/secrets/me.refresh");
    assert!(file.exists());
    let out = log_in(&session, &service, &["--keyring"]);
    assert!(out.contains("the last refresh token was removed: ") && !file.exists(), "{out}");
    session.tool(&["get"]).run().output();
    let out = session.tool(&["profile", "add", "me", "--replace", "--region", "us"]).run().output();
    assert!(
        out.contains("was removed from the keyring: me.refresh\n") && out.contains("secrets/me\n"),
        "{out}"
    );
    let left: Vec<_> = fs::read_dir(session.folder.join("genesys-token/secrets")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_login_keeps_its_refresh_token_beside_the_secret() {
    let session = Session::start();
    let client = Client::new(DEMO_CODE_CLIENT_ID, DEMO_CLIENT_SECRET).for_grants([GrantType::Code]);
    let service = Service::of(Sandbox::builder().client(client));
    let _keyring = session.keyring(true);
    let add = session.add_client("me", DEMO_CODE_CLIENT_ID, &service).arg("--client-secret-file").arg("-");
    add.input(DEMO_CLIENT_SECRET).run().output();
    assert!(log_in(&session, &service, &[]).contains("the keyring as me.refresh"));
    // Each command replaces the refresh token that it finds.
    for _ in 0..2 {
        session.tool(&["get"]).run().output();
    }
    let sent = service.sandbox.record();
    let mut sent: Vec<_> =
        sent.iter().flat_map(Received::form).filter(|(name, _)| name == "refresh_token").collect();
    assert_eq!(sent.len(), 2);
    for (_, refresh_token) in &sent {
        assert!(!contains(&session.folder, refresh_token), "the refresh token is in a file");
    }
    sent.dedup();
    assert_eq!(sent.len(), 2, "the same refresh token again");
    let out = session.tool(&["profile", "remove", "me"]).run().output();
    assert!(
        out.contains("from the keyring: me\n") && out.contains("from the keyring: me.refresh\n"),
        "{out}"
    );
}

#[test]
fn each_state_of_the_keyring_says_what_to_do() {
    let (session, service) = (Session::start(), Service::start());
    let keyring = session.keyring(true);
    let add = session.add("work", &service).arg("--client-secret-file").arg("-");
    add.input(DEMO_CLIENT_SECRET).run().output();
    drop(keyring);
    let no_keyring =
        ["client_secret_keyring", "there is no keyring", "desktop session", "--credentials-command"];
    session.tool(&["get"]).run().fails(11, &no_keyring);

    let locked = session.keyring(false);
    session.tool(&["get"]).run().fails(11, &["client_secret_keyring", "is locked", "unlock it"]);
    let again = session.add("other", &service).arg("--client-secret-file").arg("-");
    again.input(DEMO_CLIENT_SECRET).run().fails(11, &["--keyring", "is locked", "unlock it"]);
    assert!(!session.tool(&["profile", "list"]).run().output().contains("other"));
    drop(locked);

    let Session { folder, bus, address } = session;
    drop(bus);
    let get = || Tool::new(&["get"]).env("XDG_CONFIG_HOME", &folder);
    get().env("DBUS_SESSION_BUS_ADDRESS", &address).run().fails(11, &no_keyring);
    get().run().fails(11, &no_keyring);
    let not_installed = get().env("DBUS_SESSION_BUS_ADDRESS", &address).env("PATH", &folder);
    not_installed
        .run()
        .fails(11, &["there is no keyring", "secret-tool", "is not installed", "libsecret-tools"]);
}
