//! The runs of one command as text, without what differs from run to run.

use std::fmt::Write as _;

use genesys_token_sandbox::DEMO_CLIENT_ID;

use crate::tool::{Run, Service, Tool};

/// An access token, shown as `[token]`.
pub(crate) const TOKEN: &str = "sentinel-token_0123456789";
/// The folder of the data for `audit`, shown as `[data]`.
pub(crate) const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/audit");

/// The runs of one command, as text.
pub(crate) struct Transcript {
    pub(crate) text: String,
}

impl Transcript {
    pub(crate) fn new() -> Self {
        Self { text: String::new() }
    }

    /// Adds a run at a service: what it is about, the arguments, and what differs from the usual.
    pub(crate) fn at(
        &mut self,
        about: &str,
        service: &Service,
        arguments: &[&str],
        change: impl FnOnce(Tool) -> Tool,
    ) {
        let tool = change(Tool::at(service, arguments));
        let folder = service.root.parent().expect("a folder").display().to_string();
        let port = |address: std::net::SocketAddr| address.port().to_string();
        let (login, api) = (port(service.sandbox.login_addr()), port(service.sandbox.api_addr()));
        let names = [(login, "[login port]"), (api, "[api port]"), (folder, "[folder]")];
        self.add(about, arguments, tool, &names);
    }

    /// Adds a run without a service.
    pub(crate) fn alone(&mut self, about: &str, arguments: &[&str]) {
        self.add(about, arguments, Tool::new(arguments), &[]);
    }

    /// Adds the help.
    pub(crate) fn help(&mut self, command: &[&str]) {
        self.alone("help", &[command, &["--help"]].concat());
    }

    /// Adds a run with what is replaced in its output.
    pub(crate) fn add(&mut self, about: &str, arguments: &[&str], tool: Tool, names: &[(String, &str)]) {
        self.ended(about, arguments, &tool.run(), names);
    }

    /// Adds a run that has ended.
    pub(crate) fn ended(&mut self, about: &str, arguments: &[&str], run: &Run, names: &[(String, &str)]) {
        self.begin(about, arguments, names);
        for text in [&run.out, &run.err].into_iter().filter(|text| !text.is_empty()) {
            let _ = writeln!(self.text, "{}", shown(text, names).trim_end());
        }
        let _ = writeln!(self.text, "[exit code {}]\n", run.code);
    }

    /// Adds a run whose output is long, and shows its first lines.
    pub(crate) fn beginning(&mut self, about: &str, arguments: &[&str], lines: usize) {
        let out = Tool::new(arguments).run().output();
        let first: Vec<_> = out.lines().take(lines).collect();
        self.begin(about, arguments, &[]);
        let _ = writeln!(self.text, "{}\n[and more]\n[exit code 0]\n", shown(&first.join("\n"), &[]));
    }

    /// Adds what a program has printed that runs until it is interrupted.
    #[cfg(feature = "sandbox")]
    pub(crate) fn serving(&mut self, about: &str, arguments: &[&str], out: &str, names: &[(String, &str)]) {
        self.begin(about, arguments, names);
        let _ = writeln!(self.text, "{}\n[until it is interrupted]\n", shown(out, names).trim_end());
    }

    fn begin(&mut self, about: &str, arguments: &[&str], names: &[(String, &str)]) {
        let words: Vec<_> = arguments
            .iter()
            .map(|word| if word.contains(' ') { format!("'{word}'") } else { (*word).to_owned() })
            .collect();
        let line = shown(&words.join(" "), names);
        let _ = writeln!(self.text, "# {about}\n$ genesys-token {line}");
    }
}

/// Replaces what differs from run to run.
fn shown(text: &str, names: &[(String, &str)]) -> String {
    let mut text = text.replace(DATA, "[data]").replace(TOKEN, "[token]");
    text = text.replace(concat!("genesys-token ", env!("CARGO_PKG_VERSION")), "genesys-token [version]");
    for (value, name) in names {
        text = text.replace(value.as_str(), name);
    }
    without_ids(&timeless(&text))
}

/// Replaces times, and what follows from them.
fn timeless(text: &str) -> String {
    let mut out = Vec::new();
    for word in text.split_inclusive([' ', '\n', '"', ',', '}', ')']) {
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
