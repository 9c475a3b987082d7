//! Progress of long work, on terminals only.

use std::io::{self, IsTerminal as _, Read, Write as _};
use std::pin::pin;
use std::time::{Duration, Instant};

/// Time between two updates.
const INTERVAL: Duration = Duration::from_millis(200);

/// A line on standard error that is replaced, and removed at the end.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    total: Option<u64>,
    done: u64,
    /// The pages so far, of a collection.
    pages: Option<u64>,
    is_shown: bool,
    start: Instant,
    last: Option<Instant>,
}

impl Progress {
    /// Shows nothing before the first update, and nothing at all unless standard error is a terminal.
    pub(crate) fn new(what: &'static str, total: Option<u64>, is_hidden: bool) -> Self {
        let is_shown = !is_hidden && io::stderr().is_terminal();
        Self { what, total, done: 0, pages: None, is_shown, start: Instant::now(), last: None }
    }

    /// As [`Progress::new`], for a collection that arrives page by page.
    pub(crate) fn of_pages(what: &'static str, is_hidden: bool) -> Self {
        Self { pages: Some(0), ..Self::new(what, None, is_hidden) }
    }

    /// Counts what is read.
    pub(crate) fn reader<R: Read>(self, reader: R) -> Counted<R> {
        Counted { reader, progress: self }
    }

    /// Adds bytes.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.done += bytes;
        let amount = self.amount();
        self.update(&amount);
    }

    /// Adds a page of a collection.
    pub(crate) fn add_page(&mut self, bytes: u64) {
        self.pages = Some(self.pages.unwrap_or_default() + 1);
        self.add(bytes);
    }

    fn amount(&self) -> String {
        let done = size(self.done);
        match (self.pages, self.total.filter(|total| *total > 0)) {
            (Some(1), _) => format!("1 page, {done}"),
            (Some(pages), _) => format!("{pages} pages, {done}"),
            (None, Some(total)) => format!("{done} of {}", size(total)),
            (None, None) => done,
        }
    }

    /// Waits for a future. After the first second, shows the time since the beginning.
    pub(crate) async fn during<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        if !self.is_shown {
            return future.await;
        }
        loop {
            if let Ok(output) = tokio::time::timeout(INTERVAL, future.as_mut()).await {
                return output;
            }
            let seconds = self.start.elapsed().as_secs();
            if seconds > 0 {
                let amount = if self.done > 0 { self.amount() + ", " } else { String::new() };
                self.update(&format!("{amount}{seconds} s"));
            }
        }
    }

    fn update(&mut self, text: &str) {
        if !self.is_shown || self.last.unwrap_or(self.start).elapsed() < INTERVAL {
            return;
        }
        self.last = Some(Instant::now());
        // Returns to the first column, and erases the rest of the line (ECMA-48, EL). Automatic wrapping (DECAWM) is off meanwhile: of a text
        // that is wider than the terminal, all lines except the last would stay.
        let _ = write!(io::stderr(), "\r\x1b[?7l{}: {text}\x1b[K\x1b[?7h", self.what);
    }

    /// Removes the line, so that something else can be printed. The next update shows it again.
    pub(crate) fn clear(&mut self) {
        if self.last.take().is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// Returns a number of bytes for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A reader with progress.
#[derive(Debug)]
pub(crate) struct Counted<R> {
    reader: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.progress.add(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_in_the_unit_that_people_read() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1 kB"),
            (999_999, "999 kB"),
            (1_000_000, "1.0 MB"),
            (20_480_000, "20.4 MB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }
}
