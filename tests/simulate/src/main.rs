//! Fleets of token managers in virtual time.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to its terminal")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "it only ever runs on a host")]
mod client;
mod clock;
mod contestants;
mod endpoint;
mod fleet;
mod measures;
mod queue;
mod random;
mod scenario;
use contestants::*;
use scenario::*;
use std::time::Instant;

fn show(c: &Contestant, s: &Scenario) {
    let t = Instant::now();
    let m = c.run(s).unwrap();
    let n = f64::from(m.devices());
    println!("{:<16} {:<20} req/dev {:>8.2} peak {:>6} lim {:>8.2} bad {:>6.2} 503 {:>6.2} | 99% {:>6} least {:>5.1} without {:>8.1} | calls {:>8} lost {:>7.3}% 401/dev {:>6.3} early {:>6} | ev/dev {:>7.1} {:>5.2}s",
        s.name, c.name, m.total() as f64/n, m.peak(), m.limited as f64/n, m.bad_credentials as f64/n, m.unavailable as f64/n,
        s.event.map_or("-".into(), |e| m.recovered_after(e).map_or(">".into(), |x| x.to_string())), m.least_share(), m.seconds_without(),
        m.calls, 100.0*m.calls_lost as f64/m.calls.max(1) as f64, m.unauthorized as f64/n, m.too_early, m.events as f64/n, t.elapsed().as_secs_f64());
}
fn main() {
    let n: u32 = std::env::args().nth(1).map_or(10_000, |a| a.parse().unwrap());
    let what = std::env::args().nth(2).unwrap_or_default();
    let all = std::env::args().nth(3).is_some();
    let cs = if all { CONTESTANTS } else { &CONTESTANTS[..1] };
    if what == "growth" { show(&OURS, &growth(n)); return; }
    if what.is_empty() || what == "cold" {
        for secs in [10, 100, 1000] { for l in [per_minute(n, secs), per_second(n, secs)] {
            println!("{l:?}");
            for c in cs { show(c, &cold_start(n, l)); }
        } }
    }
    for s in later(n) { if what.is_empty() || s.name == what { for c in cs { show(c, &s); } } }
}
