//! The Secret Service of a desktop (freedesktop.org, Secret Service API 0.2), asked over the bus of the user's session.

mod bus;
mod exchange;
mod message;

use zeroize::Zeroizing;

use super::Error;
use bus::{Bus, not_understood, values};
use exchange::{ALGORITHM, Half, Key, Sealed};
use message::{Call, Message, Reader, Writer};

const SERVICE: (&str, &str) = ("/org/freedesktop/secrets", "org.freedesktop.Secret.Service");
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const ITEM: &str = "org.freedesktop.Secret.Item";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";

/// The path that stands for no object.
const NONE: &str = "/";

/// The attributes of an entry; `secret-tool` and other programs use the same.
fn attributes<'a>(service: &'a str, name: &'a str) -> [(&'a str, &'a str); 2] {
    [("service", service), ("username", name)]
}

pub(super) fn read(service: &str, name: &str) -> Result<Option<Zeroizing<String>>, Error> {
    let mut keyring = Keyring::open()?;
    let item = keyring.item(service, name)?;
    item.map(|item| keyring.secret(&item)).transpose()
}

pub(super) fn write(service: &str, name: &str, secret: &str) -> Result<(), Error> {
    let mut keyring = Keyring::open()?;
    match keyring.item(service, name)? {
        Some(item) => keyring.replace(&item, secret),
        None => keyring.create(service, name, secret),
    }
}

pub(super) fn remove(service: &str, name: &str) -> Result<bool, Error> {
    let mut keyring = Keyring::open()?;
    let Some(item) = keyring.item(service, name)? else { return Ok(false) };
    let answer = keyring.call(&item, ITEM, "Delete", "", Writer::default())?;
    keyring.prompt(values(&answer, "o", Reader::text)?)?;
    Ok(true)
}

/// A session with the keyring.
struct Keyring {
    bus: Bus,
    session: String,
    key: Key,
}

impl Keyring {
    fn open() -> Result<Self, Error> {
        let mut bus = Bus::connect()?;
        let half = Half::new()?;
        let mut body = Writer::default();
        body.text(ALGORITHM);
        body.signature("ay");
        body.bytes(&half.public());
        let answer = bus.call(&of_the_keyring(SERVICE.0, SERVICE.1, "OpenSession", "sv", body))?;
        let (other, session) = values(&answer, "vo", |it| {
            it.signature().filter(|kind| *kind == "ay")?;
            Some((it.bytes()?, it.text()?))
        })?;
        let key = half.key(other).ok_or_else(not_understood)?;
        Ok(Self { session: session.to_owned(), bus, key })
    }

    /// Returns the one item of a name, unlocked.
    fn item(&mut self, service: &str, name: &str) -> Result<Option<String>, Error> {
        let mut body = Writer::default();
        dictionary(&mut body, &attributes(service, name));
        let answer = self.call(SERVICE.0, SERVICE.1, "SearchItems", "a{ss}", body)?;
        let (mut unlocked, mut locked) = values(&answer, "aoao", |it| Some((it.paths()?, it.paths()?)))?;
        if unlocked.len() + locked.len() > 1 {
            return Err(Error::Several);
        }
        if let Some(item) = locked.pop() {
            self.unlock(&item)?;
            return Ok(Some(item));
        }
        Ok(unlocked.pop())
    }

    fn secret(&mut self, item: &str) -> Result<Zeroizing<String>, Error> {
        let mut body = Writer::default();
        body.text(&self.session);
        let answer = self.call(item, ITEM, "GetSecret", "o", body)?;
        let sealed = values(&answer, "(oayays)", |it| {
            it.structure()?;
            it.text()?;
            Some(Sealed { parameters: it.bytes()?.to_vec(), value: it.bytes()?.to_vec() })
        })?;
        self.key.open(sealed)
    }

    fn replace(&mut self, item: &str, secret: &str) -> Result<(), Error> {
        let mut body = Writer::default();
        self.sealed(&mut body, secret)?;
        self.call(item, ITEM, "SetSecret", "(oayays)", body).map(drop)
    }

    /// Creates an item in the collection that the user has chosen for what has none.
    fn create(&mut self, service: &str, name: &str, secret: &str) -> Result<(), Error> {
        let mut body = Writer::default();
        body.text("default");
        let answer = self.call(SERVICE.0, SERVICE.1, "ReadAlias", "s", body)?;
        let collection = values(&answer, "o", Reader::text)?;
        if collection == NONE {
            return Err(Error::Refused("there is no default keyring".to_owned()));
        }
        self.unlock(collection)?;
        let mut body = Writer::default();
        body.array(8, |out| {
            out.structure();
            out.text("org.freedesktop.Secret.Item.Label");
            out.signature("s");
            out.text(&format!("keyring:{name}@{service}"));
            out.structure();
            out.text("org.freedesktop.Secret.Item.Attributes");
            out.signature("a{ss}");
            dictionary(out, &attributes(service, name));
        });
        self.sealed(&mut body, secret)?;
        let replaces = true;
        body.boolean(replaces);
        let answer = self.call(collection, COLLECTION, "CreateItem", "a{sv}(oayays)b", body)?;
        let prompt = values(&answer, "oo", |it| {
            it.text()?;
            it.text()
        })?;
        self.prompt(prompt)
    }

    /// Unlocks an item or a collection. If it is locked, the user is asked.
    fn unlock(&mut self, path: &str) -> Result<(), Error> {
        let mut body = Writer::default();
        body.array(4, |out| out.text(path));
        let answer = self.call(SERVICE.0, SERVICE.1, "Unlock", "ao", body)?;
        let prompt = values(&answer, "aoo", |it| {
            it.paths()?;
            it.text()
        })?;
        self.prompt(prompt)
    }

    /// Lets the keyring ask the user, if there is something to ask.
    fn prompt(&mut self, path: &str) -> Result<(), Error> {
        if path == NONE {
            return Ok(());
        }
        self.bus.subscribe(PROMPT)?;
        let mut body = Writer::default();
        let no_window = "";
        body.text(no_window);
        self.call(path, PROMPT, "Prompt", "s", body)?;
        let answer = self.bus.signal(path, PROMPT, "Completed")?;
        if values(&answer, "bv", Reader::boolean)? {
            return Err(Error::Locked("the prompt was dismissed".to_owned()));
        }
        Ok(())
    }

    /// Writes a secret as the API sends it.
    fn sealed(&self, body: &mut Writer, secret: &str) -> Result<(), Error> {
        let sealed = self.key.seal(secret)?;
        body.structure();
        body.text(&self.session);
        body.bytes(&sealed.parameters);
        body.bytes(&sealed.value);
        body.text("text/plain");
        Ok(())
    }

    fn call(
        &mut self,
        path: &str,
        interface: &str,
        member: &str,
        signature: &str,
        body: Writer,
    ) -> Result<Message, Error> {
        self.bus.call(&of_the_keyring(path, interface, member, signature, body))
    }
}

fn of_the_keyring<'a>(
    path: &'a str,
    interface: &'a str,
    member: &'a str,
    signature: &'a str,
    body: Writer,
) -> Call<'a> {
    Call { destination: "org.freedesktop.secrets", path, interface, member, signature, body }
}

fn dictionary(body: &mut Writer, entries: &[(&str, &str)]) {
    body.array(8, |out| {
        for (name, value) in entries {
            out.structure();
            out.text(name);
            out.text(value);
        }
    });
}
