//! Failures before anything is sent, and help.

use crate::tool::{Tool, file};

const SENTINEL: &str = "S3NT1NEL-of-the-client-secret";

#[test]
fn a_secret_in_the_arguments_is_refused_and_not_repeated() {
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
fn unknown_words_are_not_repeated() {
    for arguments in [
        &[SENTINEL][..],
        &["get", SENTINEL],
        &["get", "id", SENTINEL],
        &["get", "--format", SENTINEL],
        &["get", "-s", SENTINEL],
        &["get", "--client-secret-file", SENTINEL],
        &["get", "--timeout", SENTINEL, "--region", "us_east_1"],
        &["completions", SENTINEL],
        &["get", &format!("--help={SENTINEL}")],
        &["get", &format!("-v={SENTINEL}"), "--region", "us_east_1"],
        &["get", "--region", "us_east_1", &format!("--client-auth={SENTINEL}")],
    ] {
        let message = Tool::new(arguments).secret(SENTINEL).run().failure(2);
        assert!(!message.is_empty());
    }
}

#[test]
fn a_typo_suggests_the_right_option() {
    Tool::new(&["get", "--regoin", "us_east_1"]).run().fails(2, &["--region"]);
    Tool::new(&["verfy"]).run().fails(2, &["verify"]);
    Tool::new(&["get", "--format", "yaml"])
        .run()
        .fails(2, &["--format", "token, json, header, env, credential"]);
}

#[test]
fn conflicting_options_are_refused() {
    for arguments in [
        &["get", "--region", "us_east_1", "--domain", "example.test"][..],
        &["get", "--region", "us_east_1", "--login-host", "localhost"],
        &["get", "--client-secret-file", "-", "--credentials-command", "true"],
        &["get", "--client-secret-file", "-", "--env-file", ".env"],
        &["verify", "--token-file", "-", "--client-id", "a"],
        &["verify", "--token-file", "-", "--token-env", "TOKEN"],
    ] {
        Tool::new(arguments).run().fails(2, &["cannot be used with"]);
    }
    let tool = Tool::new(&["get", "--token-path", "/x", "--region", "us_east_1"]);
    tool.run().fails(2, &["--token-path", "--login-host", "GENESYS_LOGIN_URL"]);
}

#[test]
fn missing_settings_are_named_with_the_ways_to_give_them() {
    let tool = || Tool::new(&["get"]);
    tool().run().fails(2, &["--region", "GENESYS_REGION"]);
    let tool = || Tool::new(&["get", "--region", "eu_central_1"]);
    tool().env("GENESYS_CLIENT_ID", "a").run().fails(2, &["GENESYS_CLIENT_SECRET", "--client-secret-file"]);
    tool().env("GENESYS_CLIENT_SECRET", SENTINEL).secret(SENTINEL).run().fails(2, &["GENESYS_CLIENT_ID"]);
    // A pipeline with a missing secret sets the variable to an empty value.
    tool()
        .env("GENESYS_CLIENT_ID", "a")
        .env("GENESYS_CLIENT_SECRET", "")
        .run()
        .fails(2, &["no client secret"]);
    Tool::new(&[]).run().fails(2, &["subcommand", "get"]);
}

#[test]
fn invalid_regions_are_refused_with_the_right_host() {
    let region = |region: &str| Tool::new(&["get", "--region", region]).run().failure(2);
    assert!(region("eu").contains("eu_west_1"));
    assert!(region("za").contains("`za`") && region("za").contains("genesys-token regions"));
    let suggestion = region("frankfrut");
    assert!(
        suggestion.contains("`frankfrut`") && suggestion.contains("did you mean eu_central_1 (Frankfurt")
    );
    assert!(region("api.mypurecloud.de").contains("login.mypurecloud.de"));
    assert!(region("login.genesyscloud.com").contains("login.mypurecloud.com"));
    assert!(region("http://login.mypurecloud.de").contains("https"));
    Tool::new(&["get"]).env("GENESYS_REGION", "eu").run().fails(2, &["GENESYS_REGION", "eu_west_1"]);
}

#[test]
fn invalid_hosts_are_refused_with_the_name_of_their_option() {
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
fn invalid_connection_options_are_refused() {
    let tool = |option: &str, value: &str| {
        Tool::new(&["get", "--region", "us_east_1", option, value])
            .env("GENESYS_CLIENT_ID", "a")
            .env("GENESYS_CLIENT_SECRET", SENTINEL)
            .secret(SENTINEL)
            .run()
    };
    for duration in
        ["0", "-1", "1.x", "1e9", "x", "", "0s", "1.5m", "61m", "1d", "1 m", "m", "99999999999999999h"]
    {
        tool("--timeout", duration).fails(2, &["--timeout", "from 1s to 1h, such as 90s or 5m"]);
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
fn values_that_are_too_long_are_refused() {
    let tool = Tool::new(&["get", "--region", "us_east_1"]).env("GENESYS_CLIENT_ID", "a");
    let message = tool.env("GENESYS_CLIENT_SECRET", "x".repeat(5000)).run().failure(2);
    assert!(message.contains("GENESYS_CLIENT_SECRET") && message.contains("5000"), "{message}");
    // Capacities are fixed in this program.
    assert!(!message.contains("choose a capacity"), "{message}");

    let text = format!("GENESYS_CLIENT_ID=a\nGENESYS_CLIENT_SECRET={}\n", "x".repeat(5000));
    let tool = Tool::new(&["get", "--region", "us_east_1", "--env-file"]).arg(file("long.env", &text));
    let message = tool.run().failure(2);
    assert!(message.contains("5000") && !message.contains("choose a capacity"), "{message}");
}

#[test]
fn invalid_client_ids_and_secrets_are_refused_with_their_source() {
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
    let (mut help, mut commands) = (String::new(), Vec::new());
    for line in include_str!("../data/help.txt").lines() {
        let is_command = line.starts_with("  ") && line.as_bytes().get(2).is_some_and(u8::is_ascii_lowercase);
        let name = line.split_whitespace().next().unwrap_or_default();
        let is_left_out = match name {
            "probe" => cfg!(not(feature = "probe")),
            "sandbox" => cfg!(not(feature = "sandbox")),
            _ => false,
        };
        if is_command && is_left_out {
            continue;
        }
        if is_command && name != "help" {
            commands.push(name);
        }
        help.extend([line, "\n"]);
    }
    assert!(commands.len() > 8, "{commands:?}");
    assert_eq!(Tool::new(&["--help"]).run().output(), help);
    for command in commands {
        for arguments in [[command, "-h"], [command, "--help"], ["help", command]] {
            let help = Tool::new(&arguments).run().output();
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
    assert_eq!(rows.last(), Some(&("127", "exec: the command was not found")));
    for (code, meaning) in rows {
        assert!(
            include_str!("../../README.md").contains(&format!("| {code} | {meaning} |\n")),
            "{code} {meaning}"
        );
    }
}

#[test]
fn verbose_is_accepted_before_and_after_the_command() {
    for arguments in [["-v", "regions"], ["regions", "-v"], ["regions", "--verbose"]] {
        assert!(Tool::new(&arguments).run().output().contains("eu_central_1"), "{arguments:?}");
    }
}

#[test]
fn a_missing_secret_file_is_named() {
    for option in ["--client-secret-file", "--env-file"] {
        let tool =
            Tool::new(&["get", "--region", "us_east_1", "--client-id", "a", option, "/nowhere/secret.txt"]);
        tool.run().fails(2, &[option, "/nowhere/secret.txt", "be read"]);
    }
}

/// Windows PowerShell 5 writes files in UTF-16 with `>`.
#[test]
fn a_secret_file_in_utf_16_is_reported_as_such() {
    let little: Vec<u8> = "\u{feff}secret".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "\u{feff}secret".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let unmarked: Vec<u8> = "secret".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [little, big, unmarked] {
        let path = file("secret.txt", "");
        std::fs::write(&path, bytes).unwrap();
        let tool = Tool::new(&["get", "--region", "us_east_1", "--client-id", "a", "--client-secret-file"]);
        tool.arg(&path).run().fails(2, &["secret.txt", "UTF-16", "UTF-8"]);
    }
    let env = file(".env", "");
    let bytes: Vec<u8> = "\u{feff}GENESYS_REGION=us".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&env, bytes).unwrap();
    Tool::new(&["get", "--env-file"]).arg(env).run().fails(2, &["--env-file", ".env", "UTF-16", "UTF-8"]);
}

#[test]
fn failures_are_json_if_asked_for() {
    for arguments in [
        &["get", "--region", "nowhere", "--error-format", "json"][..],
        &["--error-format=json", "get", "--region", "nowhere"],
    ] {
        let run = Tool::new(arguments).run();
        let error: serde_json::Value = serde_json::from_str(&run.err).unwrap();
        assert_eq!((run.code, &error["error"]["exit_code"]), (2, &2.into()), "{run:?}");
        assert!(error["error"]["message"].as_str().unwrap().contains("unknown region `nowhere`"), "{run:?}");
    }
    // A command line that cannot be parsed, too.
    let run = Tool::new(&["get", "--regoin", "x", "--error-format", "json"]).run();
    let error: serde_json::Value = serde_json::from_str(&run.err).unwrap();
    assert!(error["error"]["message"].as_str().unwrap().contains("--region"), "{run:?}");
    // What follows -- belongs to the command.
    let run = Tool::new(&["exec", "--region", "nowhere", "--", "true", "--error-format", "json"]).run();
    assert!(run.err.starts_with("genesys-token: "), "{run:?}");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = file("pages", "").parent().unwrap().to_owned();
    assert_eq!(Tool::new(&["man", "--dir"]).arg(&folder).run().output(), "");
    for command in ["get", "api", "audit", "doctor", "profile", "man"] {
        let page = std::fs::read_to_string(folder.join(format!("genesys-token-{command}.1"))).unwrap();
        assert!(
            page.contains(&format!("genesys\\-token\\-{command}")) || page.contains("genesys-token"),
            "{page}"
        );
        assert_eq!(Tool::new(&["man", command]).run().output(), page);
    }
    let page = std::fs::read_to_string(folder.join("genesys-token-profile-add.1")).unwrap();
    assert!(page.contains("\\-\\-client\\-secret\\-file"), "{page}");
    assert_eq!(Tool::new(&["man", "profile", "add"]).run().output(), page);
    Tool::new(&["man", "profile", "nothing"]).run().fails(2, &["COMMAND"]);
    let page = Tool::new(&["man"]).run().output();
    assert!(page.contains(".TH") && page.contains("audit"), "{page}");
    Tool::new(&["man", "nothing"]).run().fails(2, &["COMMAND", "--help"]);
}
