//! A network namespace with a TAP interface, DHCP and DNS.

use std::fs::File;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use embassy_net_tuntap::TunTapDevice;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// The host's address on the device's network: router, name server and sandbox.
pub const ROUTER: Ipv4Addr = Ipv4Addr::new(10, 97, 0, 1);
/// The host's IPv6 address there.
pub const ROUTER_V6: Ipv6Addr = Ipv6Addr::new(0xfd97, 0, 0, 0, 0, 0, 0, 1);
/// The device's IPv6 address, if it has one.
pub const DEVICE_V6: Ipv6Addr = Ipv6Addr::new(0xfd97, 0, 0, 0, 0, 0, 0, 9);
/// More addresses of the host there, for additional servers.
pub const NEIGHBOURS: [Ipv4Addr; 3] =
    [Ipv4Addr::new(10, 97, 0, 2), Ipv4Addr::new(10, 97, 0, 3), Ipv4Addr::new(10, 97, 0, 4)];
/// Addresses of the host there on which dnsmasq does not listen, for scripted DNS servers.
pub const DNS_SERVERS: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 97, 0, 5), Ipv4Addr::new(10, 97, 0, 6)];
const TAP: &str = "tap0";

/// A network namespace. It is removed on drop.
#[derive(Debug)]
pub struct Site {
    name: String,
    dnsmasq: Option<Child>,
    leases: PathBuf,
}

/// The requirements of these tests, for messages.
const NEEDS: &str = "these tests create a network namespace and a TAP interface: run them as root, with iproute2, dnsmasq, \
                     chrony and /dev/net/tun";

impl Site {
    /// Runs `work` on a thread within a new network, and returns its result. Panics are propagated.
    ///
    /// # Panics
    ///
    /// When the network cannot be created.
    pub fn run<T: Send>(work: impl FnOnce(&Self) -> T + Send) -> T {
        Self::run_with(&[], work)
    }

    /// As [`run`](Self::run), with additional arguments for dnsmasq.
    ///
    /// # Panics
    ///
    /// When the network cannot be created.
    pub fn run_with<T: Send>(dnsmasq: &[&str], work: impl FnOnce(&Self) -> T + Send) -> T {
        std::thread::scope(|scope| {
            let inside = scope.spawn(move || {
                let site = Self::new(dnsmasq);
                work(&site)
            });
            match inside.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn new(dnsmasq: &[&str]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("genesys-token-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let leases = std::env::temp_dir().join(format!("{name}.leases"));
        ip(&["netns", "add", &name]);
        // From here on the namespace is removed on drop.
        let mut site = Self { name, dnsmasq: None, leases };
        let inside = |arguments: &[&str]| ip(&[&["-n", &site.name], arguments].concat());
        inside(&["link", "set", "lo", "up"]);
        // Linux answers ARP requests for the addresses of all interfaces.
        for server in DNS_SERVERS {
            inside(&["addr", "add", &format!("{server}/32"), "dev", "lo"]);
        }
        inside(&["tuntap", "add", TAP, "mode", "tap"]);
        inside(&["addr", "add", &format!("{ROUTER}/24"), "dev", TAP]);
        for neighbour in NEIGHBOURS {
            inside(&["addr", "add", &format!("{neighbour}/24"), "dev", TAP]);
        }
        // Without duplicate address detection, which takes a second.
        inside(&["addr", "add", &format!("{ROUTER_V6}/64"), "dev", TAP, "nodad"]);
        inside(&["link", "set", TAP, "up"]);
        let namespace = File::open(format!("/run/netns/{}", site.name)).expect("created by ip");
        // Affects this thread and those that it starts, no other thread of the process.
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
            .unwrap_or_else(|error| panic!("the namespace cannot be entered ({error}): {NEEDS}"));
        site.dnsmasq = Some(site.serve(dnsmasq));
        site
    }

    /// Opens the device's end of the cable, which one user at a time can have.
    ///
    /// # Panics
    ///
    /// When the interface cannot be opened.
    #[must_use]
    pub fn interface(&self) -> TunTapDevice {
        let start = Instant::now();
        loop {
            match TunTapDevice::new(TAP) {
                Ok(interface) => return interface,
                // Processes that other threads start inherit the descriptor until they close it.
                Err(_) if start.elapsed() < Duration::from_secs(5) => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => panic!("{TAP} cannot be opened ({error}): {NEEDS}"),
            }
        }
    }

    /// Starts DHCP and DNS for the device, with the names of the sandbox's certificate.
    fn serve(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(find("dnsmasq"));
        command.args([
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--no-ping",
        ]);
        command.args([
            "--pid-file",
            "--user=root",
            "--group=root",
            "--bind-interfaces",
            "--dhcp-authoritative",
        ]);
        command.args([format!("--interface={TAP}"), format!("--dhcp-leasefile={}", self.leases.display())]);
        command.args(["--dhcp-range=10.97.0.10,10.97.0.99,1h", "--except-interface=lo"]);
        if !arguments.iter().any(|argument| argument.starts_with("--address=")) {
            command.arg(format!("--address=/sandbox.test/{ROUTER}"));
        }
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("dnsmasq does not start ({error}): {NEEDS}"));
        // It answers once its socket is bound, which only a query shows.
        let start = Instant::now();
        while !answers() {
            let ended = child.try_wait().expect("it is ours");
            assert!(ended.is_none(), "dnsmasq ended with {ended:?}: {NEEDS}");
            assert!(start.elapsed() < Duration::from_secs(20), "dnsmasq does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }
}

/// Returns whether the DNS server answers.
fn answers() -> bool {
    // A query for the A record of "x.", RFC 1035 section 4.
    let query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x00\x00\x01\x00\x01";
    let ask = || -> std::io::Result<usize> {
        let socket = std::net::UdpSocket::bind((ROUTER, 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        socket.connect((ROUTER, 53))?;
        socket.send(query)?;
        socket.recv(&mut [0; 512])
    };
    ask().is_ok()
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut dnsmasq) = self.dnsmasq.take() {
            let _ = dnsmasq.kill();
            let _ = dnsmasq.wait();
        }
        let _ = std::fs::remove_file(&self.leases);
        let _ = Command::new(find("ip")).args(["netns", "delete", &self.name]).status();
    }
}

fn ip(arguments: &[&str]) {
    let done = Command::new(find("ip")).args(arguments).output();
    let done = done.unwrap_or_else(|error| panic!("`ip` does not start ({error}): {NEEDS}"));
    let printed = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "`ip {}` failed ({}): {NEEDS}", arguments.join(" "), printed.trim());
}

/// Returns the path of a program. `PATH` often lacks the folders of administrative programs.
pub(crate) fn find(name: &str) -> PathBuf {
    let listed = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&listed).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|path| path.is_file()).unwrap_or_else(|| name.into())
}
