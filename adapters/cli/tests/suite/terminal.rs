//! A terminal of 80 and of 40 columns (tmux): colours, long lines and progress as a user sees them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use genesys_token_sandbox::{Answer, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Response};

use crate::tool::{Service, Tool, file};

/// Printed when the command has ended.
const END: &str = "[the end]";
const WIDTHS: [u16; 2] = [80, 40];
/// For a loaded machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// A tmux server of its own with one window, in which a command runs.
struct Terminal {
    socket: PathBuf,
}

impl Terminal {
    fn run(service: &Service, width: u16, arguments: &str, environment: &[(&str, &str)]) -> Self {
        let socket = file("tmux", "").with_file_name("s");
        let sandbox = &service.sandbox;
        let script =
            format!("'{}' {arguments}; printf '%s' '{END}'; sleep 600", env!("CARGO_BIN_EXE_genesys-token"));
        let script = file("script", &script);
        let mut command = tmux(&socket);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("GENESYS_LOGIN_URL", sandbox.login_url()).env("GENESYS_API_URL", sandbox.api_url());
        command.env("GENESYS_CLIENT_ID", DEMO_CLIENT_ID).env("GENESYS_CLIENT_SECRET", DEMO_CLIENT_SECRET);
        command.env("GENESYS_CA_FILE", &service.root).env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
        command.envs(environment.iter().copied());
        command.args([
            "-f",
            "/dev/null",
            "-u",
            "new-session",
            "-d",
            "-y",
            "600",
            "-x",
            &width.to_string(),
            "sh",
        ]);
        let output = command.arg(script).output().expect("tmux is installed");
        assert!(output.status.success(), "{output:?}");
        Self { socket }
    }

    /// What the window shows, with escape sequences if `options` is `-e`.
    fn shown(&self, options: &str) -> String {
        let mut command = tmux(&self.socket);
        let output = command.args(["capture-pane", "-p", options]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Waits until the window shows this.
    #[track_caller]
    fn wait_for(&self, text: &str) -> String {
        let start = Instant::now();
        loop {
            let shown = self.shown("-J");
            if shown.contains(text) {
                return shown;
            }
            assert!(start.elapsed() < DEADLINE, "no {text:?} in {shown}");
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = tmux(&self.socket).arg("kill-server").output();
    }
}

fn tmux(socket: &Path) -> Command {
    let mut command = Command::new("tmux");
    command.arg("-S").arg(socket);
    command
}

/// Without white space: where lines are broken depends on the width.
fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn help_is_complete_at_each_width_and_breaks_no_word_of_its_text() {
    let service = Service::start();
    for width in WIDTHS {
        for command in ["--help", "get --help", "audit --help"] {
            let terminal = Terminal::run(&service, width, command, &[]);
            let shown = terminal.wait_for(END);
            let arguments: Vec<_> = command.split(' ').collect();
            let expected = Tool::new(&arguments).env("COLUMNS", width.to_string()).run().output();
            assert_eq!(letters(&shown), letters(&expected) + &letters(END), "{width}: {shown}");
        }
    }
}

/// The terminal would break a longer line within a word. A line of usage, and a word that is longer, cannot be shorter.
#[test]
fn help_fits_into_each_width() {
    for command in crate::transcripts_complete::commands() {
        for width in WIDTHS {
            let arguments: Vec<_> = command.split(' ').chain(["--help"]).collect();
            let help = Tool::new(&arguments).env("COLUMNS", width.to_string()).run().output();
            let is_too_long = |line: &&str| line.chars().count() > width.into();
            for line in help.lines().filter(is_too_long) {
                let can_be_shorter = !line.starts_with("Usage:") && line.split_whitespace().count() > 1;
                assert!(!can_be_shorter, "{command}, {width} columns: {line}");
            }
        }
    }
}

#[test]
fn results_are_coloured_and_complete_at_each_width() {
    let service = Service::start();
    for width in WIDTHS {
        let terminal = Terminal::run(&service, width, "doctor", &[]);
        let shown = letters(&terminal.wait_for(END));
        assert!(
            shown.contains(&letters("client secret from the environment variable GENESYS_CLIENT_SECRET")),
            "{shown}"
        );
        assert!(terminal.shown("-e").contains("\x1b[32mok"), "{}", terminal.shown("-e"));
        let plain = Terminal::run(&service, width, "doctor", &[("NO_COLOR", "1")]);
        plain.wait_for(END);
        assert!(!plain.shown("-e").contains("\x1b[32m"), "{}", plain.shown("-e"));
    }
}

#[test]
fn a_table_is_complete_at_each_width_and_fits_into_the_wider_one() {
    let service = Service::start();
    for width in WIDTHS {
        let terminal = Terminal::run(&service, width, "regions", &[]);
        let shown = terminal.wait_for(END);
        let expected = Tool::new(&["regions"]).run().output();
        assert!(expected.lines().all(|line| line.chars().count() <= 80), "{expected}");
        assert_eq!(letters(&shown), letters(&expected) + &letters(END), "{width}: {shown}");
    }
}

#[test]
fn a_failure_is_one_sentence_that_is_read_at_each_width() {
    let service = Service::start();
    for width in WIDTHS {
        let terminal = Terminal::run(&service, width, "get --region frankfrut", &[]);
        let shown = terminal.wait_for(END);
        let message = "genesys-token: --region: unknown region `frankfrut`; did you mean eu_central_1 (Frankfurt, mypurecloud.de)?";
        assert!(letters(&shown).starts_with(&letters(message)), "{shown}");
        assert!(terminal.shown("-e").contains("\x1b[31mgenesys-token:"), "{}", terminal.shown("-e"));
    }
}

/// The body of a refusal has no end of line.
#[test]
fn the_message_after_the_body_of_a_refusal_begins_a_line() {
    let service = Service::start();
    for width in WIDTHS {
        let terminal = Terminal::run(&service, width, "api GET /api/v2/users/me --include", &[]);
        let shown = terminal.wait_for(END);
        assert!(shown.contains("}\ngenesys-token: "), "{shown}");
    }
}

#[test]
fn a_download_is_counted_in_bytes_unless_it_is_printed_on_the_terminal() {
    let service = Service::start();
    let body = Response::new(200).body("text/plain", vec![b'x'; 3_000_000]);
    let answer = Answer::from(body.clone()).dripping(500_000, Duration::from_secs(1));
    for width in WIDTHS {
        service.sandbox.script(Host::Api, answer.clone());
        let terminal = Terminal::run(&service, width, "api GET /api/v2/x > /dev/null", &[]);
        terminal.wait_for(" of 3.0 MB");
        let shown = terminal.wait_for(END);
        assert_eq!(shown.trim(), END, "nothing is left of it");
        // Of unknown length.
        service.sandbox.script(Host::Api, answer.clone().chunked([500_000]));
        let terminal = Terminal::run(&service, width, "api GET /api/v2/x > /dev/null", &[]);
        assert!(!terminal.wait_for("receiving: ").contains(" of "));
    }
    service.sandbox.script(
        Host::Api,
        Answer::from(Response::new(200).body("text/plain", "y".repeat(100)))
            .dripping(20, Duration::from_secs(1)),
    );
    let printed = Terminal::run(&service, 80, "api GET /api/v2/x", &[]);
    assert!(!printed.wait_for("yyyy").contains("receiving"));
    let printed = printed.wait_for(END);
    assert!(!printed.contains("receiving"));
    assert_eq!(printed.trim_end().lines().last(), Some(END), "a line of its own: {printed}");
}

#[test]
fn pages_and_their_bytes_are_counted_and_leave_no_trace() {
    let service = Service::start();
    let page = |number: u8, size: usize| {
        let body = format!(r#"{{"entities":["{}"],"pageNumber":{number},"pageCount":3}}"#, "x".repeat(size));
        Answer::from(Response::new(200).json(body))
    };
    let collection = || {
        service.sandbox.script(Host::Api, page(1, 500_000).delayed(Duration::from_secs(1)));
        service.sandbox.script(Host::Api, page(2, 1_000_000).delayed(Duration::from_secs(3)));
        service.sandbox.script(Host::Api, page(3, 20).delayed(Duration::from_secs(3)));
    };
    let arguments = "api GET '/api/v2/users?pageNumber=1' --paginate --filter 'length(entities)'";
    for width in WIDTHS {
        collection();
        let terminal = Terminal::run(&service, width, &format!("{arguments} > /dev/null"), &[]);
        terminal.wait_for("receiving: 1 page, 500 kB, ");
        terminal.wait_for("receiving: 2 pages, 1.5 MB, ");
        assert_eq!(terminal.wait_for(END).trim(), END);
        // Results and progress on one terminal.
        collection();
        let terminal = Terminal::run(&service, width, arguments, &[]);
        assert!(terminal.wait_for("receiving: 2 pages").starts_with("1\n1\n"));
        assert_eq!(terminal.wait_for(END).trim(), format!("1\n1\n1\n{END}"));
    }
}

/// At 20 columns it is wider than the terminal.
#[test]
fn a_document_that_is_fetched_is_counted_and_its_progress_stays_on_one_line() {
    let service = Service::start();
    let manifest = file("manifest.toml", "[[call]]\nmethod = \"GET\"\npath = \"/api/v2/users/me\"\n");
    let document = format!(r#"{{"paths":{{}},"x":"{}"}}"#, "x".repeat(3_000_000));
    for width in [80, 40, 20] {
        service.sandbox.script(Host::Api, Response::new(200).json(r#"{"OAuthClient":{"roleDivisions":[]}}"#));
        let answer = Answer::from(Response::new(200).json(&document));
        service.sandbox.script(Host::Api, answer.dripping(500_000, Duration::from_secs(1)));
        let arguments = format!("audit --fetch --manifest '{}' > /dev/null", manifest.display());
        let terminal = Terminal::run(&service, width, &arguments, &[]);
        let shown = terminal.wait_for("OpenAPI document: ");
        assert_eq!(shown.trim().lines().count(), 1, "{shown}");
        assert_eq!(shown.contains(" of 3.0 MB"), width > 20, "{shown}");
        assert!(!terminal.wait_for(END).contains("OpenAPI document: "));
    }
}

#[test]
fn a_long_wait_is_shown_and_leaves_no_trace() {
    let service = Service::start();
    for width in WIDTHS {
        let answer = Answer::from(Response::new(200).json("{\"done\":true}"));
        service.sandbox.script(Host::Api, answer.delayed(Duration::from_secs(4)));
        let terminal = Terminal::run(&service, width, "api GET /api/v2/x", &[]);
        terminal.wait_for("waiting for the response: ");
        let shown = terminal.wait_for(END);
        assert!(shown.contains("{\"done\":true}") && !shown.contains("waiting"), "{shown}");
        service
            .sandbox
            .script(Host::Api, Answer::from(Response::new(200).json("{}")).delayed(Duration::from_secs(2)));
        let hidden = Terminal::run(&service, width, "api GET /api/v2/x --quiet", &[]);
        assert!(!hidden.wait_for(END).contains("waiting"));
    }
}
