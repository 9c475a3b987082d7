//! The credential sources of this crate.

use std::path::PathBuf;

use genesys_token_tokio::core::settings::ClientId;
use genesys_token_tokio::{CredentialError, CredentialSource, EnvCredentials, FileCredentials};

use crate::fixture::in_an_environment;

const ID: &str = "7a1c2e90-5d34-4b8e-9f06-3c1d8e2b4a75";
const SECRET: &str = "sentinel-of-the-sources";

/// A temporary directory, removed on drop.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("genesys-token-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

async fn id(source: impl CredentialSource) -> Result<String, CredentialError> {
    Ok(source.credentials().await?.client_id().to_string())
}

#[tokio::test]
async fn region_and_client_are_read_from_the_environment() {
    let variables =
        [("GENESYS_CLIENT_ID", ID), ("GENESYS_CLIENT_SECRET", SECRET), ("GENESYS_REGION", "eu-central-1")];
    if in_an_environment("credentials::region_and_client_are_read_from_the_environment", &variables) {
        assert_eq!(id(EnvCredentials::new()).await.unwrap(), ID);
        let endpoint = EnvCredentials::new().endpoint().unwrap();
        assert_eq!(endpoint.login_host(), "login.mypurecloud.de");
        genesys_token_tokio::TokenClient::from_env().unwrap().build().unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_broker_of_the_environment_needs_neither_region_nor_credentials() {
    let variables = [("GENESYS_TOKEN_BROKER", "unix:/nowhere/socket")];
    let name = "credentials::a_broker_of_the_environment_needs_neither_region_nor_credentials";
    if in_an_environment(name, &variables) {
        let client = genesys_token_tokio::TokenClient::from_env().unwrap().build().unwrap();
        let text = client.token().await.unwrap_err().to_string();
        assert!(text.contains("token broker at unix:/nowhere/socket"), "{text}");
    }
}

#[tokio::test]
async fn a_broker_over_tcp_takes_the_id_and_secret_of_the_environment() {
    let variables = [
        ("GENESYS_TOKEN_BROKER", "http://127.0.0.1:1"),
        ("GENESYS_CLIENT_ID", ID),
        ("GENESYS_CLIENT_SECRET", SECRET),
    ];
    let name = "credentials::a_broker_over_tcp_takes_the_id_and_secret_of_the_environment";
    if in_an_environment(name, &variables) {
        let client = genesys_token_tokio::TokenClient::from_env().unwrap().build().unwrap();
        let text = client.token().await.unwrap_err().to_string();
        assert!(text.contains("token broker at http://127.0.0.1:1"), "{text}");
    }
}

#[tokio::test]
async fn a_missing_variable_is_named() {
    if in_an_environment("credentials::a_missing_variable_is_named", &[("GENESYS_CLIENT_ID", ID)]) {
        let text = id(EnvCredentials::new()).await.unwrap_err().to_string();
        assert!(text.contains("GENESYS_CLIENT_SECRET is not set"), "{text}");
        let text = EnvCredentials::new().endpoint().unwrap_err().to_string();
        assert!(text.contains("GENESYS_REGION"), "{text}");
        let error = FileCredentials::systemd("id", "secret").unwrap_err();
        assert!(matches!(error, CredentialError::NoCredentialsDirectory));
    }
}

#[tokio::test]
async fn a_dotenv_file_supplements_the_environment() {
    let variables = [("GENESYS_CLIENT_ID", ID)];
    if in_an_environment("credentials::a_dotenv_file_supplements_the_environment", &variables) {
        let directory = Directory::new("dotenv");
        let file = directory.file(
            ".env",
            &format!("# comment\nexport GENESYS_CLIENT_ID=another\nGENESYS_CLIENT_SECRET='{SECRET}'\nGENESYS_REGION=us\n"),
        );
        let source = EnvCredentials::new().dotenv(&file);
        assert_eq!(source.endpoint().unwrap().login_host(), "login.mypurecloud.com");
        assert_eq!(id(source).await.unwrap(), ID, "the environment has priority");

        let broken = directory.file("broken.env", &format!("A=1\nGENESYS_CLIENT_SECRET = {SECRET}\n"));
        let text = id(EnvCredentials::new().dotenv(&broken)).await.unwrap_err().to_string();
        assert!(text.contains("broken.env, line 2") && !text.contains(SECRET), "{text}");
        let gap = directory.file("gap.env", "A=1\n");
        let text = id(EnvCredentials::new().dotenv(&gap)).await.unwrap_err().to_string();
        assert!(text.contains("gap.env"), "{text}");
    }
}

/// A template lists all variables, and those that are not needed stay without a value. As in the environment, such a one is not set.
#[test]
fn a_variable_without_a_value_is_not_set() {
    let variables = [("GENESYS_LOGIN_URL", " "), ("GENESYS_REGION", "")];
    if in_an_environment("credentials::a_variable_without_a_value_is_not_set", &variables) {
        let directory = Directory::new("blank");
        let content =
            "GENESYS_LOGIN_URL=\nGENESYS_API_URL=''\nGENESYS_CA_FILE=\nGENESYS_REGION=eu_central_1\n";
        let source = EnvCredentials::new().dotenv(directory.file(".env", content));
        assert_eq!(source.endpoint().unwrap().login_host(), "login.mypurecloud.de");
        assert_eq!(source.ca_file().unwrap(), None);
    }
}

/// `set NAME=value && program` of Windows keeps the space before `&&`, and the end of a line stays in values that a pipeline reads from a
/// file. No message would show it.
#[test]
fn white_space_around_a_path_is_not_a_part_of_it() {
    let variables = [("GENESYS_CA_FILE", " /nowhere/ca.pem \r\n")];
    if in_an_environment("credentials::white_space_around_a_path_is_not_a_part_of_it", &variables) {
        assert_eq!(EnvCredentials::new().ca_file().unwrap(), Some(PathBuf::from("/nowhere/ca.pem")));
    }
}

#[tokio::test]
async fn files_are_read_each_time_without_one_line_end() {
    let directory = Directory::new("files");
    let (id_file, secret_file) =
        (directory.file("id", &format!("{ID}\r\n")), directory.file("secret", "first\n"));
    let source = FileCredentials::new(&id_file, &secret_file);
    assert_eq!(id(source.clone()).await.unwrap(), ID);
    directory.file("id", "another-id");
    assert_eq!(id(source.clone()).await.unwrap(), "another-id");
    directory.file("secret", "second\n\n");
    assert!(
        matches!(id(source.clone()).await, Err(CredentialError::Invalid(_))),
        "only one line end is removed"
    );
    directory.file("secret", &"x".repeat(5000));
    assert!(matches!(id(source.clone()).await, Err(CredentialError::FileContent { .. })));
    std::fs::remove_file(&secret_file).unwrap();
    let text = id(source).await.unwrap_err().to_string();
    assert!(text.contains("secret could not be read"), "{text}");

    directory.file("secret", SECRET);
    let source = FileCredentials::with_id(ClientId::new(ID).unwrap(), &secret_file);
    assert_eq!(id(source).await.unwrap(), ID);
}

/// `docker run --env-file` does not remove quotes. The service would only say that the client is unknown.
#[tokio::test]
async fn quotes_that_were_kept_are_named() {
    let quoted = format!("\"{ID}\"");
    let variables = [
        ("GENESYS_CLIENT_ID", &*quoted),
        ("GENESYS_CLIENT_SECRET", "'sentinel'"),
        ("GENESYS_REGION", "\"us\""),
    ];
    if in_an_environment("credentials::quotes_that_were_kept_are_named", &variables) {
        for (error, name) in [
            (id(EnvCredentials::new()).await.unwrap_err(), "GENESYS_CLIENT_ID"),
            (EnvCredentials::new().endpoint().unwrap_err(), "GENESYS_REGION"),
        ] {
            let text = error.to_string();
            assert!(text.contains(name) && text.contains("docker --env-file"), "{text}");
        }
    }
}

/// A pipe without a writer is waited for, no longer than the caller waits, and without a thread that stays.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_named_pipe_obeys_the_deadline_and_leaves_no_thread() {
    let directory = Directory::new("fifo");
    let pipe = directory.0.join("secret");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let source = FileCredentials::with_id(ClientId::new(ID).unwrap(), &pipe);
    // Each attempt would hold a thread of the blocking pool, which has 512, forever.
    for _ in 0..600 {
        let attempt = tokio::time::timeout(std::time::Duration::from_millis(1), id(source.clone())).await;
        let _ = attempt.unwrap_err();
    }
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, format!("{SECRET}\n"))
    });
    assert_eq!(id(source).await.unwrap(), ID);
    writer.join().unwrap().unwrap();
}

/// Editors on Windows write a byte order mark, also into files of one line.
#[tokio::test]
async fn a_byte_order_mark_is_not_a_part_of_the_secret() {
    let directory = Directory::new("bom");
    let files = ["id", "secret"].map(|name| directory.file(name, "\u{feff}text\r\n"));
    assert_eq!(id(FileCredentials::new(&files[0], &files[1])).await.unwrap(), "text");
}

#[tokio::test]
async fn systemd_credentials_are_read_from_their_directory() {
    let directory =
        Directory::new(if std::env::var_os("CREDENTIALS_DIRECTORY").is_some() { "inner" } else { "systemd" });
    directory.file("genesys-id", ID);
    directory.file("genesys-secret", &format!("{SECRET}\n"));
    let path = directory.0.to_str().unwrap();
    if in_an_environment(
        "credentials::systemd_credentials_are_read_from_their_directory",
        &[("CREDENTIALS_DIRECTORY", path)],
    ) {
        let source = FileCredentials::systemd("genesys-id", "genesys-secret").unwrap();
        assert_eq!(id(source).await.unwrap(), ID);
    }
}

#[cfg(all(feature = "command", unix))]
mod command {
    use super::{ID, SECRET, id};
    use genesys_token_tokio::core::settings::ClientId;
    use genesys_token_tokio::{CommandCredentials, CredentialError};

    fn shell(script: &str) -> CommandCredentials {
        CommandCredentials::new("/bin/sh").args(["-c", script])
    }

    #[tokio::test]
    async fn each_form_of_output_is_parsed() {
        let json = format!(r#"echo '{{"client_id":"{ID}","client_secret":"{SECRET}","other":[1]}}'"#);
        assert_eq!(id(shell(&json)).await.unwrap(), ID);
        let escaped = format!(r#"printf '%s' '{{"client_secret":"sen\\u0074inel","client_id":"{ID}"}}'"#);
        assert_eq!(id(shell(&escaped)).await.unwrap(), ID);
        assert_eq!(id(shell(&format!("echo {ID}; echo {SECRET}"))).await.unwrap(), ID);
        // As PowerShell writes it.
        let marked = format!(r#"printf '\357\273\277{{"client_id":"{ID}","client_secret":"{SECRET}"}}'"#);
        assert_eq!(id(shell(&marked)).await.unwrap(), ID);
        let with_id = |script: &str| shell(script).client_id(ClientId::new(ID).unwrap());
        assert_eq!(id(with_id(&format!("printf {SECRET}"))).await.unwrap(), ID);
        assert_eq!(id(with_id(&format!(r#"echo '{{"client_secret":"{SECRET}"}}'"#))).await.unwrap(), ID);
    }

    #[tokio::test]
    async fn errors_do_not_contain_the_output() {
        let cases = [
            ("exit 7".to_owned(), "exit code 7"),
            ("kill -9 $$".to_owned(), "ended by a signal"),
            ("true".to_owned(), "is empty"),
            (format!("echo {SECRET}"), "two lines"),
            (format!("echo {SECRET}; echo {SECRET}; echo {SECRET}"), "two lines"),
            (format!(r#"echo '{{"client_secret":"{SECRET}"}}'"#), "no client_id"),
            (
                format!(r#"echo '{{"client_id":"{SECRET}","client_secret":["{SECRET}"]}}'"#),
                "not a JSON object",
            ),
            ("yes sentinel".to_owned(), "longer than 16 KiB"),
            // What the program reports is shown, but not what it repeats of its output.
            ("echo denied >&2; exit 2".to_owned(), "exit code 2; it reported: denied"),
            (format!("echo {SECRET}; echo set {SECRET} >&2; echo denied >&2; exit 1"), "it reported: denied"),
            (
                format!("echo '{{\"client_secret\":\"{SECRET}\"}}'; echo \"<{SECRET}>\" >&2; exit 1"),
                "run it manually",
            ),
            ("printf '\\033[31mred' >&2; exit 1".to_owned(), "it reported: [31mred"),
        ];
        for (script, says) in cases {
            let error = id(shell(&script)).await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains(says), "{script}: {text}");
            assert!(!text.contains(SECRET) && !format!("{error:?}").contains(SECRET), "{error:?}");
        }
        let missing = CommandCredentials::new("/does/not/exist");
        let error = id(missing).await.unwrap_err();
        assert!(
            matches!(error, CredentialError::CommandStart { .. })
                && error.to_string().contains("/does/not/exist")
        );
    }

    /// The last lines say what went wrong. A part of the secret where the rest was discarded would not be recognised as one.
    #[tokio::test]
    async fn a_long_standard_error_shows_its_last_whole_lines() {
        for length in (0..SECRET.len()).chain([100, 5000, 100_000]) {
            let script = format!(
                "echo {SECRET}; head -c {length} /dev/zero | tr '\\0' x >&2; i=0; while [ $i -lt 300 ]; do echo {SECRET}; i=$((i+1)); done >&2; \
                 echo denied >&2; exit 1"
            );
            let text = id(shell(&script)).await.unwrap_err().to_string();
            assert!(text.ends_with("it reported: denied"), "{length}: {text}");
        }
        // One line without an end is not shown, because a part of it was discarded.
        let script = format!("head -c 4090 /dev/zero | tr '\\0' x >&2; printf %s {SECRET} >&2; exit 1");
        let text = id(shell(&script)).await.unwrap_err().to_string();
        assert!(text.ends_with("run it manually to see the cause"), "{text}");
    }

    /// The output of a program that has exited is complete (POSIX: what it wrote is in the pipe). A process that it left running may
    /// hold the pipe open for as long as it likes.
    #[tokio::test]
    async fn a_process_left_in_the_background_does_not_delay_the_credentials() {
        let begin = std::time::Instant::now();
        let script = format!("sleep 30 & echo {ID}; echo {SECRET}");
        assert_eq!(id(shell(&script)).await.unwrap(), ID);
        assert!(begin.elapsed() < std::time::Duration::from_secs(20), "it waited for the background process");
    }

    /// With `SIGCHLD` ignored the system discards the exit status (POSIX, sigaction), so that waiting fails with ECHILD. The parent that
    /// ignores it is another shell: an ignored signal is inherited.
    #[tokio::test]
    async fn an_ignored_sigchld_does_not_matter() {
        const MARK: &str = "GENESYS_TOKEN_TEST_SIGCHLD";
        if std::env::var_os(MARK).is_some() {
            assert_eq!(id(shell(&format!("sleep 0.1; echo {ID}; echo {SECRET}"))).await.unwrap(), ID);
            return;
        }
        let test = std::env::current_exe().unwrap();
        let name = "credentials::command::an_ignored_sigchld_does_not_matter";
        // `trap '' CHLD` is not passed on by every shell; env of GNU coreutils does it.
        let output = std::process::Command::new("env")
            .arg("--ignore-signal=CHLD")
            .arg(test)
            .args(["--exact", name])
            .env(MARK, "1")
            .output()
            .unwrap();
        let printed =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(printed[0].contains("1 passed"), "{printed:?}");
    }

    /// Each attempt that is given up kills its program and leaves neither a thread nor a process.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn an_attempt_that_is_given_up_leaves_nothing() {
        let children = || {
            let path = format!("/proc/{0}/task/{0}/children", std::process::id());
            let list = std::fs::read_to_string(path).unwrap_or_default();
            let command =
                |id: &str| std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
            list.split_whitespace().filter(|id| command(id).contains("given-up")).count()
        };
        for _ in 0..20 {
            let attempt = id(shell(": given-up; exec sleep 60"));
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), attempt).await.unwrap_err();
        }
        crate::fixture::until("the end of the programs", || children() == 0).await;
    }
}
