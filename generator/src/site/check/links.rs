//! Links out of the site: each address is fetched once, a few hosts beside each other, one host's
//! addresses one after the other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Read as _;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use site_model::{Config, Diagnostic, LinkLevel, Site};
use site_render::{OutputFile, OutwardLink};
use ureq::Agent;

use crate::report;

/// Whether links out of the site are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outward {
    /// They are.
    Fetch,
    /// They are passed over.
    Skip,
}

/// Hosts that are asked beside each other.
const MAX_HOSTS: usize = 8;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Pause between two questions to one host, so as not to be taken for an attack.
const PAUSE: Duration = Duration::from_millis(250);

/// Most bytes of a page that are searched for an anchor.
const MAX_PAGE_LEN: u64 = 8 << 20;

/// A complaint for each link that leads nowhere, of the level the configuration sets.
pub(super) fn broken(site: &Site, files: &[OutputFile], links: &[OutwardLink]) -> Vec<Diagnostic> {
    let checker = &site.config.link_checker;
    let is_skipped = |link: &&OutwardLink| {
        let below = link.file.strip_prefix("content").unwrap_or(&link.file);
        checker.ignored_files.matches(&link.file)
            || checker.ignored_files.matches(below)
            || checker.skip_prefixes.iter().any(|prefix| link.address.starts_with(prefix))
    };
    let links: Vec<&OutwardLink> = links.iter().filter(|link| !is_skipped(link)).collect();
    let addresses: BTreeSet<&str> = links.iter().map(|link| link.address.as_str()).collect();
    let (own, foreign): (Vec<&str>, Vec<&str>) =
        addresses.iter().partition(|address| own_path(&site.config, address).is_some());
    report::note(format!("{} addresses out of the site are looked at", foreign.len()));
    let mut faults = missing_here(&site.config, files, &own);
    faults.extend(missing_elsewhere(&site.config, &foreign));
    links.iter().filter_map(|link| complaint(&site.config, link, &faults)).collect()
}

fn complaint(
    config: &Config,
    link: &OutwardLink,
    faults: &BTreeMap<&str, String>,
) -> Option<Diagnostic> {
    let fault = faults.get(link.address.as_str())?;
    let message = format!("the link to `{}` is broken: {fault}", link.address);
    let diagnostic = match config.link_checker.external_level {
        LinkLevel::Error => Diagnostic::error(message),
        LinkLevel::Warn => Diagnostic::warning(message),
    };
    let help = "correct it, or pass it over with `skip_prefixes` under `[link_checker]`";
    Some(diagnostic.in_file(&link.file).at_place(link.place.clone()).help(help))
}

/// The path on this very site that an address leads to.
fn own_path<'a>(config: &Config, address: &'a str) -> Option<&'a str> {
    let rest = address.strip_prefix(&config.base_url).filter(|_| !config.base_url.is_empty())?;
    let path = rest.split(['#', '?']).next().unwrap_or_default();
    (path.is_empty() || path.starts_with('/')).then(|| path.trim_matches('/'))
}

/// Addresses of this very site need no network: its files are known.
fn missing_here<'a>(
    config: &Config,
    files: &[OutputFile],
    addresses: &[&'a str],
) -> BTreeMap<&'a str, String> {
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let is_there = |address: &str| {
        let path = own_path(config, address).unwrap_or_default();
        let page =
            if path.is_empty() { "index.html".to_owned() } else { format!("{path}/index.html") };
        paths.contains(path) || paths.contains(page.as_str())
    };
    let missing = addresses.iter().filter(|address| !is_there(address));
    missing.map(|address| (*address, "this site has no such page".to_owned())).collect()
}

fn missing_elsewhere<'a>(config: &Config, addresses: &[&'a str]) -> BTreeMap<&'a str, String> {
    let mut hosts: BTreeMap<&str, Vec<&'a str>> = BTreeMap::new();
    for address in addresses {
        hosts.entry(host_of(address)).or_default().push(address);
    }
    let workers = hosts.len().min(MAX_HOSTS);
    let queue: Mutex<VecDeque<_>> = Mutex::new(hosts.into_iter().collect());
    let faults = Mutex::new(BTreeMap::new());
    let agent = agent();
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((host, addresses)) = locked(&queue).pop_front() {
                    let found = ask_host(&agent, config, host, &addresses);
                    locked(&faults).extend(found);
                }
            });
        }
    });
    faults.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .user_agent(concat!("woodblock/", env!("CARGO_PKG_VERSION"), " (link check)"))
        .build();
    Agent::new_with_config(config)
}

fn ask_host<'a>(
    agent: &Agent,
    config: &Config,
    host: &str,
    addresses: &[&'a str],
) -> Vec<(&'a str, String)> {
    let is_here =
        host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
    let mut faults = Vec::new();
    for (idx, address) in addresses.iter().enumerate() {
        if idx > 0 && !is_here {
            thread::sleep(PAUSE);
        }
        if let Err(fault) = ask(agent, config, address) {
            faults.push((*address, fault));
        }
    }
    faults
}

/// Fetches an address; an anchor of it must be on the page, unless that page makes its own.
fn ask(agent: &Agent, config: &Config, address: &str) -> Result<(), String> {
    let (page, anchor) = address.split_once('#').unwrap_or((address, ""));
    let request = agent.get(page).header("Accept", "text/html, */*;q=0.8");
    let response = request.call().map_err(|error| error.to_string())?;
    let status = response.status();
    if !status.is_success() && status.as_u16() != 304 {
        return Err(format!("the server answered {status}"));
    }
    let checker = &config.link_checker;
    let is_skipped = checker.skip_anchor_prefixes.iter().any(|prefix| address.starts_with(prefix));
    if anchor.is_empty() || anchor.starts_with(['/', '!', ':']) || is_skipped {
        return Ok(());
    }
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.contains("html")) {
        return Ok(());
    }
    let mut bytes = Vec::new();
    let body = response.into_body().into_reader().take(MAX_PAGE_LEN).read_to_end(&mut bytes);
    body.map_err(|error| error.to_string())?;
    let ids = site_render::ids(&String::from_utf8_lossy(&bytes));
    let decoded = percent_encoding::percent_decode_str(anchor).decode_utf8_lossy();
    let is_there = ids.iter().any(|id| id == anchor || **id == *decoded);
    if is_there { Ok(()) } else { Err(format!("the page has no anchor `#{anchor}`")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_site_itself_are_known() {
        let config = Config { base_url: "https://a.example/sub".to_owned(), ..Config::default() };
        let table = [
            ("https://a.example/sub", Some("")),
            ("https://a.example/sub/b/#c", Some("b")),
            ("https://a.example/sub?x", Some("")),
            ("https://a.example/subway/", None),
            ("https://b.example/sub/", None),
        ];
        for (address, path) in table {
            assert_eq!(own_path(&config, address), path, "{address}");
        }
    }

    #[test]
    fn hosts_are_told_from_the_rest() {
        assert_eq!(host_of("https://a.example:8080/b?c"), "a.example:8080");
        assert_eq!(host_of("https:a"), "");
    }
}
