//! Changes of the configuration file, reported by the kernel.

use std::ffi::OsString;
use std::future::{pending, poll_fn};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream as _;
use inotify::{EventMask, EventStream, Inotify, WatchMask};

/// An editor writes a file in several steps; the reload waits until they are complete.
const SETTLE: Duration = Duration::from_millis(200);

/// Watches the directory of a file, because editors and configuration managers replace files instead of writing into them.
pub(crate) struct FileWatch {
    events: EventStream<Vec<u8>>,
    /// `None`: any change counts, for example if the file is a symbolic link into a mounted volume.
    name: Option<OsString>,
}

impl FileWatch {
    pub(crate) fn new(file: &Path) -> io::Result<Self> {
        let inotify = Inotify::init()?;
        let directory =
            file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        inotify.watches().add(directory, WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO | WatchMask::CREATE)?;
        let is_link = file.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        let name = file.file_name().filter(|_| !is_link).map(OsString::from);
        Ok(Self { events: inotify.into_event_stream(vec![0; 4096])?, name })
    }

    /// Waits for a change. Cancel safe until a change was detected; then the reload is due in any event.
    pub(crate) async fn changed(&mut self) {
        loop {
            match poll_fn(|context| Pin::new(&mut self.events).poll_next(context)).await {
                Some(Ok(event)) => {
                    let is_named = self.name.as_ref().is_none_or(|name| event.name.as_ref() == Some(name));
                    if is_named && !event.mask.contains(EventMask::ISDIR) {
                        break;
                    }
                }
                // Without the watch there is still SIGHUP.
                Some(Err(_)) | None => return pending().await,
            }
        }
        tokio::time::sleep(SETTLE).await;
    }
}
