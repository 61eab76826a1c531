//! `woodblock serve`: the site on this machine, rebuilt at each change.
//!
//! The server hands out the output folder as it is, with one script added to each page while the
//! site is built, so that manifest, hashes and offline use are those of a real build. An edit that
//! leaves the site's shape builds only the files that show what was edited ([`Kept`]); any
//! other builds the whole site. A build that fails leaves the folder alone: the browser keeps the
//! last good page and shows over it what is wrong, with file and line, until the next succeeds.

mod http;
mod live;
mod watch;

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use site_render::Reach;

use crate::args::ServeArgs;
use crate::failure::{Failure, Outcome};
use crate::output::Policy;
use crate::report;
use crate::settings::{SiteSettings, check_output};
use crate::site::Kept;

pub(crate) use live::{SCRIPT_PATH, script, with_script};

/// Builds, serves and rebuilds until interrupted.
pub(crate) fn run(root: PathBuf, config: Option<PathBuf>, args: ServeArgs) -> Outcome {
    let listener = listen(SocketAddr::new(args.interface, args.port))?;
    let address = listener.local_addr().map_err(Failure::machine)?;
    let typed = args.site.base_url.clone();
    let mut settings = SiteSettings::resolve(root, config, args.site)?;
    settings.root =
        settings.root.canonicalize().map_err(|e| Failure::io("find", &settings.root, e))?;
    settings.base_url = Some(base_url(typed.as_deref(), address, args.no_port_append));
    let place = Place::new(args.output_dir.as_deref(), &settings)?;
    let prefix = path_of(settings.base_url.as_deref().unwrap_or_default());
    let live = Arc::new(live::Live::new(&prefix));
    let policy = match place.temporary {
        Some(_) => Policy::Temporary,
        None if args.force => Policy::Replace,
        None => Policy::OwnFoldersOnly,
    };
    let reach = if args.fast { Reach::Edited } else { Reach::All };
    let mut workshop = Workshop {
        settings,
        output: place.output.clone(),
        policy,
        reach,
        live: Arc::clone(&live),
        kept: None,
        edited: BTreeSet::new(),
    };

    workshop.build();
    let watcher = watch::start(&workshop.settings.root, &args.extra_watch_path)?;
    report::note(format!("serving on http://{address}{prefix}/  (Ctrl-C ends it)"));
    if args.open
        && let Err(error) = open::that_detached(format!("http://{address}{prefix}/"))
    {
        report::note(format!("no browser could be opened ({error}); open the address by hand"));
    }
    let quiet = Duration::from_millis(args.debounce);
    std::thread::spawn(move || watch::follow(watcher, quiet, |files| workshop.rebuild(files)));
    http::serve(listener, &place.output, live)
}

/// What a rebuild needs.
struct Workshop {
    settings: SiteSettings,
    output: PathBuf,
    policy: Policy,
    reach: Reach,
    live: Arc<live::Live>,
    /// The last good build; none where the next has to be of the whole site.
    kept: Option<Kept>,
    /// Files edited since then.
    edited: BTreeSet<PathBuf>,
}

impl Workshop {
    /// Builds as little as these files make necessary; success and failure alike go to the terminal
    /// and to the browsers.
    fn rebuild(&mut self, files: BTreeSet<PathBuf>) {
        let start = Instant::now();
        self.edited.extend(files);
        let revised = match &mut self.kept {
            Some(kept) => kept.revise(&self.edited, self.reach),
            None => Ok(None),
        };
        match revised {
            Ok(Some(changed)) => {
                self.live.succeeded(&changed);
                self.edited.clear();
                let took = report::seconds(start.elapsed());
                report::note(format!("{} files changed in {took}", changed.len()));
            }
            Ok(None) => self.build(),
            Err(failure) => self.failed(&failure),
        }
    }

    /// Builds the whole site.
    fn build(&mut self) {
        let start = Instant::now();
        self.kept = None;
        match Kept::build(&self.settings, &self.output, self.policy) {
            Ok((kept, summary, changed)) => {
                self.kept = Some(kept);
                self.edited.clear();
                report::note(format!("{summary} in {}", report::seconds(start.elapsed())));
                self.live.succeeded(&changed);
            }
            Err(failure) => self.failed(&failure),
        }
    }

    fn failed(&mut self, failure: &Failure) {
        // What the content is not to blame for may have left a part of the output undone.
        if !matches!(failure, Failure::Content(_)) {
            self.kept = None;
        }
        report::failure(failure);
        self.live.failed(failure);
    }
}

/// The output folder, and the temporary folder around it where none was named.
struct Place {
    output: PathBuf,
    temporary: Option<tempfile::TempDir>,
}

impl Place {
    fn new(typed: Option<&Path>, settings: &SiteSettings) -> Outcome<Self> {
        if let Some(typed) = typed {
            check_output(&settings.root, typed)?;
            let output = std::path::absolute(typed).map_err(|e| Failure::io("find", typed, e))?;
            return Ok(Self { output, temporary: None });
        }
        let temporary = tempfile::TempDir::with_prefix("woodblock-serve-")
            .map_err(|e| Failure::io("make a folder in", &std::env::temp_dir(), e))?;
        Ok(Self { output: temporary.path().join("site"), temporary: Some(temporary) })
    }
}

fn listen(address: SocketAddr) -> Outcome<TcpListener> {
    TcpListener::bind(address).map_err(|error| {
        let what = format!(
            "cannot listen on {address}; choose another port with --port (0: any free one)"
        );
        Failure::Machine(anyhow::Error::new(error).context(what))
    })
}

/// The address that pages get: as Zola does it, a given one has the port appended unless told not
/// to.
fn base_url(typed: Option<&str>, address: SocketAddr, no_port_append: bool) -> String {
    match typed {
        None => format!("http://{address}"),
        Some("/") => "/".to_owned(),
        Some(url) if no_port_append => url.to_owned(),
        Some(url) => with_port(url, address.port()),
    }
}

fn with_port(url: &str, port: u16) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    format!("{scheme}://{host}:{port}{path}")
}

/// The path of an address, without a final slash: empty for the root of a host.
pub(crate) fn path_of(base_url: &str) -> String {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |slash| &rest[slash..]);
    path.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_base_url_gets_the_port() {
        let address = "127.0.0.1:1111".parse().unwrap();
        let check = |typed, keep, expect: &str| assert_eq!(base_url(typed, address, keep), expect);
        check(None, false, "http://127.0.0.1:1111");
        check(Some("http://portal.test/a"), false, "http://portal.test:1111/a");
        check(Some("http://portal.test"), true, "http://portal.test");
        check(Some("portal.test"), false, "http://portal.test:1111");
        check(Some("/"), false, "/");
    }

    #[test]
    fn the_prefix_is_the_path_alone() {
        for (url, path) in
            [("https://a.b", ""), ("https://a.b/", ""), ("https://a.b/c/d/", "/c/d"), ("/", "")]
        {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
