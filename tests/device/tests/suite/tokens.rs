//! A token over DHCP, DNS, TCP and verified TLS.

use genesys_token_device::Setup;
use genesys_token_embassy::{RoomyMemory, SmallMemory};

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

#[test]
fn the_presets_are_as_large_as_they_say() {
    let (small, roomy) = (size_of::<SmallMemory>(), size_of::<RoomyMemory>());
    println!("bytes of memory: {small} in the small preset, {roomy} in the roomy one");
    assert!(small <= 24 * 1024 && roomy <= 88 * 1024);
}
