//! `exec`: the command gets the token, its signals and its exit code, and not the client secret.

use genesys_token_sandbox::{Host, Response};

use crate::tool::{Service, Tool};

const TOKEN: &str = "sentinel-token_0123456789";

fn service() -> Service {
    let service = Service::start();
    service.sandbox.always(Host::Login, Response::token(TOKEN, 86_399));
    service
}

/// Runs `exec` with a shell script, on Windows with one for `cmd`.
fn exec(service: &Service, script: &str, of_cmd: &str) -> Tool {
    let command = if cfg!(windows) { ["cmd", "/c", of_cmd] } else { ["sh", "-c", script] };
    Tool::at(service, &[&["exec", "--"], &command[..]].concat())
}

#[test]
fn a_command_that_is_not_behind_the_separator_says_where_it_belongs() {
    for arguments in [&["exec", "true"][..], &["exec", "--quiet", "curl", "-H", "@-"]] {
        Tool::new(arguments).run().fails(2, &["after --", "genesys-token exec -- "]);
    }
    Tool::new(&["get", "true"]).run().fails(2, &["unknown argument"]);
}

#[test]
fn the_command_gets_token_and_hosts_and_not_the_secret() {
    let service = service();
    let names = ["GENESYS_ACCESS_TOKEN", "GENESYSCLOUD_ACCESS_TOKEN", "GENESYS_API_URL", "GENESYS_LOGIN_URL"];
    let of_sh = names.map(|name| format!("echo \"${name}\";")).concat()
        + "[ -z \"$GENESYS_CLIENT_SECRET\" ] && echo no";
    let of_cmd =
        names.map(|name| format!("echo %{name}%&")).concat() + "if not defined GENESYS_CLIENT_SECRET echo no";
    let out = exec(&service, &of_sh, &of_cmd).run().output();
    let (login, api) = (service.sandbox.login_url(), service.sandbox.api_url());
    assert!(out.lines().eq([TOKEN, TOKEN, &api, &login, "no"]), "{out}");
}

/// Processes see each other's arguments, so the token must not be among them.
#[cfg(target_os = "linux")]
#[test]
fn the_token_is_in_no_argument() {
    let out = exec(&service(), "cat /proc/$$/cmdline | tr '\\0' ' '", "").run().output();
    assert!(!out.contains(TOKEN), "{out}");
}

#[test]
fn exit_codes_are_passed_on() {
    let service = service();
    for code in [0, 1, 3, 42] {
        let script = format!("exit {code}");
        assert_eq!(exec(&service, &script, &script).run().code, code);
    }
}

#[cfg(unix)]
#[test]
fn signals_reach_the_command() {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Stdio;
    // The process id that the caller knows is that of the command.
    let service = service();
    let mut child = exec(&service, "echo $$; exec sleep 600", "").spawn(Stdio::piped());
    let mut line = String::new();
    let out = child.stdout.take().expect("a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
    assert_eq!(line.trim(), child.id().to_string());
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

#[test]
fn a_token_that_cannot_be_obtained_runs_nothing() {
    let service = Service::start();
    service.sandbox.script(Host::Login, Response::client_not_found());
    exec(&service, "echo ran", "echo ran").run().fails(3, &["client id"]);
}

#[test]
fn a_command_that_cannot_be_run_is_reported_as_shells_do() {
    let service = service();
    Tool::at(&service, &["exec", "--", "/nowhere/command"])
        .run()
        .fails(127, &["/nowhere/command", "not found"]);
    Tool::at(&service, &["exec", "--", "/"]).run().fails(126, &["cannot be run", "permissions"]);
    Tool::at(&service, &["exec"]).run().fails(2, &["COMMAND"]);
}
