//! A member of a fleet that looks for a token which another member has published.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use genesys_token_core::time::Duration;
use genesys_token_store::{
    AccessToken, Claim, Claimed, EntryName, Generation, KeySource, Keys, Owner, Publication, RedisAddress,
    RedisLogin, RedisSettings, RedisStore, SharedStore,
};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::error::AnyError;
use crate::setting::socket;

const LOGIN: &str = "login.mypurecloud.de";
const CLIENT: &str = "0f5c3a5e-7c1d-4d5e-9b7e-2a8a1c9e4d10";
/// The limit for a command that a member has.
const COMMAND: std::time::Duration = std::time::Duration::from_secs(1);
/// Longer than the age from which the store does not read a key file again.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(3);

pub(crate) struct Member {
    store: SharedStore,
    entry: EntryName,
}

/// Returns the key of the entry.
pub(crate) fn key() -> String {
    format!("genesys-token:{{{LOGIN}/{CLIENT}}}")
}

impl Member {
    /// Opens the store, and publishes a token as long as the service's.
    pub(crate) async fn with_token(folder: &Path) -> Result<Self, AnyError> {
        let keys = folder.join("keys");
        fs::write(&keys, Keys::generate("one")?.as_bytes())?;
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600))?;
        let member = Self::open(folder)?;
        let owner = Owner::new(1);
        let Claimed::Granted(lease) = member.claim(owner).await? else {
            return Err("the server is not empty".into());
        };
        let lifetime = Duration::from_secs(86_400);
        let publication = Publication {
            owner,
            generation: lease.generation,
            lifetime,
            ends_at: lease.granted_at.plus(lifetime),
            text: AccessToken::new(Zeroizing::new("t".repeat(86))),
        };
        member.store.publish(&member.entry, &publication).await?;
        // A key file that has just been written is read at each use.
        tokio::time::sleep(SETTLED).await;
        Ok(member)
    }

    /// Opens the store with the keys that are in the folder, as a broker does: the file is checked at each lookup.
    pub(crate) fn open(folder: &Path) -> Result<Self, AnyError> {
        let settings = RedisSettings {
            address: RedisAddress::Unix(socket(folder)),
            login: RedisLogin::default(),
            database: 0,
        };
        let keys = KeySource::File(folder.join("keys"));
        let store = SharedStore::encrypted(RedisStore::new(&settings)?, keys);
        Ok(Self { store, entry: EntryName::new(LOGIN, CLIENT) })
    }

    /// Looks for the token, and decrypts it.
    pub(crate) async fn look_up(&self) -> Result<(), AnyError> {
        match self.claim(Owner::new(2)).await? {
            Claimed::Token(token) if token.text.expose().len() == 86 => Ok(()),
            other => Err(format!("no token: {other:?}").into()),
        }
    }

    async fn claim(&self, owner: Owner) -> Result<Claimed<AccessToken>, AnyError> {
        let claim = Claim {
            owner,
            newer_than: Generation::NONE,
            margin: Duration::from_secs(300),
            lease: Duration::from_secs(15),
        };
        Ok(timeout(COMMAND, self.store.claim(&self.entry, claim)).await??)
    }
}
