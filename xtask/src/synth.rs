//! `cargo xtask synth`: made-up patent records in any number, for tests of size.
//!
//! Distributions (classes, years, kinds, lengths) and the statistics of words come from real
//! records; every name, number and sentence is made up. Ids begin with `SYN` and the collection is
//! `synthetic`, so that nobody takes a record for a real one. A record depends on the seed and its
//! own number alone: the first thousand of a million are the thousand of a thousand, whatever the
//! number of threads.

mod chance;
mod names;
mod record;
mod source;
mod words;

use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::shell::{self, Workspace};
use record::Maker;
use source::Source;

/// Records that a thread makes at a time.
const BATCH: u64 = 2_048;

/// What to make.
struct Request {
    records: u64,
    seed: u64,
    out: Option<PathBuf>,
    data: PathBuf,
    words: u32,
    chinese_percent: u32,
}

/// Writes the records, in order, to the file or to standard output.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let request = parse(workspace, args)?;
    let begin = Instant::now();
    let source = Source::read(&request.data)?;
    let maker = Maker::new(&source, request.seed, request.words, request.chinese_percent)?;
    let read_s = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let bytes = match &request.out {
        Some(path) => {
            let file =
                File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            write(&maker, request.records, &mut BufWriter::with_capacity(1 << 20, file))
                .with_context(|| format!("cannot write {}", path.display()))?
        }
        None => write(&maker, request.records, &mut BufWriter::new(stdout().lock()))?,
    };
    let seconds = begin.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = request.records as f64 / seconds.max(1e-9);
    shell::say(&format!(
        "{} records, {} MB, {seconds:.1} s ({rate:.0} a second; {read_s:.1} s to measure real ones)",
        request.records,
        bytes / 1_000_000,
    ));
    Ok(())
}

fn parse(workspace: &Workspace, args: &[String]) -> Result<Request> {
    let mut request = Request {
        records: 0,
        seed: 1,
        out: None,
        data: workspace.root.join("../shared/data"),
        words: 50,
        chinese_percent: 50,
    };
    let mut args = args.iter();
    while let Some(name) = args.next() {
        let value = args.next().with_context(|| format!("`{name}` needs a value"))?;
        let number = || {
            value.parse::<u64>().with_context(|| format!("`{name}` takes a number, not `{value}`"))
        };
        match name.as_str() {
            "--records" => request.records = number()?,
            "--seed" => request.seed = number()?,
            "--out" => request.out = Some(value.into()),
            "--data" => request.data = value.into(),
            "--words" => request.words = u32::try_from(number()?.min(1_000))?,
            "--chinese" => request.chinese_percent = u32::try_from(number()?.min(100))?,
            _ => bail!("`{name}` is no option of synth"),
        }
    }
    if request.records == 0 {
        bail!("say how many: --records N");
    }
    Ok(request)
}

/// Makes batches side by side and writes them in order; returns the bytes written.
fn write(maker: &Maker<'_>, records: u64, out: &mut impl Write) -> Result<u64> {
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    let mut bytes = 0;
    for first in (0..records).step_by(usize::try_from(BATCH * threads)?) {
        let batch = |thread: u64| {
            let from = first + thread * BATCH;
            let mut lines = Vec::with_capacity(1 << 21);
            for number in from..(from + BATCH).min(records) {
                maker.line(number, &mut lines);
            }
            lines
        };
        let batches: Vec<Vec<u8>> = thread::scope(|scope| {
            let running: Vec<_> =
                (0..threads).map(|thread| scope.spawn(move || batch(thread))).collect();
            running
                .into_iter()
                .map(|thread| thread.join().expect("making a record does not panic"))
                .collect()
        });
        for lines in batches {
            out.write_all(&lines)?;
            bytes += lines.len() as u64;
        }
    }
    out.flush()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source small enough for a test.
    fn source() -> Source {
        let mut source = Source::default();
        for (class, title) in
            [("A62B", "protective mask with filter"), ("H01M", "lithium battery with filter cap")]
        {
            source.add_english(title, Some(class));
        }
        source.add_chinese("一种口罩生产设备", Some("A62B"));
        source.add_chinese("一种电池的测试方法", None);
        let distributions = r#"{"ipc_subclass_first":{"A62B":2,"H01M":1},"ipc_per_doc":{"1":3,"2":1},
            "pub_year":{"2019":3,"2020":1},"n_applicants":{"1":1},"n_inventors":{"0":1,"2":1},
            "title_words":{"4":1,"7":1},"title_zh_chars":{"8":1,"12":1},"cn_kind":{"A":1,"U":1},
            "abstract_words_10":{"100":1,"120":1},"pub_month":{"01":1,"02":1},"ipc_subclass_pair":{"A62B|H01M":1}}"#;
        source.distributions = serde_json::from_str(distributions).unwrap();
        source
    }

    #[test]
    fn a_record_depends_on_its_number_and_the_seed_alone() {
        let source = source();
        let lines = |seed, from: u64, to: u64| {
            let maker = Maker::new(&source, seed, 30, 50).unwrap();
            let mut out = Vec::new();
            (from..to).for_each(|number| maker.line(number, &mut out));
            out
        };
        let all = lines(1, 0, 40);
        assert!(all.ends_with(&lines(1, 20, 40)));
        assert_ne!(all, lines(2, 0, 40));
        let mut written = Vec::new();
        let maker = Maker::new(&source, 1, 30, 50).unwrap();
        write(&maker, 5_000, &mut written).unwrap();
        assert_eq!(written, lines(1, 0, 5_000));
    }

    #[test]
    fn records_say_that_they_are_made_up() {
        let source = source();
        let maker = Maker::new(&source, 7, 30, 50).unwrap();
        let mut out = Vec::new();
        (0..200).for_each(|number| maker.line(number, &mut out));
        let mut ids = std::collections::BTreeSet::new();
        for line in out.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let record: serde_json::Value = serde_json::from_slice(line).unwrap();
            assert_eq!(record["collection"], "synthetic");
            let id = record["id"].as_str().unwrap();
            assert!(id.starts_with("SYN"), "{id}");
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(record["title"].as_str().unwrap().chars().count() > 3);
        }
        assert_eq!(ids.len(), 200);
    }
}
