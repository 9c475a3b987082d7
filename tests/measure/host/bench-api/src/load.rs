//! The process of one run: callers that call and pause.

use std::sync::Arc;
use std::time::{Duration, Instant};

use genesys_token_tokio::ApiRequest;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::candidate::{Caller, Candidate, Hosts, reqwest};
use crate::error::AnyError;

pub(crate) const CALLERS: usize = 50;
/// Length of the measured part of a run.
const MEASURED: Duration = Duration::from_secs(3);
const WAITING: usize = 10_000;

/// Prints calls per second, microseconds of processor time per call, and the 99th percentile of a call's milliseconds.
///
/// The first call of each caller opens its connection and is not measured: the handshake costs as many instructions as 60 calls and is the
/// same code with every candidate, so that the number of calls of a run would decide how equal they look.
pub(crate) fn child(arguments: &[String]) -> Result<(), AnyError> {
    let (candidate, hosts, last) = parse(arguments)?;
    let rhythm = Rhythm::of_argument(last)?;
    let (mut times, elapsed, cpu) = runtime()?.block_on(async {
        let caller = Caller::new(candidate, &hosts).await?;
        let (ready, start) = (Arc::new(Barrier::new(CALLERS + 1)), Arc::new(Barrier::new(CALLERS + 1)));
        let mut callers = JoinSet::new();
        for number in 0..CALLERS {
            let (caller, ready, start) = (caller.clone(), ready.clone(), start.clone());
            callers.spawn(async move {
                caller.call().await?;
                ready.wait().await;
                start.wait().await;
                calls(&caller, rhythm, number).await
            });
        }
        ready.wait().await;
        let (begin, cpu) = (Instant::now(), cpu_time()?);
        start.wait().await;
        let mut times = Vec::with_capacity(CALLERS * rhythm.calls()?);
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

/// When the callers call.
#[derive(Clone, Copy)]
pub(crate) struct Rhythm {
    pub(crate) pause: Duration,
    /// Time until the response, as the server and the relay delay it.
    pub(crate) response: Duration,
}

impl Rhythm {
    /// Returns it as an argument of the process, in milliseconds.
    pub(crate) fn to_argument(self) -> String {
        format!("{},{}", self.pause.as_millis(), self.response.as_millis())
    }

    fn of_argument(text: &str) -> Result<Self, AnyError> {
        let (pause, response) = text.split_once(',').ok_or("two times are expected")?;
        let of = |text: &str| text.parse().map(Duration::from_millis);
        Ok(Self { pause: of(pause)?, response: of(response)? })
    }

    fn period(self) -> Duration {
        self.pause + self.response
    }

    /// Returns the pause of a caller after a call, between half and one and a half of the pause, which is their mean. With equal pauses, whether
    /// the end of one coincides with the response to another caller, which saves a wakeup, is decided once for a whole run.
    fn pause_after(self, call: usize, number: usize) -> Result<Duration, AnyError> {
        Ok(self.pause * u32::try_from(12 + (call * 7 + number * 11) % 25)? / 24)
    }

    /// Returns the number of calls that each caller makes.
    fn calls(self) -> Result<usize, AnyError> {
        Ok(usize::try_from(MEASURED.as_millis() / self.period().as_millis().max(1))?.max(2))
    }
}

/// Begins at a moment of its own within the period: callers of a service do not call in step, and the more of them do, the less processor
/// time each needs.
async fn calls(caller: &Caller, rhythm: Rhythm, number: usize) -> Result<Vec<Duration>, AnyError> {
    tokio::time::sleep(rhythm.period() * u32::try_from(number)? / u32::try_from(CALLERS)?).await;
    let count = rhythm.calls()?;
    let mut times = Vec::with_capacity(count);
    for call in 0..count {
        let begin = Instant::now();
        let pause = rhythm.pause_after(call, number)?;
        if matches!(caller, Caller::Pauses) {
            // One wakeup, as in a caller whose pause ends: the wakeup by the response is the client's.
            tokio::time::sleep(rhythm.response + pause).await;
            times.push(begin.elapsed());
            continue;
        }
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
