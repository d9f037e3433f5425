//! A stream of server-sent events, read as a browser reads it: the chunks of HTTP, and in them messages that end at an
//! empty line.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::lab::Result;
use crate::lab::client::{find, header};

/// How much room is made for each read; small, since there are a thousand streams.
const READ: usize = 8 * 1024;

/// An open stream.
pub(crate) struct Stream {
    stream: TcpStream,
    /// What came and is not yet taken out of its chunks.
    received: Vec<u8>,
    /// What came out of chunks and is not yet a whole message.
    text: Vec<u8>,
}

/// One message.
pub(crate) struct Message(String);

impl Message {
    /// Whether it has a name, as heartbeats do; those without are fragments of the page.
    pub(crate) fn is_named(&self) -> bool {
        self.0.lines().any(|line| line.starts_with("event:"))
    }

    /// Whether it holds data at all: a comment does not.
    pub(crate) fn has_data(&self) -> bool {
        self.0.lines().any(|line| line.starts_with("data:"))
    }

    /// Its whole text.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl Stream {
    /// Asks by `request` and waits for the head of the answer, which has to be that of a stream.
    pub(crate) async fn open(address: SocketAddr, request: &[u8]) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request).await?;
        let mut received = Vec::new();
        let end = loop {
            match find(&received, b"\r\n\r\n") {
                Some(at) => break at + 4,
                None if stream.read_buf(&mut received).await? == 0 => {
                    return Err("the stream ended before its head".into());
                }
                None => {}
            }
        };
        let head = std::str::from_utf8(&received[..end])?;
        let kind = header(head, "content-type").unwrap_or_default();
        let chunked = header(head, "transfer-encoding").is_some();
        if head.get(9..12) != Some("200") || !kind.starts_with("text/event-stream") || !chunked {
            return Err(format!("no stream of events was answered, but\n{head}").into());
        }
        received.drain(..end);
        Ok(Self {
            stream,
            received,
            text: Vec::new(),
        })
    }

    /// The next message, or none where the stream ends.
    pub(crate) async fn next(&mut self) -> Result<Option<Message>> {
        loop {
            if let Some(end) = find(&self.text, b"\n\n") {
                let message = self.text.drain(..end + 2).collect();
                return Ok(Some(Message(String::from_utf8(message)?)));
            }
            if !self.take_a_chunk()? {
                self.received.reserve(READ);
                if self.stream.read_buf(&mut self.received).await? == 0 {
                    return Ok(None);
                }
            }
        }
    }

    /// Moves the first chunk, if it is whole, to the text.
    fn take_a_chunk(&mut self) -> Result<bool> {
        let Some(line) = find(&self.received, b"\r\n") else {
            return Ok(false);
        };
        let size = usize::from_str_radix(std::str::from_utf8(&self.received[..line])?, 16)?;
        let (from, to) = (line + 2, line + 2 + size);
        if self.received.len() < to + 2 {
            return Ok(false);
        }
        self.text.extend_from_slice(&self.received[from..to]);
        self.received.drain(..to + 2);
        Ok(true)
    }
}

/// The address of the stream that a page connects to, which its markup names.
pub(crate) fn address_in(page: &str) -> Option<String> {
    let (_, after) = page.split_once("hx-sse:connect=\"")?;
    let (address, _) = after.split_once('"')?;
    Some(address.replace("&#38;", "&").replace("&amp;", "&"))
}
