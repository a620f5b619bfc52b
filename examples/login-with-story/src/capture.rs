//! The layer that writes down what an axum router receives, and changes nothing of it.
//!
//! A body is read only where its length is announced and small: a form in the request, JSON or a page in the answer.

use std::mem;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use crate::traffic::{Role, Seen, Traffic};

/// Bodies that are larger are passed on unread.
const MOST_BYTES: u64 = 16 * 1024;

/// The router, with everything it receives written down for this role.
pub fn captured(router: Router, traffic: &Traffic, to: Role) -> Router {
    router.layer(from_fn_with_state((traffic.clone(), to), capture))
}

async fn capture(State((traffic, to)): State<(Traffic, Role)>, mut request: Request, next: Next) -> Response {
    let arrival = traffic.arrival();
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let mut body = Bytes::new();
    if is(&headers, "application/x-www-form-urlencoded") && is_small(request.body()) {
        // Somebody who announces a body and does not send it is refused here as anywhere.
        let Some(read) = read(request.body_mut()).await else { return StatusCode::BAD_REQUEST.into_response() };
        body = read;
    }
    let mut response = next.run(request).await;
    let mut answer = Bytes::new();
    let is_told = is(response.headers(), "application/json") || is(response.headers(), "text/html");
    if is_told && is_small(response.body()) {
        answer = read(response.body_mut()).await.unwrap_or_default();
    }
    let answer_headers = response.headers();
    traffic.record(&Seen {
        arrival,
        to,
        method: method.as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        header: &|name| headers.get(name)?.to_str().ok(),
        body: &body,
        status: response.status().as_u16(),
        answer_header: &|name| answer_headers.get(name)?.to_str().ok(),
        answer: &answer,
    });
    response
}

fn is(headers: &HeaderMap, kind: &str) -> bool {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    sent.is_some_and(|sent| sent.starts_with(kind))
}

fn is_small(body: &Body) -> bool {
    body.size_hint().exact().is_some_and(|length| length <= MOST_BYTES)
}

/// The whole body, which then stands where it stood before.
async fn read(place: &mut Body) -> Option<Bytes> {
    let bytes = to_bytes(mem::take(place), usize::MAX).await.ok()?;
    *place = Body::from(bytes.clone());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use axum::routing::post;

    use super::*;
    use crate::story::Fault;

    /// What a router behind the layer makes of a form of this size, and what was written down of it.
    async fn sent(size: usize) -> Result<(String, Vec<crate::traffic::Exchange>), Fault> {
        let traffic = Traffic::new();
        let router = Router::new().route("/echo", post(|body: String| async move { body.len().to_string() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let place = format!("http://{}/echo", listener.local_addr()?);
        let router = captured(router, &traffic, Role::Provider);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let filler = "x".repeat(size);
        let answer = reqwest::Client::new().post(place).form(&[("scope", filler.as_str())]).send().await?;
        Ok((answer.text().await?, traffic.all()))
    }

    #[tokio::test]
    async fn a_form_arrives_whole_whether_it_is_written_down_or_too_large_for_that() -> Result<(), Fault> {
        for (size, facts) in [(10, 1), (100_000, 0)] {
            let (told, seen) = sent(size).await?;
            assert_eq!(told, (size + "scope=".len()).to_string());
            assert_eq!(seen.iter().map(|exchange| exchange.parameters.len()).collect::<Vec<_>>(), [facts]);
        }
        Ok(())
    }
}
