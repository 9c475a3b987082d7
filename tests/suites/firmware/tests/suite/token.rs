//! The first token and the first call.

use firmware::{Board, Dns, Network, Settings};
use genesys_token_sandbox::{Beginning, Host, Sandbox};

#[test]
fn a_token_and_a_call_over_verified_tls() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let exit = Board::start(&network, &Settings::of(&sandbox)).wait();
    eprintln!("{}", exit.output());
    exit.expect(0);
    exit.expect_line("call answered: 200");
    assert_eq!(network.leases(), 1);
    let hosts: Vec<_> = sandbox.record().iter().map(|request| request.host).collect();
    assert_eq!(hosts, [Host::Login, Host::Api]);
    for connection in sandbox.connections() {
        let Beginning::Tls(tls) = connection.beginning else { panic!("{connection:?}") };
        assert_eq!(tls.version, "TLSv1.3");
    }
}

/// Power-ons of which the fastest counts: while a board waits for its hosts its clock advances in real time, and a loaded machine delays them.
const POWER_ONS: usize = 10;

/// Requests a token at power-on until it has arrived within this time on the board's clock.
fn token_arrives_within(seconds: f64, dns: Dns) {
    let mut times = Vec::new();
    for _ in 0..POWER_ONS {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let network = Network::to(&sandbox).unwrap();
        network.dns(dns);
        let mut board = Board::start(&network, &Settings::of(&sandbox).with("calls", 0));
        assert_eq!(board.command("token"), "token");
        let answer = board.lines().into_iter().find(|line| line.text == "answer: token").unwrap();
        let time: f64 = answer.at.parse().unwrap();
        if time < seconds {
            return;
        }
        times.push(time);
    }
    panic!("no token arrived within {seconds} s, but after {times:?} s");
}

#[test]
fn a_token_arrives_within_a_second_of_power_on() {
    token_arrives_within(1.0, Dns::Answer);
}

#[test]
fn a_token_arrives_within_three_seconds_when_the_first_dns_server_is_dead() {
    token_arrives_within(3.0, Dns::Second);
}

/// A dead address costs an attempt of 250 ms.
#[test]
fn a_token_arrives_within_a_second_and_a_half_when_the_first_address_is_dead() {
    token_arrives_within(1.5, Dns::DeadAddress);
}
