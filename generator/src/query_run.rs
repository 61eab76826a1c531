//! Many queries from a file: as JSON, a line each, or as a TREC run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use search_engine::{Matching, Query, Results};

use crate::failure::{Failure, Outcome};
use crate::open_index::Index;
use crate::report;

/// Longest file of queries that is read.
const MAX_LEN: u64 = 64 << 20;

/// One query of the file.
struct Topic {
    id: String,
    text: String,
}

/// Asks every query of `file` and prints the answers, a JSON object a line, in the file's order.
pub(crate) fn print_json(index: &Index, file: &Path, template: &Query) -> Outcome {
    for topic in read(file)? {
        report::result(ask(index, &topic, template)?.to_json());
    }
    Ok(())
}

/// Asks every query of `file` and writes `qid Q0 docid rank score tag` lines to `run`.
pub(crate) fn write_trec(index: &Index, file: &Path, template: &Query, run: &Path) -> Outcome {
    let topics = read(file)?;
    let bar = report::progress("queries", topics.len() as u64);
    let mut lines = String::new();
    for topic in &topics {
        for (rank, hit) in ask(index, topic, template)?.hits.iter().enumerate() {
            writeln!(lines, "{} Q0 {} {} {:.6} woodblock", topic.id, hit.id, rank + 1, hit.score)
                .expect("a string takes any text");
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    fs::write(run, lines).map_err(|e| Failure::io("write", run, e))?;
    report::note(format!("{} queries answered in {}", topics.len(), run.display()));
    Ok(())
}

fn ask(index: &Index, topic: &Topic, template: &Query) -> Outcome<Results> {
    // Documents with all the words first, then the rest: a sentence of twenty words still finds.
    index.ask(&Query { text: topic.text.clone(), matching: Matching::Any, ..template.clone() })
}

/// Reads `id<TAB>text` lines; a line without a tab is a text whose id is its line number.
fn read(file: &Path) -> Outcome<Vec<Topic>> {
    let len = fs::metadata(file).map_err(|e| Failure::io("read", file, e))?.len();
    if len > MAX_LEN {
        return Err(Failure::data(anyhow::anyhow!(
            "`{}` is {len} bytes long; at most {MAX_LEN} bytes of queries are read, split it",
            file.display()
        )));
    }
    let bytes = fs::read(file).map_err(|e| Failure::io("read", file, e))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::data(anyhow::anyhow!(
            "`{}` is not UTF-8 at byte {at}; save it as UTF-8",
            file.display()
        ))
    })?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    Ok(lines.map(|(at, line)| topic(line, at + 1)).collect())
}

fn topic(line: &str, number: usize) -> Topic {
    match line.split_once('\t') {
        Some((id, text)) => Topic { id: id.trim().to_owned(), text: text.to_owned() },
        None => Topic { id: number.to_string(), text: line.to_owned() },
    }
}
