//! Runs of a candidate, each in a process of its own.

use std::process::{Command, Stdio};
use std::time::Duration;

use genesys_token_sandbox::{Answer, Host, Sandbox};

use crate::candidate::Candidate;
use crate::error::AnyError;
use crate::load::Rhythm;

/// Where a candidate sends its calls, and how often.
pub(crate) struct Target<'a> {
    pub(crate) login_port: u16,
    pub(crate) api_port: u16,
    /// Path of the trust anchors.
    pub(crate) root: &'a str,
    pub(crate) rhythm: Rhythm,
}

/// Costs of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// As the server counts them.
    pub(crate) connections: usize,
    pub(crate) calls_per_second: f64,
    pub(crate) cpu_per_call_us: f64,
    pub(crate) p99_ms: f64,
}

/// The server of a run.
pub(crate) trait Peer {
    fn forget_connections(&self);
    /// Returns how many connections were opened since.
    fn connections(&self) -> usize;
}

impl Peer for Sandbox {
    fn forget_connections(&self) {
        self.clear_record();
    }

    fn connections(&self) -> usize {
        Sandbox::connections(self).into_iter().filter(|connection| connection.host == Host::Api).count()
    }
}

/// Runs the load once.
pub(crate) fn load(peer: &dyn Peer, candidate: Candidate, target: &Target<'_>) -> Result<Reading, AnyError> {
    peer.forget_connections();
    let printed = child("load", candidate, target, &target.rhythm.to_argument())?;
    let values = printed.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let [calls_per_second, cpu_per_call_us, p99_ms] = values[..] else {
        return Err(format!("three numbers were expected: {printed}").into());
    };
    Ok(Reading { connections: peer.connections(), calls_per_second, cpu_per_call_us, p99_ms })
}

/// Returns the memory of a waiting caller, in bytes.
pub(crate) fn waiting(
    sandbox: &Sandbox,
    candidate: Candidate,
    what: &str,
    target: &Target<'_>,
) -> Result<f64, AnyError> {
    let slow = Answer::service().delayed(Duration::from_secs(600));
    match what {
        "a token" => sandbox.script(Host::Login, slow),
        _ => sandbox.always(Host::Api, slow),
    }
    Ok(child("waiting", candidate, target, what)?.trim().parse()?)
}

fn child(mode: &str, candidate: Candidate, target: &Target<'_>, last: &str) -> Result<String, AnyError> {
    let output = Command::new(std::env::current_exe()?)
        .args([mode, candidate.name(), &target.login_port.to_string(), &target.api_port.to_string()])
        .args([target.root, last])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{mode} of {} failed", candidate.name()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
