//! One client's connection: its requests, one after the other, and how long it may take.
//!
//! Invariant: headers have a bounded size and time, a body is never read (`guard` refuses it, and the connection ends), an
//! idle connection ends, and one whose client takes nothing from it ends too, so what is kept for a client is bounded in
//! size and time.

use std::io::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_io_timeout::TimeoutStream;
use tower::Service as _;

use super::listener::Stream;
use super::patience::Patience;
use super::peer::Peer;

/// The most bytes of a request's line and headers, and of what is buffered for a client.
const BUFFER: usize = 16 << 10;
const HEADERS: usize = 64;

/// What a client gets that is one too many. It is not read, so it may not see this.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Answers a client's requests until it is done, or the server is.
pub(super) async fn serve(stream: Stream, peer: Peer, router: Router, until: Watcher, patience: Patience) {
    match stream {
        Stream::Tcp(stream) => answer(stream, peer, router, until, patience).await,
        Stream::Unix(stream) => answer(stream, peer, router, until, patience).await,
    }
}

/// Turns a client away because there are too many.
pub(super) fn turn_away(stream: Stream) {
    // A client that cannot be told is turned away all the same.
    let _ = match stream {
        Stream::Tcp(stream) => stream.into_std().and_then(|mut stream| stream.write(FULL)),
        Stream::Unix(stream) => stream.into_std().and_then(|mut stream| stream.write(FULL)),
    };
}

async fn answer<S>(stream: S, peer: Peer, router: Router, until: Watcher, patience: Patience)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience.writes));
    let peer = Arc::new(peer);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&peer));
        router.clone().call(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.headers)
        .max_buf_size(BUFFER)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = until.watch(connection).await {
        tracing::debug!("a connection ended: {error}");
    }
}
