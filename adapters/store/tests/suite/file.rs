//! The store in a directory.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use genesys_token_store::{Claimed, FileStore, Generation, KeySource, Keys, Published, SharedStore};

use crate::fixture::{entry, found, granted, publication, publish, text};
use crate::scenario;

fn open(directory: &Path, keys: &str) -> SharedStore {
    let keys = Arc::new(Keys::parse(keys).unwrap());
    SharedStore::encrypted(FileStore::open(directory).unwrap(), KeySource::Fixed(keys))
}

fn key(id: &str) -> String {
    Keys::generate(id).unwrap().to_string()
}

#[tokio::test]
async fn leases_and_tokens_are_as_in_every_store_for_two_processes() {
    let directory = tempfile::tempdir().unwrap();
    let keys = key("one");
    scenario::leases_and_tokens(&open(directory.path(), &keys), &open(directory.path(), &keys)).await;
}

#[tokio::test]
async fn a_token_survives_the_process_encrypted_and_private() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("new/folder");
    let keys = key("one");
    let store = open(&folder, &keys);
    let lease = granted(&store, 1, Generation::NONE).await;
    assert_eq!(publish(&store, 1, lease, "SENTINEL-token").await, Published::Stored);
    drop(store);
    assert_eq!(text(&found(&open(&folder, &keys)).await), "SENTINEL-token");
    for file in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        assert!(!fs::read_to_string(file.path()).unwrap().contains("SENTINEL"));
    }
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

/// A file that was not changed for some time is not read again, one that takes its place is.
#[tokio::test]
async fn a_new_file_of_keys_is_used_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    let (old, new) = (key("one"), key("one"));
    let replace = |text: &str| {
        let next = directory.path().join("keys.new");
        fs::write(&next, text).unwrap();
        fs::set_permissions(&next, fs::Permissions::from_mode(0o600)).unwrap();
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        fs::File::options().write(true).open(&next).unwrap().set_modified(hour_ago).unwrap();
        fs::rename(&next, &path).unwrap();
    };
    replace(&old);
    let store =
        SharedStore::encrypted(FileStore::open(directory.path()).unwrap(), KeySource::File(path.clone()));
    let lease = granted(&store, 1, Generation::NONE).await;
    publish(&store, 1, lease, "first").await;
    assert_eq!(text(&found(&store).await), "first");
    // Of the same length, and with the same time of its content.
    replace(&new);
    assert_eq!(found(&store).await, Claimed::Unreadable { generation: lease.generation });
    replace(&old);
    assert_eq!(text(&found(&store).await), "first");
}

#[tokio::test]
async fn a_damaged_file_counts_as_none() {
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
    let publication = publication(1, lease, "t");
    let error = store.publish(&entry(), &publication).await.unwrap_err().to_string();
    assert!(error.contains("chmod"), "{error}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(store.publish(&entry(), &publication).await.unwrap(), Published::Stored);
    assert!(FileStore::open(Path::new("/proc/nowhere")).is_err());
}
