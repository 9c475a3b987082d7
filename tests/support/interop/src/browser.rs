//! Chromium without a window, controlled over its debugging pipe.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{PeerError, installed};

/// A browser with a profile of its own that trusts one additional root certificate. Dropping it ends the browser.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    commands: ChildStdin,
    events: BufReader<ChildStdout>,
    next_id: u64,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts the browser with an empty page.
    pub fn start(root_pem: &str) -> Result<Self, PeerError> {
        let profile =
            TempDir::with_prefix("interop-browser-").map_err(PeerError::io("making a directory"))?;
        trust(profile.path(), root_pem)?;
        // The browser expects the pipe on file descriptors 3 and 4. As root it runs only without its sandbox.
        let script = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";
        let mut child = Command::new("/bin/sh")
            .args(["-c", script, "sh"])
            .arg(installed::program("chromium")?)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().join("data").display()))
            .arg("about:blank")
            .env("HOME", profile.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(PeerError::io("starting chromium"))?;
        let (Some(commands), Some(events)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(PeerError::new("chromium has no pipe"));
        };
        let events = BufReader::new(events);
        let mut browser =
            Self { child, commands, events, next_id: 0, session: String::new(), _profile: profile };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}))?;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", &attach)?;
        attached["sessionId"].as_str().unwrap_or_default().clone_into(&mut browser.session);
        browser.call("Page.enable", &json!({}))?;
        Ok(browser)
    }

    /// Opens a page and waits until it has loaded. A certificate that is not trusted is an error.
    pub fn open(&mut self, url: &str) -> Result<(), PeerError> {
        let opened = self.call("Page.navigate", &json!({"url": url}))?;
        if let Some(error) = opened["errorText"].as_str().filter(|error| !error.is_empty()) {
            return Err(PeerError::new(format!("chromium cannot open {url}: {error}")));
        }
        self.evaluate(
            "new Promise(done => document.readyState === 'complete' ? done('') : addEventListener('load', () => done('')))",
        )
        .map(drop)
    }

    /// Evaluates a JavaScript expression in the page and returns its value as text.
    pub fn evaluate(&mut self, expression: &str) -> Result<String, PeerError> {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let result = self.call("Runtime.evaluate", &parameters)?;
        if result.get("exceptionDetails").is_some() {
            return Err(PeerError::new(format!("the expression {expression} failed: {result}")));
        }
        Ok(result["result"]["value"].as_str().unwrap_or_default().to_owned())
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Result<Value, PeerError> {
        self.next_id += 1;
        let mut message = json!({"id": self.next_id, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).map_err(PeerError::io("sending a command to chromium"))?;
        loop {
            let mut bytes = Vec::new();
            self.events.read_until(0, &mut bytes).map_err(PeerError::io("reading from chromium"))?;
            if bytes.pop().is_none() {
                return Err(PeerError::new(format!("chromium ended before it answered {method}")));
            }
            let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            if answer["id"] == self.next_id {
                return match answer.get("error") {
                    None => Ok(answer["result"].clone()),
                    Some(error) => Err(PeerError::new(format!("chromium refused {method}: {error}"))),
                };
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closes all its processes. An error means that it has already ended.
        let _ = self.call("Browser.close", &json!({}));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Adds the root certificate to the profile's certificate database.
fn trust(home: &Path, root_pem: &str) -> Result<(), PeerError> {
    let database = home.join(".pki/nssdb");
    fs::create_dir_all(&database).map_err(PeerError::io("making the certificate database"))?;
    let root = home.join("root.pem");
    fs::write(&root, root_pem).map_err(PeerError::io("writing the root certificate"))?;
    let certutil = installed::program_of("certutil", "libnss3-tools")?;
    let database = format!("sql:{}", database.display());
    let root = root.display().to_string();
    for arguments in [
        &["-d", &database, "-N", "--empty-password"][..],
        &["-d", &database, "-A", "-t", "C,,", "-n", "sandbox", "-i", &root],
    ] {
        let output =
            Command::new(&certutil).args(arguments).output().map_err(PeerError::io("running certutil"))?;
        if !output.status.success() {
            return Err(PeerError::new(format!("certutil: {}", String::from_utf8_lossy(&output.stderr))));
        }
    }
    Ok(())
}
