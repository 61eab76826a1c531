//! `woodblock export`: all hits of a query as a table on stdout.

use std::collections::BTreeMap;
use std::io;

use anyhow::Context as _;
use search_engine::{Hit, Query};

use super::search::template;
use crate::args::{ExportArgs, ExportFormat};
use crate::failure::{Failure, Outcome};
use crate::open_index::{Index, Trace};
use crate::report;

/// Columns that every hit has; those of its card follow.
const COLUMNS: [&str; 7] = ["id", "title", "url", "kind", "collection", "lang", "date"];

/// Writes every hit, page by page.
pub(super) fn run(args: &ExportArgs) -> Outcome {
    let index = Index::open(std::slice::from_ref(&args.index), Trace::Off)?;
    let page_len = Query::MAX_LIMIT as usize;
    let mut query = Query { text: args.query.clone(), ..template(&args.scope, page_len) };
    let mut hits = Vec::new();
    loop {
        let mut page = index.ask(&query)?.hits;
        let last = page.len() < page_len;
        hits.append(&mut page);
        if last {
            break;
        }
        query.offset += Query::MAX_LIMIT;
    }
    match args.format {
        ExportFormat::Csv => csv(&hits),
        ExportFormat::Jsonl => {
            for hit in &hits {
                report::result(json(hit));
            }
            Ok(())
        }
    }
}

fn csv(hits: &[Hit]) -> Outcome {
    let extra = card_columns(hits);
    let mut writer = csv::Writer::from_writer(io::stdout());
    let mut write = |row: Vec<&str>| {
        writer.write_record(row).context("cannot write to the output").map_err(Failure::Machine)
    };
    write(COLUMNS.into_iter().chain(extra.iter().copied()).collect())?;
    for hit in hits {
        let card: BTreeMap<_, _> =
            hit.card.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let extra = extra.iter().map(|name| card.get(name).copied().unwrap_or_default());
        write(fixed(hit).into_iter().chain(extra).collect())?;
    }
    Ok(())
}

fn fixed(hit: &Hit) -> [&str; 7] {
    [&hit.id, &hit.title.text, &hit.url, &hit.kind, &hit.collection, &hit.lang, &hit.date]
        .map(String::as_str)
}

/// Names on any hit's card, in the order in which they are first met.
fn card_columns(hits: &[Hit]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in hits.iter().flat_map(|hit| &hit.card) {
        if !names.contains(&name.as_str()) && !COLUMNS.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

fn json(hit: &Hit) -> serde_json::Value {
    let fixed = COLUMNS.into_iter().zip(fixed(hit)).map(|(name, value)| (name.to_owned(), value));
    let card = hit.card.iter().filter(|(name, _)| !COLUMNS.contains(&name.as_str()));
    let card = card.map(|(name, value)| (name.clone(), value.as_str()));
    fixed.chain(card).map(|(name, value)| (name, serde_json::Value::from(value))).collect()
}
