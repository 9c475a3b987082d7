//! `get`: every format, every source of credentials, and what is sent.

use genesys_token_core::settings::Region;
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Response};

use crate::tool::{Run, Service, Tool, file};

const TOKEN: &str = "sentinel-token_0123456789";

/// Returns a service whose next token is [`TOKEN`].
fn service() -> Service {
    let service = Service::start();
    service.sandbox.script(Host::Login, Response::token(TOKEN, 86_399));
    service
}

#[test]
fn the_token_stands_alone_on_standard_output() {
    let service = service();
    assert_eq!(Tool::at(&service, &["get"]).run().output(), format!("{TOKEN}\n"));
    let record = service.sandbox.record();
    let [request] = &record[..] else { panic!("{record:?}") };
    assert_eq!(
        (request.host, request.method.as_str(), request.target.as_str()),
        (Host::Login, "POST", "/oauth/token")
    );
    assert_eq!(request.form(), [("grant_type".into(), "client_credentials".into())]);
    // RFC 7617: the demo client's id and secret.
    let basic = "Basic N2ExYzJlOTAtNWQzNC00YjhlLTlmMDYtM2MxZDhlMmI0YTc1OmRlbW8tc2VjcmV0X1FrM3ZYOXRMdzJacFI3";
    assert_eq!(request.header("authorization"), Some(basic));
    assert!(request.tls.is_some());
}

#[test]
fn every_format_can_be_read_by_its_reader() {
    let output = |format: &str| Tool::at(&service(), &["get", "--format", format]).run().output();
    assert_eq!(output("token"), format!("{TOKEN}\n"));
    assert_eq!(output("header"), format!("Authorization: Bearer {TOKEN}\n"));
    let env = output("env");
    assert!(env.starts_with(&format!(
        "export GENESYS_ACCESS_TOKEN='{TOKEN}'\nexport GENESYSCLOUD_ACCESS_TOKEN='{TOKEN}'\n"
    )));
    assert!(env.contains("export GENESYS_API_URL='https://localhost:"), "{env}");
    let json = output("json");
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&read["access_token"], &read["token_type"]), (&TOKEN.into(), &"Bearer".into()));
    let left = read["expires_in"].as_u64().unwrap();
    assert!(left <= 86_399 && left > 80_000, "{json}");
    assert_eq!(json.lines().count(), 1);
}

#[test]
fn the_credential_format_has_the_end_as_a_date_and_the_hosts() {
    let service = service();
    let out = Tool::at(&service, &["get", "--format", "credential"]).run().output();
    let read: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&read["access_token"], &read["token_type"]), (&TOKEN.into(), &"Bearer".into()));
    assert_eq!(read["login_url"], service.sandbox.login_url().trim_end_matches('/'));
    assert_eq!(read["api_url"], service.sandbox.api_url().trim_end_matches('/'));
    // The sandbox has no region.
    assert_eq!(read["region"], serde_json::Value::Null);
    let end = read["expires_at"].as_str().unwrap();
    assert!(end.len() == 20 && end.starts_with("20") && end.ends_with('Z') && end.contains('T'), "{end}");
}

#[test]
fn the_variables_of_the_services_own_tools_are_read() {
    let service = service();
    let tool = Tool::at(&service, &["get"]).without("GENESYS_CLIENT_ID").without("GENESYS_CLIENT_SECRET");
    let tool = tool.env("GENESYSCLOUD_OAUTHCLIENT_ID", DEMO_CLIENT_ID);
    tool.env("GENESYSCLOUD_OAUTHCLIENT_SECRET", DEMO_CLIENT_SECRET).run().output();
    let tool = Tool::new(&["get"]).env("GENESYSCLOUD_REGION", "nowhere");
    tool.run().fails(2, &["GENESYSCLOUD_REGION", "`nowhere`"]);
}

#[test]
fn wait_tries_again_until_the_service_answers() {
    let service = service();
    service.sandbox.clear_script(Host::Login);
    service.sandbox.script(Host::Login, Response::empty_unavailable());
    let run = Tool::at(&service, &["get", "--wait", "10m"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.err.contains("503") && run.err.contains("trying again in"), "{run:?}");
    assert_eq!(service.token_requests(), 2);
    // Refused credentials do not become valid by waiting.
    service.sandbox.script(Host::Login, Response::client_not_found());
    Tool::at(&service, &["get", "--wait", "600"]).run().fails(3, &["client id"]);
}

#[cfg(unix)]
#[test]
fn a_shell_takes_the_variable_whatever_the_token_holds() {
    // All of `b64token`, RFC 6750 section 2.1.
    let token = "~a-Z0.9_~+/b==";
    let service = Service::start();
    service.sandbox.script(Host::Login, Response::token(token, 300));
    let line = Tool::at(&service, &["get", "--format", "env"]).run().output();
    let script = format!("{line}printf %s \"$GENESYS_ACCESS_TOKEN\"");
    let shell = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert_eq!(String::from_utf8(shell.stdout).unwrap(), token);
}

#[test]
fn a_secret_comes_from_a_file_or_standard_input() {
    for text in [
        DEMO_CLIENT_SECRET.to_owned(),
        format!("{DEMO_CLIENT_SECRET}\n"),
        format!("{DEMO_CLIENT_SECRET}\r\n"),
    ] {
        let service = service();
        let tool = || Tool::at(&service, &["get", "--client-secret-file"]).without("GENESYS_CLIENT_SECRET");
        tool().arg(file("secret", &text)).run().output();
        tool().arg("-").input(&text).run().output();
        assert_eq!(service.token_requests(), 2);
    }
}

/// A pipe whose writer does not come, or does not close it, holds a script no longer than `--timeout` allows. It is not a wrong setting: exit
/// code 11, as for a credentials command that takes too long.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_waited_for_within_the_timeout() {
    let service = service();
    let pipe = file("beside", "").with_file_name("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let run = |command: &[&str], option: &str, timeout: &str| {
        let tool = Tool::at(&service, command).without("GENESYS_CLIENT_SECRET");
        tool.arg(option).arg(&pipe).arg("--timeout").arg(timeout).run()
    };
    for option in ["--client-secret-file", "--env-file"] {
        run(&["get"], option, "1").fails(11, &[option, "named pipe", "1 s", "--timeout"]);
    }
    run(&["api", "GET", "/api/v2/echo"], "--token-file", "1").fails(11, &["--token-file", "named pipe"]);
    // CA certificates are no credentials.
    for command in ["get", "probe"] {
        let tool = Tool::at(&service, &[command]).arg("--ca-file").arg(&pipe).arg("--timeout").arg("1");
        tool.run().fails(2, &["--ca-file", "named pipe"]);
    }
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, format!("{DEMO_CLIENT_SECRET}\n"))
    });
    run(&["get"], "--client-secret-file", "30").output();
    writer.join().unwrap().unwrap();
}

/// Templates list variables that stay without a value, and `set NAME=value && program` of Windows keeps the space before `&&`.
#[test]
fn white_space_is_no_value_and_no_part_of_a_path() {
    let service = service();
    let root = format!(" {} \r\n", service.root.display());
    let tool = Tool::at(&service, &["get"]).env("GENESYS_CA_FILE", root).env("GENESYS_TOKEN_BROKER", " ");
    tool.env("GENESYS_PROFILE", " ").run().output();
}

#[test]
fn an_option_wins_over_the_environment() {
    let service = service();
    let tool = Tool::at(&service, &["get", "--client-id", DEMO_CLIENT_ID, "--client-secret-file", "-"]);
    let tool = tool.env("GENESYS_CLIENT_ID", "another").env("GENESYS_CLIENT_SECRET", "another");
    tool.input(DEMO_CLIENT_SECRET).run().output();
}

#[test]
fn an_env_file_overrides_the_environment() {
    let text = format!(
        "# the demo client\nPATH_X=${{HOME}}/x\nexport GENESYS_CLIENT_ID={DEMO_CLIENT_ID}\n\
         GENESYS_CLIENT_SECRET='{DEMO_CLIENT_SECRET}'\n"
    );
    let service = service();
    // A stale secret in the environment must not be sent instead of the one that was named explicitly.
    let tool = Tool::at(&service, &["get", "--env-file"]).arg(file(".env", &text));
    tool.env("GENESYS_CLIENT_ID", "stale").env("GENESYS_CLIENT_SECRET", "stale").run().output();

    // A pipeline that has no value sets the variable to an empty one.
    let text = format!("GENESYS_CLIENT_ID={DEMO_CLIENT_ID}\nGENESYS_CLIENT_SECRET={DEMO_CLIENT_SECRET}\n");
    let tool = Tool::at(&service, &["get", "--env-file"]).arg(file(".env", &text));
    tool.env("GENESYS_CLIENT_ID", "").env("GENESYS_CLIENT_SECRET", "").run().output();
    let tool = Tool::new(&["get", "--env-file"]).arg(file(".env", "GENESYS_REGION=eu\n"));
    tool.env("GENESYS_REGION", "").run().fails(2, &["--env-file", "eu_west_1"]);

    let tool = Tool::new(&["get", "--env-file"]).arg(file(".env", "GENESYS_REGION=eu\n"));
    tool.run().fails(2, &["--env-file", "eu_west_1"]);
    let tool = Tool::new(&["get", "--env-file"])
        .arg(file(".env", "GENESYS_REGION=us_east_1\nGENESYS_CLIENT_ID=a\n"));
    tool.run().fails(2, &["GENESYS_CLIENT_SECRET", ".env"]);
    let tool = Tool::new(&["get", "--env-file"]).arg(file(".env", "A=b c\nGENESYS_CLIENT_SECRET=a b\n"));
    tool.run().fails(2, &["--env-file", "line 2"]);
    Tool::new(&["get", "--env-file", "/nowhere/.env"]).run().fails(2, &["--env-file", "/nowhere/.env"]);
}

#[test]
fn an_env_file_names_service_and_certificates_as_the_environment_does() {
    let service = service();
    let text = format!(
        "GENESYS_LOGIN_URL={}\nGENESYS_API_URL={}\nGENESYS_CA_FILE='{}'\nGENESYS_CLIENT_ID={DEMO_CLIENT_ID}\n\
         GENESYS_CLIENT_SECRET={DEMO_CLIENT_SECRET}\n",
        service.sandbox.login_url(),
        service.sandbox.api_url(),
        service.root.display()
    );
    // The environment names another service, which must not be mixed with that of the file.
    let tool = Tool::new(&["whoami", "--env-file"]).arg(file(".env", &text));
    let out =
        tool.env("GENESYS_REGION", "us_east_1").env("GENESYS_API_URL", "https://api.invalid").run().output();
    assert!(out.contains(DEMO_CLIENT_ID), "{out}");
}

#[test]
fn a_refusal_names_where_id_secret_and_region_were_found() {
    let service = Service::start();
    let env_file = file("stale.env", "GENESYS_CLIENT_SECRET=stale\n");
    let run = Tool::at(&service, &["get", "--client-id", DEMO_CLIENT_ID, "--env-file"]).arg(&env_file).run();
    run.fails(
        3,
        &[
            "client id from --client-id",
            "client secret from GENESYS_CLIENT_SECRET in the --env-file",
            "stale.env",
            "region from the environment variable GENESYS_LOGIN_URL",
        ],
    );
}

/// As a program of Windows writes it, with the line end of Windows.
#[cfg(windows)]
#[test]
fn a_command_of_windows_gives_the_secret() {
    let service = service();
    let tool = Tool::at(&service, &["get", "--client-id", DEMO_CLIENT_ID, "--credentials-command"]);
    let tool = tool.arg(format!("cmd /c echo {DEMO_CLIENT_SECRET}")).without("GENESYS_CLIENT_SECRET");
    tool.run().output();
}

#[cfg(unix)]
#[test]
fn a_command_gives_id_and_secret() {
    let json =
        format!(r#"{{"client_id":"{DEMO_CLIENT_ID}","client_secret":"{DEMO_CLIENT_SECRET}","more":1}}"#);
    let two_lines = format!("{DEMO_CLIENT_ID}\n{DEMO_CLIENT_SECRET}\n");
    let command = |path: &std::path::Path| format!("cat '{}'", path.display());
    let service = service();
    let tool = |text: &str| {
        let tool = Tool::at(&service, &["get", "--credentials-command"]);
        let tool = tool.without("GENESYS_CLIENT_ID").without("GENESYS_CLIENT_SECRET");
        tool.arg(command(&file("output with spaces", text)))
    };
    tool(&json).run().output();
    tool(&two_lines).run().output();
    tool(DEMO_CLIENT_SECRET).arg("--client-id").arg(DEMO_CLIENT_ID).run().output();
    assert_eq!(service.token_requests(), 3);

    tool(DEMO_CLIENT_SECRET).run().fails(2, &["cat"]);
    let run = |command: &str| {
        let tool = Tool::at(&service, &["get", "--credentials-command", command]);
        tool.without("GENESYS_CLIENT_SECRET")
    };
    run("/nowhere/vault read").run().fails(2, &["/nowhere/vault"]);
    run("sh -c 'exit 3'").run().fails(11, &["sh", "exit code 3"]);
    run("sh -c 'exec sleep 60'").arg("--timeout").arg("1").run().fails(11, &["1 s", "--timeout"]);
    run("sh -c 'echo denied >&2; exit 2'").run().fails(11, &["exit code 2", "denied"]);
    run("sh -c 'unclosed").run().fails(2, &["--credentials-command", "quote"]);
    run(" ").run().fails(2, &["--credentials-command"]);
    assert_eq!(service.token_requests(), 3);
}

#[test]
fn systemd_s_credentials_are_found_in_their_directory() {
    let service = service();
    let secret = file("genesys-client-secret", &format!("{DEMO_CLIENT_SECRET}\n"));
    let directory = secret.parent().unwrap();
    let tool = || {
        let tool = Tool::at(&service, &["get"]).env("CREDENTIALS_DIRECTORY", directory);
        tool.without("GENESYS_CLIENT_SECRET")
    };
    tool().run().output();
    std::fs::write(directory.join("genesys-client-id"), DEMO_CLIENT_ID).unwrap();
    tool().without("GENESYS_CLIENT_ID").run().output();
    assert_eq!(service.token_requests(), 2);
}

#[test]
fn the_client_authenticates_as_asked() {
    let service = service();
    service.sandbox.add_client(genesys_token_sandbox::Client::new("id", "s+c r%t"));
    let run = |method: &str| {
        let tool = Tool::at(&service, &["get", "--client-auth", method, "--scope", "a b"]);
        tool.env("GENESYS_CLIENT_ID", "id").env("GENESYS_CLIENT_SECRET", "s+c r%t").secret("s+c r%t").run()
    };
    for method in ["basic", "basic-form-encoded", "body"] {
        service.sandbox.script(Host::Login, Response::token(TOKEN, 300));
        run(method).output();
    }
    let record = service.sandbox.record();
    let [plain, encoded, body] = &record[..] else { panic!("{record:?}") };
    // RFC 7617 of `id:s+c r%t`, and of `id:s%2Bc%20r%25t` (RFC 6749 section 2.3.1; a space in the form that every server decodes).
    assert_eq!(plain.header("authorization"), Some("Basic aWQ6cytjIHIldA=="));
    assert_eq!(encoded.header("authorization"), Some("Basic aWQ6cyUyQmMlMjByJTI1dA=="));
    assert_eq!(body.header("authorization"), None);
    let form = body.form();
    for (name, value) in [("client_id", "id"), ("client_secret", "s+c r%t"), ("scope", "a b")] {
        assert!(form.contains(&(name.into(), value.into())), "{name}");
    }
}

#[test]
fn hosts_and_path_are_asked_as_given() {
    let service = service();
    let port = service.sandbox.login_addr().port();
    service.sandbox.always(Host::Login, Response::token(TOKEN, 300));
    let bare = || Tool::at(&service, &["get"]).without("GENESYS_LOGIN_URL").without("GENESYS_API_URL");
    for host in
        [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("https://localhost:{port}/")]
    {
        bare().arg("--login-host").arg(host).run().output();
    }
    bare().args_path(port, "/another/path").run().output();
    let paths: Vec<_> = service.sandbox.record().iter().map(|request| request.target.clone()).collect();
    assert_eq!(paths, ["/oauth/token", "/oauth/token", "/oauth/token", "/another/path"]);
}

impl Tool {
    fn args_path(self, port: u16, path: &str) -> Self {
        self.arg("--login-host").arg(format!("localhost:{port}")).arg("--token-path").arg(path)
    }
}

#[test]
fn verbose_tells_what_happens_without_any_secret() {
    for verbosity in ["-v", "-vv"] {
        let service = service();
        let Run { code, out, err } = Tool::at(&service, &["get", verbosity]).secret(TOKEN).run();
        assert_eq!((code, out), (0, format!("{TOKEN}\n")));
        assert!(!err.is_empty());
    }
}

#[test]
fn the_log_is_json_if_asked_for() {
    let service = service();
    let run = Tool::at(&service, &["get", "-vv", "--log-format", "json"]).secret(TOKEN).run();
    let lines: Vec<serde_json::Value> =
        run.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let response = lines.iter().find(|line| line["message"] == "a response was received");
    let response = response.unwrap_or_else(|| panic!("{run:?}"));
    assert_eq!((&response["level"], &response["fields"]["status"]), (&"DEBUG".into(), &200.into()));
    assert!(response["fields"]["ms"].is_u64(), "{response}");
}

#[test]
fn quiet_waits_without_a_message() {
    let service = service();
    service.sandbox.clear_script(Host::Login);
    service.sandbox.script(Host::Login, Response::empty_unavailable());
    Tool::at(&service, &["get", "--wait", "600", "--quiet"]).run().output();
    Tool::at(&service, &["get", "--quiet", "-v"]).run().fails(2, &["cannot be used with"]);
}

#[test]
fn twice_verbose_logs_which_proxy_is_used_and_why() {
    let service = Service::start();
    let closed = genesys_token_sandbox::ClosedPort::new().unwrap();
    let proxy = format!("http://user:s3ntinel@{}", closed.address());
    let log = |change: &dyn Fn(Tool) -> Tool| {
        let tool = Tool::at(&service, &["get", "-vv", "--timeout", "5"]).secret("s3ntinel");
        change(tool.env("HTTPS_PROXY", &proxy)).run().err
    };
    // The sandbox is on this machine.
    let direct = log(&|tool| tool);
    assert!(direct.contains("proxy=\"not used for this machine\""), "{direct}");
    let elsewhere = |tool: Tool| tool.env("GENESYS_LOGIN_URL", "https://login.example.invalid");
    let direct = log(&|tool| elsewhere(tool).env("NO_PROXY", ".invalid"));
    assert!(direct.contains("proxy=\"excluded by NO_PROXY\""), "{direct}");
    let through = log(&elsewhere);
    let expected = format!("proxy=\"{}\" origin=\"HTTPS_PROXY\"", closed.address());
    assert!(through.contains(&expected), "{through}");
    let through = log(&|tool| tool.arg("--proxy").arg(closed.address().to_string()));
    assert!(through.contains("origin=\"the program's settings\""), "{through}");
}

#[test]
fn twice_verbose_logs_each_step_of_connection_and_request() {
    let service = Service::start();
    let run = Tool::at(&service, &["api", "GET", "/api/v2/organizations/me?secret=query", "-vv"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    for step in [
        "connecting directly host=\"localhost\"",
        "proxy=\"none\"",
        "the name was looked up host=\"localhost\" addresses=[127.0.0.1:",
        "a TCP connection was established",
        "the certificate chain was verified anchors=",
        "TLS was negotiated host=\"localhost\" version=TLSv1_3 cipher_suite=TLS13_",
        "a response was received host=localhost:",
        "method=POST path=\"/oauth/token\" status=200",
        "method=GET path=\"/api/v2/organizations/me\" status=200",
        "correlation_id=\"",
        "ms=",
    ] {
        assert!(run.err.contains(step), "no {step:?} in {}", run.err);
    }
    assert!(!run.err.contains("secret=query"), "queries may contain secrets: {}", run.err);
    let token = service.sandbox.record()[1].header("authorization").unwrap()["Bearer ".len()..].to_owned();
    assert!(!run.err.contains(&token), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn verbose_warns_of_a_secret_that_everybody_may_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let service = service();
    let secret = file("secret", DEMO_CLIENT_SECRET);
    let dotenv = file(".env", &format!("GENESYS_CLIENT_SECRET={DEMO_CLIENT_SECRET}\n"));
    for (option, file) in [("--client-secret-file", &secret), ("--env-file", &dotenv)] {
        for (mode, warned) in [(0o644, true), (0o600, false)] {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
            let tool = Tool::at(&service, &["get", "-v", option]).arg(file);
            let tool = tool.without("GENESYS_CLIENT_SECRET");
            let run = tool.run();
            assert_eq!((run.code, run.err.contains("chmod o-r")), (0, warned), "{run:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_secret_may_be_read_by_everybody() {
    use std::os::unix::fs::PermissionsExt as _;
    let service = service();
    let dotenv = file(".env", &format!("GENESYS_CLIENT_ID={DEMO_CLIENT_ID}\n"));
    let secret = file("genesys-client-secret", DEMO_CLIENT_SECRET);
    let id = secret.with_file_name("genesys-client-id");
    std::fs::write(&id, DEMO_CLIENT_ID).unwrap();
    for (path, mode) in [(&dotenv, 0o644), (&id, 0o644), (&secret, 0o600)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let tool = || Tool::at(&service, &["get", "-v"]).without("GENESYS_CLIENT_ID");
    let from_file = tool().arg("--env-file").arg(&dotenv).run();
    let of_systemd = tool().without("GENESYS_CLIENT_SECRET");
    let of_systemd = of_systemd.env("CREDENTIALS_DIRECTORY", secret.parent().unwrap()).run();
    for run in [from_file, of_systemd] {
        assert_eq!((run.code, run.err.contains("chmod")), (0, false), "{run:?}");
    }
}

#[test]
fn a_region_is_asked_at_its_own_host() {
    // No network is needed to see which host the tool would connect to: it names it to the proxy.
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    let heard = std::thread::spawn(move || {
        use std::io::{BufRead as _, BufReader, Write as _};
        let mut lines = Vec::new();
        for stream in proxy.incoming().take(3) {
            let stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            lines.push(line);
            (&stream).write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
        lines
    });
    let region = Region::ApSoutheast2;
    for (option, value) in
        [("--region", region.aws_region()), ("--region", region.domain()), ("--domain", "new.test")]
    {
        let tool = Tool::new(&["get", option, value])
            .env("GENESYS_CLIENT_ID", "a")
            .env("GENESYS_CLIENT_SECRET", "b");
        tool.env("HTTPS_PROXY", format!("http://{address}")).run().fails(7, &["403", "--proxy"]);
    }
    let login = region.login_host();
    let expected = [login, login, "login.new.test"].map(|host| format!("CONNECT {host}:443 HTTP/1.1\r\n"));
    assert_eq!(heard.join().unwrap(), expected);
}

#[test]
fn the_certificates_of_the_host_are_in_the_log() {
    let service = Service::start();
    let run = Tool::at(&service, &["get", "-vv"]).run();
    let lines: Vec<_> = run.err.lines().filter(|line| line.contains("a certificate of the host")).collect();
    assert_eq!(lines.len(), 2, "{run:?}");
    for words in
        ["subject=\"sandbox.test\"", "issuer=\"Sandbox Intermediate", "key=\"P-256\"", "not_after=\"20"]
    {
        assert!(lines[0].contains(words), "no {words:?} in {}", lines[0]);
    }
}
