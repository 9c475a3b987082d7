//! Programs that end TLS in front of a service: haproxy, Apache, lighttpd, Caddy, h2o, hitch and stunnel.

use core::net::SocketAddr;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::thread;

use tls_peer::pki::Pki;

use super::process::{Listens, Running};
use super::{Setting, check, pki, twice};

/// Writes a file of settings and returns its path. `CHAIN`, `KEY`, `BOTH` and `DIR` stand for the certificate's files and their folder.
fn settings(pki: &Pki, text: &str) -> String {
    let path = |file: &str| pki.path(file).display().to_string();
    let both =
        [pki.path("leaf.key"), pki.path("chain.pem")].map(|file| fs::read_to_string(file).unwrap()).concat();
    fs::write(pki.path("both.pem"), both).unwrap();
    let text = text.replace("CHAIN", &path("chain.pem")).replace("KEY", &path("leaf.key"));
    let text = text.replace("BOTH", &path("both.pem")).replace("DIR", &path(""));
    fs::write(pki.path("settings"), text).unwrap();
    path("settings")
}

fn parts(address: SocketAddr, text: &str) -> String {
    let [ip, port] = [address.ip().to_string(), address.port().to_string()];
    text.replace("ADDRESS", &address.to_string()).replace("HOST", &ip).replace("PORT", &port)
}

/// Starts a program with settings in which `ADDRESS`, `HOST` and `PORT` stand for its address.
fn play(name: &str, setting: Setting, text: &str, command: impl Fn(&str) -> Command) {
    let pki = pki(name, setting);
    let server =
        Running::start(&pki, &Listens::OnAddress, |address| command(&settings(&pki, &parts(address, text))));
    check(setting, twice(setting, &pki, &server));
}

fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments);
    command
}

fn haproxy(name: &str, setting: Setting, global: &str, options: &str) {
    let text = format!(
        "global\n {global}\ndefaults\n mode http\n timeout client 60s\n timeout server 60s\n timeout connect 60s\n\
         frontend f\n bind ADDRESS ssl crt BOTH {options}\n http-request return status 200 content-type text/plain file DIRping\n"
    );
    play(name, setting, &text, |file| program("haproxy", &["-db", "-f", file]));
}

#[test]
fn haproxy_with_default_settings() {
    haproxy("haproxy", Setting::Default, "", "");
}

#[test]
fn haproxy_requests_another_key_share() {
    haproxy("haproxy-retry", Setting::OnlyP256, "", "curves P-256");
}

#[test]
fn haproxy_with_small_records() {
    haproxy("haproxy-small", Setting::SmallRecords, "tune.ssl.maxrecord 300", "");
}

fn nginx(name: &str, setting: Setting, options: &str) {
    let text = format!(
        "daemon off;\nmaster_process off;\npid DIRpid;\nerror_log DIRerrors;\nevents {{}}\nhttp {{\n access_log off;\n\
         client_body_temp_path DIRa;\n proxy_temp_path DIRb;\n fastcgi_temp_path DIRc;\n uwsgi_temp_path DIRd;\n scgi_temp_path DIRe;\n\
         server {{\n listen ADDRESS ssl;\n ssl_certificate CHAIN;\n ssl_certificate_key KEY;\n ssl_protocols TLSv1.2 TLSv1.3;\n\
         root DIR;\n{options} }}\n}}\n"
    );

    play(name, setting, &text, |file| program("nginx", &["-c", file]));
}

#[test]
fn nginx_with_default_settings() {
    nginx("nginx-default", Setting::Default, "");
}

#[test]
fn nginx_requests_another_key_share() {
    nginx("nginx-retry", Setting::OnlyP256, " ssl_ecdh_curve prime256v1;\n");
}

#[test]
fn nginx_with_small_records() {
    nginx("nginx-small", Setting::SmallRecords, " ssl_buffer_size 512;\n");
}

fn apache(setting: Setting, options: &str) {
    let text = format!(
        "ServerRoot DIR\nPidFile DIRpid\nErrorLog DIRerrors\nListen ADDRESS\nServerName device.test\n\
         LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n\
         LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n\
         LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so\n\
         DocumentRoot DIR\nSSLEngine on\nSSLCertificateFile CHAIN\nSSLCertificateKeyFile KEY\n{options}"
    );
    play("apache", setting, &text, |file| program("apache2", &["-DFOREGROUND", "-f", file]));
}

#[test]
fn apache_with_default_settings() {
    apache(Setting::Default, "");
}

#[test]
fn apache_requests_another_key_share() {
    apache(Setting::OnlyP256, "SSLOpenSSLConfCmd Groups P-256\n");
}

fn lighttpd(setting: Setting, options: &str) {
    let text = format!(
        "server.bind = \"HOST\"\nserver.port = PORT\nserver.document-root = \"DIR\"\nserver.modules = ( \"mod_openssl\" )\n\
         ssl.engine = \"enable\"\nssl.pemfile = \"CHAIN\"\nssl.privkey = \"KEY\"\n{options}"
    );
    play("lighttpd", setting, &text, |file| program("lighttpd", &["-D", "-f", file]));
}

#[test]
fn lighttpd_with_default_settings() {
    lighttpd(Setting::Default, "");
}

#[test]
fn lighttpd_requests_another_key_share() {
    lighttpd(Setting::OnlyP256, "ssl.openssl.ssl-conf-cmd = ( \"Groups\" => \"P-256\" )\n");
}

fn caddy(name: &str, setting: Setting, options: &str) {
    let text = format!(
        "{{\n admin off\n auto_https off\n storage file_system DIRstorage\n}}\nhttps://:PORT {{\n bind HOST\n tls CHAIN KEY {{\n{options} }}\n root * DIR\n file_server\n}}\n"
    );
    play(name, setting, &text, |file| program("caddy", &["run", "--adapter", "caddyfile", "--config", file]));
}

#[test]
fn caddy_with_default_settings() {
    caddy("caddy", Setting::Default, "");
}

#[test]
fn caddy_requests_another_key_share() {
    caddy("caddy-retry", Setting::OnlyP256, "  curves secp256r1\n");
}

#[test]
fn h2o_with_default_settings() {
    let text = "listen:\n  host: HOST\n  port: PORT\n  ssl:\n    certificate-file: CHAIN\n    key-file: KEY\n\
                hosts:\n  default:\n    paths:\n      /:\n        file.dir: DIR\n";
    play("h2o", Setting::Default, text, |file| program("h2o", &["-m", "worker", "-c", file]));
}

/// Starts an HTTP server without TLS that answers one request per connection.
fn backend() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap_or_default() == 1 {
                    head.push(byte[0]);
                }
                let _ = connection.write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\npong");
            });
        }
    });
    address
}

fn hitch(setting: Setting, options: &str) {
    let backend = backend();
    // As root it runs only with the name of the user that it is to become.
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let user = if is_root { "user = \"daemon\"\n" } else { "" };
    let text = format!(
        "frontend = {{\n host = \"HOST\"\n port = \"PORT\"\n}}\nbackend = \"[{}]:{}\"\npem-file = \"BOTH\"\nworkers = 1\ndaemon = off\n{user}{options}",
        backend.ip(),
        backend.port()
    );
    play("hitch", setting, &text, |file| program("hitch", &["--config", file]));
}

#[test]
fn hitch_with_default_settings() {
    hitch(Setting::Default, "");
}

#[test]
fn hitch_requests_another_key_share() {
    hitch(Setting::OnlyP256, "ecdh-curve = \"P-256\"\n");
}

fn stunnel(setting: Setting, options: &str) {
    let text = format!(
        "foreground = yes\npid =\n[service]\naccept = ADDRESS\nconnect = {}\ncert = CHAIN\nkey = KEY\n{options}",
        backend()
    );
    play("stunnel4", setting, &text, |file| program("stunnel4", &[file]));
}

#[test]
fn stunnel_with_default_settings() {
    stunnel(Setting::Default, "");
}

#[test]
fn stunnel_requests_another_key_share() {
    stunnel(Setting::OnlyP256, "curves = P-256\n");
}
