//! The server: the output folder, and the stream of news about builds.

use std::convert::Infallible;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use futures_util::stream::{self, Stream};
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

use super::live::{self, Live};
use crate::failure::{Failure, Outcome};

/// Serves until interrupted.
pub(super) fn serve(listener: TcpListener, output: &Path, live: Arc<Live>) -> Outcome {
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::machine)?;
    let app = app(output, live);
    runtime.block_on(async {
        listener.set_nonblocking(true).map_err(Failure::machine)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(Failure::machine)?;
        // Open event streams never end by themselves, so an interrupt does not wait for them.
        tokio::select! {
            served = axum::serve(listener, app) => served.map_err(Failure::machine),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}

fn app(output: &Path, live: Arc<Live>) -> Router {
    let prefix = live.prefix().to_owned();
    let files = ServeDir::new(output).not_found_service(ServeFile::new(output.join("404.html")));
    let site = Router::new()
        .route("/woodblock/live", get(events))
        .route("/woodblock/live.js", get(script))
        .fallback_service(files)
        .layer(middleware::from_fn_with_state(Arc::clone(&live), before_first_build))
        .layer(SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache"),
        ))
        .with_state(live);
    if prefix.is_empty() {
        return site;
    }
    let home = format!("{prefix}/");
    let site = site.layer(middleware::map_response_with_state(prefix.clone(), below));
    Router::new()
        .nest_service(&prefix, site)
        .route("/", get(move || async move { Redirect::temporary(&home) }))
}

/// The file service sees paths without the prefix, so its redirects (to a folder's final slash)
/// lack it.
async fn below(State(prefix): State<String>, mut response: Response) -> Response {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target =
        location.filter(|target| target.starts_with('/')).map(|target| format!("{prefix}{target}"));
    if let Some(target) = target.and_then(|target| HeaderValue::try_from(target).ok()) {
        response.headers_mut().insert(header::LOCATION, target);
    }
    response
}

async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript")], live::script()).into_response()
}

/// Until a build has succeeded there is nothing to serve but what is wrong.
async fn before_first_build(
    State(live): State<Arc<Live>>,
    request: Request,
    next: Next,
) -> Response {
    let state = live.now();
    let is_page = !request.uri().path().contains("/woodblock/live");
    match state.problems {
        Some(problems) if state.build == 0 && is_page => (
            StatusCode::SERVICE_UNAVAILABLE,
            axum::response::Html(problem_page(&problems, live.prefix())),
        )
            .into_response(),
        _ => next.run(request).await,
    }
}

fn problem_page(problems: &str, prefix: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Build problems</title>\
         <body><h1>The site could not be built</h1><p>This page reloads when it can.</p>\
         <pre>{}</pre><script type=\"module\" src=\"{prefix}/{}\"></script></body></html>",
        html_escape::encode_text(problems),
        live::SCRIPT_PATH,
    )
}

async fn events(
    State(live): State<Arc<Live>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut receiver = live.subscribe();
    // The state at the time of connecting is news to this page.
    receiver.mark_changed();
    let stream = stream::unfold(receiver, |mut receiver| async move {
        receiver.changed().await.ok()?;
        let state = receiver.borrow_and_update().clone();
        let event = match state.problems {
            None => Event::default().event("build").data(state.to_json()),
            Some(problems) => Event::default()
                .event("problems")
                // As JSON, because lines of an event cannot hold line ends.
                .data(serde_json::Value::from(problems).to_string()),
        };
        Some((Ok(event), receiver))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
