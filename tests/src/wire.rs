//! Requests written octet by octet.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::{Answer, Service};

const PATIENCE: Duration = Duration::from_secs(15);

/// An open connection.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    issuer: String,
    asked_head: bool,
}

/// Sends one request and reads its answer; `lines` are the request line and the headers, without `Host`.
pub async fn exchange(service: &Service, lines: &[&str], body: &str) -> Answer {
    let mut wire = Wire::connect(service).await;
    wire.write(&request(lines, body)).await;
    wire.answer(lines[0]).await
}

/// The octets of a request with a `Host` and a `Content-Length`.
pub fn request(lines: &[&str], body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{}\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n{body}", lines.join("\r\n")).into_bytes()
}

/// The octets of a form POST.
pub fn post(path: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let line = format!("POST {path} HTTP/1.1");
    let form = "Content-Type: application/x-www-form-urlencoded";
    request(&[&[line.as_str(), form], headers].concat(), body)
}

impl Wire {
    /// Connects, and sends nothing yet.
    pub async fn connect(service: &Service) -> Self {
        let address = service.base.strip_prefix("http://").expect("a plain service");
        let stream = TcpStream::connect(address).await.expect("a connection");
        Self { stream, issuer: service.issuer.clone(), asked_head: false }
    }

    /// Writes octets, unless nobody reads them any more: a server that has seen enough may answer and close before.
    pub async fn write(&mut self, octets: &[u8]) {
        self.asked_head |= octets.starts_with(b"HEAD ");
        let _ = self.stream.write_all(octets).await;
    }

    /// Reads one answer, under the name of its case.
    pub async fn answer(&mut self, case: &str) -> Answer {
        let answer = timeout(PATIENCE, self.read()).await;
        let (status, headers, body) = answer.unwrap_or_else(|_| panic!("{case}: no answer"));
        Answer::new(case.chars().take(120).collect(), &self.issuer, status, headers, &body)
    }

    async fn read(&mut self) -> (u16, HeaderMap, Vec<u8>) {
        let mut seen = Vec::new();
        loop {
            let mut chunk = [0; 4096];
            let read = self.stream.read(&mut chunk).await.unwrap_or(0);
            seen.extend_from_slice(&chunk[..read]);
            if let Some((status, headers, body)) = parse(&seen)
                && (read == 0 || self.asked_head || is_whole(&headers, body))
            {
                let body = if is_chunked(&headers) { dechunk(body).unwrap_or_default() } else { body.to_vec() };
                return (status, headers, body);
            }
            assert!(read > 0, "the connection closed without an answer: {}", String::from_utf8_lossy(&seen));
        }
    }
}

fn parse(seen: &[u8]) -> Option<(u16, HeaderMap, &[u8])> {
    let mut room = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut room);
    let httparse::Status::Complete(end) = head.parse(seen).expect("an HTTP answer") else { return None };
    let mut headers = HeaderMap::new();
    for header in head.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(header.value).unwrap());
    }
    Some((head.code.unwrap(), headers, &seen[end..]))
}

fn is_chunked(headers: &HeaderMap) -> bool {
    headers.get("transfer-encoding").is_some()
}

fn is_whole(headers: &HeaderMap, body: &[u8]) -> bool {
    match headers.get("content-length") {
        Some(length) => body.len() >= length.to_str().unwrap().parse().unwrap(),
        None => is_chunked(headers) && dechunk(body).is_some(),
    }
}

fn dechunk(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let httparse::Status::Complete((start, length)) = httparse::parse_chunk_size(body).ok()? else { return None };
        let length = usize::try_from(length).ok()?;
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(start..start + length)?);
        body = body.get(start + length + 2..)?;
    }
}
