//! Archives in the ustar format (POSIX.1-2017, pax): the same entries give the same bytes, whatever machine, user and time.

/// An archive that grows by one entry after the other.
pub(super) struct Archive(Vec<u8>);

/// Bytes of a block; headers and contents fill whole ones.
const BLOCK: usize = 512;

const DIRECTORY: u8 = b'5';
const FILE: u8 = b'0';

impl Archive {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a directory. `path` is relative and has at most 100 bytes; `owner` is the number of its user and of its group.
    pub(super) fn directory(&mut self, path: &str, mode: u32, owner: u32) {
        self.header(&format!("{path}/"), mode, owner, 0, DIRECTORY);
    }

    /// Adds a file.
    pub(super) fn file(&mut self, path: &str, mode: u32, owner: u32, content: &[u8]) {
        self.header(path, mode, owner, content.len(), FILE);
        self.0.extend(content);
        self.fill();
    }

    /// Returns the bytes of the archive, with its end.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.0.extend([0; 2 * BLOCK]);
        self.0
    }

    fn header(&mut self, path: &str, mode: u32, owner: u32, size: usize, kind: u8) {
        assert!(path.len() <= 100, "{path} needs the field `prefix`, which is not written");
        let start = self.0.len();
        self.field(path, 100);
        self.field(&format!("{mode:07o}"), 8);
        self.field(&format!("{owner:07o}"), 8);
        self.field(&format!("{owner:07o}"), 8);
        self.field(&format!("{size:011o}"), 12);
        // The time of modification.
        self.field(&format!("{:011o}", 0), 12);
        // The checksum counts its own field as spaces.
        let checksum = self.0.len();
        self.field("        ", 8);
        self.0.push(kind);
        self.field("", 100);
        self.field("ustar\u{0}00", 8);
        self.fill();
        let sum: u32 = self.0[start..].iter().copied().map(u32::from).sum();
        self.0[checksum..checksum + 8].copy_from_slice(format!("{sum:06o}\u{0} ").as_bytes());
    }

    fn field(&mut self, text: &str, width: usize) {
        let end = self.0.len() + width;
        self.0.extend(text.as_bytes());
        self.0.resize(end, 0);
    }

    fn fill(&mut self) {
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write as _,
        process::{Command, Stdio},
    };

    use super::Archive;

    #[test]
    fn tar_lists_what_was_added() {
        let mut archive = Archive::new();
        archive.directory("run", 0o755, 65532);
        archive.file("etc/passwd", 0o640, 0, b"root");
        let bytes = archive.finish();
        assert_eq!(bytes.len(), 5 * 512);
        let mut tar = Command::new("tar")
            .args(["--list", "--verbose", "--numeric-owner", "--utc", "--file", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tar");
        tar.stdin.take().expect("its input").write_all(&bytes).expect("a reader");
        let listed = tar.wait_with_output().expect("its end");
        assert!(listed.status.success());
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let words: Vec<Vec<_>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[0], ["drwxr-xr-x", "65532/65532", "0", "1970-01-01", "00:00", "run/"]);
        assert_eq!(words[1], ["-rw-r-----", "0/0", "4", "1970-01-01", "00:00", "etc/passwd"]);
    }
}
