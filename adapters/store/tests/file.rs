//! The store in a directory, through its public API.
#![cfg(all(feature = "file", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests for hosts")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use genesys_token_core::time::Duration;
use genesys_token_store::{
    AccessToken, Claim, Claimed, EntryName, FileStore, Generation, KeySource, Keys, Lease, Owner,
    Publication, Published, SharedStore,
};
use zeroize::Zeroizing;

const LIFETIME: Duration = Duration::from_secs(86_400);

fn entry() -> EntryName {
    EntryName::new("login.example", "client/with a slash")
}

fn open(directory: &Path, keys: &str) -> SharedStore {
    let keys = Arc::new(Keys::parse(keys).unwrap());
    SharedStore::encrypted(FileStore::open(directory).unwrap(), KeySource::Fixed(keys))
}

fn claim(owner: u128, newer_than: Generation) -> Claim {
    Claim {
        owner: Owner::new(owner),
        newer_than,
        margin: Duration::from_secs(300),
        lease: Duration::from_secs(15),
    }
}

async fn granted(store: &SharedStore, owner: u128, newer_than: Generation) -> Lease {
    match store.claim(&entry(), claim(owner, newer_than)).await.unwrap() {
        Claimed::Granted(lease) => lease,
        other => panic!("{other:?}"),
    }
}

async fn publish(store: &SharedStore, owner: u128, lease: Lease, text: &str) -> Published {
    let publication = Publication {
        owner: Owner::new(owner),
        generation: lease.generation,
        lifetime: LIFETIME,
        ends_at: lease.granted_at.plus(LIFETIME),
        text: AccessToken::new(Zeroizing::new(text.to_owned())),
    };
    store.publish(&entry(), &publication).await.unwrap()
}

async fn found(store: &SharedStore) -> Claimed<AccessToken> {
    store.claim(&entry(), claim(99, Generation::NONE)).await.unwrap()
}

fn text(found: &Claimed<AccessToken>) -> &str {
    let Claimed::Token(token) = found else { panic!("{found:?}") };
    token.text.expose()
}

fn key(id: &str) -> String {
    Keys::generate(id).unwrap().to_string()
}

#[tokio::test]
async fn a_token_survives_the_process_encrypted_and_private() {
    let directory = tempfile::tempdir().unwrap();
    let keys = key("one");
    let store = open(&directory.path().join("new/folder"), &keys);
    let lease = granted(&store, 1, Generation::NONE).await;
    // Another process finds the lease, and its owner finds its own.
    let other = open(&directory.path().join("new/folder"), &keys);
    assert!(matches!(found(&other).await, Claimed::Busy { .. }));
    assert_eq!(granted(&other, 1, Generation::NONE).await.generation, lease.generation);
    assert_eq!(publish(&store, 1, lease, "SENTINEL-token").await, Published::Stored);
    drop(store);

    let again = open(&directory.path().join("new/folder"), &keys);
    let token = found(&again).await;
    assert_eq!(text(&token), "SENTINEL-token");
    let Claimed::Token(token) = token else { panic!() };
    assert!(token.remaining <= LIFETIME && token.remaining.as_secs() > 86_300);
    assert!(!format!("{token:?}").contains("SENTINEL"));
    for file in fs::read_dir(directory.path().join("new/folder")).unwrap().map(Result::unwrap) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        assert!(!fs::read_to_string(file.path()).unwrap().contains("SENTINEL"));
    }
}

#[tokio::test]
async fn an_older_token_never_replaces_a_newer_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), &key("one"));
    let slow = granted(&store, 1, Generation::NONE).await;
    store.release(&entry(), Owner::new(1), Duration::ZERO).await.unwrap();
    let fast = granted(&store, 2, Generation::NONE).await;
    assert!(fast.generation > slow.generation);
    assert_eq!(publish(&store, 2, fast, "newer").await, Published::Stored);
    assert_eq!(publish(&store, 1, slow, "older").await, Published::Superseded);
    // Sent again, because its answer was lost.
    assert_eq!(publish(&store, 2, fast, "newer").await, Published::Stored);
    assert_eq!(text(&found(&store).await), "newer");
}

#[tokio::test]
async fn a_key_that_was_replaced_is_named_and_costs_one_exchange() {
    let directory = tempfile::tempdir().unwrap();
    let (old, new) = (key("old"), key("new"));
    let store = open(directory.path(), &old);
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    assert_eq!(text(&found(&open(directory.path(), &format!("{new}\n{old}"))).await), "first");
    let store = open(directory.path(), &new);
    let unreadable = found(&store).await;
    assert_eq!(unreadable, Claimed::Unreadable { generation: lease.generation });
    let lease = granted(&store, 2, lease.generation).await;
    publish(&store, 2, lease, "second").await;
    assert_eq!(text(&found(&store).await), "second");
}

#[tokio::test]
async fn a_file_that_was_damaged_is_as_none() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), &key("one"));
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    let files = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path());
    let file = files.into_iter().find(|path| path.to_string_lossy().contains("token-")).unwrap();
    let whole = fs::read(&file).unwrap();
    for damaged in
        [&b""[..], &[0xff, 0xfe, 0], &whole[..whole.len() / 2], b"genesys-token-store 1\nclock a b c\n"]
    {
        fs::write(&file, damaged).unwrap();
        let _ = granted(&store, 7, Generation::NONE).await;
    }
}

#[tokio::test]
async fn a_key_file_for_every_user_is_refused_and_a_missing_directory_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    fs::write(&path, key("one")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let store =
        SharedStore::encrypted(FileStore::open(directory.path()).unwrap(), KeySource::File(path.clone()));
    let lease = granted(&store, 1, Generation::NONE).await;
    let publication = Publication {
        owner: Owner::new(1),
        generation: lease.generation,
        lifetime: LIFETIME,
        ends_at: lease.granted_at.plus(LIFETIME),
        text: AccessToken::new(Zeroizing::new("t".to_owned())),
    };
    let error = store.publish(&entry(), &publication).await.unwrap_err().to_string();
    assert!(error.contains("chmod"), "{error}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(store.publish(&entry(), &publication).await.unwrap(), Published::Stored);
    assert!(FileStore::open(Path::new("/proc/nowhere")).is_err());
}
