//! Thirty days of operation: the board skips idle time, and network and service skip it too.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use firmware::{Board, BoardExit, Dhcp, Line, Network, Settings, Sntp, TIME_NAME, TestMode};
use genesys_token_sandbox::{Certificate, Host, Sandbox};

const DAY: u64 = 86_400;
const DAYS: u64 = 30;
/// Days between two calls. Each call costs a handshake, as does each token; these take most of this test's time.
const EVERY: u64 = 5;
#[test]
fn thirty_days_are_like_the_first() {
    let shortest = Sandbox::builder().certificate(Host::Login, Certificate::FromRoot);
    let sandbox = shortest.start_blocking().unwrap();
    let network = network_with_weekly_leases(&sandbox);
    let settings = Settings::of(&sandbox).with("every", EVERY * DAY).with("calls", DAYS / EVERY + 1);
    let exit = run(&network, &settings, |_| {});

    let calls: Vec<_> = answered(&exit).collect();
    let (first, last) = (calls[0], calls[calls.len() - 1]);
    let drift = last.saturating_sub(first).abs_diff(Duration::from_secs(DAYS * DAY));
    assert!(drift < Duration::from_mins(1), "the schedule drifted by {drift:?}");

    // Each token is valid for a day and replaced before it expires.
    let token_requests = sandbox.record().iter().filter(|request| request.host == Host::Login).count();
    assert!((30..=40).contains(&token_requests), "{token_requests} tokens in {DAYS} days");
    assert!((7..=12).contains(&network.leases()), "{} leases in {DAYS} days", network.leases());

    let short = run(&network, &Settings::of(&sandbox), |_| {});
    let (short, long) = (stack(&short.lines), stack(&exit.lines));
    assert!(
        long < short + 2048,
        "the stack's high-water mark was {short} bytes after one call, and {long} after {DAYS} days"
    );
}

/// By the board's own clock the certificate expires on the thirtieth day. By the time server's, which is then a day behind, it is valid
/// for some hours more.
#[test]
fn certificates_are_judged_by_the_time_servers_clock_for_thirty_days() {
    let life = Duration::from_secs(12 * DAY);
    let sandbox = Arc::new(Sandbox::builder().token_lifetime(life).start_blocking().unwrap());
    let network = network_with_weekly_leases(&sandbox);
    network.sntp(Sntp::Slow { lost_per_mille: 40 });
    let settings = Settings::of(&sandbox).without("time").with("time-servers", TIME_NAME);
    let settings = settings.with("every", DAYS * DAY + DAY / 4).with("calls", 2);
    let service = Arc::clone(&sandbox);
    let exit = run(&network, &settings, move |line| {
        if line.text.contains("call answered") {
            for host in [Host::Login, Host::Api] {
                // Valid from tomorrow until the thirtieth day.
                service.present(host, Certificate::NotYetValid).unwrap();
            }
        }
    });
    let last = answered(&exit).last().unwrap();
    assert!(last > Duration::from_secs(DAYS * DAY), "{}", exit.output());
    // The time is requested four times a day.
    let responses = network.sntp_responses();
    assert!((120..=130).contains(&responses), "{responses} SNTP responses");
}

/// Starts a network with DHCP leases of a week.
fn network_with_weekly_leases(sandbox: &Sandbox) -> Network {
    let network = Network::to(sandbox).unwrap();
    network.dhcp(Dhcp::Lease { address: Ipv4Addr::new(10, 0, 2, 15), time: Duration::from_secs(7 * DAY) });
    network
}

/// Runs a board that must exit successfully, without a failed call.
fn run(network: &Network, settings: &Settings, listener: impl Fn(&Line) + Send + 'static) -> BoardExit {
    network.allow_skip(Duration::MAX);
    let settings = settings.clone().mode(TestMode::SkipIdle);
    let exit = Board::start_with(network, &settings, listener).wait();
    exit.expect(0);
    assert!(!exit.logged("call failed"), "{}", exit.output());
    exit
}

/// Returns the times at which calls were answered.
fn answered(exit: &BoardExit) -> impl Iterator<Item = Duration> {
    exit.lines.iter().filter(|line| line.text.contains("call answered")).map(uptime)
}

/// Parses a timestamp in seconds, for example `0.021`.
fn uptime(line: &Line) -> Duration {
    Duration::from_secs_f64(line.at.parse().unwrap_or_default())
}

/// Parses the line `stack: 1 of 2 bytes`.
fn stack(lines: &[Line]) -> usize {
    let line = lines.iter().find_map(|line| line.text.strip_prefix("stack: ")).unwrap();
    line.split(' ').next().unwrap().parse().unwrap()
}
