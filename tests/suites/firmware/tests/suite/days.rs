//! Thirty days in a hurry: the board leaves out the time in which it has nothing to do, and network and service do with it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use firmware::{Board, Dhcp, Ended, Line, Network, Settings, Sntp, TIME_NAME, Wish};
use genesys_token_sandbox::{Certificate, Host, Sandbox};

const DAY: u64 = 86_400;
const DAYS: u64 = 30;
/// Days from one call to the next. Each costs a handshake, which is what this test takes its time for; and each token another one.
const EVERY: u64 = 5;
/// Real seconds that all of it may take on a slow machine.
const PATIENCE: Duration = Duration::from_mins(5);

#[test]
fn thirty_days_are_like_the_first() {
    let shortest = Sandbox::builder().certificate(Host::Login, Certificate::FromRoot);
    let sandbox = shortest.start_blocking().unwrap();
    let network = hurried(&sandbox);
    let settings = Settings::of(&sandbox).with("every", EVERY * DAY).with("calls", DAYS / EVERY + 1);
    let ended = run(&network, &settings, |_| {});

    let calls: Vec<_> = answered(&ended).collect();
    let (first, last) = (calls[0], calls[calls.len() - 1]);
    let drift = last.saturating_sub(first).abs_diff(Duration::from_secs(DAYS * DAY));
    assert!(drift < Duration::from_mins(1), "the schedule drifted by {drift:?}");

    // Each lives for a day and is replaced before its end.
    let logins = sandbox.record().iter().filter(|request| request.host == Host::Login).count();
    assert!((30..=40).contains(&logins), "{logins} tokens in {DAYS} days");
    assert!((7..=12).contains(&network.leases()), "{} leases in {DAYS} days", network.leases());

    let short = run(&network, &Settings::of(&sandbox), |_| {});
    let (short, long) = (stack(&short.lines), stack(&ended.lines));
    assert!(
        long < short + 2048,
        "the stack was {short} bytes deep after a call, and {long} after {DAYS} days"
    );
}

/// By the board's own clock the certificate ends on the thirtieth day. By the time server's, which is a day behind it by then, there
/// are hours left.
#[test]
fn certificates_are_judged_by_the_time_servers_clock_for_thirty_days() {
    let life = Duration::from_secs(12 * DAY);
    let sandbox = Arc::new(Sandbox::builder().token_lifetime(life).start_blocking().unwrap());
    let network = hurried(&sandbox);
    network.sntp(Sntp::Slow { lost_of_a_thousand: 40 });
    let settings = Settings::of(&sandbox).without("time").with("time-servers", TIME_NAME);
    let settings = settings.with("every", DAYS * DAY + DAY / 4).with("calls", 2);
    let service = Arc::clone(&sandbox);
    let ended = run(&network, &settings, move |line| {
        if line.text.contains("call answered") {
            for host in [Host::Login, Host::Api] {
                // From tomorrow until the thirtieth day.
                service.present(host, Certificate::NotYetValid).unwrap();
            }
        }
    });
    let last = answered(&ended).last().unwrap();
    assert!(last > Duration::from_secs(DAYS * DAY), "{}", ended.told());
    // Four times a day.
    assert!((120..=130).contains(&network.times_told()), "{} times told", network.times_told());
}

/// A network with leases for a week, that lets time be left out.
fn hurried(sandbox: &Sandbox) -> Network {
    let network = Network::to(sandbox).unwrap();
    network.dhcp(Dhcp::Lease { address: Ipv4Addr::new(10, 0, 2, 15), time: Duration::from_secs(7 * DAY) });
    network
}

/// Runs a board that must come to a good end, without a failed call on the way.
fn run(network: &Network, settings: &Settings, listener: impl Fn(&Line) + Send + 'static) -> Ended {
    network.hurry(Duration::MAX);
    let settings = settings.clone().wishing(Wish::Hurry);
    let ended = Board::start_with(network, &settings, &[], listener).wait_at_most(PATIENCE);
    ended.expect(0);
    assert!(!ended.said("call failed"), "{}", ended.told());
    ended
}

/// When calls were answered.
fn answered(ended: &Ended) -> impl Iterator<Item = Duration> {
    ended.lines.iter().filter(|line| line.text.contains("call answered")).map(uptime)
}

/// Of `0.021`, seconds.
fn uptime(line: &Line) -> Duration {
    Duration::from_secs_f64(line.at.parse().unwrap_or_default())
}

/// Of `stack: 1 of 2 bytes`.
fn stack(lines: &[Line]) -> usize {
    let line = lines.iter().find_map(|line| line.text.strip_prefix("stack: ")).unwrap();
    line.split(' ').next().unwrap().parse().unwrap()
}
