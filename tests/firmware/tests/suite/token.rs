use firmware::{Board, Network, Settings};
use genesys_token_sandbox::Sandbox;

#[test]
fn a_token_arrives_over_verified_tls() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let ended = Board::start(&network, &Settings::of(&sandbox)).wait();
    eprintln!("{}", ended.told());
    ended.expect(0);
    assert_eq!(sandbox.live_tokens(), 1);
    assert_eq!(network.leases(), 1);
}
