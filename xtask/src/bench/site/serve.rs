//! One page edited while `serve` runs: how long from the write until browsers are told to reload.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::corpus;

/// Between two edits, so that each is one of its own.
const PAUSE: Duration = Duration::from_millis(700);
/// An edit that takes longer has got lost.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running server; dropping it ends it.
struct Server {
    child: Child,
    address: String,
}

/// Edits one page so many times and returns milliseconds from write to message, ascending.
pub(super) fn measure(program: &Path, site: &Path, edits: usize) -> Result<Vec<f64>> {
    let server = Server::start(program, site)?;
    let mut events = server.events()?;
    next_event(&mut events)?;
    let page = site.join(corpus::edited_page());
    let text = fs::read_to_string(&page)?;
    let mut times = Vec::new();
    for edit in 0..edits {
        thread::sleep(PAUSE);
        let word = format!("edited{edit}times");
        let text = format!("{text}\nThis page was {word}.\n");
        let start = Instant::now();
        fs::write(&page, text)?;
        next_event(&mut events)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if !server.get(&corpus::edited_address())?.contains(&word) {
            bail!("the browser was told to reload before the page was there");
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

impl Server {
    fn start(program: &Path, site: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.arg("--root").arg(site).args(["serve", "--port", "0"]).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start the server")?;
        let said = BufReader::new(child.stderr.take().context("the server has no stderr")?);
        let mut lines = said.lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("serving on http://")?;
            Some(rest.split('/').next().unwrap_or_default().to_owned())
        });
        // Read to its end, so that the server never waits for its reader.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let server = Self { child, address: address.unwrap_or_default() };
        if server.address.is_empty() {
            bail!("the server ended before it served; run it by hand to see why");
        }
        Ok(server)
    }

    fn ask(&self, path: &str) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        Ok(stream)
    }

    fn events(&self) -> Result<BufReader<TcpStream>> {
        Ok(BufReader::new(self.ask("/woodblock/live")?))
    }

    fn get(&self, path: &str) -> Result<String> {
        let mut page = String::new();
        self.ask(path)?.read_to_string(&mut page)?;
        Ok(page)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the next message that a build is in place.
fn next_event(events: &mut BufReader<TcpStream>) -> Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        if events.read_line(&mut line)? == 0 {
            bail!("the server closed the stream of its news");
        }
        if line.starts_with("event: problems") {
            bail!("the edited page could not be built");
        }
        if line.starts_with("event: build") {
            return Ok(());
        }
    }
}
