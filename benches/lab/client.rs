//! A minimal keep-alive HTTP/1.1 client: on a machine with few cores, the servers do not get what the client takes.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much room is made for each read.
const READ: usize = 64 * 1024;

/// One open connection.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, as it stands in the connection's buffer.
pub(crate) struct Answer<'a> {
    /// The status code.
    pub(crate) status: u16,
    /// The status line and headers.
    pub(crate) head: &'a str,
    /// The body as it was sent: chunked where it was.
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::new(),
        })
    }

    /// Sends a whole request and waits for its whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let body = loop {
            match find(&self.received, b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.receive().await?,
            }
        };
        let head = std::str::from_utf8(&self.received[..body]).map_err(io::Error::other)?;
        let status = head.get(9..12).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status"))?;
        let length = header(head, "content-length").and_then(|length| length.parse().ok());
        let chunked = header(head, "transfer-encoding").is_some();
        let end = match length {
            Some(length) => body + self.receive_to(body, length).await?,
            None if chunked => self.receive_chunks(body).await?,
            None => body,
        };
        Ok(Answer {
            status,
            head: std::str::from_utf8(&self.received[..body]).map_err(io::Error::other)?,
            body: &self.received[body..end],
        })
    }

    async fn receive(&mut self) -> io::Result<()> {
        self.received.reserve(READ);
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    async fn receive_to(&mut self, from: usize, length: usize) -> io::Result<usize> {
        while self.received.len() < from + length {
            self.receive().await?;
        }
        Ok(length)
    }

    /// Receives chunks until the empty one; where the body ends.
    async fn receive_chunks(&mut self, mut at: usize) -> io::Result<usize> {
        loop {
            let size = loop {
                match find(&self.received[at..], b"\r\n") {
                    Some(length) => break &self.received[at..at + length],
                    None => self.receive().await?,
                }
            };
            let (line, size) = (
                size.len() + 2,
                std::str::from_utf8(size).map_err(io::Error::other)?,
            );
            let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
            at += line + self.receive_to(at + line, size + 2).await?;
            if size == 0 {
                return Ok(at);
            }
        }
    }
}

/// Where `what` begins in `text`.
pub(crate) fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// The value of the header `wanted`.
pub(crate) fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.trim())
}
