//! Where a release comes from: a web server or a folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::ReleaseError;
use crate::statement::RELEASE_PATH;

/// A place that serves a signed site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(pub(crate) Place);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The folder that holds the site's files.
    Folder(PathBuf),
    /// A web server.
    Web(WebPlace),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WebPlace {
    /// `https://host:port`, small letters.
    pub(crate) host: String,
    /// Path before a site path: starts and ends with `/`.
    pub(crate) base: String,
}

impl Origin {
    /// Reads an origin as typed: `http://…`, `https://…` or a folder.
    ///
    /// A mirror's folder stands for the release that is current in it now.
    ///
    /// # Errors
    /// [`ReleaseError::Origin`] for an address with user name, query or fragment, another scheme,
    /// or a folder that is not there.
    pub fn parse(text: &str) -> Result<Self, ReleaseError> {
        let fail = |reason: &str| {
            Err(ReleaseError::Origin { origin: text.to_owned(), reason: reason.to_owned() })
        };
        match text.split_once("://") {
            Some(("http" | "https", _)) => match WebPlace::parse(text) {
                Ok(place) => Ok(Self(Place::Web(place))),
                Err(reason) => fail(reason),
            },
            Some((_, _)) => fail("only http and https addresses and folders are origins"),
            None => match served_folder(Path::new(text)) {
                Some(folder) => Ok(Self(Place::Folder(folder))),
                None => fail("is no folder"),
            },
        }
    }

    /// Its name in messages.
    pub fn name(&self) -> String {
        match &self.0 {
            Place::Folder(folder) => folder.display().to_string(),
            Place::Web(place) => format!("{}{}", place.host, place.base),
        }
    }
}

/// The folder with the site's files; a mirror's current release is resolved once, so that a
/// switch during the pull does not mix two.
fn served_folder(folder: &Path) -> Option<PathBuf> {
    let current = folder.join("current");
    let served = if current.join(RELEASE_PATH).exists() { &current } else { folder };
    fs::canonicalize(served).ok().filter(|folder| folder.is_dir())
}

impl WebPlace {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once("://").ok_or("has no scheme")?;
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        if authority.is_empty() || authority.contains(['@', '?', '#', '\\']) {
            return Err("has no plain host");
        }
        if path.contains(['?', '#', '\\'])
            || text.contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err("has a query, fragment or blank");
        }
        let mut base = path.to_owned();
        if !base.ends_with('/') {
            base.push('/');
        }
        Ok(Self { host: format!("{scheme}://{}", authority.to_ascii_lowercase()), base })
    }

    /// The address of a path of the site.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{}{}", self.host, self.base, percent_encoded(path))
    }

    /// Where a redirect from `url` leads, if it stays on this host.
    pub(crate) fn redirected(&self, url: &str, location: &str) -> Option<String> {
        let target = if let Some(rest) = location.strip_prefix(&self.host) {
            // `https://host.evil.example` also starts with `https://host`.
            rest.starts_with('/').then(|| location.to_owned())?
        } else if location.starts_with('/') && !location.starts_with("//") {
            format!("{}{location}", self.host)
        } else if location.contains(':') || location.starts_with("//") {
            return None;
        } else {
            let folder = url.rsplit_once('/').map_or(url, |(folder, _)| folder);
            format!("{folder}/{location}")
        };
        (!target.contains(['\\', '\r', '\n'])).then_some(target)
    }

    /// Whether the server is this machine, which no proxy stands before.
    pub(crate) fn is_loopback(&self) -> bool {
        let authority = self.host.split_once("://").map_or("", |(_, authority)| authority);
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        host == "localhost" || host == "[::1]" || host.starts_with("127.")
    }
}

/// Everything but unreserved characters and `/` as `%XX`.
fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&crate::digest::hex(&[byte]).to_ascii_uppercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(text: &str) -> WebPlace {
        WebPlace::parse(text).unwrap()
    }

    #[test]
    fn addresses() {
        let place = web("HTTPS://Example.org/sub".replace("HTTPS", "https").as_str());
        assert_eq!(
            place.url("faq/口罩/index.html"),
            "https://example.org/sub/faq/%E5%8F%A3%E7%BD%A9/index.html"
        );
        for bad in
            ["https://", "https://u:p@host/", "https://host/?q", "https://host/#a", "http://h\\/"]
        {
            assert!(WebPlace::parse(bad).is_err(), "{bad}");
        }
        for bad in ["ftp://host/", "file:///etc", "/no/such/folder/at/all"] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn redirects_stay_on_their_host() {
        let place = web("http://example.org:80/a/");
        let go = |location: &str| place.redirected("http://example.org:80/a/b", location);
        assert_eq!(go("/c").as_deref(), Some("http://example.org:80/c"));
        assert_eq!(go("c").as_deref(), Some("http://example.org:80/a/c"));
        assert_eq!(go("http://example.org:80/c").as_deref(), Some("http://example.org:80/c"));
        for location in [
            "http://evil.example/",
            "//evil.example/",
            "file:///etc/passwd",
            "http://example.org:80.evil.example/",
            "http://example.org:80@evil.example/",
            "https://example.org:80/c",
            "javascript:alert(1)",
            "/\\evil.example",
        ] {
            assert_eq!(go(location), None, "{location}");
        }
    }
}
