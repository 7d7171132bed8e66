//! A client that sends what it is told to, byte by byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::generator::Request;

/// A connection that is made anew when the server has closed it.
pub struct Connection {
    address: String,
    authorization: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    /// A connection to `host:port` as the administrator.
    pub fn to(address: &str, password: &str) -> Self {
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("admin:{password}")));
        Self { address: address.to_owned(), authorization, stream: None }
    }

    /// The status of the answer, which is read to its end; 0 when there is none.
    pub fn ask(&mut self, request: &Request) -> u16 {
        let again = self.stream.is_some();
        match self.attempt(request) {
            // An idle connection may have been closed meanwhile.
            None if again => {
                self.stream = None;
                self.attempt(request).unwrap_or(0)
            }
            status => status.unwrap_or(0),
        }
    }

    fn attempt(&mut self, request: &Request) -> Option<u16> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.address).ok()?;
                stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
                BufReader::new(stream)
            }
        };
        let mut bytes = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.target, self.address);
        bytes.push_str(&format!("Authorization: {}\r\n", self.authorization));
        for (name, value) in &request.headers {
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        bytes.push_str(&format!("Content-Length: {}\r\n\r\n", request.body.len()));
        stream.get_mut().write_all(bytes.as_bytes()).ok()?;
        // The server may answer, and close, before it has read all of a body.
        let sent = stream.get_mut().write_all(&request.body).is_ok();
        let (status, is_whole) = answer(&mut stream, request.method == "HEAD")?;
        self.stream = (sent && is_whole).then_some(stream);
        Some(status)
    }
}

/// Status, and whether the connection can be used again.
fn answer(stream: &mut BufReader<TcpStream>, no_body: bool) -> Option<(u16, bool)> {
    let status: u16 = line(stream)?.split(' ').nth(1)?.parse().ok()?;
    let (mut length, mut chunked, mut close) = (None, false, false);
    loop {
        let line = line(stream)?.to_lowercase();
        let Some((name, value)) = line.split_once(':') else { break };
        match name {
            "content-length" => length = value.trim().parse::<u64>().ok(),
            "transfer-encoding" => chunked = value.contains("chunked"),
            "connection" => close = value.contains("close"),
            _ => {}
        }
    }
    let read = match (no_body || status == 204 || status == 304, chunked, length) {
        (true, _, _) => Some(()),
        (_, true, _) => chunks(stream),
        (_, _, Some(length)) => skip(stream, length),
        (_, _, None) => None,
    };
    Some((status, read.is_some() && !close))
}

fn chunks(stream: &mut BufReader<TcpStream>) -> Option<()> {
    loop {
        let length = u64::from_str_radix(line(stream)?.trim(), 16).ok()?;
        skip(stream, length)?;
        line(stream)?;
        if length == 0 {
            return Some(());
        }
    }
}

fn skip(stream: &mut BufReader<TcpStream>, length: u64) -> Option<()> {
    (std::io::copy(&mut stream.take(length), &mut std::io::sink()).ok()? == length).then_some(())
}

fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
    Some(String::from_utf8_lossy(&line).trim_end().to_owned())
}
