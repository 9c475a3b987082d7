//! One connection at a time, or one to each host.

use genesys_token_device::{Device, ROUTER, Setup, Site};
use genesys_token_embassy::{RoomyMemory, SmallMemory, StaticCredentials};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Sandbox};

/// Makes a call, requests another token while the call's connection is kept, and makes a second call. Returns the number of
/// connections to the API host.
async fn connections<const TOKEN: usize>(device: &Device<'_, TOKEN>) -> usize {
    let (client, mut body) = (device.client, [0; 2048]);
    client.verify(&mut body).await.expect("a response");
    let first = client.with_token(|token| token.generation).await.expect("a token");
    assert!(client.token_refused(first), "another one is to come");
    let second = client.with_token(|token| token.generation).await.expect("a token");
    assert_ne!(first, second);
    client.verify(&mut body).await.expect("a response");
    device.sandbox.connections().iter().filter(|connection| connection.host == Host::Api).count()
}

#[test]
fn two_lanes_keep_api_connection_during_exchange() {
    Site::run(|site| {
        let sandbox = Sandbox::builder().address(ROUTER).start_blocking().expect("a sandbox");
        let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
        let mut memory = Box::new(RoomyMemory::new());
        let count = Setup::default().switch_on(site, &sandbox, &mut memory, |_| {}, demo, connections);
        assert_eq!(count, 1);
    });
}

#[test]
fn single_lane_closes_api_connection_for_exchange() {
    Site::run(|site| {
        let sandbox = Sandbox::builder().address(ROUTER).start_blocking().expect("a sandbox");
        let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
        let mut memory = Box::new(SmallMemory::new());
        let count = Setup::default().switch_on(site, &sandbox, &mut memory, |_| {}, demo, connections);
        assert_eq!(count, 2);
    });
}

/// The memory of a closed client is used by the next one, which must not see its state.
#[test]
fn memory_can_be_reused_by_next_client() {
    Site::run(|site| {
        let sandbox = Sandbox::builder().address(ROUTER).start_blocking().expect("a sandbox");
        let mut memory = Box::new(SmallMemory::new());
        for round in 1..=2 {
            let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
            Setup::default().switch_on(
                site,
                &sandbox,
                &mut memory,
                |_| {},
                demo,
                async |device| {
                    device.client.verify(&mut [0; 2048]).await.expect("a response");
                    device.client.close();
                },
            );
            let logins = sandbox.record().iter().filter(|request| request.host == Host::Login).count();
            assert_eq!(logins, round);
        }
    });
}
