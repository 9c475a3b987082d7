//! Thirty days, in a hurry: the board leaves out the time in which it has nothing to do, and the service ages with it.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use firmware::{Board, Dhcp, Line, Network, Settings, Wish};
use genesys_token_sandbox::{Host, Sandbox};

const DAY: u64 = 86_400;
const DAYS: u64 = 30;
/// Real seconds that all of it may take on a slow machine.
const PATIENCE: Duration = Duration::from_mins(5);

#[test]
fn thirty_days_are_like_the_first() {
    let sandbox = Arc::new(Sandbox::builder().start_blocking().unwrap());
    let network = Network::to(&sandbox).unwrap();
    network.dhcp(Dhcp::Lease { address: Ipv4Addr::new(10, 0, 2, 15), time: Duration::from_secs(7 * DAY) });
    let settings = Settings::of(&sandbox).with("every", DAY).with("calls", DAYS + 1).wishing(Wish::Hurry);

    let (aging, aged) = (Arc::clone(&sandbox), Mutex::new(Duration::ZERO));
    let age = move |line: &Line| {
        let mut aged = aged.lock().unwrap();
        let now = uptime(line);
        aging.advance(now.saturating_sub(*aged));
        *aged = now;
    };
    let ended = Board::start_with(&network, &settings, &[], age).wait_at_most(PATIENCE);
    ended.expect(0);
    assert!(!ended.said("call failed"), "{}", ended.told());

    let calls: Vec<_> =
        ended.lines.iter().filter(|line| line.text.contains("call answered")).map(uptime).collect();
    let (first, last) = (calls[0], calls[calls.len() - 1]);
    let drift = last.saturating_sub(first).abs_diff(Duration::from_secs(DAYS * DAY));
    assert!(drift < Duration::from_mins(1), "the schedule drifted by {drift:?}");

    // Each lives for a day and is replaced before its end.
    let logins = sandbox.record().iter().filter(|request| request.host == Host::Login).count();
    assert!((30..=40).contains(&logins), "{logins} tokens in {DAYS} days");
    assert!((7..=12).contains(&network.leases()), "{} leases in {DAYS} days", network.leases());

    let short = Settings::of(&sandbox).wishing(Wish::Hurry);
    let short = Board::start(&network, &short).wait();
    short.expect(0);
    let (short, long) = (stack(&short.lines), stack(&ended.lines));
    assert!(
        long < short + 2048,
        "the stack was {short} bytes deep after a call, and {long} after {DAYS} days"
    );
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
