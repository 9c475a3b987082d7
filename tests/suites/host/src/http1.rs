//! Responses over HTTP/1.1, for clients that offer nothing else.

use std::io::{self, Read, Write};

/// Answers each request with its number, until the client ends the connection.
pub fn serve(stream: &mut (impl Read + Write), mut next_number: impl FnMut() -> usize) -> io::Result<()> {
    loop {
        let head = read_head(stream)?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
        });
        stream.read_exact(&mut vec![0; length.unwrap_or(0)])?;
        let body = next_number().to_string();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
        stream.flush()?;
    }
}

fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}
