//! The process of one run: callers that call and pause.

use std::time::{Duration, Instant};

use genesys_token_tokio::ApiRequest;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::candidate::{Caller, Candidate, Hosts, reqwest};
use crate::error::AnyError;

pub(crate) const CALLERS: usize = 50;
/// Calls of each caller. The first one opens a connection, whose handshake costs as many instructions as 60 calls and the same with every
/// candidate.
const CALLS: usize = 200;
const WAITING: usize = 10_000;

/// Prints calls per second, microseconds of processor time per call, and the 99th percentile of a call's milliseconds.
pub(crate) fn child(arguments: &[String]) -> Result<(), AnyError> {
    let (candidate, hosts, pause) = parse(arguments)?;
    let pause = Duration::from_millis(pause.parse()?);
    let (mut times, elapsed, cpu) = runtime()?.block_on(async {
        let caller = Caller::new(candidate, &hosts).await?;
        let (begin, cpu) = (Instant::now(), cpu_time()?);
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(calls(caller.clone(), pause));
        }
        let mut times = Vec::with_capacity(CALLERS * CALLS);
        while let Some(ended) = callers.join_next().await {
            times.extend(ended??);
        }
        Ok::<_, AnyError>((times, begin.elapsed(), cpu_time()? - cpu))
    })?;
    times.sort_unstable();
    let count = times.len();
    let calls = f64::from(u32::try_from(count)?);
    println!(
        "{} {} {}",
        calls / elapsed.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / calls,
        times[count * 99 / 100].as_secs_f64() * 1e3
    );
    Ok(())
}

async fn calls(caller: Caller, pause: Duration) -> Result<Vec<Duration>, AnyError> {
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let begin = Instant::now();
        caller.call().await?;
        times.push(begin.elapsed());
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
    Ok(times)
}

/// Prints the bytes of memory that each of 10,000 waiting callers takes.
pub(crate) fn waiting_child(arguments: &[String]) -> Result<(), AnyError> {
    let (candidate, hosts, what) = parse(arguments)?;
    runtime()?.block_on(async {
        let client = hosts.client(1)?;
        if what != "a token" {
            client.token().await?;
        }
        let reqwest = reqwest(&hosts)?;
        let url = format!("https://localhost:{}/api/v2/organizations/me", hosts.api_port);
        let before = resident()?;
        let mut callers = JoinSet::new();
        for _ in 0..WAITING {
            match candidate {
                Candidate::Reqwest => {
                    let request = reqwest.get(&url).send();
                    callers.spawn(async move { drop(request.await) });
                }
                _ => {
                    let client = client.clone();
                    callers.spawn(async move {
                        drop(client.api(ApiRequest::get("/api/v2/organizations/me")).await)
                    });
                }
            }
        }
        // All have been polled once when the machine comes to rest: the memory does not grow any more.
        let (mut last, mut after) = (0, resident()?);
        while last != after {
            last = after;
            tokio::time::sleep(Duration::from_millis(500)).await;
            after = resident()?;
        }
        println!("{}", after.saturating_sub(before) / u64::try_from(WAITING)?);
        Ok(())
    })
}

fn parse(arguments: &[String]) -> Result<(Candidate, Hosts, &str), AnyError> {
    let [candidate, login_port, api_port, root, last] = arguments else {
        return Err("five arguments are expected".into());
    };
    let candidate = Candidate::of_name(candidate).ok_or("no such candidate")?;
    let hosts =
        Hosts { login_port: login_port.parse()?, api_port: api_port.parse()?, root: std::fs::read(root)? };
    Ok((candidate, hosts, last))
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

/// Returns the processor time of this process, in user and kernel mode.
fn cpu_time() -> Result<Duration, AnyError> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(microseconds)?))
}

/// Returns the resident memory of this process, in bytes.
fn resident() -> Result<u64, AnyError> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).ok_or("no RssAnon")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
