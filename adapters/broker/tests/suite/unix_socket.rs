//! The Unix socket: its permissions, and who may use it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};

use genesys_token_sandbox::Sandbox;
use nix::unistd::{getegid, geteuid};

use crate::broker::{Broker, PROGRAM, consumer_of_this_user};
use crate::http_client::Request;

#[test]
fn the_socket_has_the_mode_owner_and_group_of_the_configuration() {
    let broker = Broker::launch(Sandbox::builder(), "", &consumer_of_this_user(""), |directory| {
        let file = directory.join("config.toml");
        let text = fs::read_to_string(&file).unwrap();
        let more =
            format!("mode = \"0620\"\nowner = \"{}\"\ngroup = \"{}\"\n[clients.main]", geteuid(), getegid());
        fs::write(&file, text.replacen("[clients.main]", &more, 1)).unwrap();
        run(&file)
    });
    let metadata = fs::metadata(broker.socket()).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o620);
    assert_eq!((metadata.uid(), metadata.gid()), (geteuid().as_raw(), getegid().as_raw()));
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
}

#[test]
fn a_process_of_a_group_is_a_consumer() {
    let broker = Broker::start(&format!("[consumers.tests]\ngroups = [\"{}\"]\n", getegid()));
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
}

fn run(config: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["run", "-v", "--config"]).arg(config).env_clear().stdin(Stdio::null());
    command
}
