//! The search engine for the browser: [`search_engine`] behind wasm-bindgen, nothing more.
//!
//! JavaScript (`js/worker.js`) fetches, checks and inflates the blocks; this module takes and gives
//! plain strings and bytes. Answers are [`Results::to_json`](search_engine::Results::to_json), so
//! the browser hands out the very bytes that `woodblock search --json` prints.
//!
//! ```js
//! const engine = new Engine(rootPayload, rootFileLength);
//! const session = engine.plan('口罩', 'zh', '', '', 0, 10, '', '');
//! for (let needs = JSON.parse(session.needs()); needs.length; needs = JSON.parse(session.needs())) {
//!   for (const { name } of needs) session.supply(name, await payload(name));
//! }
//! const { total, hits } = JSON.parse(session.results());
//! ```
//!
//! The glue that wasm-bindgen writes is downloaded by every searcher, so it carries no `JSDoc`.
//! Errors are strings that name the block and the byte. Nothing here panics on bad input: the
//! engine checks every block, and a name or order it does not know is an error.

use std::fmt::Write as _;

use search_engine::{BlockId, Matching, Query, Searcher, Sort};
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
        Searcher::open(root, file_len).map(Engine).map_err(|error| format!("root: {error}"))
    }

    /// Begins to answer a finished question: a page of hits with snippets.
    ///
    /// - `lang`, `group`, `collection`: empty for no preference.
    /// - `sort`: `relevance` or empty, `newest`, `oldest`.
    /// - `matching`: `auto` or empty, `all`, `any`.
    #[wasm_bindgen(skip_jsdoc)]
    #[expect(clippy::too_many_arguments, reason = "an object would cost a deserializer")]
    pub fn plan(
        &self,
        text: String,
        lang: String,
        group: String,
        collection: String,
        offset: u32,
        limit: u32,
        sort: &str,
        matching: &str,
    ) -> Result<Session, String> {
        let sort = sort_named(sort)?;
        let matching = matching_named(matching)?;
        let asked = Query::new(text);
        let query = Query { lang, group, collection, offset, limit, sort, matching, ..asked };
        Ok(Session(self.0.plan(&query)))
    }

    /// Begins to answer a question that is still being typed: the best few of each group, without
    /// snippets.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn suggest(&self, text: String, lang: String, group: String, limit: u32) -> Session {
        Session(self.0.plan(&Query { lang, group, limit, ..Query::as_you_type(text) }))
    }
}

#[wasm_bindgen]
impl Session {
    /// The blocks without which the session cannot go on, as JSON:
    /// `[{"name":"….wbi","len":1,"sha256":"hex","inflated":1}]`; `[]`: it is done.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn needs(&mut self) -> String {
        let blocks: Vec<String> = self.0.needs().iter().map(need).collect();
        format!("[{}]", blocks.join(","))
    }

    /// Takes a block's payload: digest checked and inflated by the caller.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn supply(&mut self, name: &str, payload: &[u8]) -> Result<(), String> {
        self.0.supply(name, payload).map_err(|error| format!("{name}: {error}"))
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
fn need(block: &BlockId) -> String {
    let mut sha256 = String::with_capacity(64);
    for byte in block.sha256 {
        write!(sha256, "{byte:02x}").expect("a string takes all that is written");
    }
    let BlockId { name, len, inflated_len, .. } = block;
    format!(r#"{{"name":"{name}","len":{len},"sha256":"{sha256}","inflated":{inflated_len}}}"#)
}

fn sort_named(name: &str) -> Result<Sort, String> {
    match name {
        "" | "relevance" => Ok(Sort::Relevance),
        "newest" => Ok(Sort::Newest),
        "oldest" => Ok(Sort::Oldest),
        _ => Err(format!("unknown sort `{name}`: use relevance, newest or oldest")),
    }
}

fn matching_named(name: &str) -> Result<Matching, String> {
    match name {
        "" | "auto" => Ok(Matching::Auto),
        "all" => Ok(Matching::All),
        "any" => Ok(Matching::Any),
        _ => Err(format!("unknown matching `{name}`: use auto, all or any")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_json_that_names_its_digest() {
        let block = BlockId {
            name: "00ff.wbi".into(),
            len: 12,
            sha256: std::array::from_fn(|i| if i == 0 { 0x0a } else { 0xff }),
            inflated_len: 34,
        };
        let digest = format!("0a{}", "ff".repeat(31));
        let expected =
            format!(r#"{{"name":"00ff.wbi","len":12,"sha256":"{digest}","inflated":34}}"#);
        assert_eq!(need(&block), expected);
    }

    #[test]
    fn unknown_orders_are_named_with_what_is_known() {
        assert_eq!(sort_named("newest"), Ok(Sort::Newest));
        assert_eq!(matching_named(""), Ok(Matching::Auto));
        let error = sort_named("best").unwrap_err();
        assert_eq!(error, "unknown sort `best`: use relevance, newest or oldest");
        assert!(matching_named("some").unwrap_err().contains("`some`"));
    }

    #[test]
    fn a_root_that_is_none_is_an_error_not_a_panic() {
        for bytes in [&b""[..], b"WBI", &[0xff; 300]] {
            let error = Engine::new(bytes, 3).err().expect("rubbish is refused");
            assert!(error.starts_with("root: "), "{error}");
        }
    }
}
