//! The loopback redirect (RFC 8252 §7.3): a port of this machine, open for one answer.

use std::time::Duration;

use oauth2::url::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::Fault;
use crate::discovery::Metadata;

const PATH: &str = "/callback";
const MOST_BYTES: u64 = 16 * 1024;

pub(crate) struct Redirect {
    listener: TcpListener,
    uri: String,
}

impl Redirect {
    /// Takes any free port.
    pub(crate) async fn listen() -> Result<Self, Fault> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let uri = format!("http://{}{PATH}", listener.local_addr()?);
        Ok(Self { listener, uri })
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// Waits for the answer to our request, and gives its code. Whatever else knocks at the port is
    /// turned away.
    pub(crate) async fn answer(&self, server: &Metadata, state: &str) -> Result<String, Fault> {
        loop {
            let (mut stream, _) = self.listener.accept().await?;
            // Whoever connects and says nothing must not keep the answer out.
            let Ok(Some(target)) = timeout(Duration::from_secs(5), target(&mut stream)).await else { continue };
            let answer = Url::parse(&self.uri)?.join(&target).ok().filter(|url| url.path() == PATH);
            let Some(answer) = answer.filter(|url| parameter(url, "state").as_deref() == Some(state)) else {
                say(&mut stream, "404 Not Found", "This is not the answer that is waited for.").await;
                continue;
            };
            let code = code(&answer, server);
            let words = if code.is_ok() { "You can close this page and go back." } else { "This did not work." };
            say(&mut stream, "200 OK", words).await;
            return code;
        }
    }
}

/// The code, if the answer is a good one of the server that was asked (RFC 9207).
fn code(answer: &Url, server: &Metadata) -> Result<String, Fault> {
    match parameter(answer, "iss") {
        Some(iss) if iss != server.issuer => return Err(format!("the answer comes from another issuer: {iss}").into()),
        None if server.authorization_response_iss_parameter_supported => {
            return Err("the answer does not tell its issuer".into());
        }
        _ => {}
    }
    if let Some(error) = parameter(answer, "error") {
        let words = parameter(answer, "error_description").unwrap_or_default();
        return Err(format!("the server refused: {error} {words}").into());
    }
    parameter(answer, "code").ok_or_else(|| "the answer has neither code nor error".into())
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The target of a GET request: its head is read to the end, so that the browser gets its answer.
async fn target(stream: &mut TcpStream) -> Option<String> {
    let (mut head, mut stream) = (Vec::new(), stream.take(MOST_BYTES));
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let mut words = std::str::from_utf8(&head).ok()?.split_ascii_whitespace();
    (words.next()? == "GET").then(|| words.next().map(str::to_owned))?
}

async fn say(stream: &mut TcpStream, status: &str, words: &str) {
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{words}",
        words.len()
    );
    // The browser may be gone already; the flow goes on without it.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
