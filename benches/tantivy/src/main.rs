//! Ranks judged queries with tantivy: `DOCS.jsonl QUERIES.tsv RUN.trec LANG`.
//!
//! Title and text are two fields of equal weight, asked together. English is lower-cased and
//! stemmed (`en_stem`), Chinese cut into characters and pairs of neighbours.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, bail};
use serde_json::Value as Json;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::tokenizer::{LowerCaser, NgramTokenizer, TextAnalyzer};
use tantivy::{Index, IndexWriter, TantivyDocument, Term};

const DEPTH: usize = 100;
const WRITER_BYTES: usize = 64 << 20;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [docs, queries, run, lang] = arguments.as_slice() else {
        bail!("usage: woodblock-bench-tantivy DOCS.jsonl QUERIES.tsv RUN.trec LANG");
    };
    let peer = Peer::over(&fs::read_to_string(docs).context("cannot read the documents")?, lang)?;
    let mut lines = String::new();
    for line in fs::read_to_string(queries).context("cannot read the queries")?.lines() {
        let Some((id, text)) = line.split_once('\t') else { continue };
        for (rank, (doc, score)) in peer.best(text)?.into_iter().enumerate() {
            writeln!(lines, "{id} Q0 {doc} {} {score} tantivy", rank + 1)?;
        }
    }
    fs::write(run, lines).context("cannot write the run")
}

struct Peer {
    index: Index,
    id: Field,
    texts: [Field; 2],
    analyzer: TextAnalyzer,
}

impl Peer {
    fn over(docs: &str, lang: &str) -> Result<Self> {
        let name = if lang == "zh" { "grams" } else { "en_stem" };
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(name)
            .set_index_option(IndexRecordOption::WithFreqs);
        let options = TextOptions::default().set_indexing_options(indexing);
        let mut schema = Schema::builder();
        let id = schema.add_text_field("id", STRING | STORED);
        let title = schema.add_text_field("title", options.clone());
        let text = schema.add_text_field("text", options);
        let index = Index::create_in_ram(schema.build());
        let grams = TextAnalyzer::builder(NgramTokenizer::all_ngrams(1, 2)?).filter(LowerCaser);
        index.tokenizers().register("grams", grams.build());
        let analyzer = index.tokenizers().get(name).context("no such tokenizer")?;
        let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES)?;
        for line in docs.lines() {
            let doc: Json = serde_json::from_str(line)?;
            let mut document = TantivyDocument::default();
            document.add_text(id, doc["id"].as_str().unwrap_or_default());
            document.add_text(title, doc["title"].as_str().unwrap_or_default());
            document.add_text(text, doc["text"].as_str().unwrap_or_default());
            writer.add_document(document)?;
        }
        writer.commit()?;
        Ok(Self { index, id, texts: [title, text], analyzer })
    }

    fn best(&self, text: &str) -> Result<Vec<(String, f32)>> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut analyzer = self.analyzer.clone();
        let mut stream = analyzer.token_stream(text);
        stream.process(&mut |token| {
            for field in self.texts {
                let term = Term::from_field_text(field, &token.text);
                let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(query)));
            }
        });
        let searcher = self.index.reader()?.searcher();
        let best = TopDocs::with_limit(DEPTH).order_by_score();
        let found = searcher.search(&BooleanQuery::new(clauses), &best)?;
        let named = |(score, address)| -> Result<(String, f32)> {
            let document: TantivyDocument = searcher.doc(address)?;
            let id = document.get_first(self.id).and_then(|value| value.as_str());
            Ok((id.unwrap_or_default().to_owned(), score))
        };
        found.into_iter().map(named).collect()
    }
}
