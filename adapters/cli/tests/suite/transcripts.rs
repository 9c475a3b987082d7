//! What is printed, as a whole: for each command its help, its success and each failure, in `snapshots/`.
//!
//! After a change that is meant, `INSTA_UPDATE=always cargo test -p genesys-token --test suite transcripts` writes them anew.

use std::fmt::Write as _;

use genesys_token_sandbox::{
    Behaviour, Certificate, Client, ClosedPort, ConnectionFault, DEMO_CLIENT_ID, GrantType, Host, Response,
    Sandbox,
};

use crate::tool::{Service, Tool, file};

const TOKEN: &str = "sentinel-token_0123456789";
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/audit");

/// The runs of one command, as text.
struct Transcript {
    text: String,
}

impl Transcript {
    fn new() -> Self {
        Self { text: String::new() }
    }

    /// Adds a run at a service: what it is about, the arguments, and what differs from the usual.
    fn at(&mut self, about: &str, service: &Service, arguments: &[&str], change: impl FnOnce(Tool) -> Tool) {
        let tool = change(Tool::at(service, arguments));
        let folder = service.root.parent().expect("a folder").display().to_string();
        let port = |address: std::net::SocketAddr| address.port().to_string();
        let (login, api) = (port(service.sandbox.login_addr()), port(service.sandbox.api_addr()));
        let names = [(login, "[login port]"), (api, "[api port]"), (folder, "[folder]")];
        self.add(about, arguments, tool, &names);
    }

    /// Adds a run without a service.
    fn alone(&mut self, about: &str, arguments: &[&str]) {
        self.add(about, arguments, Tool::new(arguments), &[]);
    }

    /// Adds the help.
    fn help(&mut self, command: &[&str]) {
        self.alone("help", &[command, &["--help"]].concat());
    }

    fn add(&mut self, about: &str, arguments: &[&str], tool: Tool, names: &[(String, &str)]) {
        let run = tool.run();
        let shown = |text: &str| {
            let mut text = text.replace(MANIFEST, "[data]").replace(TOKEN, "[token]");
            for (value, name) in names {
                text = text.replace(value.as_str(), name);
            }
            without_ids(&timeless(&text))
        };
        let words: Vec<_> = arguments
            .iter()
            .map(|word| if word.contains(' ') { format!("'{word}'") } else { (*word).to_owned() })
            .collect();
        let line = shown(&words.join(" "));
        let _ = writeln!(self.text, "# {about}\n$ genesys-token {line}");
        for text in [&run.out, &run.err].into_iter().filter(|text| !text.is_empty()) {
            let _ = writeln!(self.text, "{}", shown(text).trim_end());
        }
        let _ = writeln!(self.text, "[exit code {}]\n", run.code);
    }
}

/// Replaces times, and what follows from them.
fn timeless(text: &str) -> String {
    let mut out = Vec::new();
    for word in text.split_inclusive([' ', '\n', '"', ',', '}']) {
        let core = word.trim_end_matches([' ', '\n', '"', ',', '}', ')', ';']);
        let is_time = core.len() == 20 && core.ends_with('Z') && core.as_bytes().get(10) == Some(&b'T');
        let is_date = core.len() == 10 && core.match_indices('-').map(|(at, _)| at).eq([4, 7]);
        let is_lifetime = core.parse::<u64>().is_ok_and(|seconds| (86_000..86_400).contains(&seconds))
            || core.strip_prefix(':').is_some_and(|core| core.starts_with("86") && core.len() == 5);
        if is_time {
            out.push(word.replace(core, "[time]"));
        } else if is_date {
            out.push(word.replace(core, "[date]"));
        } else if is_lifetime {
            out.push(word.replace(core.trim_start_matches(':'), "[seconds]"));
        } else {
            out.push(word.to_owned());
        }
    }
    out.concat()
}

fn same(tool: Tool) -> Tool {
    tool
}

/// Returns a service whose token endpoint does this.
fn login_does(behaviour: impl Into<Behaviour>) -> Service {
    let service = Service::start();
    service.sandbox.always(Host::Login, behaviour);
    service
}

/// Returns a service that issues a known token, and whose API does this.
fn api_does(behaviour: impl Into<Behaviour>) -> Service {
    let service = login_does(Response::token(TOKEN, 86_399));
    service.sandbox.always(Host::Api, behaviour);
    service
}

#[test]
fn get() {
    let mut transcript = Transcript::new();
    transcript.help(&["get"]);
    let service = login_does(Response::token(TOKEN, 86_399));
    for format in ["token", "json", "header", "env", "credential"] {
        transcript.at("success", &service, &["get", "--format", format], same);
    }
    transcript.alone("no region", &["get"]);
    transcript.alone("an unknown region", &["get", "--region", "frankfrut"]);
    transcript.alone("an ambiguous region", &["get", "--region", "eu"]);
    transcript.at("no client id", &service, &["get"], |tool| tool.without("GENESYS_CLIENT_ID"));
    transcript.at("no secret", &service, &["get"], |tool| tool.without("GENESYS_CLIENT_SECRET"));
    transcript.alone("a secret in the arguments", &["get", "--client-secret", "secret"]);
    transcript.alone("an unknown option", &["get", "--regoin", "eu_central_1"]);
    let failing = Service::start();
    transcript.at("a wrong secret", &failing, &["get"], |tool| tool.env("GENESYS_CLIENT_SECRET", "another"));
    transcript.at("an unknown client", &failing, &["get"], |tool| tool.env("GENESYS_CLIENT_ID", "another"));
    let refused = Service::of(Sandbox::builder().client(Client::demo().for_grants([GrantType::Code])));
    transcript.at("a client of another grant type", &refused, &["get"], same);
    transcript.at("a rate limit", &login_does(Response::token_rate_limited()), &["get"], same);
    transcript.at("an outage", &login_does(Response::empty_unavailable()), &["get"], same);
    transcript.at(
        "a page of HTML",
        &login_does(Response::new(200).body("text/html", "<html>")),
        &["get"],
        same,
    );
    let tls = Service::of(Sandbox::builder().certificate(Host::Login, Certificate::Expired));
    transcript.at("an expired certificate", &tls, &["get"], same);
    let closed = login_does(ConnectionFault::Close(genesys_token_sandbox::Close::Notify));
    transcript.at("a closed connection", &closed, &["get"], same);
    transcript.at("a command that fails", &service, &["get", "--credentials-command", "false"], same);
    transcript.at("a missing file", &service, &["get", "--client-secret-file", "/nowhere/secret"], same);
    transcript.at("no profile of this name", &service, &["get", "--profile", "work"], same);
    insta::assert_snapshot!(transcript.text);
}

#[test]
fn exec() {
    let mut transcript = Transcript::new();
    transcript.help(&["exec"]);
    let service = login_does(Response::token(TOKEN, 86_399));
    transcript.at("success", &service, &["exec", "--", "sh", "-c", "echo $GENESYS_ACCESS_TOKEN"], same);
    transcript.at("the code of the command", &service, &["exec", "--", "sh", "-c", "exit 42"], same);
    transcript.at("no command", &service, &["exec"], same);
    transcript.at("a command without --", &service, &["exec", "true"], same);
    transcript.at("an unknown command", &service, &["exec", "--", "/nowhere/command"], same);
    transcript.at("no token", &login_does(Response::client_not_found()), &["exec", "--", "true"], same);
    insta::assert_snapshot!(transcript.text);
}

#[test]
fn api() {
    let mut transcript = Transcript::new();
    transcript.help(&["api"]);
    let get = ["api", "GET", "/api/v2/users"];
    let body = r#"{"entities":[{"name":"A"},{"name":"B"}]}"#;
    let service = api_does(Response::new(200).json(body));
    transcript.at("success", &service, &get, same);
    transcript.at(
        "a filter",
        &service,
        &[&get[..], &["--filter", "entities[].name", "--raw"]].concat(),
        same,
    );
    transcript.at("a wrong filter", &service, &[&get[..], &["--filter", "entities["]].concat(), same);
    transcript.at("a URL", &service, &["api", "GET", "https://example.test/"], same);
    transcript.at("no method", &service, &["api"], same);
    transcript.at(
        "a header that is set already",
        &service,
        &[&get[..], &["-H", "Authorization: x"]].concat(),
        same,
    );
    transcript.at(
        "no permission",
        &api_does(Response::missing_permission("directory:user:view", "5f0c")),
        &get,
        same,
    );
    transcript.at("a dead token", &api_does(Response::bad_credentials("5f0c")), &get, same);
    transcript.at(
        "not found",
        &api_does(Response::api_error(404, "not.found", "Not found", "5f0c")),
        &get,
        same,
    );
    transcript.at(
        "an outage",
        &api_does(Response::empty_unavailable()),
        &[&get[..], &["--timeout", "2"]].concat(),
        same,
    );
    insta::assert_snapshot!(transcript.text);
}

#[test]
fn verify_whoami_and_revoke() {
    let mut transcript = Transcript::new();
    let client = Client::demo().with_permissions(&["authorization:role:view", "routing:queue:view"]);
    let service = Service::of(Sandbox::builder().client(client));
    transcript.help(&["verify"]);
    transcript.at("success", &service, &["verify"], same);
    transcript.at("for programs", &service, &["verify", "--format", "json"], same);
    transcript.at("a missing scope", &service, &["verify", "--require-scope", "users"], same);
    transcript.at(
        "a missing permission",
        &service,
        &["verify", "--require-permission", "routing:skill:view"],
        same,
    );
    let unreadable = Service::start();
    transcript.at(
        "roles that may not be read",
        &unreadable,
        &["verify", "--require-permission", "a:b:c"],
        |tool| tool.env("LC_ALL", "C"),
    );
    transcript.at("no such variable", &service, &["verify", "--token-env", "NOTHING"], same);
    transcript.help(&["whoami"]);
    transcript.at("success", &service, &["whoami"], same);
    transcript.at("an unknown API host", &service, &["whoami"], |tool| tool.without("GENESYS_API_URL"));
    transcript.help(&["revoke"]);
    transcript.at("no token", &service, &["revoke"], same);
    transcript.at("a dead token", &service, &["revoke", "--token-env", "DEAD"], |tool| {
        tool.env("DEAD", "dead-token")
    });
    let revoking = api_does(Response::new(200));
    transcript.at("success", &revoking, &["revoke", "--token-env", "LIVE"], |tool| tool.env("LIVE", TOKEN));
    insta::assert_snapshot!(transcript.text);
}

/// Replaces ids that the sandbox generates.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| {
        word.len() == 36 && word.bytes().filter(|byte| *byte == b'-').count() == 4 && word != DEMO_CLIENT_ID
    };
    let words = text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    words
        .map(|word| {
            let core = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
            if is_id(core) { word.replace(core, "[id]") } else { word.to_owned() }
        })
        .collect()
}

#[test]
fn audit() {
    let mut transcript = Transcript::new();
    transcript.help(&["audit"]);
    let manifest = format!("{MANIFEST}/manifest.toml");
    let source = format!("{MANIFEST}/source");
    let document = format!("{MANIFEST}/openapi.json");
    let of = |permissions: &[&str]| {
        let permissions = [&["authorization:role:view"], permissions].concat();
        Service::of(Sandbox::builder().client(Client::demo().with_permissions(&permissions)))
    };
    let service = of(&["directory:user:*", "directory:userProfile:view", "routing:skill:view"]);
    let arguments = ["audit", "--manifest", &manifest, "--openapi", &document];
    transcript.at("success", &service, &arguments, same);
    transcript.at("an unused permission", &service, &[&arguments[..], &["--deny-unused"]].concat(), same);
    let sources = ["audit", "--source", &source, "--openapi", &document];
    transcript.at("a missing permission", &service, &sources, same);
    transcript.at("for programs", &service, &[&sources[..], &["--format", "json"]].concat(), same);
    transcript.at("for code hosts", &service, &[&sources[..], &["--format", "sarif"]].concat(), same);
    transcript.at("nothing to audit", &service, &["audit"], same);
    transcript.at("no document", &service, &["audit", "--manifest", &manifest], same);
    transcript.at("no calls", &service, &["audit", "--source", &document], same);
    transcript.at("no manifest", &service, &["audit", "--manifest", &document], same);
    insta::assert_snapshot!(transcript.text);
}

#[test]
fn doctor() {
    let mut transcript = Transcript::new();
    transcript.help(&["doctor"]);
    let service = Service::start();
    transcript.at("success", &service, &["doctor"], same);
    transcript
        .at("a wrong secret", &service, &["doctor"], |tool| tool.env("GENESYS_CLIENT_SECRET", "another"));
    transcript.at("no secret", &service, &["doctor"], |tool| tool.without("GENESYS_CLIENT_SECRET"));
    let tls = Service::of(Sandbox::builder().certificate(Host::Login, Certificate::WrongHost));
    transcript.at("a certificate for another host", &tls, &["doctor"], same);
    let closed = ClosedPort::new().unwrap();
    let proxy = format!("http://{}", closed.address());
    transcript.at("no proxy there", &service, &["doctor", "--proxy", &proxy], same);
    let text = transcript.text.replace(&closed.port().to_string(), "[proxy port]");
    insta::assert_snapshot!(text);
}

#[test]
fn profiles_and_login() {
    let mut transcript = Transcript::new();
    transcript.help(&["profile"]);
    for command in ["add", "list", "use", "remove", "import"] {
        transcript.help(&["profile", command]);
    }
    let service = Service::start();
    let home = service.root.parent().unwrap().to_owned();
    let with_home = |tool: Tool| tool.env("XDG_CONFIG_HOME", &home);
    transcript.at("nothing yet", &service, &["profile", "list"], with_home);
    let add = [
        "profile",
        "add",
        "work",
        "--region",
        "eu_central_1",
        "--client-id",
        "an-id",
        "--client-secret-file",
        "-",
    ];
    transcript.at("nothing to add", &service, &["profile", "add", "work"], with_home);
    transcript.at("an invalid name", &service, &["profile", "add", "../work"], with_home);
    transcript.at("add", &service, &add, |tool| with_home(tool).input("secret"));
    transcript.at("add it again", &service, &add, |tool| with_home(tool).input("secret"));
    let gc = home.join("gc.toml");
    let settings = "[default]\nclient_credentials = \"an-id\"\nclient_secret = \"secret\"\nenvironment = \"mypurecloud.ie\"\n\
                    [work]\nenvironment = \"mypurecloud.de\"\n";
    std::fs::write(&gc, settings).unwrap();
    transcript
        .at("import", &service, &["profile", "import", "gc", "--file"], |tool| with_home(tool).arg(&gc));
    let sdk = home.join("config");
    std::fs::write(&sdk, "[general]\nhost = https://api.mypurecloud.jp\n").unwrap();
    transcript.at("import of a service only", &service, &["profile", "import", "python", "--file"], |tool| {
        with_home(tool).arg(&sdk)
    });
    transcript.at("list", &service, &["profile", "list"], with_home);
    transcript.at("use an unknown one", &service, &["profile", "use", "home"], with_home);
    transcript.at("use", &service, &["profile", "use", "work"], with_home);
    transcript.help(&["login"]);
    transcript.at("remove", &service, &["profile", "remove", "work"], with_home);
    transcript.at("no default", &service, &["get"], |tool| with_home(tool).without("GENESYS_LOGIN_URL"));
    for name in ["default", "python"] {
        transcript.at("remove", &service, &["profile", "remove", name], with_home);
    }
    transcript.at("no profile to log in for", &service, &["login", "--no-browser"], with_home);
    transcript.at(
        "import from nothing",
        &service,
        &["profile", "import", "gc", "--file", "/nowhere/config"],
        with_home,
    );
    insta::assert_snapshot!(transcript.text);
}

#[test]
fn commands_without_a_service() {
    let mut transcript = Transcript::new();
    for command in ["regions", "completions", "man"] {
        transcript.help(&[command]);
    }
    transcript.alone("the table", &["regions"]);
    transcript.alone("an unknown format", &["regions", "--format", "yaml"]);
    transcript.alone("an unknown shell", &["completions", "csh"]);
    transcript.alone("an unknown page", &["man", "nothing"]);
    transcript.alone("no command", &[]);
    transcript.alone("an unknown command", &["verfy"]);
    transcript.alone("a failure for programs", &["get", "--region", "nowhere", "--error-format", "json"]);
    // Another set of features has another list of commands.
    insta::assert_snapshot!(transcript.text.replace(", sandbox, ", ", "));
}

#[test]
fn provision() {
    let mut transcript = Transcript::new();
    transcript.help(&["provision"]);
    transcript.help(&["provision", "write"]);
    transcript.help(&["provision", "read"]);
    let settings = file("settings", "region = eu_central_1\nclient-id = 7a1c\ntime-servers = a b\n");
    let folder = settings.parent().unwrap().to_path_buf();
    let invalid = folder.join("invalid");
    std::fs::write(&invalid, "region = nowhere\nclient-id = a\ntime = 1\n").unwrap();
    let other_chip = folder.join("other.uf2");
    let mut run = |about: &str, arguments: &[&str]| {
        let names = [(folder.display().to_string(), "[folder]")];
        let arguments: Vec<_> = arguments.iter().map(|word| word.replace("[folder]", &names[0].0)).collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let tool = Tool::new(&arguments).input("s3cret-of-one-device").secret("s3cret-of-one-device");
        transcript.add(about, &arguments, tool, &names);
    };
    let write = |settings, more: &[&'static str]| {
        let usual = [
            "provision",
            "write",
            "--client-secret-file",
            "-",
            "--slot-size",
            "4096",
            "--settings",
            settings,
        ];
        [&usual[..], &["--output", "[folder]/region"], more].concat()
    };
    let read = ["provision", "read", "--slot-size", "4096", "[folder]/region"];
    let uf2 = ["--format", "uf2", "--address", "0x103f0000"];
    run("no region", &read);
    run("invalid settings", &write("[folder]/invalid", &[]));
    run("no settings", &write("[folder]/none", &[]));
    run("two inputs on standard input", &write("-", &[]));
    run("a size that is none", &["provision", "read", "--slot-size", "4k", "[folder]/region"]);
    run("uf2 without an address", &write("[folder]/settings", &uf2[..2]));
    run(
        "uf2 for an unknown chip",
        &write("[folder]/settings", &[&uf2[..], &["--family", "rp2040"]].concat()),
    );
    run("write", &write("[folder]/settings", &[]));
    run("read", &read);
    let mut bytes = std::fs::read(folder.join("region")).unwrap();
    bytes[40] ^= 1;
    std::fs::write(folder.join("region"), bytes).unwrap();
    run("damaged", &read);
    run("write uf2", &write("[folder]/settings", &uf2));
    run("read uf2", &read);
    let mut bytes = std::fs::read(folder.join("region")).unwrap();
    bytes[28..32].copy_from_slice(&0xe48b_ff56_u32.to_le_bytes());
    std::fs::write(&other_chip, bytes).unwrap();
    run("uf2 of an unknown chip", &["provision", "read", "--slot-size", "4096", "[folder]/other.uf2"]);
    std::fs::write(folder.join("region"), [0xff; 8192]).unwrap();
    run("erased", &read);
    insta::assert_snapshot!(transcript.text);
}

#[cfg(feature = "probe")]
#[test]
fn probe() {
    let mut transcript = Transcript::new();
    transcript.help(&["probe"]);
    let service = Service::start();
    transcript.at("success", &service, &["probe", "--host", "login"], same);
    transcript.at("a buffer that cannot be", &service, &["probe", "--receive-buffer", "10"], same);
    let arguments = ["probe", "--host", "login"];
    let empty = service.root.with_file_name("empty.pem");
    std::fs::write(&empty, "").unwrap();
    transcript.at("no CA certificate", &service, &arguments, |tool| tool.env("GENESYS_CA_FILE", empty));
    insta::assert_snapshot!(without_measures(&transcript.text));
}

/// Replaces what depends on the day and on the length of signatures.
#[cfg(feature = "probe")]
fn without_measures(text: &str) -> String {
    let words: Vec<_> = text.split_inclusive([' ', '\n']).collect();
    let is_unit = |word: &str| matches!(word.trim_end(), "bytes" | "bytes;" | "days" | "of");
    let measured = words.iter().enumerate().map(|(index, word)| {
        let number = word.trim_end();
        let is_measure = number.len() > 1
            && number != "8192"
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && words.get(index + 1).is_some_and(|next| is_unit(next));
        if is_measure { word.replace(number, "[number]") } else { (*word).to_owned() }
    });
    measured.collect()
}

/// Its success does not end: see the module `sandbox`.
#[cfg(feature = "sandbox")]
#[test]
fn sandbox() {
    let mut transcript = Transcript::new();
    transcript.help(&["sandbox"]);
    transcript.alone("a contradiction", &["sandbox", "--clear-text", "--fail", "expired-certificate"]);
    transcript.alone("a missing file", &["sandbox", "--clients", "/nowhere/clients.toml"]);
    transcript.alone("an unknown fault", &["sandbox", "--fail", "everything"]);
    insta::assert_snapshot!(transcript.text);
}
