//! What the targets share: an index of a few documents, and how an input is cut up.

use std::path::Path;
use std::sync::LazyLock;
use std::{env, fs, io};

use search_indexer::{BlockSizes, BuiltIndex, Document, IndexOptions, build, read};

/// Longest session: a question needs a handful of waves.
pub const MAX_WAVES: usize = 64;

/// Two numbers from the first four bytes of an input, and the rest.
pub fn cut(data: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (numbers, rest) = data.split_at_checked(4)?;
    let number = |at: usize| u32::from(u16::from_le_bytes([numbers[at], numbers[at + 1]]));
    Some((number(0), number(2), rest))
}

/// Documents in two languages with every kind of thing an index keeps.
pub fn documents() -> Vec<Document> {
    let document = |i: usize| Document {
        id: format!("{}", i / 2),
        url: format!("/{i}/"),
        lang: if i % 2 == 0 { "zh" } else { "en" }.into(),
        kind: if i % 3 == 0 { "guide" } else { "record" }.into(),
        collection: if i % 5 == 0 { "c" } else { "" }.into(),
        title: if i % 2 == 0 {
            "外科口罩与专利申请费"
        } else {
            "Coronavirus antibody mask"
        }
        .into(),
        fields: vec![
            ("tx".into(), vec![format!("virus {} 医用口罩 {i}", "filter ".repeat(i % 17))]),
            ("ipc".into(), vec![format!("A62B18/{:02}", i % 20)]),
        ],
        exact: vec![format!("CN{}A", 113_914_000 + i)],
        date: Some(format!("2020-0{}-01", 1 + i % 9)),
        card: vec![("pa".into(), format!("Applicant {}", i % 7))],
        facets: vec![("kind".into(), format!("k{}", i % 6)), ("by.n".into(), i.to_string())],
        text: format!("病毒与口罩 virus mask {i}\u{1e}{{\"anchors\":[]}}"),
        ..Document::default()
    };
    (0..120).map(document).collect()
}

/// The index of [`documents`], in blocks small enough to have many.
pub fn index() -> &'static BuiltIndex {
    static INDEX: LazyLock<BuiltIndex> = LazyLock::new(|| {
        let sizes = BlockSizes {
            shard: 512,
            lists: 512,
            cards: 512,
            texts: 512,
            ..BlockSizes::default()
        };
        let options = IndexOptions { sizes: Some(sizes), ..IndexOptions::default() };
        build(documents(), &options).expect("documents make an index")
    });
    &INDEX
}

/// Questions of every form.
pub const QUESTIONS: [&str; 10] = [
    "口罩",
    "专利申请费 mask",
    "coronavirus antibody",
    "\"face mask\" OR ti=口罩",
    "ipc=A62B18 NOT mask",
    "CN113914087A",
    "vir*",
    "wo*d ~2 word~1",
    "pd>=20200101 date:2019..2020 pd within \"2019 2021\"",
    "* ~2 \u{1f637} (((\" AND",
];

/// Writes inputs to begin with where `WOODBLOCK_SEEDS` names a folder: one below it for each
/// target. A program of its own would lack libFuzzer, which the flags for coverage ask for.
pub fn write_seeds() {
    if let Some(folder) = env::var_os("WOODBLOCK_SEEDS") {
        seeds(Path::new(&folder)).expect("inputs to begin with cannot be written");
    }
}

fn seeds(folder: &Path) -> io::Result<()> {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    let built = index();
    let payload = |file: &[u8]| read::inflate(file, "seed").map_err(io::Error::other);
    put("root", "root", &payload(&built.root.bytes)?)?;
    for (i, block) in built.blocks.iter().enumerate() {
        let name = format!("{i}");
        put("frame", &name, &block.bytes)?;
        // A pack holds several blocks end to end: its first one is a block too.
        let Ok(bytes) = payload(&block.bytes) else { continue };
        put("shard", &name, &bytes)?;
        for target in ["tables", "postings", "tiers", "positions", "stores", "columns", "fst"] {
            let docs = [120, 0, 0, 0];
            put(target, &name, &[&docs[..], &bytes].concat())?;
        }
    }
    for (i, question) in QUESTIONS.iter().enumerate() {
        let number = u8::try_from(i).unwrap_or_default();
        put("query", &format!("{i}"), &[&[number], question.as_bytes()].concat())?;
        put(
            "session",
            &format!("{i}"),
            &[number, number.wrapping_mul(37), 9, 0, 0, 7, 30, 1, 210, 3],
        )?;
    }
    put("html", "page", PAGE.as_bytes())
}

const PAGE: &str = "<!doctype html><html lang=zh-CN><head><title>T &amp; t</title></head><body data-x>\
    <main class=b data-pagefind-body><h1 id=a>A <a href=#a>#</a></h1><p data-pagefind-ignore=all>x\
    <p data-pagefind-weight=2.5>w<img src=a.png alt=b data-pagefind-index-attrs='alt,title' \
    data-pagefind-meta='image[src], date:2020-01-02'><section id=s><h2>专利\n申请</h2>\
    <ul><li data-pagefind-filter='tag, x[id]'>y<li>z</ul></section><script>no</script></main>";
