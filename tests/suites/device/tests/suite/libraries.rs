//! Third-party clients, over the device's verified TLS and resolver: reqwless against the sandbox, minimq against mosquitto.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use embassy_time::Duration;
use genesys_token_device::{Device, ROUTER, Setup, unix_time};
use genesys_token_embassy::tls::TrustAnchor;
use genesys_token_libraries::{Memory, Server, http, mqtt};
use genesys_token_sandbox::{Certificate, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host};
use rand_core::OsRng;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

fn own<'d>(device: &Device<'d>) -> genesys_token_libraries::Device<'d> {
    genesys_token_libraries::Device { stack: device.stack, unix_time: &|| Some(unix_time()) }
}

/// Calls `work` with the API host of the sandbox.
async fn with_api<T>(device: &Device<'_>, work: impl AsyncFnOnce(&Server<'_>) -> T) -> T {
    let root = device.sandbox.root_der();
    let root = root.as_slice().into();
    let anchors: [TrustAnchor<'_>; 1] = [webpki::anchor_from_trusted_cert(&root).expect("a root")];
    let port = device.sandbox.api_addr().port();
    work(&Server { name: "api.sandbox.test", port, anchors: &anchors }).await
}

#[test]
fn reqwless_calls_the_api_with_the_token() {
    Setup::default().run(async |device| {
        let mut buffer = [0; 1024];
        let token = device.client.token(&mut buffer).await.expect("a token");
        Box::pin(with_api(device, async |server| {
            let (mut memory, mut body) = (Memory::new(), [0; 2048]);
            let mut call = async |request| {
                let mut rng = OsRng;
                let called =
                    http::call(own(device), &mut rng, &mut memory, server, &token, request, &mut body);
                let (status, length) = called.await.expect("a response");
                (status, String::from_utf8_lossy(&body[..length]).into_owned())
            };
            let (status, body) = call(("/api/v2/tokens/me", None)).await;
            assert_eq!(status, 200);
            assert!(body.contains("organization"), "{body}");
            let (status, body) = call(("/api/v2/echo", Some(&br#"{"a":1}"#[..]))).await;
            assert_eq!((status, body.as_str()), (200, r#"{"a":1}"#));
        }))
        .await;
        let requests = device.sandbox.record();
        assert_eq!(requests.iter().filter(|request| request.host == Host::Api).count(), 2);
    });
}

/// The certificate is for another name: the token is not sent.
#[test]
fn reqwless_does_not_reach_another_server() {
    use genesys_token_embassy::StaticCredentials;

    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    let build =
        |builder: genesys_token_sandbox::Builder| builder.certificate(Host::Api, Certificate::WrongHost);
    Setup::default().run_in(
        &[],
        build,
        |_| {},
        demo,
        async |device| {
            let mut buffer = [0; 1024];
            let token = device.client.token(&mut buffer).await.expect("a token");
            Box::pin(with_api(device, async |server| {
                let (mut memory, mut body) = (Memory::new(), [0; 2048]);
                let request = ("/api/v2/tokens/me", None);
                let called =
                    http::call(own(device), &mut OsRng, &mut memory, server, &token, request, &mut body)
                        .await;
                assert_eq!(called, Err(http::Error::Http));
            }))
            .await;
            assert!(device.sandbox.record().iter().all(|request| request.host == Host::Login));
        },
    );
}

/// Keep-alive is one second, so that minimq drops its read several times while nothing arrives.
#[test]
fn minimq_exchanges_messages_and_pings_over_one_connection() {
    Setup::default().run(async |device| {
        let broker = Broker::start();
        let root = broker.root.as_slice().into();
        let anchors: [TrustAnchor<'_>; 1] = [webpki::anchor_from_trusted_cert(&root).expect("a root")];
        let server = Server { name: "mqtt.sandbox.test", port: Broker::PORT, anchors: &anchors };
        device.stack.wait_config_up().await;
        let mut memory = Memory::new();
        let message = ("gateway/state", &b"ready"[..]);
        let exchanged =
            mqtt::exchange(own(device), &mut OsRng, &mut memory, &server, message, Duration::from_secs(4))
                .await;
        assert_eq!(exchanged, Ok(2));
        // The buffers are back: another connection, which a ticket resumes.
        let exchanged =
            mqtt::exchange(own(device), &mut OsRng, &mut memory, &server, message, Duration::from_secs(0))
                .await;
        assert_eq!(exchanged, Ok(2));
        let server = Server { name: "api.sandbox.test", ..server };
        let exchanged =
            mqtt::exchange(own(device), &mut OsRng, &mut memory, &server, message, Duration::from_secs(0))
                .await;
        assert_eq!(exchanged, Err(mqtt::Error::Connect), "its certificate is for another name");
    });
}

/// mosquitto with TLS, in the device's network. It ends on drop.
struct Broker {
    process: Child,
    folder: PathBuf,
    /// The root of its certificate.
    root: Vec<u8>,
}

impl Broker {
    const PORT: u16 = 8883;

    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("genesys-token-mqtt-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = || KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let root = CertifiedIssuer::self_signed(params, key()).expect("a root");
        let leaf_key = key();
        let leaf = CertificateParams::new(["mqtt.sandbox.test".to_owned()]).expect("a name");
        let leaf = leaf.signed_by(&leaf_key, &root).expect("a certificate");
        let file = |name: &str, content: String| {
            let path = folder.join(name);
            fs::write(&path, content).expect("a file");
            path.display().to_string()
        };
        let (chain, secret) = (file("chain.pem", leaf.pem()), file("key.pem", leaf_key.serialize_pem()));
        let settings = format!(
            "user root\nlistener {} {ROUTER}\ncertfile {chain}\nkeyfile {secret}\nallow_anonymous true\npersistence false\n",
            Self::PORT
        );
        let settings = file("mosquitto.conf", settings);
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"];
        let program = program.into_iter().find(|path| PathBuf::from(path).is_file()).unwrap_or("mosquitto");
        let mut command = Command::new(program);
        command.args(["-c", &settings]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("install mosquitto (Debian package of that name)");
        let mut broker = Self { process, folder, root: root.der().to_vec() };
        // It listens once its certificate is read.
        while TcpStream::connect((ROUTER, Self::PORT)).is_err() {
            let ended = broker.process.try_wait().expect("it is ours");
            assert!(ended.is_none(), "mosquitto ended with {ended:?}");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        broker
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
