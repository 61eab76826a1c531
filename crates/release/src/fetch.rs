//! Getting bytes from an origin: capped, at a minimum rate, never from another host.

use std::io::{self, Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::Response;

use crate::error::ReleaseError;
use crate::files::open_no_follow;
use crate::origin::{Origin, Place, WebPlace};
use crate::statement::RELEASE_PATH;
use crate::trust::TRUST_PATH;

const MAX_REDIRECTS: usize = 5;
const BUFFER_LEN_BYTES: usize = 64 * 1024;

/// How long a source may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The longest silence, and the time before the rate is looked at.
    pub(crate) stall: Duration,
    /// The least bytes a second, averaged since the body began.
    pub(crate) min_rate_bytes_per_s: u64,
}

/// An origin that is being asked.
#[derive(Clone)]
pub(crate) struct Source {
    origin: Origin,
    agent: Agent,
    patience: Patience,
}

/// A body on its way.
pub(crate) struct Body {
    /// Offset of its first byte in the file: the one asked for, or 0 when the source starts over.
    pub(crate) start: u64,
    reader: Box<dyn Read>,
    began: Instant,
    read: u64,
    patience: Patience,
}

impl Source {
    pub(crate) fn new(origin: Origin, patience: Patience) -> Self {
        let loopback = matches!(&origin.0, Place::Web(place) if place.is_loopback());
        let proxy = if loopback { None } else { ureq::Proxy::try_from_env() };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("woodblock/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .timeout_resolve(Some(patience.stall))
            .timeout_connect(Some(patience.stall))
            .timeout_recv_response(Some(patience.stall))
            .timeout_per_read(Some(patience.stall))
            .proxy(proxy)
            .build();
        Self { origin, agent: config.into(), patience }
    }

    pub(crate) fn name(&self) -> String {
        self.origin.name()
    }

    /// Asks for a file from a byte on.
    ///
    /// - `len`: the file's length when it is known; a range that says otherwise is not taken.
    pub(crate) fn open(
        &self,
        path: &str,
        from: u64,
        len: Option<u64>,
    ) -> Result<Body, ReleaseError> {
        let opened = match &self.origin.0 {
            Place::Folder(folder) => {
                let file = open_no_follow(&folder.join(path)).map(|mut file| {
                    file.seek(SeekFrom::Start(from))
                        .map(|_| (from, Box::new(file) as Box<dyn Read>))
                });
                file.map_err(|error| not_opened(path, &error))
                    .and_then(|body| body.map_err(|e| e.to_string()))
            }
            Place::Web(place) => self.open_web(place, path, from, len),
        };
        let (start, reader) = opened.map_err(|reason| self.fail(path, reason))?;
        Ok(Body { start, reader, began: Instant::now(), read: 0, patience: self.patience })
    }

    /// A whole small file, at most `cap_bytes` of it.
    pub(crate) fn small(&self, path: &str, cap_bytes: u64) -> Result<Vec<u8>, ReleaseError> {
        let mut body = self.open(path, 0, None)?;
        let (mut bytes, mut buffer) = (Vec::new(), vec![0; BUFFER_LEN_BYTES]);
        loop {
            let n = body.read(&mut buffer).map_err(|error| self.fail(path, error.to_string()))?;
            if n == 0 {
                return Ok(bytes);
            }
            bytes.extend_from_slice(&buffer[..n]);
            if bytes.len() as u64 > cap_bytes {
                return Err(ReleaseError::TooLong { file: path.to_owned(), cap_bytes });
            }
        }
    }

    pub(crate) fn fail(&self, path: &str, reason: impl Into<String>) -> ReleaseError {
        ReleaseError::Fetch { file: path.to_owned(), origin: self.name(), reason: reason.into() }
    }

    fn open_web(
        &self,
        place: &WebPlace,
        path: &str,
        from: u64,
        len: Option<u64>,
    ) -> Result<(u64, Box<dyn Read>), String> {
        let response = self.follow(place, path, from)?;
        let status = response.status().as_u16();
        if let Some(encoding) = header(&response, "content-encoding")
            && encoding != "identity"
        {
            return Err(format!("came encoded as {encoding}; the bytes themselves are needed"));
        }
        let start = match status {
            200 => 0,
            206 if range_is(&response, from, len) => from,
            // A range that fits nothing asked for, or none left: start over.
            206 | 416 if from > 0 => return self.open_web(place, path, 0, len),
            404 | 410 => {
                return Err(format!("answered HTTP {}{}", response.status(), if_absent(path)));
            }
            _ => return Err(format!("answered HTTP {}", response.status())),
        };
        if let (Some(said), Some(len)) = (content_len(&response), len)
            && said > len - start
        {
            return Err(format!("offers {said} bytes where {} are due", len - start));
        }
        Ok((start, Box::new(response.into_body().into_reader())))
    }

    /// Asks, following redirects that stay on the host.
    fn follow(
        &self,
        place: &WebPlace,
        path: &str,
        from: u64,
    ) -> Result<Response<ureq::Body>, String> {
        let mut url = place.url(path);
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.agent.get(&url);
            if from > 0 {
                request = request.header("range", format!("bytes={from}-"));
            }
            let response = request.call().map_err(|error| error.to_string())?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let location = header(&response, "location").unwrap_or_default();
            url = place.redirected(&url, &location).ok_or_else(|| {
                format!("redirects to `{}`, off its host; refused", location.escape_debug())
            })?;
        }
        Err(format!("redirects more than {MAX_REDIRECTS} times"))
    }
}

fn not_opened(path: &str, error: &ReleaseError) -> String {
    match error {
        ReleaseError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            format!("there is no such file{}", if_absent(path))
        }
        error => error.to_string(),
    }
}

/// What to do about a file that the origin does not have.
fn if_absent(path: &str) -> &'static str {
    match path {
        RELEASE_PATH | TRUST_PATH => "; the publisher signs a built site with `woodblock sign`",
        _ => "",
    }
}

fn header(response: &Response<ureq::Body>, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.trim().to_owned())
}

fn content_len(response: &Response<ureq::Body>) -> Option<u64> {
    header(response, "content-length")?.parse().ok()
}

/// Whether `Content-Range` is the rest of the file from the byte asked for.
fn range_is(response: &Response<ureq::Body>, from: u64, len: Option<u64>) -> bool {
    let parse = || {
        let header = header(response, "content-range")?;
        let (range, total) = header.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let number = |text: &str| text.parse::<u64>().ok();
        Some((number(first)?, number(last)?, number(total)?))
    };
    parse().is_some_and(|(first, last, total)| {
        first == from && last.checked_add(1) == Some(total) && len.is_none_or(|len| len == total)
    })
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.read += n as u64;
        let elapsed = self.began.elapsed();
        let due = self.patience.min_rate_bytes_per_s.saturating_mul(elapsed.as_secs());
        if n > 0 && elapsed > self.patience.stall && self.read < due {
            let rate = self.patience.min_rate_bytes_per_s;
            let slow = format!("slower than {rate} bytes a second over {} s", elapsed.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, slow));
        }
        Ok(n)
    }
}
