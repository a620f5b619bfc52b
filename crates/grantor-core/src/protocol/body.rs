use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// The body of an answer: whole, in one piece. Its `Debug` text tells nothing, since it may hold tokens.
#[derive(Clone, Default)]
pub struct Body(Option<Bytes>);

impl Body {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        Self(Some(bytes.into()).filter(|bytes| !bytes.is_empty()))
    }

    /// The bytes, for a door that does not speak `http_body`.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0.unwrap_or_default()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use http_body::Body as _;

    use super::*;

    /// What a server of HTTP gets when it asks once more.
    fn frame(body: &mut Body) -> Option<Bytes> {
        let polled = Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(frame) = polled else { unreachable!("all of it is there") };
        frame.map(|Ok(frame)| frame.into_data().unwrap())
    }

    /// TK-13
    #[test]
    fn a_body_is_one_frame_of_its_length_and_then_at_its_end() {
        let mut body = Body::new("{\"active\":false}");
        assert_eq!((body.is_end_stream(), body.size_hint().exact()), (false, Some(16)));
        assert_eq!(frame(&mut body).as_deref(), Some(&b"{\"active\":false}"[..]));
        assert_eq!((body.is_end_stream(), body.size_hint().exact()), (true, Some(0)));
        assert_eq!((frame(&mut body), body.into_bytes()), (None, Bytes::new()));
    }

    #[test]
    fn a_body_without_bytes_is_at_its_end_from_the_beginning() {
        for mut body in [Body::default(), Body::new(""), Body::new(Vec::new())] {
            assert_eq!((body.is_end_stream(), body.size_hint().exact(), frame(&mut body)), (true, Some(0), None));
        }
    }
}
