//! What is printed, as a whole: for each command its help, its success and each failure, in `snapshots/`.
//!
//! After a change that is meant, `INSTA_UPDATE=always cargo test -p genesys-token --test suite transcripts` writes them anew.

use genesys_token_sandbox::{
    Behaviour, Certificate, Client, ClosedPort, ConnectionFault, GrantType, Host, Response, Sandbox,
};

use crate::login::{Home, ended, redirect, value};
use crate::tool::{Service, Tool, file};
use crate::transcript::{DATA, TOKEN, Transcript};

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

/// Adds the failures that each command with a client may have: the options come between the two parts of its arguments.
fn failures_of_a_client(transcript: &mut Transcript, (before, after): (&[&str], &[&str])) {
    let arguments = [before, &["--timeout", "2"], after].concat();
    let mut at = |about: &str, service: &Service| transcript.at(about, service, &arguments, same);
    at("a client of another grant type", &login_does(Response::unauthorized_client()));
    at("a rate limit", &login_does(Response::token_rate_limited()));
    at("an outage", &login_does(Response::empty_unavailable()));
    at(
        "an expired certificate",
        &Service::of(Sandbox::builder().certificate(Host::Login, Certificate::Expired)),
    );
    at("a page of HTML", &login_does(Response::new(200).body("text/html", "<html>")));
    let service = Service::start();
    transcript
        .at("a wrong secret", &service, &arguments, |tool| tool.env("GENESYS_CLIENT_SECRET", "another"));
    let failing = [before, &["--credentials-command", "false"], after].concat();
    transcript.at("a source of credentials that fails", &service, &failing, same);
    transcript.alone("no region", &[before, after].concat());
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
    transcript.at("no command of this kind", &service, &["exec", "--", "/dev/null"], same);
    failures_of_a_client(&mut transcript, (&["exec"], &["--", "true"]));
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
    transcript.at(
        "a rate limit that is too long to wait for",
        &api_does(Response::too_many_requests(600, "5f0c")),
        &[&get[..], &["--timeout", "2"]].concat(),
        same,
    );
    transcript.at("a connection that is lost", &api_does(ConnectionFault::RefuseTls), &get, same);
    let pages =
        Service::of(Sandbox::builder().client(Client::demo().with_permissions(&["routing:queue:view"])));
    let queues =
        ["api", "GET", "/api/v2/routing/queues?pageSize=20", "--paginate", "--filter", "length(entities)"];
    transcript.at("pages", &pages, &queues, same);
    transcript.at("pages of what has none", &service, &["api", "POST", "/api/v2/users", "--paginate"], same);
    failures_of_a_client(&mut transcript, (&get, &[]));
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
    failures_of_a_client(&mut transcript, (&["verify"], &[]));
    transcript.help(&["whoami"]);
    transcript.at("success", &service, &["whoami"], same);
    transcript.at("an unknown API host", &service, &["whoami"], |tool| tool.without("GENESYS_API_URL"));
    failures_of_a_client(&mut transcript, (&["whoami"], &[]));
    transcript.help(&["revoke"]);
    transcript.at("no token", &service, &["revoke"], same);
    transcript.at("a dead token", &service, &["revoke", "--token-env", "DEAD"], |tool| {
        tool.env("DEAD", "dead-token")
    });
    let revoke = ["revoke", "--token-env", "LIVE", "--timeout", "2"];
    for (about, behaviour) in [
        ("success", Behaviour::from(Response::new(200))),
        ("no permission", Response::missing_permission("oauth:token:delete", "5f0c").into()),
        ("a rate limit", Response::too_many_requests(60, "5f0c").into()),
        ("an outage", Response::empty_unavailable().into()),
        ("a connection that is lost", ConnectionFault::RefuseTls.into()),
        ("an unknown path", Response::api_error(404, "not.found", "Not found", "5f0c").into()),
    ] {
        transcript.at(about, &api_does(behaviour), &revoke, |tool| tool.env("LIVE", TOKEN));
    }
    insta::assert_snapshot!(transcript.text);
}

#[test]
fn audit() {
    let mut transcript = Transcript::new();
    transcript.help(&["audit"]);
    let manifest = format!("{DATA}/manifest.toml");
    let source = format!("{DATA}/source");
    let document = format!("{DATA}/openapi.json");
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
    let members = format!("{source}/members.py");
    let fetched = ["audit", "--source", &members, "--fetch"];
    transcript.at("a document that lacks a call", &of(&[]), &fetched, same);
    let users = format!("{DATA}/users.py");
    let fetched = ["audit", "--source", &users, "--fetch"];
    transcript.at("a document that is fetched", &of(&["directory:user:view"]), &fetched, same);
    transcript.at("a missing permission", &of(&[]), &fetched, same);
    transcript.at("roles that may not be read", &Service::start(), &fetched, same);
    failures_of_a_client(&mut transcript, (&fetched, &[]));
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
    failures_of_a_client(&mut transcript, (&["doctor"], &[]));
    let closed = ClosedPort::new().unwrap();
    let proxy = format!("http://{}", closed.address());
    transcript.at("no proxy there", &service, &["doctor", "--proxy", &proxy], same);
    let text = transcript.text.replace(&closed.port().to_string(), "[proxy port]");
    insta::assert_snapshot!(text);
}

#[test]
fn profile() {
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
    let vault =
        ["profile", "add", "work", "--replace", "--region", "eu_central_1", "--credentials-command", "vault"];
    transcript.at("replace", &service, &vault, with_home);
    transcript.at("use an unknown one", &service, &["profile", "use", "home"], with_home);
    transcript.at("use", &service, &["profile", "use", "work"], with_home);
    transcript.at("remove", &service, &["profile", "remove", "work"], with_home);
    transcript.at("no default", &service, &["get"], |tool| with_home(tool).without("GENESYS_LOGIN_URL"));
    for name in ["default", "python"] {
        transcript.at("remove", &service, &["profile", "remove", name], with_home);
    }
    transcript.at("remove an unknown one", &service, &["profile", "remove", "work"], with_home);
    std::fs::remove_dir(home.join("genesys-token/secrets")).unwrap();
    std::fs::write(home.join("genesys-token/secrets"), "a file").unwrap();
    transcript.at("a secret that cannot be kept", &service, &add, |tool| with_home(tool).input("secret"));
    std::fs::write(home.join("genesys-token/config.toml"), "[profiles.work]\nclient_secret = \"S3NT1NEL\"\n")
        .unwrap();
    transcript.at("a secret in the configuration", &service, &["profile", "list"], with_home);
    std::fs::remove_file(home.join("genesys-token/config.toml")).unwrap();
    transcript.at(
        "import from nothing",
        &service,
        &["profile", "import", "gc", "--file", "/nowhere/config"],
        with_home,
    );
    insta::assert_snapshot!(transcript.text);
}

/// The module `login` plays the browser.
#[test]
fn login() {
    let mut transcript = Transcript::new();
    transcript.help(&["login"]);
    let home = Home::new();
    for (about, redirected) in [
        ("success", "code"),
        ("denied in the browser", "error=access_denied"),
        ("a code that the service refuses", "code=another"),
    ] {
        let (child, query) = home.begin(&["--login-timeout", "100"]);
        let (uri, state) = (value(&query, "redirect_uri"), value(&query, "state"));
        let query = if redirected == "code" { home.code(&query) } else { redirected.to_owned() };
        redirect(uri, &format!("{query}&state={state}"));
        transcript.ended(about, &["login", "--no-browser"], &ended(child), &home.names());
    }
    let (child, _) = home.begin(&["--login-timeout", "1"]);
    transcript.ended(
        "no login in time",
        &["login", "--no-browser", "--login-timeout", "1"],
        &ended(child),
        &home.names(),
    );
    let page = home.tool(&["login", "--no-browser", "--redirect-uri", "https://example.test/"]).run();
    transcript.ended("a page elsewhere", &["login", "--redirect-uri", "https://example.test/"], &page, &[]);
    transcript.ended("no profile to log in for", &["login"], &Tool::new(&["login"]).run(), &[]);
    insta::assert_snapshot!(transcript.text);
}

#[test]
fn commands_without_a_service() {
    let mut transcript = Transcript::new();
    for command in ["regions", "completions", "man"] {
        transcript.help(&[command]);
    }
    transcript.alone("the table", &["regions"]);
    transcript.beginning("for programs", &["regions", "--format", "csv"], 3);
    transcript.beginning("a script", &["completions", "bash"], 4);
    transcript.beginning("a page", &["man", "regions"], 12);
    transcript.alone("pages into a folder that cannot be made", &["man", "--dir", "/dev/null/man"]);
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
    let tls = Service::of(Sandbox::builder().certificate(Host::Login, Certificate::WrongHost));
    transcript.at("a certificate for another host", &tls, &arguments, same);
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

/// Its success does not end.
#[cfg(feature = "sandbox")]
#[test]
fn sandbox() {
    let mut transcript = Transcript::new();
    transcript.help(&["sandbox"]);
    let root = file("root.pem", "");
    let announced = crate::sandbox::Running::start(&root);
    let port = |url: &str| announced.variable(url).rsplit(':').next().unwrap_or_default().to_owned();
    let names = [
        (port("GENESYS_LOGIN_URL"), "[login port]"),
        (port("GENESYS_API_URL"), "[api port]"),
        (root.parent().unwrap().display().to_string(), "[folder]"),
    ];
    let root = root.display().to_string();
    transcript.serving("success", &["sandbox", "--root-pem", &root], &announced.out, &names);
    transcript.alone("a contradiction", &["sandbox", "--clear-text", "--fail", "expired-certificate"]);
    transcript.alone("a missing file", &["sandbox", "--clients", "/nowhere/clients.toml"]);
    transcript.alone("an unknown fault", &["sandbox", "--fail", "everything"]);
    insta::assert_snapshot!(transcript.text);
}
