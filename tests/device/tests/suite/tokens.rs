//! A token over DHCP, DNS, TCP and verified TLS.

use genesys_token_device::Setup;

#[test]
fn a_device_gets_a_token_and_keeps_it() {
    Setup::default().run(async |device| {
        let mut buffer = [0; 1024];
        let first = device.client.token(&mut buffer).await.expect("a token").expose().to_owned();
        let again = device.client.token(&mut buffer).await.expect("a token").expose().to_owned();
        assert_eq!(first, again);
        let requests = device.sandbox.record();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        assert_eq!(device.sandbox.live_tokens(), 1);
    });
}
