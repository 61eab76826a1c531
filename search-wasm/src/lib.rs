//! The search engine for the browser: [`search_engine`] behind wasm-bindgen, nothing more.
//!
//! JavaScript (`js/worker.js`) fetches, checks and inflates the blocks; this module takes and gives
//! plain strings and bytes. Answers are [`Results::to_json`](search_engine::Results::to_json), so
//! the browser hands out the very bytes that `woodblock search --json` prints.
//!
//! ```js
//! const engine = new Engine(rootPayload, rootFileLength);
//! const session = engine.plan('口罩', 'lang zh\nlimit 10');
//! for (let needs = session.needs(); needs; needs = session.needs()) {
//!   for (const line of needs.split('\n')) {
//!     const [name, len, digest, inflatedLen, pack, offset, packLen] = line.split(' ');
//!     session.supply(name, await payload(name, pack, Number(offset), Number(len), digest));
//!   }
//! }
//! const { total, hits } = JSON.parse(session.results());
//! ```
//!
//! The glue that wasm-bindgen writes is downloaded by every searcher, so it carries no `JSDoc`.
//! Errors are strings that name the block and the byte. Nothing here panics on bad input: the
//! engine checks every block, and a name or order it does not know is an error.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod memory;

use alloc::string::String;

use search_engine::format::PackSlice;
use search_engine::format::blocks::put_hex;
use search_engine::json::put_number;
use search_engine::{
    BlockId, Direction, FormatError, LangUse, Matching, Query, Searcher, Sort, Statistics, Typing,
    View,
};
use wasm_bindgen::prelude::wasm_bindgen;

/// An open index.
#[wasm_bindgen]
pub struct Engine(Searcher);

/// A question on its way to an answer.
#[wasm_bindgen]
pub struct Session(search_engine::Session);

#[wasm_bindgen]
impl Engine {
    /// Opens an index.
    ///
    /// - `root`: payload of the root block, inflated.
    /// - `file_len`: bytes of the root's file, counted into the cost of an answer.
    #[wasm_bindgen(constructor, skip_jsdoc)]
    pub fn new(root: &[u8], file_len: u32) -> Result<Engine, String> {
        Searcher::open(root, file_len).map(Engine).map_err(|error| named("root", error))
    }

    /// Begins to answer a question.
    ///
    /// - `settings`: lines `name value`; a setting that is left out has its usual value, one that
    ///   is not known is an error, so that a page never believes in what an older engine ignores.
    ///
    /// | name | value |
    /// |---|---|
    /// | `lang`, `group`, `collection` | a name; without, no preference |
    /// | `lang_use` | `prefer`, `only` |
    /// | `offset`, `limit` | numbers |
    /// | `sort` | `relevance`, `newest`, `oldest`, `asc FACET`, `desc FACET` |
    /// | `matching` | `auto`, `all`, `any` |
    /// | `typing` | `done`, `going`: the last word may be unfinished |
    /// | `view` | `page`, `suggest`, `whole`, `list`, `terms` |
    /// | `facet` | name of one to count; a line for each |
    /// | `filter` | `FACET=VALUE`; a line for each: values of one facet are alternatives |
    /// | `exhaustive` | `1`: everything is read that exact counts need |
    /// | `documents` | of several indexes together: how many there are |
    /// | `holding` | `N WORD`: of these, how many hold the word; a line for each |
    #[wasm_bindgen(skip_jsdoc)]
    pub fn plan(&self, text: String, settings: &str) -> Result<Session, String> {
        Ok(Session(self.0.begin(query(text, settings)?)))
    }

    /// Leaves out of every answer what updates replace or take away.
    ///
    /// - `tombstones`: payload of the block of hidden documents.
    /// - `nth`: which index of the set this is.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn hide(&self, tombstones: &[u8], nth: u32) -> Result<(), String> {
        self.0.hide(tombstones, nth as usize).map_err(|error| named("hidden", error))
    }
}

/// Takes the table of traditional characters, which every question that holds Han needs: without it
/// they match themselves alone.
#[wasm_bindgen(skip_jsdoc)]
pub fn characters(packed: &[u8]) -> Result<(), String> {
    search_engine::analysis::han::load(packed).map_err(|error| named("characters", error))
}

#[wasm_bindgen]
impl Session {
    /// The blocks without which the session cannot go on, a line for each:
    /// `name len digest inflated_len`, and ` pack offset pack_len` where the block stands in a
    /// pack; then ` after ` and the same of the preset that its DEFLATE stream goes on from, where
    /// it has one; empty: it is done. The digest is the first half of the SHA-256 in hexadecimal.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn needs(&mut self) -> String {
        let mut lines = String::new();
        for block in self.0.needs() {
            if !lines.is_empty() {
                lines.push('\n');
            }
            need(&mut lines, &block);
        }
        lines
    }

    /// Takes a block's payload: digest checked and inflated by the caller.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn supply(&mut self, name: &str, payload: &[u8]) -> Result<(), String> {
        self.0.supply(name, payload).map_err(|error| named(name, error))
    }

    /// Goes on without a block that cannot be had; the answer says so.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn give_up(&mut self, name: &str) {
        self.0.give_up(name);
    }

    /// The answer as JSON, once `needs` is empty.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn results(&mut self) -> Result<String, String> {
        let results = self.0.results().ok_or("asked for results while blocks are missing")?;
        Ok(results.to_json())
    }
}

/// Names of blocks are hexadecimal digits and a suffix by the engine's own check: no quoting.
fn need(line: &mut String, block: &BlockId) {
    let BlockId { name, len, digest, inflated_len, place, preset } = block;
    line.push_str(name);
    put(line, *len);
    line.push(' ');
    put_hex(line, digest);
    put(line, *inflated_len);
    if let Some(PackSlice { pack, offset, pack_len }) = place {
        line.push(' ');
        line.push_str(pack);
        put(line, *offset);
        put(line, *pack_len);
    }
    if let Some(preset) = preset {
        line.push_str(" after ");
        need(line, preset);
    }
}

fn put(line: &mut String, number: u32) {
    line.push(' ');
    put_number(line, number.into());
}

fn named(block: &str, error: FormatError) -> String {
    [block, ": ", &error.message()].concat()
}

/// What cannot happen ends the worker, which the page then starts anew. No message: it would bring
/// the formatting of all of them into every download.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

fn query(text: String, settings: &str) -> Result<Query, String> {
    let mut query = Query::new(text);
    for line in settings.lines().filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        set(&mut query, name, value)?;
    }
    Ok(query)
}

fn set(query: &mut Query, name: &str, value: &str) -> Result<(), String> {
    match name {
        "lang" => query.lang = value.into(),
        "group" => query.group = value.into(),
        "collection" => query.collection = value.into(),
        "offset" => query.offset = number(name, value)?,
        "limit" => query.limit = number(name, value)?,
        "lang_use" => query.lang_use = choice(name, value, &LANG_USES)?,
        "typing" => query.typing = choice(name, value, &TYPINGS)?,
        "view" => query.view = choice(name, value, &VIEWS)?,
        "sort" => query.sort = sort(value)?,
        "facet" => query.facets.push(value.into()),
        "filter" => {
            let (facet, value) = value.split_once('=').ok_or("a filter is `facet=value`")?;
            query.filters.push((facet.into(), value.into()));
        }
        "exhaustive" => query.exhaustive = value == "1",
        "documents" => statistics(query).documents = number(name, value)?,
        "holding" => {
            let (holding, word) = value.split_once(' ').ok_or("holding is `number word`")?;
            let holding = number(name, holding)?;
            statistics(query).holding.push((word.into(), holding));
        }
        "matching" => query.matching = choice(name, value, &MATCHINGS)?,
        _ => return Err(["unknown setting `", name, "`"].concat()),
    }
    Ok(())
}

fn statistics(query: &mut Query) -> &mut Statistics {
    query.statistics.get_or_insert_default()
}

const LANG_USES: [(&str, LangUse); 2] = [("prefer", LangUse::Prefer), ("only", LangUse::Only)];
const TYPINGS: [(&str, Typing); 2] = [("done", Typing::Done), ("going", Typing::Going)];
const VIEWS: [(&str, View); 5] = [
    ("page", View::Page),
    ("suggest", View::Suggest),
    ("whole", View::Whole),
    ("list", View::List),
    ("terms", View::Terms),
];
const SORTS: [(&str, Sort); 3] =
    [("relevance", Sort::Relevance), ("newest", Sort::Newest), ("oldest", Sort::Oldest)];
const MATCHINGS: [(&str, Matching); 3] =
    [("auto", Matching::Auto), ("all", Matching::All), ("any", Matching::Any)];

fn sort(value: &str) -> Result<Sort, String> {
    let by = |column: &str, direction| Sort::By { column: column.into(), direction };
    match value.split_once(' ') {
        Some(("asc", column)) => Ok(by(column, Direction::Ascending)),
        Some(("desc", column)) => Ok(by(column, Direction::Descending)),
        _ => choice("sort", value, &SORTS),
    }
}

fn number(name: &str, value: &str) -> Result<u32, String> {
    value.parse().map_err(|_| ["`", name, "` must be a number, not `", value, "`"].concat())
}

fn choice<T: Clone>(name: &str, value: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(known, _)| *known == value).map(|(_, meant)| meant.clone());
    found.ok_or_else(|| ["unknown ", name, " `", value, "`"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_a_line_that_names_digest_and_place() {
        let mut block = BlockId {
            name: "00ff.wbi".into(),
            len: 12,
            digest: std::array::from_fn(|i| if i == 0 { 0x0a } else { 0xff }),
            inflated_len: 34,
            place: None,
            preset: None,
        };
        let written = |block: &BlockId| {
            let mut line = String::new();
            need(&mut line, block);
            line
        };
        let line = format!("00ff.wbi 12 0a{} 34", "ff".repeat(15));
        assert_eq!(written(&block), line);
        block.place = Some(PackSlice { pack: "ab.wbp".into(), offset: 5, pack_len: 17 });
        assert_eq!(written(&block), format!("{line} ab.wbp 5 17"));
        block.preset = Some(Box::new(BlockId { place: None, ..block.clone() }));
        assert_eq!(written(&block), format!("{line} ab.wbp 5 17 after {line}"));
    }

    #[test]
    fn settings_say_what_is_asked_and_unknown_ones_are_named() {
        let asked = query("mask".into(), "lang zh\nview list\nsort newest\nlimit 7\n").unwrap();
        let expected = Query { lang: "zh".into(), limit: 7, ..Query::new("mask") };
        assert_eq!(asked, Query { view: View::List, sort: Sort::Newest, ..expected });
        let asked = query(String::new(), "facet ipc\nfilter ipc=A62B\nsort desc price").unwrap();
        assert_eq!(asked.facets, ["ipc"]);
        assert_eq!(asked.filters, [("ipc".into(), "A62B".into())]);
        let (column, direction) = ("price".into(), Direction::Descending);
        assert_eq!(asked.sort, Sort::By { column, direction });
        let asked = query(String::new(), "documents 9\nholding 3 mask\nholding 2 *0").unwrap();
        let holding = vec![("mask".into(), 3), ("*0".into(), 2)];
        assert_eq!(asked.statistics, Some(Statistics { documents: 9, holding }));
        let error = |settings| query(String::new(), settings).unwrap_err();
        assert_eq!(error("sort best"), "unknown sort `best`");
        assert_eq!(error("limit many"), "`limit` must be a number, not `many`");
        assert_eq!(error("colour red"), "unknown setting `colour`");
    }

    #[test]
    fn a_root_that_is_none_is_an_error_not_a_panic() {
        for bytes in [&b""[..], b"WBI", &[0xff; 300]] {
            let error = Engine::new(bytes, 3).err().expect("rubbish is refused");
            assert!(error.starts_with("root: "), "{error}");
        }
    }
}
