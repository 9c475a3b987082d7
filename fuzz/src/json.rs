//! A plain parser of JSON (RFC 8259), compared with serde_json on every text.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::error::Category;

/// A value. Objects keep their members in order, repeated ones as well; numbers keep their spelling.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a whole text; `None` if it is not JSON.
    ///
    /// # Panics
    /// If serde_json disagrees.
    pub fn read(text: &[u8]) -> Option<Self> {
        let json = std::str::from_utf8(text).ok().and_then(|text| {
            let mut reader = Reader { rest: text.chars().peekable() };
            let json = reader.value()?;
            reader.space();
            reader.rest.next().is_none().then_some(json)
        });
        agree(text, json.as_ref());
        json
    }

    /// Returns how deeply arrays and objects are nested.
    pub fn depth(&self) -> usize {
        match self {
            Self::Array(values) => 1 + values.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// Returns the members of this name, if this is an object.
    pub fn members(&self, name: &str) -> Vec<&Self> {
        let Self::Object(members) = self else { return Vec::new() };
        members.iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// Returns the first member of this name, unless it is null.
    pub fn first(&self, name: &str) -> Option<&Self> {
        self.members(name).first().copied().filter(|value| **value != Self::Null)
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    fn is(&self, other: &serde_json::Value) -> bool {
        use serde_json::Value;
        match (self, other) {
            (Self::Null, Value::Null) | (Self::Number(_), Value::Number(_)) => true,
            (Self::Bool(this), Value::Bool(other)) => this == other,
            (Self::String(this), Value::String(other)) => this == other,
            (Self::Array(this), Value::Array(other)) => {
                this.len() == other.len() && this.iter().zip(other).all(|(this, other)| this.is(other))
            }
            // serde_json keeps the last member of each name.
            (Self::Object(this), Value::Object(other)) => this.iter().all(|(key, _)| {
                other.get(key).zip(self.members(key).last().copied()).is_some_and(|(o, t)| t.is(o))
            }),
            _ => false,
        }
    }
}

/// Compares with serde_json, which rejects two things that RFC 8259 allows: numbers beyond f64, and nesting deeper than 127.
fn agree(text: &[u8], json: Option<&Json>) {
    match (json, serde_json::from_slice::<serde_json::Value>(text)) {
        (Some(json), Ok(value)) => assert!(json.is(&value), "the references read different values"),
        (None, Err(_)) => {}
        (Some(json), Err(error)) => {
            let message = error.to_string();
            let known = message.starts_with("number out of range") || json.depth() > 127;
            assert!(
                known && error.classify() == Category::Syntax,
                "serde_json alone rejects this: {message}"
            );
        }
        (None, Ok(_)) => panic!("serde_json alone accepts this"),
    }
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
}

impl Reader<'_> {
    fn space(&mut self) {
        while self.rest.next_if(|c| matches!(c, ' ' | '\t' | '\n' | '\r')).is_some() {}
    }

    fn eat(&mut self, expected: char) -> Option<()> {
        self.rest.next_if_eq(&expected).map(drop)
    }

    fn word(&mut self, word: &str, json: Json) -> Option<Json> {
        word.chars().try_for_each(|c| self.eat(c))?;
        Some(json)
    }

    fn value(&mut self) -> Option<Json> {
        self.space();
        match self.rest.peek()? {
            'n' => self.word("null", Json::Null),
            't' => self.word("true", Json::Bool(true)),
            'f' => self.word("false", Json::Bool(false)),
            '"' => self.string().map(Json::String),
            '[' => self.array(),
            '{' => self.object(),
            _ => self.number(),
        }
    }

    fn array(&mut self) -> Option<Json> {
        self.eat('[')?;
        self.space();
        let mut values = Vec::new();
        if self.eat(']').is_some() {
            return Some(Json::Array(values));
        }
        loop {
            values.push(self.value()?);
            self.space();
            if self.eat(',').is_none() {
                self.eat(']')?;
                return Some(Json::Array(values));
            }
        }
    }

    fn object(&mut self) -> Option<Json> {
        self.eat('{')?;
        self.space();
        let mut members = Vec::new();
        if self.eat('}').is_some() {
            return Some(Json::Object(members));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            self.eat(':')?;
            members.push((key, self.value()?));
            self.space();
            if self.eat(',').is_none() {
                self.eat('}')?;
                return Some(Json::Object(members));
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.eat('"')?;
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escape()?),
                c if c < ' ' => return None,
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.rest.next()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut units = vec![self.unit()?];
                if (0xd800..0xdc00).contains(&units[0]) {
                    self.word("\\u", Json::Null)?;
                    units.push(self.unit()?);
                }
                // A lone surrogate stands for no character.
                char::decode_utf16(units).next()?.ok()?
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u16> {
        let digits: Option<String> = (0..4).map(|_| self.rest.next_if(char::is_ascii_hexdigit)).collect();
        u16::from_str_radix(&digits?, 16).ok()
    }

    fn number(&mut self) -> Option<Json> {
        let mut text = String::new();
        text.extend(self.rest.next_if_eq(&'-'));
        if self.eat('0').is_some() {
            text.push('0');
        } else {
            self.digits(&mut text)?;
        }
        if self.eat('.').is_some() {
            text.push('.');
            self.digits(&mut text)?;
        }
        if self.rest.next_if(|c| matches!(c, 'e' | 'E')).is_some() {
            text.push('e');
            text.extend(self.rest.next_if(|c| matches!(c, '+' | '-')));
            self.digits(&mut text)?;
        }
        Some(Json::Number(text))
    }

    fn digits(&mut self, text: &mut String) -> Option<()> {
        let before = text.len();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            text.push(digit);
        }
        (text.len() > before).then_some(())
    }
}
