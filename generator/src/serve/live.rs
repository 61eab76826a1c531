//! What the browsers are told: a number for each good build, and the problems of a bad one.

use std::path::Path;

use tokio::sync::watch;

use crate::failure::Failure;
use crate::report;

/// Where the script lies in the output, below the site's prefix.
pub(crate) const SCRIPT_PATH: &str = "woodblock/live.js";

/// The script that each served page loads.
pub(crate) fn script() -> &'static str {
    include_str!("live.js")
}

/// The page with the script's tag before the end of its body.
pub(crate) fn with_script(mut html: Vec<u8>, prefix: &str) -> Vec<u8> {
    let tag = format!("<script type=\"module\" src=\"{prefix}/{SCRIPT_PATH}\"></script>");
    let end = b"</body>";
    let at = html.windows(end.len()).rposition(|window| window.eq_ignore_ascii_case(end));
    let at = at.unwrap_or(html.len());
    html.splice(at..at, tag.into_bytes());
    html
}

/// The state of the site.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Good builds so far that changed something; 0 before the first.
    pub(super) build: u64,
    /// Style sheets below the output folder, where the last build changed nothing else.
    pub(super) styles: Vec<String>,
    /// What is wrong with the last build, as plain text.
    pub(super) problems: Option<String>,
}

/// Tells every open page.
#[derive(Debug)]
pub(super) struct Live {
    sender: watch::Sender<State>,
    prefix: String,
}

impl State {
    /// What a page is told of a good build.
    pub(super) fn to_json(&self) -> String {
        serde_json::json!({ "build": self.build, "styles": self.styles }).to_string()
    }
}

impl Live {
    /// - `prefix`: path of the site's address, without a final slash.
    pub(super) fn new(prefix: &str) -> Self {
        Self { sender: watch::Sender::new(State::default()), prefix: prefix.to_owned() }
    }

    /// Path of the site's address, without a final slash.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A new build is in place, in which these files of the output changed.
    pub(super) fn succeeded(&self, changed: &[String]) {
        let changed: Vec<&String> =
            changed.iter().filter(|path| !path.starts_with("woodblock/")).collect();
        let is_style = |path: &&String| Path::new(path).extension().is_some_and(|it| it == "css");
        let only_styles = !changed.is_empty() && changed.iter().all(is_style);
        self.sender.send_modify(|state| {
            state.build += u64::from(!changed.is_empty() || state.build == 0);
            state.styles =
                if only_styles { changed.into_iter().cloned().collect() } else { Vec::new() };
            state.problems = None;
        });
    }

    /// The build failed; what is served is the one before.
    pub(super) fn failed(&self, failure: &Failure) {
        self.sender.send_modify(|state| state.problems = Some(as_text(failure)));
    }

    /// A view that wakes at each change.
    pub(super) fn subscribe(&self) -> watch::Receiver<State> {
        self.sender.subscribe()
    }

    /// The state now.
    pub(super) fn now(&self) -> State {
        self.sender.borrow().clone()
    }
}

fn as_text(failure: &Failure) -> String {
    match failure {
        Failure::Content(diagnostics) => {
            diagnostics.iter().map(report::plain).collect::<Vec<_>>().join("\n\n")
        }
        Failure::Data(error) | Failure::Usage(error) | Failure::Machine(error) => {
            format!("error: {error:#}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_style_sheets_come_without_a_reload() {
        let live = Live::new("");
        let paths = |paths: &[&str]| paths.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        live.succeeded(&paths(&["index.html", "a.css"]));
        assert_eq!(live.now().to_json(), r#"{"build":1,"styles":[]}"#);
        live.succeeded(&paths(&["a.css", "woodblock/manifest.json"]));
        assert_eq!(live.now().to_json(), r#"{"build":2,"styles":["a.css"]}"#);
        live.succeeded(&[]);
        assert_eq!(live.now().build, 2);
    }

    #[test]
    fn the_script_goes_before_the_last_end_of_body() {
        let page = b"<body><pre>&lt;/body></pre></BODY></html>".to_vec();
        let page = String::from_utf8(with_script(page, "/sub")).unwrap();
        assert_eq!(
            page,
            "<body><pre>&lt;/body></pre><script type=\"module\" \
             src=\"/sub/woodblock/live.js\"></script></BODY></html>"
        );
    }
}
