//! `woodblock search`: the browser's engine on the command line.

use std::io::{self, IsTerminal as _};
use std::time::Instant;

use search_engine::{Hit, LangUse, Marked, Query, Results, Sort};

use crate::args::{ScopeArgs, SearchArgs};
use crate::block_source::read_failure;
use crate::failure::{Failure, Outcome};
use crate::open_index::{Answer, Index, Trace};
use crate::{query_run, report};

/// Answers one query, or every query of a file.
pub(super) fn run(args: &SearchArgs) -> Outcome {
    let trace = if args.trace { Trace::Blocks } else { Trace::Off };
    let (places, text) = places_and_query(args)?;
    let index = Index::open(places, trace)?;
    let template = Query {
        facets: args.facets.clone(),
        filters: args.filter.iter().map(|filter| named(filter)).collect::<Outcome<_>>()?,
        sort: sort(&args.sort, &index)?,
        exhaustive: args.everything,
        ..template(&args.scope, args.limit)
    };
    match (&args.queries, &args.run) {
        (Some(file), Some(run)) => query_run::write_trec(&index, file, &template, run),
        (Some(file), None) if args.json => query_run::print_json(&index, file, &template),
        (Some(_), None) => Err(Failure::usage("--queries needs --json or --run OUT.trec")),
        (None, _) => one(&index, Query { text: text.into(), ..template }, args.json),
    }
}

/// The indexes, and the query after them.
fn places_and_query(args: &SearchArgs) -> Outcome<(&[String], &str)> {
    match &args.indexes_and_query[..] {
        places if args.queries.is_some() => Ok((places, "")),
        [places @ .., query] if !places.is_empty() => Ok((places, query)),
        _ => Err(Failure::usage("there is no query; it stands after the index")),
    }
}

fn named(filter: &str) -> Outcome<(String, String)> {
    let (name, value) = filter
        .split_once('=')
        .ok_or_else(|| Failure::usage(format!("--filter {filter} has no `=`; give NAME=VALUE")))?;
    Ok((name.to_owned(), value.to_owned()))
}

fn sort(name: &str, index: &Index) -> Outcome<Sort> {
    let sort = Sort::named(name);
    let facets = index.facets();
    match &sort {
        Sort::By { column, .. } if !facets.contains(column) => Err(Failure::usage(format!(
            "--sort {name} is no order; use relevance, newest, oldest or one of this index's facets: {}",
            facets.join(", ")
        ))),
        _ => Ok(sort),
    }
}

/// A query without text.
pub(super) fn template(scope: &ScopeArgs, limit: usize) -> Query {
    let lang_use = if scope.lang.is_some() { LangUse::Only } else { LangUse::Prefer };
    Query {
        lang: scope.lang.clone().unwrap_or_default(),
        lang_use,
        collection: scope.collection.clone().unwrap_or_default(),
        limit: u32::try_from(limit).unwrap_or(Query::MAX_LIMIT).min(Query::MAX_LIMIT),
        ..Query::new("")
    }
}

fn one(index: &Index, mut query: Query, json: bool) -> Outcome {
    if query.lang.is_empty() {
        // Who types Chinese reads it: without a preference, each record would come twice.
        let is_han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}');
        let read = if query.text.contains(is_han) { "zh" } else { "en" };
        query.lang.push_str(read);
    }
    let start = Instant::now();
    let Answer { results, mut missing } = index.ask_past(&query);
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    if json {
        report::result(results.to_json_timed(Some(micros)));
    } else {
        print(&results, micros);
    }
    // What the rest of the index gives is an answer; that it is not all is an error.
    match missing.pop() {
        None => Ok(()),
        Some(last) => {
            for error in missing {
                report::failure(&read_failure(error));
            }
            Err(read_failure(last))
        }
    }
}

fn print(results: &Results, micros: u64) {
    let about = if results.exact { "" } else { "about " };
    let groups: Vec<_> =
        results.groups.iter().map(|group| format!("{} {}", group.name, group.count)).collect();
    report::result(format!("{about}{} hits  ({})", results.total, groups.join(", ")));
    report::result(format!("read as: {}", results.read_as));
    if let Some(better) = &results.did_you_mean {
        report::result(format!("did you mean: {better}"));
    }
    for notice in &results.notices {
        report::note(format!("note: {} {}", notice.code.name(), notice.detail));
    }
    for facet in &results.facets {
        let about = if facet.exact { "" } else { "about " };
        let values =
            facet.values.iter().take(10).map(|(value, count)| format!("{value} {about}{count}"));
        report::result(format!("{}: {}", facet.name, values.collect::<Vec<_>>().join(", ")));
    }
    for (rank, hit) in results.hits.iter().enumerate() {
        print_hit(rank + 1, hit);
    }
    let cost = results.cost;
    report::result(format!(
        "\n{} bytes in {} blocks and {} hops, {micros} µs",
        cost.bytes, cost.blocks, cost.hops
    ));
}

fn print_hit(rank: usize, hit: &Hit) {
    let meta: Vec<&str> = [&hit.kind, &hit.lang, &hit.date]
        .into_iter()
        .map(String::as_str)
        .chain(hit.card.iter().map(|(_, value)| value.as_str()))
        .filter(|text| !text.is_empty())
        .collect();
    report::result(format!("\n{rank:>3}. {}  [{:.3}]", marked(&hit.title), hit.score));
    report::result(format!("     {}  {}", hit.url, meta.join(" · ")));
    if !hit.snippet.text.is_empty() {
        report::result(format!("     {}", marked(&hit.snippet)));
    }
}

/// Found words in bold where the terminal can.
fn marked(text: &Marked) -> String {
    let bold = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let pieces = text.pieces().into_iter();
    pieces
        .map(
            |(piece, found)| {
                if found && bold { format!("\u{1b}[1m{piece}\u{1b}[0m") } else { piece.to_owned() }
            },
        )
        .collect()
}
