//! Writes inputs to begin with: `woodblock-fuzz FOLDER` makes a folder of them for each target.

use std::path::Path;
use std::{env, fs, io};

use search_indexer::read;
use woodblock_fuzz::{QUESTIONS, index};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).ok_or_else(|| io::Error::other("name a folder"))?;
    let put = |target: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
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
        put("session", &format!("{i}"), &[number, number * 37, 9, 0, 0, 7, 30, 1, 210, 3])?;
    }
    put("html", "page", PAGE.as_bytes())
}

const PAGE: &str = "<!doctype html><html lang=zh-CN><head><title>T &amp; t</title></head><body data-x>\
    <main class=b data-pagefind-body><h1 id=a>A <a href=#a>#</a></h1><p data-pagefind-ignore=all>x\
    <p data-pagefind-weight=2.5>w<img src=a.png alt=b data-pagefind-index-attrs='alt,title' \
    data-pagefind-meta='image[src], date:2020-01-02'><section id=s><h2>专利\n申请</h2>\
    <ul><li data-pagefind-filter='tag, x[id]'>y<li>z</ul></section><script>no</script></main>";
