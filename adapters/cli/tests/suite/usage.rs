//! What is refused before anything is sent, help, and completions.

use crate::tool::{Tool, file};

const SENTINEL: &str = "S3NT1NEL-of-the-client-secret";

#[test]
fn a_secret_in_the_arguments_is_refused_with_the_three_right_ways_and_not_repeated() {
    let right_ways = ["GENESYS_CLIENT_SECRET", "--client-secret-file FILE", "standard input"];
    for arguments in [
        ["get", "--client-secret", SENTINEL],
        ["verify", "--client-secret", SENTINEL],
        ["get", "--secret", SENTINEL],
        ["get", "--client_secret", SENTINEL],
        ["get", "--password", SENTINEL],
    ] {
        Tool::new(&arguments).secret(SENTINEL).run().fails(2, &right_ways);
    }
    let joined = format!("--client-secret={SENTINEL}");
    Tool::new(&["get", &joined]).secret(SENTINEL).run().fails(2, &right_ways);
}

#[test]
fn a_token_in_the_arguments_is_refused_and_not_repeated() {
    let run = Tool::new(&["verify", "--token", SENTINEL]).secret(SENTINEL).run();
    run.fails(2, &["--token-file", "--token-env", "standard input"]);
}

#[test]
fn a_word_that_is_no_option_is_not_repeated() {
    for arguments in [
        &[SENTINEL][..],
        &["get", SENTINEL],
        &["get", "id", SENTINEL],
        &["get", "--format", SENTINEL],
        &["get", "-s", SENTINEL],
        &["get", "--client-secret-file", SENTINEL],
        &["get", "--timeout", SENTINEL, "--region", "us_east_1"],
        &["completions", SENTINEL],
    ] {
        let message = Tool::new(arguments).secret(SENTINEL).run().failure(2);
        assert!(!message.is_empty());
    }
}

#[test]
fn a_slip_of_the_pen_is_told_what_was_meant() {
    Tool::new(&["get", "--regoin", "us_east_1"]).run().fails(2, &["--region"]);
    Tool::new(&["verfy"]).run().fails(2, &["verify"]);
    Tool::new(&["get", "--format", "yaml"]).run().fails(2, &["--format", "token, json, header, env"]);
}

#[test]
fn options_that_exclude_each_other_are_refused() {
    for arguments in [
        &["get", "--region", "us_east_1", "--domain", "example.test"][..],
        &["get", "--region", "us_east_1", "--login-host", "localhost"],
        &["get", "--client-secret-file", "-", "--credentials-command", "true"],
        &["get", "--client-secret-file", "-", "--env-file", ".env"],
        &["get", "--client-id", "a", "--env-file", ".env"],
        &["verify", "--token-file", "-", "--client-id", "a"],
        &["verify", "--token-file", "-", "--token-env", "TOKEN"],
    ] {
        Tool::new(arguments).run().fails(2, &["cannot be used with"]);
    }
    Tool::new(&["get", "--token-path", "/x"]).run().fails(2, &["--login-host"]);
}

#[test]
fn what_is_missing_is_named_with_the_ways_to_give_it() {
    let tool = || Tool::new(&["get"]);
    tool().run().fails(2, &["--region", "GENESYS_REGION"]);
    let tool = || Tool::new(&["get", "--region", "eu_central_1"]);
    tool().env("GENESYS_CLIENT_ID", "a").run().fails(2, &["GENESYS_CLIENT_SECRET", "--client-secret-file"]);
    tool().env("GENESYS_CLIENT_SECRET", SENTINEL).secret(SENTINEL).run().fails(2, &["GENESYS_CLIENT_ID"]);
    // A variable that is set but empty is what a pipeline with a missing secret gives.
    tool()
        .env("GENESYS_CLIENT_ID", "a")
        .env("GENESYS_CLIENT_SECRET", "")
        .run()
        .fails(2, &["no client secret"]);
    Tool::new(&[]).run().fails(2, &["subcommand", "get"]);
}

#[test]
fn regions_that_cannot_work_are_refused_with_the_right_host() {
    let region = |region: &str| Tool::new(&["get", "--region", region]).run().failure(2);
    assert!(region("eu").contains("eu_west_1"));
    assert!(region("za").contains("genesys-token regions") || region("za").contains("us_east_1"));
    assert!(region("api.mypurecloud.de").contains("login.mypurecloud.de"));
    assert!(region("login.genesyscloud.com").contains("login.mypurecloud.com"));
    assert!(region("http://login.mypurecloud.de").contains("https"));
    Tool::new(&["get"]).env("GENESYS_REGION", "eu").run().fails(2, &["GENESYS_REGION", "eu_west_1"]);
}

#[test]
fn hosts_that_cannot_be_are_refused_by_the_name_of_their_option() {
    for (option, value) in [
        ("--login-host", "http://localhost"),
        ("--login-host", "localhost:0"),
        ("--login-host", "localhost:99999"),
        ("--login-host", "localhost:https"),
        ("--login-host", "[::1]8443"),
        ("--login-host", "two words"),
        ("--domain", "two words"),
        ("--domain", "genesyscloud.com"),
    ] {
        Tool::new(&["get", option, value]).run().fails(2, &[option]);
    }
    Tool::new(&["get", "--login-host", "localhost", "--api-host", "localhost:x"])
        .run()
        .fails(2, &["--api-host"]);
    Tool::new(&["get", "--login-host", "localhost", "--token-path", "x"]).run().fails(2, &["--token-path"]);
}

#[test]
fn connection_options_that_cannot_be_are_refused() {
    let tool = |option: &str, value: &str| {
        Tool::new(&["get", "--region", "us_east_1", option, value])
            .env("GENESYS_CLIENT_ID", "a")
            .env("GENESYS_CLIENT_SECRET", SENTINEL)
            .secret(SENTINEL)
            .run()
    };
    for seconds in ["0", "-1", "1.x", "1e9", "x", ""] {
        tool("--timeout", seconds).fails(2, &["--timeout"]);
    }
    tool("--proxy", "socks5://localhost:1080").fails(2, &["--proxy", "SOCKS"]);
    tool("--ca-file", "/nowhere/ca.pem").fails(2, &["--ca-file", "/nowhere/ca.pem"]);
    let empty = file("empty.pem", "no certificate here\n");
    tool("--ca-file", empty.to_str().unwrap()).fails(2, &["--ca-file", "empty.pem"]);
    tool("--scope", "a  b").fails(2, &["--scope"]);
    tool("--client-auth", "digest").fails(2, &["--client-auth", "basic, basic-form-encoded, body"]);
}

#[test]
fn a_proxy_s_password_is_not_repeated() {
    let tool = Tool::new(&["get", "--region", "us_east_1"])
        .env("GENESYS_CLIENT_ID", "a")
        .env("GENESYS_CLIENT_SECRET", "b")
        .env("HTTPS_PROXY", format!("ftp://user:{SENTINEL}@localhost:1"))
        .secret(SENTINEL);
    tool.run().fails(2, &["HTTPS_PROXY"]);
}

#[test]
fn a_proxy_s_password_in_the_arguments_is_refused_and_not_repeated() {
    for url in [format!("http://user:{SENTINEL}@localhost:1"), format!("user:{SENTINEL}@localhost:1")] {
        let tool = Tool::new(&["get", "--region", "us_east_1", "--proxy", &url]).secret(SENTINEL);
        let tool = tool.env("GENESYS_CLIENT_ID", "a").env("GENESYS_CLIENT_SECRET", "b");
        tool.run().fails(2, &["--proxy", "HTTPS_PROXY", "process list"]);
    }
}

#[test]
fn what_is_too_long_is_told_in_terms_of_this_tool() {
    let tool = Tool::new(&["get", "--region", "us_east_1"]).env("GENESYS_CLIENT_ID", "a");
    let message = tool.env("GENESYS_CLIENT_SECRET", "x".repeat(5000)).run().failure(2);
    assert!(message.contains("GENESYS_CLIENT_SECRET") && message.contains("5000"), "{message}");
    // Nobody who runs a tool can choose that.
    assert!(!message.contains("choose a capacity"), "{message}");

    let text = format!("GENESYS_CLIENT_ID=a\nGENESYS_CLIENT_SECRET={}\n", "x".repeat(5000));
    let tool = Tool::new(&["get", "--region", "us_east_1", "--env-file"]).arg(file("long.env", &text));
    let message = tool.run().failure(2);
    assert!(message.contains("5000") && !message.contains("choose a capacity"), "{message}");
}

#[test]
fn client_ids_and_secrets_that_cannot_be_are_refused_by_their_source() {
    let tool = |id: &str, secret: &str| {
        Tool::new(&["get", "--region", "us_east_1"])
            .env("GENESYS_CLIENT_ID", id)
            .env("GENESYS_CLIENT_SECRET", secret)
            .secret(SENTINEL)
            .run()
    };
    tool("a b:c", SENTINEL).fails(2, &["GENESYS_CLIENT_ID"]);
    tool("a", &format!("{SENTINEL}\n")).fails(2, &["GENESYS_CLIENT_SECRET"]);
    let long = SENTINEL.repeat(400);
    let path = file("long", &long);
    let tool = Tool::new(&["get", "--region", "us_east_1", "--client-id", "a", "--client-secret-file"]);
    tool.arg(&path).secret(SENTINEL).run().fails(2, &["--client-secret-file"]);
}

#[test]
fn help_names_commands_and_exit_codes() {
    let mut help = include_str!("../data/help.txt").to_owned();
    let mut commands = vec!["get", "verify", "regions", "completions"];
    if cfg!(feature = "probe") {
        let line = "  probe        Could a device talk to the hosts? Tries it with its TLS\n";
        help.insert_str(help.find("  completions").unwrap(), line);
        commands.push("probe");
    }
    assert_eq!(Tool::new(&["--help"]).run().output(), help);
    for command in commands {
        for option in ["-h", "--help"] {
            let help = Tool::new(&[command, option]).run().output();
            assert!(help.contains(&format!("Usage: genesys-token {command}")), "{help}");
        }
    }
    let help = Tool::new(&["get", "--help"]).run().output();
    assert!(help.contains("Exit codes:") && help.contains("--client-secret-file"), "{help}");
    let version = Tool::new(&["--version"]).run().output();
    assert_eq!(version, concat!("genesys-token ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn the_readme_lists_the_exit_codes_that_help_lists() {
    let help = include_str!("../data/help.txt");
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let rows: Vec<_> = codes.lines().map(|line| line.trim().split_once("  ").unwrap()).collect();
    assert_eq!(rows.len(), 10);
    for (code, meaning) in rows {
        assert!(
            include_str!("../../README.md").contains(&format!("| {code} | {meaning} |\n")),
            "{code} {meaning}"
        );
    }
}

#[test]
fn every_shell_has_completions_that_know_the_options() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Tool::new(&["completions", shell]).run().output();
        for word in ["genesys-token", "verify", "client-secret-file", "require-scope"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
}
