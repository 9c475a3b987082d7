//! Copies of the access token that a shutdown leaves in the memory of the process.
//!
//! Without unsafe code: Linux lets a process read its own memory as a file. The client runs in a process of its own, because the
//! sandbox holds the token as well. The text searched for is held in memory only in masked form.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a test of an adapter for hosts, and a program of its own"
)]

#[cfg(target_os = "linux")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["child", end, login, api] => linux::child(end, login.parse().unwrap(), api.parse().unwrap()),
        _ => linux::parent(),
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this test needs Linux: other systems do not let a process read its own memory as a file");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeSet;
    use std::fs::{self, File};
    use std::io::{Read as _, Write as _, stdin};
    use std::os::unix::fs::FileExt as _;
    use std::process::{Command, Stdio};

    use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
    use genesys_token_tokio::core::settings::Endpoint;
    use genesys_token_tokio::{StaticCredentials, TokenClient};

    const MASK: u8 = 0x55;
    const CHUNK: usize = 1 << 20;

    pub(crate) fn parent() {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        for end in ["close", "drop"] {
            let ports = [sandbox.login_addr().port(), sandbox.api_addr().port()].map(|port| port.to_string());
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["child", end])
                .args(ports)
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(sandbox.root_pem().as_bytes()).unwrap();
            assert!(child.wait().unwrap().success(), "{end}");
        }
    }

    pub(crate) fn child(end: &str, login: u16, api: u16) {
        let mut root = String::new();
        stdin().read_to_string(&mut root).unwrap();
        let endpoint = Endpoint::explicit("localhost", login, "/oauth/token").unwrap();
        let client = TokenClient::builder(endpoint.with_api("localhost", api).unwrap())
            .credentials(StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET).unwrap())
            .extra_roots_pem(root)
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let token = runtime.block_on(client.token()).unwrap();
        let masked: Vec<u8> = token.expose().bytes().map(|byte| byte ^ MASK).collect();
        let published = token.expose().as_ptr() as u64;
        drop(token);

        // The runtime is not run here, so no other buffers are allocated or freed between the searches.
        let before = places(&masked);
        assert!(before.contains(&published), "a valid token is found where it was");
        match end {
            "close" => client.close(),
            _ => drop(client),
        }
        let after = places(&masked);
        let wiped: Vec<_> = before.difference(&after).collect();
        assert!(!after.contains(&published), "{end}: the published copy is wiped");
        // The connection is closed in the same moment: what it frees may be overwritten as well.
        assert!(wiped.len() >= 2, "{end}: that copy and the one of the manager: {}", wiped.len());
        assert!(after.is_subset(&before), "{end}: a shutdown makes no new copies");
        println!("{end}: both copies are wiped; {} are left in the buffers of TLS and HTTP", after.len());
    }

    /// Returns the addresses of the text in the writable memory of this process.
    fn places(masked: &[u8]) -> BTreeSet<u64> {
        let memory = File::open("/proc/self/mem").unwrap();
        let mut chunk = vec![0; CHUNK];
        let own = chunk.as_ptr() as u64..chunk.as_ptr() as u64 + CHUNK as u64;
        let mut places = BTreeSet::new();
        for (start, end) in writable() {
            let mut at = start;
            while at < end {
                let length = CHUNK.min(usize::try_from(end - at).unwrap());
                // Some mappings cannot be read, for example those of devices.
                if memory.read_exact_at(&mut chunk[..length], at).is_err() {
                    break;
                }
                let here = found(&chunk[..length], masked).map(|offset| at + offset as u64);
                places.extend(here.filter(|place| !own.contains(place)));
                // Chunks overlap, so that a text across their boundary is found.
                at += if length < CHUNK { length } else { length - masked.len() } as u64;
            }
        }
        // Freed without this, it would be found by the next search.
        chunk.fill(0);
        std::hint::black_box(&chunk);
        places
    }

    fn found(bytes: &[u8], masked: &[u8]) -> impl Iterator<Item = usize> {
        let same =
            move |window: &[u8]| window.iter().zip(masked).all(|(byte, masked)| byte ^ MASK == *masked);
        let windows = bytes.windows(masked.len()).enumerate();
        windows.filter(move |(_, window)| same(window)).map(|(offset, _)| offset)
    }

    fn writable() -> Vec<(u64, u64)> {
        let address = |text: &str| u64::from_str_radix(text, 16).unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let ranges = maps.lines().filter_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            let (start, end) = range.split_once('-')?;
            rest.starts_with("rw").then(|| (address(start), address(end)))
        });
        ranges.collect()
    }
}
