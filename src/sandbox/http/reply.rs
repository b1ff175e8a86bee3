//! The body of an answer, which may end before its Content-Length. Here: hyper's view of a [`Response`], nothing else.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame};

use super::Response;

/// Ends the connection without a (whole) answer: the only error that a reply can be.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
pub(super) struct HangUp;

/// A body in one piece, possibly shorter than its Content-Length says.
pub(super) struct Reply {
    rest: Option<Bytes>,
    cut: Option<Cut>,
}

enum Cut {
    /// hyper writes out what it has only when the body is not ready: one pause, so that the first part gets through.
    Flushing,
    Broken,
}

impl Reply {
    pub(super) fn from(response: Response, cut_at: Option<usize>) -> hyper::Response<Reply> {
        let total = response.body.len();
        let mut body = Bytes::from(response.body);
        let cut = cut_at.filter(|at| *at < total);
        if let Some(at) = cut {
            body.truncate(at);
        }
        let mut reply = hyper::Response::new(Reply {
            rest: Some(body),
            cut: cut.map(|_| Cut::Flushing),
        });
        *reply.status_mut() =
            hyper::StatusCode::from_u16(response.status).unwrap_or(hyper::StatusCode::IM_A_TEAPOT);
        for (name, value) in response.headers {
            let name = hyper::header::HeaderName::try_from(name);
            let value = hyper::header::HeaderValue::try_from(value);
            if let (Ok(name), Ok(value)) = (name, value) {
                reply.headers_mut().append(name, value);
            }
        }
        if response.status != 204 && response.status != 304 {
            reply
                .headers_mut()
                .insert(hyper::header::CONTENT_LENGTH, total.into());
        }
        reply
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = HangUp;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HangUp>>> {
        if let Some(bytes) = self.rest.take()
            && !bytes.is_empty()
        {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.cut {
            None => Poll::Ready(None),
            Some(Cut::Flushing) => {
                self.cut = Some(Cut::Broken);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Cut::Broken) => Poll::Ready(Some(Err(HangUp))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.rest.as_ref().is_none_or(Bytes::is_empty)
    }
}
