//! Profiles: how they are written and used, and what they may not contain.

use std::fs;
use std::path::{Path, PathBuf};

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};

use crate::tool::{Service, Tool, file};

/// A folder for the configuration of one test.
struct Home {
    folder: PathBuf,
    service: Service,
}

impl Home {
    fn new() -> Self {
        let folder = file("home", "").parent().unwrap().to_owned();
        Self { folder, service: Service::start() }
    }

    /// Returns a run without variables of the service.
    fn tool(&self, arguments: &[&str]) -> Tool {
        Tool::new(arguments)
            .env("XDG_CONFIG_HOME", &self.folder)
            .env("HOME", &self.folder)
            .env("USERPROFILE", &self.folder)
    }

    /// Runs `profile add` with the sandbox's client.
    fn add(&self, name: &str) -> Tool {
        let sandbox = &self.service.sandbox;
        let tool = self.tool(&["profile", "add", name, "--client-id", DEMO_CLIENT_ID]);
        let hosts =
            tool.arg("--login-host").arg(sandbox.login_url()).arg("--api-host").arg(sandbox.api_url());
        hosts.arg("--ca-file").arg(&self.service.root)
    }

    fn config(&self) -> PathBuf {
        self.folder.join("genesys-token/config.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.config()).unwrap()
    }

    fn write(&self, text: &str) {
        fs::create_dir_all(self.config().parent().unwrap()).unwrap();
        fs::write(self.config(), text).unwrap();
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn the_first_profile_is_the_default_and_needs_no_option() {
    let home = Home::new();
    let secret = file("secret", DEMO_CLIENT_SECRET);
    #[cfg(unix)]
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let out = home.add("work").arg("--client-secret-file").arg(&secret).run().output();
    assert!(out.contains("profile work was written") && out.contains("is the default now"), "{out}");
    assert!(home.text().contains("[profiles.work]\n") && !home.text().contains(DEMO_CLIENT_SECRET));
    #[cfg(unix)]
    assert_eq!(mode(&home.config()), 0o600);
    assert!(home.tool(&["get"]).run().output().len() > 40);
    assert!(home.tool(&["whoami"]).run().output().contains(DEMO_CLIENT_ID));
    let out = home.tool(&["profile", "list"]).run().output();
    let (headings, row) = out.split_once('\n').unwrap();
    assert!(headings.starts_with("  NAME") && row.starts_with("* work"), "{out}");
    assert!(row.contains(DEMO_CLIENT_ID) && row.contains("file "), "{out}");
}

#[test]
fn a_secret_from_standard_input_is_kept_in_a_file_of_its_own_and_removed_with_the_profile() {
    let home = Home::new();
    home.add("work").arg("--client-secret-file").arg("-").input(DEMO_CLIENT_SECRET).run().output();
    let secret = home.folder.join("genesys-token/secrets/work");
    assert_eq!(fs::read_to_string(&secret).unwrap(), DEMO_CLIENT_SECRET);
    #[cfg(unix)]
    assert_eq!((mode(&secret), mode(secret.parent().unwrap())), (0o600, 0o700));
    home.tool(&["get", "--profile", "work"]).run().output();
    let out = home.tool(&["profile", "remove", "work"]).run().output();
    assert!(out.contains("its secret was removed") && !secret.exists(), "{out}");
    home.tool(&["get"]).run().fails(2, &["--region", "GENESYS_REGION"]);
}

/// Whatever replaces it, a secret to which no profile refers does not stay.
#[test]
fn the_secret_of_a_replaced_profile_is_removed_unless_another_profile_refers_to_it() {
    let home = Home::new();
    let secret = home.folder.join("genesys-token/secrets/work");
    let add = || home.add("work").arg("--client-secret-file").arg("-").input(DEMO_CLIENT_SECRET);
    let replace = |options: &[&str]| {
        let tool = home.tool(&["profile", "add", "work", "--replace", "--region", "us"]);
        options.iter().fold(tool, Tool::arg).run().output()
    };
    add().run().output();
    let out = replace(&["--credentials-command", "vault"]);
    assert!(
        out.contains("the secret of the replaced profile work was removed: ") && !secret.exists(),
        "{out}"
    );

    // The new secret has the place of the old one.
    add().arg("--replace").run().output();
    let out = add().arg("--replace").run().output();
    assert!(secret.exists() && !out.contains("the secret of"), "{out}");

    // A file in another place is not this program's.
    let own = file("secret", DEMO_CLIENT_SECRET);
    let own = own.display().to_string();
    replace(&["--client-secret-file", &own]);
    assert!(!secret.exists());
    replace(&["--systemd-credential", "x"]);
    assert!(Path::new(&own).exists());
    let outside = home.folder.join("genesys-token/outside");
    fs::write(&outside, "x").unwrap();
    let path = home.folder.join("genesys-token/secrets/../outside").display().to_string();
    replace(&["--client-secret-file", &path]);
    replace(&["--systemd-credential", "x"]);
    assert!(outside.exists());

    // Two profiles with one secret; the second one names it in another way.
    add().arg("--replace").run().output();
    let again = home.folder.join("genesys-token/secrets/../secrets/work").display().to_string();
    home.tool(&["profile", "add", "second", "--region", "us", "--client-secret-file", &again]).run().output();
    let out = replace(&["--systemd-credential", "x"]);
    assert!(out.contains("stays, since the profile second refers to it: ") && secret.exists(), "{out}");
    add().arg("--replace").run().output();
    let out = home.tool(&["profile", "remove", "work"]).run().output();
    assert!(out.contains("its secret stays, since the profile second refers to it: "), "{out}");
    home.tool(&["profile", "remove", "second"]).run().output();
    assert!(!secret.exists());
}

#[test]
fn an_import_that_replaces_profiles_removes_their_secrets() {
    let home = Home::new();
    let import = |text: &str| {
        let gc = file("config.toml", text);
        home.tool(&["profile", "import", "gc", "--replace", "--file"])
            .arg(gc)
            .secret("S3NT1NEL")
            .run()
            .output()
    };
    import("[a]\nclient_secret = \"S3NT1NEL\"\nenvironment = \"mypurecloud.de\"\n");
    let secret = home.folder.join("genesys-token/secrets/a");
    assert!(secret.exists());
    let out = import("[a]\nenvironment = \"mypurecloud.de\"\n");
    assert!(out.contains("the secret of the replaced profile a was removed") && !secret.exists(), "{out}");
}

#[test]
fn a_profile_that_is_not_valid_can_be_removed() {
    let home = Home::new();
    home.add("work").arg("--client-secret-file").arg("-").input(DEMO_CLIENT_SECRET).run().output();
    home.write(&home.text().replace("client_id", "clinet_id"));
    home.tool(&["get"]).run().fails(2, &["`clinet_id`"]);
    // Its file was removed by hand.
    fs::remove_file(home.folder.join("genesys-token/secrets/work")).unwrap();
    assert_eq!(home.tool(&["profile", "remove", "work"]).run().output(), "profile work was removed\n");
}

#[cfg(unix)]
#[test]
fn commands_and_systemd_hold_secrets_too() {
    let home = Home::new();
    let secret = file("genesys-client-secret", DEMO_CLIENT_SECRET);
    let command = format!("cat {}", secret.display());
    home.add("vault").arg("--credentials-command").arg(&command).run().output();
    home.add("unit").arg("--systemd-credential").arg("genesys-client-secret").run().output();
    home.tool(&["get", "--profile", "vault"]).run().output();
    home.tool(&["get", "--profile", "unit"])
        .run()
        .fails(2, &["client_secret_systemd", "unit", "LoadCredential"]);
    let tool = home.tool(&["get", "--profile", "unit"]);
    let run = tool.env("CREDENTIALS_DIRECTORY", secret.parent().unwrap()).run();
    assert_eq!(run.code, 0, "{run:?}");
    let out = home.tool(&["profile", "list"]).run().output();
    assert!(
        out.contains("command cat\n") && out.contains("systemd credential genesys-client-secret"),
        "{out}"
    );
}

#[test]
fn options_come_first_then_the_profile_then_the_environment_then_the_default() {
    let home = Home::new();
    for name in ["first", "second"] {
        home.add(name).arg("--client-secret-file").arg("-").input(DEMO_CLIENT_SECRET).run().output();
    }
    let id = |tool: Tool| tool.arg("--timeout").arg("20").run().err;
    // The refusal names its sources.
    let tool = || home.tool(&["get"]).env("GENESYS_CLIENT_ID", "stale");
    let refusal = id(tool());
    assert!(refusal.contains("client id from the environment variable GENESYS_CLIENT_ID"), "{refusal}");
    assert!(refusal.contains("client_secret_file of the profile first"), "{refusal}");
    tool().arg("--profile").arg("second").run().output();
    let refusal = id(tool().arg("--profile").arg("second").arg("--client-id").arg("other"));
    assert!(refusal.contains("--client-id") && refusal.contains("profile second"), "{refusal}");
    home.tool(&["get"])
        .env("GENESYS_PROFILE", "nothing")
        .run()
        .fails(2, &["GENESYS_PROFILE", "`nothing`", "first, second"]);
    home.tool(&["get", "--profile", "nothing"]).run().fails(2, &["--profile", "`nothing`"]);
}

#[test]
fn the_default_can_be_changed_and_comments_stay() {
    let home = Home::new();
    home.write("# ours\n[profiles.a]\nregion = \"eu_central_1\" # Frankfurt\n\n[profiles.b]\nregion = \"us_east_1\"\n");
    assert!(home.tool(&["profile", "use", "b"]).run().output().contains("profile b is the default now"));
    let text = home.text();
    assert!(
        text.contains("# ours") && text.contains("# Frankfurt") && text.contains("default = \"b\""),
        "{text}"
    );
    home.tool(&["profile", "use", "c"]).run().fails(2, &["`c`", "a, b"]);
    home.tool(&["profile", "remove", "c"]).run().fails(2, &["`c`", "a, b"]);
    home.tool(&["profile", "add", "a", "--region", "us"]).run().fails(2, &["already", "--replace"]);
    home.tool(&["profile", "add", "a", "--region", "us", "--replace"]).run().output();
    assert!(home.text().contains("region = \"us\""));
}

#[test]
fn a_profile_that_lacks_something_says_so() {
    let home = Home::new();
    home.tool(&["profile", "add", "a"]).run().fails(2, &["--region", "--client-id", "--help"]);
    assert!(!home.config().exists());
    let out = |arguments: &[&str]| home.tool(&[&["profile", "add"], arguments].concat()).run().output();
    let incomplete = out(&["a", "--client-id", "id"]);
    assert!(incomplete.contains("no region and no client secret"), "{incomplete}");
    let incomplete = out(&["b", "--ca-file", "x"]);
    assert!(incomplete.contains("no region, no client id and no client secret"), "{incomplete}");
    for complete in [
        &["c", "--region", "us", "--client-id", "id", "--systemd-credential", "x"][..],
        &["d", "--region", "us", "--credentials-command", "x"],
        &["e", "--broker", "/run/broker"],
    ] {
        assert_eq!(out(complete).lines().count(), 1, "{complete:?}");
    }
}

#[test]
fn without_a_default_profile_the_message_tells_how_to_choose_one() {
    let home = Home::new();
    for name in ["a", "b"] {
        home.tool(&["profile", "add", name, "--region", "us"]).run().output();
    }
    assert_eq!(home.tool(&["profile", "remove", "b"]).run().output(), "profile b was removed\n");
    home.tool(&["profile", "add", "b", "--region", "us"]).run().output();
    let out = home.tool(&["profile", "remove", "a"]).run().output();
    assert!(out.contains("no default profile") && out.contains("profile use NAME"), "{out}");
    home.tool(&["get"]).run().fails(2, &["no region", "none of b", "--profile"]);
    home.tool(&["profile", "remove", "b"]).run().output();
    let out = home.tool(&["profile", "list"]).run().output();
    assert!(out.contains("no profiles"), "{out}");
}

#[test]
fn a_secret_in_the_configuration_is_refused_and_not_repeated() {
    let home = Home::new();
    home.write("default = \"a\"\n[profiles.a]\nclient_secret = \"S3NT1NEL\"\n");
    home.tool(&["get"])
        .secret("S3NT1NEL")
        .run()
        .fails(2, &["config.toml", "`client_secret`", "client_secret_file"]);
    home.write("[profiles.a]\nclient_secret_file = \"x\"\nclient_secret_command = \"y\"\n");
    home.tool(&["get", "--profile", "a"]).run().fails(2, &["client_secret_file and client_secret_command"]);
    home.write("[profiles.a]\nregoin = \"x\"\n");
    home.tool(&["get", "--profile", "a"]).run().fails(2, &["`regoin`", "region, login_url"]);
    // The parser's message is printed: whatever is wrong, it does not repeat the file.
    for text in [
        "[profiles.a\nS3NT1NEL\n",
        "[profiles.a]\nclient_secret = S3NT1NEL\n",
        "[profiles.a]\nclient_secret = \"S3NT1NEL\n",
        "[profiles.a]\nclient_secret = \"\\S3NT1NEL\"\n",
        "[profiles.a]\nclient_secret = 12S3NT1NEL\n",
        "[profiles.a]\nS3NT1NEL = 1\nS3NT1NEL = 2\n",
        "[profiles.S3NT1NEL]\n[profiles.S3NT1NEL]\n",
    ] {
        home.write(text);
        home.tool(&["get"]).secret("S3NT1NEL").run().fails(2, &["config.toml", "not TOML"]);
    }
    home.write("[profile.a]\nregion = \"x\"\n");
    home.tool(&["get"]).run().fails(2, &["`profile`", "[profiles.NAME]"]);
}

#[test]
fn invalid_names_and_regions_are_refused() {
    let home = Home::new();
    for name in ["", "../x", ".hidden", "a b"] {
        home.tool(&["profile", "add", name]).run().fails(2, &["name of a profile", "letters"]);
    }
    // The refresh token of the profile `a` is in the file `a.refresh`.
    for name in ["a.refresh", "a.LOCK", "a.refresh.lock"] {
        home.tool(&["profile", "add", name, "--region", "us"])
            .run()
            .fails(2, &["name of a profile", ".refresh"]);
    }
    home.tool(&["profile", "add", "a", "--region", "frankfrut"])
        .run()
        .fails(2, &["--region", "eu_central_1"]);
    home.tool(&["profile", "add", "a", "--client-secret-file", "x", "--systemd-credential", "y"])
        .run()
        .fails(2, &["cannot be used with"]);
    Tool::new(&["profile", "add", "a", "--region", "us"]).run().fails(2, &["XDG_CONFIG_HOME"]);
    assert!(Tool::new(&["profile", "list"]).run().output().contains("no profiles"));
    assert!(!home.config().exists());
}

#[test]
fn settings_of_other_tools_are_imported() {
    let home = Home::new();
    let gc = format!(
        "[default]\nclient_credentials = \"{DEMO_CLIENT_ID}\"\nclient_secret = \"{DEMO_CLIENT_SECRET}\"\n\
         environment = \"eu-central-1\"\n[other]\nclient_credentials = \"b\"\nenvironment = \"mypurecloud.ie\"\n"
    );
    fs::create_dir_all(home.folder.join(".gc")).unwrap();
    fs::write(home.folder.join(".gc/config.toml"), gc).unwrap();
    let out = home.tool(&["profile", "import", "gc"]).run().output();
    assert!(out.contains(".gc/config.toml still contains them"), "{out}");
    assert!(
        out.contains("profile default was written") && out.contains("profile other was written"),
        "{out}"
    );
    assert_eq!(
        fs::read_to_string(home.folder.join("genesys-token/secrets/default")).unwrap(),
        DEMO_CLIENT_SECRET
    );
    assert!(!home.text().contains(DEMO_CLIENT_SECRET) && home.text().contains("region = \"eu-central-1\""));
    let out = home.tool(&["profile", "import", "gc"]).run().output();
    assert!(out.contains("left as it is"), "{out}");
    let ini = file("config", "[logging]\nhost = x\n[general]\nhost = https://api.mypurecloud.de\n");
    home.tool(&["profile", "import", "python", "--file"]).arg(ini).run().output();
    let json = file("config", r#"{"general":{"host":"https://api.mypurecloud.jp"}}"#);
    home.tool(&["profile", "import", "javascript", "--file"]).arg(json).run().output();
    assert!(home.text().contains("mypurecloud.de") && home.text().contains("mypurecloud.jp"));
    home.tool(&["profile", "import", "python"]).run().fails(2, &[".genesyscloudpython", "cannot be read"]);
    let empty = file("config", "");
    home.tool(&["profile", "import", "gc", "--file"]).arg(&empty).run().fails(2, &["no profiles"]);
    home.tool(&["profile", "import", "javascript", "--file"]).arg(&empty).run().fails(2, &["`host`"]);
}

/// As `gc profiles new` writes them (viper: names in lower case, an empty text for what was not given), and the two formats that the documentation
/// of the SDKs shows.
#[test]
fn complete_files_of_other_tools_are_imported() {
    let home = Home::new();
    let gc = file(
        "config.toml",
        "[default]\n  access_token = \"\"\n  auto_pagination_enabled = false\n  client_credentials = \"an-id\"\n  client_secret = \"S3NT1NEL\"\n  \
         environment = \"mypurecloud.de\"\n  grant_type = \"1\"\n  redirect_uri = \"\"\n  secure_login_enabled = false\n\n[token]\n  \
         access_token = \"S3NT1NEL-2\"\n  client_credentials = \"\"\n  client_secret = \"\"\n  environment = \"me_central_1\"\n  grant_type = \"0\"\n",
    );
    let tool = home.tool(&["profile", "import", "gc", "--file"]).arg(gc).secret("S3NT1NEL");
    let out = tool.run().output();
    assert!(!out.contains("S3NT1NEL") && out.contains("no client id and no client secret"), "{out}");
    let text = home.text();
    assert!(
        text.contains("[profiles.default]\nregion = \"mypurecloud.de\"\nclient_id = \"an-id\""),
        "{text}"
    );
    assert!(text.contains("[profiles.token]\nregion = \"me_central_1\"\n"), "{text}");
    assert!(!text.contains("S3NT1NEL") && !home.folder.join("genesys-token/secrets/token").exists());

    let ini = "[logging]\nlog_level = trace\nlog_file_path = /var/log/pythonsdk.log\n\n[reauthentication]\nrefresh_access_token = true\n\n\
               [general]\nlive_reload_config = true\nhost = https://api.euw2.pure.cloud\n";
    let json = r#"{
        "logging": {"log_level": "trace", "log_to_console": false},
        "reauthentication": {"refresh_access_token": true, "refresh_token_wait_max": 10},
        "general": {"live_reload_config": true, "host": "https://api.euw2.pure.cloud"}
    }"#;
    for tool in ["python", "javascript"] {
        for text in [ini, json] {
            let file = file("config", text);
            let arguments = ["profile", "import", tool, "--replace", "--file"];
            let out = home.tool(&arguments).arg(file).run().output();
            assert!(out.contains("no client id and no client secret"), "{out}");
            assert!(home.text().contains(&format!("[profiles.{tool}]\nregion = \"euw2.pure.cloud\"\n")));
        }
    }
}

#[test]
fn an_import_that_fails_leaves_no_secret() {
    let home = Home::new();
    let gc = file(
        "config.toml",
        "[a]\nclient_secret = \"S3NT1NEL\"\nenvironment = \"mypurecloud.de\"\n[b]\nenvironment = \"frankfrut\"\n",
    );
    let tool = home.tool(&["profile", "import", "gc", "--file"]).arg(gc).secret("S3NT1NEL");
    tool.run().fails(2, &["config.toml", "frankfrut"]);
    assert!(!home.config().exists() && !home.folder.join("genesys-token/secrets").exists());
}
