//! Keys for stored tokens. Each has an id, so that they can be replaced while old ones still open what they have sealed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use genesys_token_core::time::Duration;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use crate::store::StoreError;
use crate::values::{AccessToken, EntryName, Generation};

/// The length of a key in bytes, of AES-256.
const KEY_LEN: usize = 32;
/// The longest key id, in characters.
const ID_MAX: usize = 32;
/// The format of a sealed token, authenticated with it.
const FORMAT: &str = "gts1";

/// Keys, of which the first seals and each opens what it has sealed: AES-256-GCM with a random nonce of 96 bits, which is safe for
/// 2³² tokens of one key (NIST SP 800-38D section 8.3).
pub struct Keys(Vec<Key>);

struct Key {
    id: String,
    key: LessSafeKey,
}

/// Why a text does not hold keys. It repeats nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidKeys {
    /// No line has a key.
    Empty,
    /// A line, counted from 1, is not a key id, a space and a key.
    Line(usize),
    /// A line, counted from 1, has a key that is not 32 bytes in Base64.
    Key(usize),
    /// A line, counted from 1, has the key id of an earlier one.
    Repeated(usize),
}

impl Keys {
    /// Reads lines of a key id (1 to 32 letters, digits, `-` or `_`), a space, and 32 bytes in Base64. Empty lines and those that begin with
    /// `#` are skipped.
    ///
    /// # Errors
    /// [`InvalidKeys`].
    pub fn parse(text: &str) -> Result<Self, InvalidKeys> {
        let mut keys: Vec<Key> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (id, key) = line.split_once(char::is_whitespace).ok_or(InvalidKeys::Line(number))?;
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if id.len() > ID_MAX || !id.chars().all(is_plain) {
                return Err(InvalidKeys::Line(number));
            }
            if keys.iter().any(|known| known.id == id) {
                return Err(InvalidKeys::Repeated(number));
            }
            let bytes = STANDARD.decode(key.trim()).map(Zeroizing::new);
            let bytes = bytes.ok().filter(|bytes| bytes.len() == KEY_LEN).ok_or(InvalidKeys::Key(number))?;
            let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| InvalidKeys::Key(number))?;
            keys.push(Key { id: id.to_owned(), key: LessSafeKey::new(key) });
        }
        if keys.is_empty() { Err(InvalidKeys::Empty) } else { Ok(Self(keys)) }
    }

    /// Generates a line with a new key.
    ///
    /// # Errors
    /// The system's random generator failed.
    pub fn generate(id: &str) -> Result<Zeroizing<String>, StoreError> {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        SystemRandom::new().fill(key.as_mut_slice()).map_err(|_| no_random())?;
        let text = Zeroizing::new(STANDARD.encode(key.as_slice()));
        Ok(Zeroizing::new(format!("{id} {}", text.as_str())))
    }

    /// Seals a token for this entry, number and lifetime: it opens for no other.
    pub(crate) fn seal(
        &self,
        token: &AccessToken,
        entry: &EntryName,
        generation: Generation,
        lifetime: Duration,
    ) -> Result<Zeroizing<String>, StoreError> {
        // There is at least one.
        let key = self.0.first().ok_or_else(no_random)?;
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| no_random())?;
        let mut bytes = Zeroizing::new(token.expose().as_bytes().to_vec());
        let context = context(&key.id, entry, generation, lifetime);
        let tag = key
            .key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut bytes)
            .map_err(|_| StoreError::new("the access token is too long to be encrypted: please report it"))?;
        let sealed = [&nonce[..], &bytes, tag.as_ref()].concat();
        Ok(Zeroizing::new(format!("{FORMAT}.{}.{}", key.id, URL_SAFE_NO_PAD.encode(sealed))))
    }

    /// Opens a sealed token. `None` if no key has its id, or it is not of this entry, number and lifetime, or was changed.
    pub(crate) fn open(
        &self,
        sealed: &str,
        entry: &EntryName,
        generation: Generation,
        lifetime: Duration,
    ) -> Option<Zeroizing<String>> {
        let (id, text) = sealed.strip_prefix(FORMAT)?.strip_prefix('.')?.split_once('.')?;
        let key = self.0.iter().find(|key| key.id == id)?;
        let mut bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let context = context(id, entry, generation, lifetime);
        let token = key.key.open_in_place(nonce, Aad::from(context), sealed).ok()?;
        std::str::from_utf8(token).ok().map(|token| Zeroizing::new(token.to_owned()))
    }
}

/// What is authenticated beside the token: the parts are unambiguous, because only the last one may contain a space.
fn context(id: &str, entry: &EntryName, generation: Generation, lifetime: Duration) -> Vec<u8> {
    format!("{FORMAT} {id} {} {} {}", generation.number(), lifetime.as_millis(), entry.as_str()).into_bytes()
}

fn no_random() -> StoreError {
    StoreError::new("the operating system gave no random bytes")
}

/// The ids, never the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl fmt::Display for InvalidKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no key: add a line `ID KEY` with 32 random bytes in Base64"),
            Self::Line(line) => write!(
                f,
                "line {line} is not a key id (letters, digits, `-`, `_`), a space, and a key in Base64"
            ),
            Self::Key(line) => write!(f, "line {line}: the key must be 32 bytes in Base64"),
            Self::Repeated(line) => write!(f, "line {line} has the key id of an earlier line"),
        }
    }
}

impl std::error::Error for InvalidKeys {}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "login.example";

    fn keys(ids: &[&str], all: &str) -> Keys {
        let lines: Vec<_> =
            ids.iter().filter_map(|id| all.lines().find(|line| line.starts_with(id))).collect();
        Keys::parse(&lines.join("\n")).expect("keys")
    }

    #[test]
    fn a_token_opens_for_its_entry_number_and_lifetime_only() {
        let lines = format!("{}\n", Keys::generate("one").expect("random").as_str());
        let keys = keys(&["one"], &lines);
        let entry = EntryName::new(ENTRY, "a");
        let token = AccessToken::new(Zeroizing::new("token-7".to_owned()));
        let (generation, lifetime) = (Generation::new(5), Duration::from_secs(60));
        let sealed = keys.seal(&token, &entry, generation, lifetime).expect("sealed");
        assert!(!sealed.contains("token-7"));
        assert_ne!(sealed, keys.seal(&token, &entry, generation, lifetime).expect("sealed"), "another nonce");
        let open = |sealed: &str, entry: &EntryName, generation, lifetime| {
            keys.open(sealed, entry, generation, lifetime).map(|text| text.to_string())
        };
        assert_eq!(open(&sealed, &entry, generation, lifetime).as_deref(), Some("token-7"));
        assert_eq!(open(&sealed, &EntryName::new(ENTRY, "b"), generation, lifetime), None);
        assert_eq!(open(&sealed, &entry, Generation::new(6), lifetime), None);
        assert_eq!(open(&sealed, &entry, generation, Duration::from_secs(61)), None);
        for wrong in ["", "gts1", "gts1.one", "gts1.one.AAAA", "gts2.one.x", "token-7", "gts1.two.AAAA"] {
            assert_eq!(open(wrong, &entry, generation, lifetime), None, "{wrong}");
        }
        let mut changed = sealed.to_string();
        let last = changed.pop().expect("a character");
        changed.push(if last == 'A' { 'B' } else { 'A' });
        assert_eq!(open(&changed, &entry, generation, lifetime), None);
    }

    #[test]
    fn a_new_key_is_put_first_and_the_old_one_still_opens() {
        let all = ["old", "new"].map(|id| Keys::generate(id).expect("random").to_string()).join("\n");
        let entry = EntryName::new(ENTRY, "a");
        let token = AccessToken::new(Zeroizing::new("t".to_owned()));
        let (generation, lifetime) = (Generation::new(1), Duration::from_secs(1));
        let sealed = keys(&["old"], &all).seal(&token, &entry, generation, lifetime).expect("sealed");
        let both = keys(&["new", "old"], &all);
        assert!(both.open(&sealed, &entry, generation, lifetime).is_some());
        let resealed = both.seal(&token, &entry, generation, lifetime).expect("sealed");
        assert!(resealed.starts_with("gts1.new."));
        assert!(keys(&["old"], &all).open(&resealed, &entry, generation, lifetime).is_none());
    }

    #[test]
    fn faults_of_a_key_file_are_named_and_not_repeated() {
        let key = STANDARD.encode([7; 32]);
        for (text, error) in [
            (String::new(), InvalidKeys::Empty),
            ("# nothing\n\n".to_owned(), InvalidKeys::Empty),
            (key.clone(), InvalidKeys::Line(1)),
            (format!("a/b {key}"), InvalidKeys::Line(1)),
            (format!("# x\none {}", &key[4..]), InvalidKeys::Key(2)),
            (format!("one {key}\none {key}"), InvalidKeys::Repeated(2)),
        ] {
            let found = Keys::parse(&text).expect_err("faulty");
            assert_eq!(found, error);
            assert!(!found.to_string().contains(&key[4..]));
        }
        assert_eq!(format!("{:?}", Keys::parse(&format!("one {key}")).expect("a key")), "[\"one\"]");
    }
}
