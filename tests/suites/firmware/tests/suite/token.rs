//! The first token and the first call.

use firmware::{Board, Network, Settings};
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
