//! A connection to the bus of the user's session, over a Unix domain socket.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};

use super::super::Error;
use super::message::{Call, FIXED, Kind, Message, Reader, Writer};

/// Where systemd and others put the socket of a session's bus.
const DEFAULT: &str = "unix:runtime=yes";

/// A connection on which one call is made after the other.
pub(super) struct Bus {
    stream: UnixStream,
    serial: u32,
    /// Signals that came before the return of a call.
    signals: Vec<Message>,
}

impl Bus {
    pub(super) fn connect() -> Result<Self, Error> {
        let set = env::var("DBUS_SESSION_BUS_ADDRESS").ok().filter(|addresses| !addresses.is_empty());
        let addresses = set.as_deref().unwrap_or(DEFAULT);
        let none = if set.is_some() {
            "DBUS_SESSION_BUS_ADDRESS has no address of a Unix domain socket"
        } else {
            "neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set"
        };
        let mut failure = Error::Unreachable(none.to_owned());
        for address in addresses.split(';').filter_map(address) {
            match address.and_then(|address| UnixStream::connect_addr(&address)).and_then(authenticated) {
                Ok(stream) => {
                    let mut bus = Self { stream, serial: 0, signals: Vec::new() };
                    bus.call(&of_the_bus("Hello", "", Writer::default()))?;
                    return Ok(bus);
                }
                Err(error) => failure = lost(&error),
            }
        }
        Err(failure)
    }

    /// Asks for the signals of an interface.
    pub(super) fn subscribe(&mut self, interface: &str) -> Result<(), Error> {
        let mut rule = Writer::default();
        rule.text(&format!("type='signal',interface='{interface}'"));
        self.call(&of_the_bus("AddMatch", "s", rule)).map(drop)
    }

    /// Calls a method, and returns what it returns.
    pub(super) fn call(&mut self, call: &Call<'_>) -> Result<Message, Error> {
        self.serial += 1;
        self.stream.write_all(&call.bytes(self.serial)).map_err(|error| lost(&error))?;
        loop {
            let message = self.receive()?;
            match message.kind {
                Kind::Return if message.reply_to == Some(self.serial) => return Ok(message),
                Kind::Error if message.reply_to == Some(self.serial) => return Err(refusal(&message)),
                Kind::Signal => self.signals.push(message),
                _ => {}
            }
        }
    }

    /// Waits for a signal of an object.
    pub(super) fn signal(&mut self, path: &str, interface: &str, member: &str) -> Result<Message, Error> {
        let mut earlier = std::mem::take(&mut self.signals).into_iter();
        loop {
            let message = earlier.next().map_or_else(|| self.receive(), Ok)?;
            let names = [&*message.path, &*message.interface, &*message.member];
            if message.kind == Kind::Signal && names == [path, interface, member] {
                return Ok(message);
            }
        }
    }

    fn receive(&mut self) -> Result<Message, Error> {
        let mut fixed = [0; FIXED];
        self.stream.read_exact(&mut fixed).map_err(|error| lost(&error))?;
        let rest = Message::rest(&fixed).ok_or_else(not_understood)?;
        let mut bytes = fixed.to_vec();
        bytes.resize(FIXED + rest, 0);
        self.stream.read_exact(&mut bytes[FIXED..]).map_err(|error| lost(&error))?;
        Message::read(&bytes).ok_or_else(not_understood)
    }
}

/// Reads the values of a message, which must be of these types.
pub(super) fn values<'a, T>(
    message: &'a Message,
    signature: &str,
    read: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Result<T, Error> {
    message.values(signature).as_mut().and_then(read).ok_or_else(not_understood)
}

pub(super) fn not_understood() -> Error {
    Error::Refused("its answer is not understood".to_owned())
}

fn of_the_bus<'a>(member: &'a str, signature: &'a str, body: Writer) -> Call<'a> {
    Call {
        destination: "org.freedesktop.DBus",
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        member,
        signature,
        body,
    }
}

fn lost(error: &io::Error) -> Error {
    Error::Unreachable(format!("the bus of the session: {error}"))
}

fn refusal(message: &Message) -> Error {
    let why = message.explanation().to_owned();
    if message.error == "org.freedesktop.Secret.Error.IsLocked" {
        Error::Locked(why)
    } else if message.error.starts_with("org.freedesktop.DBus.Error.") {
        // No program has the name of the keyring, or the one that has it does not answer.
        Error::Unreachable(why)
    } else {
        Error::Refused(why)
    }
}

/// Authenticates as the user who opened the socket: no user id is sent, which a container may translate.
fn authenticated(mut stream: UnixStream) -> io::Result<UnixStream> {
    for (sent, expected) in [("\0AUTH EXTERNAL\r\n", "DATA"), ("DATA\r\n", "OK ")] {
        stream.write_all(sent.as_bytes())?;
        let answer = line(&mut stream)?;
        if !answer.starts_with(expected.as_bytes()) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the bus does not accept this user"));
        }
    }
    stream.write_all(b"BEGIN\r\n")?;
    Ok(stream)
}

/// Reads a line byte by byte, because what follows it belongs to messages.
fn line(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    const MOST: usize = 512;
    let (mut line, mut byte) = (Vec::new(), [0]);
    while line.len() < MOST {
        stream.read_exact(&mut byte)?;
        if byte == *b"\n" {
            return Ok(line);
        }
        line.push(byte[0]);
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "the bus answers with a line without an end"))
}

/// Returns the socket of an address such as `unix:path=/run/user/1000/bus,guid=…`; `None` if it is of another kind.
fn address(address: &str) -> Option<io::Result<SocketAddr>> {
    let settings = address.trim().strip_prefix("unix:")?;
    settings.split(',').find_map(|setting| match setting.split_once('=')? {
        ("path", path) => Some(SocketAddr::from_pathname(unescaped(path))),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        ("abstract", name) => {
            use std::os::linux::net::SocketAddrExt as _;
            Some(SocketAddr::from_abstract_name(unescaped(name).into_vec()))
        }
        ("runtime", "yes") => {
            let mut path = env::var_os("XDG_RUNTIME_DIR")?;
            path.push("/bus");
            Some(SocketAddr::from_pathname(path))
        }
        _ => None,
    })
}

/// Replaces `%2f` and the like.
fn unescaped(text: &str) -> OsString {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after.get(..2).and_then(|it| str::from_utf8(it).ok());
        let value = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(value) = value.filter(|_| byte == b'%') {
            bytes.push(value);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    OsString::from_vec(bytes)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::address;

    #[test]
    fn an_address_names_a_socket_in_any_of_its_settings() {
        for text in ["unix:path=/tmp/a b,guid=00", "unix:guid=00,path=/tmp/a%20b", " unix:path=%2ftmp/a b"] {
            let socket = address(text).unwrap().unwrap();
            assert_eq!(socket.as_pathname(), Some(Path::new("/tmp/a b")), "{text}");
        }
        for text in ["tcp:host=localhost,port=1", "unix:tmpdir=/tmp", "autolaunch:", "unix:", ""] {
            assert!(address(text).is_none(), "{text}");
        }
        assert_eq!(
            address("unix:path=/tmp/100%").unwrap().unwrap().as_pathname(),
            Some(Path::new("/tmp/100%"))
        );
    }
}
