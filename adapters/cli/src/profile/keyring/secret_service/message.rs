//! The messages of D-Bus in their binary form, little-endian, as far as calls to the Secret Service need them
//! (D-Bus Specification, "Type System" and "Message Protocol").

/// Calls and answers of a keyring are far smaller; the bus allows 128 MiB.
pub(super) const MOST: usize = 1 << 20;

/// The part of a message whose length is fixed.
pub(super) const FIXED: usize = 16;

const METHOD_CALL: u8 = 1;
const VERSION: u8 = 1;

/// The codes of header fields.
mod field {
    pub(super) const PATH: u8 = 1;
    pub(super) const INTERFACE: u8 = 2;
    pub(super) const MEMBER: u8 = 3;
    pub(super) const ERROR_NAME: u8 = 4;
    pub(super) const REPLY_SERIAL: u8 = 5;
    pub(super) const DESTINATION: u8 = 6;
    pub(super) const SIGNATURE: u8 = 8;
}

/// A method of an object, and its arguments.
pub(super) struct Call<'a> {
    pub(super) destination: &'a str,
    pub(super) path: &'a str,
    pub(super) interface: &'a str,
    pub(super) member: &'a str,
    pub(super) signature: &'a str,
    pub(super) body: Writer,
}

impl Call<'_> {
    pub(super) fn bytes(&self, serial: u32) -> Vec<u8> {
        let mut out = Writer(vec![b'l', METHOD_CALL, 0, VERSION]);
        out.length(self.body.0.len());
        out.number(serial);
        out.array(8, |out| {
            for (code, kind, value) in [
                (field::PATH, "o", self.path),
                (field::INTERFACE, "s", self.interface),
                (field::MEMBER, "s", self.member),
                (field::DESTINATION, "s", self.destination),
            ] {
                out.structure();
                out.0.push(code);
                out.signature(kind);
                out.text(value);
            }
            if !self.signature.is_empty() {
                out.structure();
                out.0.push(field::SIGNATURE);
                out.signature("g");
                out.signature(self.signature);
            }
        });
        out.structure();
        out.0.extend_from_slice(&self.body.0);
        out.0
    }
}

/// Values in their binary form.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// Begins a structure or an entry of a dictionary.
    pub(super) fn structure(&mut self) {
        self.align(8);
    }

    pub(super) fn number(&mut self, value: u32) {
        self.align(4);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn boolean(&mut self, value: bool) {
        self.number(value.into());
    }

    /// Writes a string or an object path.
    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.0.push(0);
    }

    /// Writes a signature, or begins a variant of this type.
    pub(super) fn signature(&mut self, text: &str) {
        // Ours are literals of few letters.
        self.0.push(text.len().try_into().unwrap_or(u8::MAX));
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
    }

    /// Writes an array of bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Writes an array whose elements have this alignment.
    pub(super) fn array(&mut self, alignment: usize, elements: impl FnOnce(&mut Self)) {
        self.length(0);
        let after_length = self.0.len();
        self.align(alignment);
        let start = self.0.len();
        elements(self);
        let length = u32::try_from(self.0.len() - start).unwrap_or(u32::MAX);
        self.0[after_length - 4..after_length].copy_from_slice(&length.to_le_bytes());
    }

    /// Writes a length. The bus refuses a message that is as long as the largest.
    fn length(&mut self, length: usize) {
        self.number(length.try_into().unwrap_or(u32::MAX));
    }

    fn align(&mut self, alignment: usize) {
        self.0.resize(self.0.len().next_multiple_of(alignment), 0);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Return,
    Error,
    Signal,
    Other,
}

/// A message from the bus.
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) reply_to: Option<u32>,
    pub(super) path: String,
    pub(super) interface: String,
    pub(super) member: String,
    pub(super) error: String,
    signature: String,
    body: Vec<u8>,
}

impl Message {
    /// Returns how many bytes follow the fixed part, if it is one of a message that a keyring may send.
    pub(super) fn rest(fixed: &[u8; FIXED]) -> Option<usize> {
        let mut reader = Reader { bytes: fixed, position: 4 };
        let (body, _, fields) = (reader.number()?, reader.number()?, reader.number()?);
        let [body, fields] = [usize::try_from(body).ok()?, usize::try_from(fields).ok()?];
        if fixed[0] != b'l' || fixed[3] != VERSION || body > MOST || fields > MOST {
            return None;
        }
        Some(fields.next_multiple_of(8) + body)
    }

    /// Reads a message from its fixed part and the rest.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let kind = match bytes.get(1)? {
            2 => Kind::Return,
            3 => Kind::Error,
            4 => Kind::Signal,
            _ => Kind::Other,
        };
        let mut message = Self {
            kind,
            reply_to: None,
            path: String::new(),
            interface: String::new(),
            member: String::new(),
            error: String::new(),
            signature: String::new(),
            body: Vec::new(),
        };
        let mut reader = Reader { bytes, position: 12 };
        let end = usize::try_from(reader.number()?).ok()?.checked_add(FIXED)?;
        while reader.position < end {
            reader.align(8)?;
            let code = reader.byte()?;
            match reader.signature()? {
                "s" | "o" => {
                    let text = reader.text()?.to_owned();
                    match code {
                        field::PATH => message.path = text,
                        field::INTERFACE => message.interface = text,
                        field::MEMBER => message.member = text,
                        field::ERROR_NAME => message.error = text,
                        _ => {}
                    }
                }
                "u" => {
                    let number = reader.number()?;
                    if code == field::REPLY_SERIAL {
                        message.reply_to = Some(number);
                    }
                }
                "g" => {
                    let signature = reader.signature()?.to_owned();
                    if code == field::SIGNATURE {
                        message.signature = signature;
                    }
                }
                _ => return None,
            }
        }
        reader.align(8)?;
        message.body = bytes.get(reader.position..)?.to_vec();
        Some(message)
    }

    /// Returns a reader of the values, if they are of these types.
    pub(super) fn values(&self, signature: &str) -> Option<Reader<'_>> {
        (self.signature == signature).then_some(Reader { bytes: &self.body, position: 0 })
    }

    /// Returns the text that explains an error.
    pub(super) fn explanation(&self) -> &str {
        let text = if self.signature.starts_with('s') {
            Reader { bytes: &self.body, position: 0 }.text()
        } else {
            None
        };
        text.filter(|text| !text.is_empty()).unwrap_or(&self.error)
    }
}

/// Values that are read from their binary form. Each function returns `None` if there is no such value.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// Begins a structure.
    pub(super) fn structure(&mut self) -> Option<()> {
        self.align(8)
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        self.align(4)?;
        let bytes = self.take(4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    pub(super) fn boolean(&mut self) -> Option<bool> {
        self.number().map(|number| number != 0)
    }

    /// Reads a string or an object path.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        let text = self.bytes()?;
        (self.byte()? == 0).then_some(())?;
        str::from_utf8(text).ok()
    }

    /// Reads a signature, or the type of a variant.
    pub(super) fn signature(&mut self) -> Option<&'a str> {
        let length = self.byte()?;
        let text = self.take(length.into())?;
        (self.byte()? == 0).then_some(())?;
        str::from_utf8(text).ok()
    }

    /// Reads an array of bytes.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length.try_into().ok()?)
    }

    /// Reads an array of object paths.
    pub(super) fn paths(&mut self) -> Option<Vec<String>> {
        let length = usize::try_from(self.number()?).ok()?;
        let end = self.position.checked_add(length)?;
        let mut paths = Vec::new();
        while self.position < end {
            paths.push(self.text()?.to_owned());
        }
        Some(paths)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.position.checked_add(length)?;
        let taken = self.bytes.get(self.position..end)?;
        self.position = end;
        Some(taken)
    }

    fn align(&mut self, alignment: usize) -> Option<()> {
        let padding = self.position.next_multiple_of(alignment) - self.position;
        self.take(padding).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, FIXED, Kind, MOST, Message, Writer};

    /// A return that the bus sent for a call of `Hello`, with its own name shortened.
    const HELLO_REPLY: &[u8] = b"l\x02\x01\x01\x09\x00\x00\x00\x01\x00\x00\x00\x2d\x00\x00\x00\
        \x05\x01u\x00\x01\x00\x00\x00\
        \x08\x01g\x00\x01s\x00\x00\
        \x07\x01s\x00\x14\x00\x00\x00org.freedesktop.DBus\x00\x00\x00\x00\
        \x04\x00\x00\x00:1.2\x00";

    #[test]
    fn a_return_is_read_with_its_values() {
        let rest = Message::rest(HELLO_REPLY[..FIXED].try_into().unwrap()).unwrap();
        assert_eq!(FIXED + rest, HELLO_REPLY.len());
        let message = Message::read(HELLO_REPLY).unwrap();
        assert_eq!((message.kind, message.reply_to), (Kind::Return, Some(1)));
        assert_eq!(message.values("s").unwrap().text(), Some(":1.2"));
        assert!(message.values("o").is_none());
    }

    #[test]
    fn a_message_that_ends_early_is_no_message() {
        for length in 0..HELLO_REPLY.len() {
            let message = Message::read(&HELLO_REPLY[..length]);
            assert!(
                message.is_none_or(|it| it.values("s").and_then(|mut it| it.text()).is_none()),
                "{length}"
            );
        }
    }

    #[test]
    fn a_length_beyond_the_most_is_refused() {
        let mut fixed: [u8; FIXED] = HELLO_REPLY[..FIXED].try_into().unwrap();
        fixed[4..8].copy_from_slice(&u32::try_from(MOST + 1).unwrap().to_le_bytes());
        assert_eq!(Message::rest(&fixed), None);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut body = Writer::default();
        body.boolean(true);
        body.array(4, |out| out.text("/a/b"));
        body.array(8, |_| {});
        body.structure();
        body.bytes(b"xyz");
        let call = Call {
            destination: "org.example",
            path: "/a",
            interface: "org.example.I",
            member: "M",
            signature: "baoa{ss}(ay)",
            body,
        };
        let bytes = call.bytes(7);
        let rest = Message::rest(bytes[..FIXED].try_into().unwrap()).unwrap();
        assert_eq!(FIXED + rest, bytes.len());
        let message = Message::read(&bytes).unwrap();
        assert_eq!(message.kind, Kind::Other);
        assert_eq!([&*message.path, &*message.interface, &*message.member], ["/a", "org.example.I", "M"]);
        let mut values = message.values("baoa{ss}(ay)").unwrap();
        assert_eq!(values.boolean(), Some(true));
        assert_eq!(values.paths().unwrap(), ["/a/b"]);
        assert_eq!(values.number(), Some(0));
        assert!(values.structure().is_some());
        assert_eq!(values.bytes(), Some(&b"xyz"[..]));
        assert_eq!(values.number(), None);
    }
}
