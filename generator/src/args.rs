//! The command line as typed; [`crate::settings`] resolves it.
//!
//! Commands that Zola has keep Zola's flags, so that scripts written for it go on working.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Carve once, print everywhere: static portals with search that needs no server
#[derive(Debug, Parser)]
#[command(name = "woodblock", version, about, arg_required_else_help = true)]
pub(crate) struct Args {
    /// Folder of the site
    #[arg(short, long, global = true, default_value = ".", value_name = "DIR")]
    pub(crate) root: PathBuf,

    /// Configuration file, inside the root [default: config.toml or zola.toml]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a site in a folder
    Init(InitArgs),
    /// Build the site into its output folder
    Build(BuildArgs),
    /// Build, serve on this machine, and rebuild at each change
    Serve(ServeArgs),
    /// Report every problem of the site without writing anything
    Check(CheckArgs),
    /// Make a search index of records (JSON Lines) or of any built HTML site
    Index(IndexArgs),
    /// Make one index of segments
    Merge(MergeArgs),
    /// Ask an index
    Search(SearchArgs),
    /// Write all hits of a query as a table
    Export(ExportArgs),
    /// Make signing keys
    Keys(KeysArgs),
    /// Sign a built site as a release
    Sign(SignArgs),
    /// Pull a signed release into a folder that any static server can serve
    Mirror(MirrorArgs),
    /// Check each file of a site or mirror against its signed manifest
    Verify(VerifyArgs),
    /// Start a page with the front matter its kind needs, in every language
    New(NewArgs),
    /// Print what a shell needs to complete command lines
    Completion(CompletionArgs),
    /// Compile a style sheet and print the result as JSON; `build` runs this for each
    #[command(hide = true)]
    CompileStyleSheet(CompileStyleSheetArgs),
}

/// `woodblock init`
#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Folder to make
    #[arg(default_value = ".")]
    pub(crate) name: PathBuf,
    /// Go on where the folder is not empty; files that exist stay
    #[arg(short, long)]
    pub(crate) force: bool,
}

/// What `build`, `check` and `serve` share.
#[derive(Debug, clap::Args)]
pub(crate) struct SiteArgs {
    /// Address the site will have, in place of the configuration's
    #[arg(short = 'u', long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Take drafts as well
    #[arg(long)]
    pub(crate) drafts: bool,
    /// Date of the build [default: `SOURCE_DATE_EPOCH`, or today in UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<String>,
    /// Let templates fetch data with `load_data(url=…)`
    #[arg(long)]
    pub(crate) remote_data: bool,
}

/// `woodblock build`
#[derive(Debug, clap::Args)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Folder to write [default: `output_dir` of the configuration, or `public` in the root]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Replace the output folder even if woodblock did not write it
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Minify HTML, as `minify_html` does
    #[arg(long)]
    pub(crate) minify: bool,
}

/// `woodblock serve`
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub(crate) struct ServeArgs {
    /// Address to listen on
    #[arg(short, long, default_value = "127.0.0.1")]
    pub(crate) interface: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(short, long, default_value_t = 1111)]
    pub(crate) port: u16,
    /// Do not append the port to a given base URL
    #[arg(long)]
    pub(crate) no_port_append: bool,
    /// Folder to build into [default: a temporary one]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Replace the output folder even if woodblock did not write it
    #[arg(long)]
    pub(crate) force: bool,
    /// Open the site in the browser
    #[arg(short = 'O', long)]
    pub(crate) open: bool,
    /// Accepted for Zola's sake: pages always lie in the output folder, never in memory alone
    #[arg(long)]
    pub(crate) store_html: bool,
    /// Rebuild only the page or section that is edited, not those that list it
    #[arg(short, long)]
    pub(crate) fast: bool,
    /// Watch this path too; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) extra_watch_path: Vec<PathBuf>,
    /// Milliseconds of quiet to wait for after a change
    #[arg(short, long, default_value_t = 10, value_name = "MS")]
    pub(crate) debounce: u64,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

/// `woodblock check`
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Do not fetch the addresses that links of the content lead to
    #[arg(long)]
    pub(crate) skip_external_links: bool,
}

/// `woodblock completion`
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionArgs {
    /// Shell to complete for
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// `woodblock compile-style-sheet`
#[derive(Debug, clap::Args)]
pub(crate) struct CompileStyleSheetArgs {
    /// Folder of the site
    pub(crate) site: PathBuf,
    /// The style sheet, relative to it
    pub(crate) file: PathBuf,
}

/// `woodblock index`
#[derive(Debug, clap::Args)]
pub(crate) struct IndexArgs {
    /// A folder of built HTML, or a file of JSON Lines [default: `site` of pagefind.toml]
    #[arg(value_name = "DIR|FILE.jsonl")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Folder to write the index to [default for HTML: DIR/woodblock]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Write a segment for `woodblock merge` in place of an index
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub(crate) segment: Option<PathBuf>,
    /// Add to this index what is new, as a small index beside it; lines with `delete` in place of
    /// `id` take documents away
    #[arg(long, value_name = "INDEX", conflicts_with_all = ["output", "segment"])]
    pub(crate) update: Option<PathBuf>,
    /// Language of documents that state none
    #[arg(long, default_value = "en")]
    pub(crate) lang: String,
    #[command(flatten)]
    pub(crate) work: IndexWork,
    #[command(flatten)]
    pub(crate) html: HtmlArgs,
}

/// How `index` reads HTML; each option has the name it has in Pagefind.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "HTML")]
pub(crate) struct HtmlArgs {
    /// Files to read, below DIR [default: **/*.{html,htm}]
    #[arg(long, value_name = "PATTERN")]
    pub(crate) glob: Option<String>,
    /// Look at nothing outside of the elements that match
    #[arg(long, value_name = "SELECTOR")]
    pub(crate) root_selector: Option<String>,
    /// Leave out the text of elements that match; may be given several times
    #[arg(long, value_name = "SELECTOR")]
    pub(crate) exclude_selectors: Vec<String>,
    /// Language of all pages, whatever they state
    #[arg(long, value_name = "LANG")]
    pub(crate) force_language: Option<String>,
    /// Keep `index.html` at the end of addresses
    #[arg(long)]
    pub(crate) keep_index_url: bool,
}

/// `woodblock merge`
#[derive(Debug, clap::Args)]
pub(crate) struct MergeArgs {
    /// Segments that `woodblock index --segment` wrote: files, or addresses of them
    #[arg(value_name = "SEGMENT|URL", required = true)]
    pub(crate) segments: Vec<String>,
    /// Folder to write the index to
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) work: IndexWork,
}

/// How an index is written, and with what.
#[derive(Debug, clap::Args)]
pub(crate) struct IndexWork {
    /// Memory to use, about; what does not fit waits in scratch files
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = bytes)]
    pub(crate) memory: u64,
    /// Folder of scratch files [default: the one around the output]
    #[arg(long, value_name = "DIR")]
    pub(crate) scratch: Option<PathBuf>,
    /// Few large files, read by Range requests, in place of one for each block
    #[arg(long)]
    pub(crate) packs: bool,
    /// Replace the output folder even if woodblock did not write it
    #[arg(short, long)]
    pub(crate) force: bool,
}

/// A number of bytes: `800M`, `1GiB`, `65536`.
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "kb" => 1_000,
        "m" | "mib" => 1 << 20,
        "mb" => 1_000_000,
        "g" | "gib" => 1 << 30,
        "gb" => 1_000_000_000,
        _ => return Err("write a number of bytes, such as 512MiB or 2GiB".into()),
    };
    let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    number.ok_or_else(|| "write a number of bytes, such as 512MiB or 2GiB".into())
}

/// Which part of an index to ask.
#[derive(Debug, clap::Args)]
pub(crate) struct ScopeArgs {
    /// Only this collection or group
    #[arg(long, value_name = "NAME")]
    pub(crate) collection: Option<String>,
    /// Only documents in this language
    #[arg(long, value_name = "LANG")]
    pub(crate) lang: Option<String>,
}

/// `woodblock search`
#[derive(Debug, clap::Args)]
pub(crate) struct SearchArgs {
    /// Index folders, built sites, or the addresses of either, asked as one; then the query, unless
    /// --queries has them
    #[arg(value_name = "INDEX|DIST|URL… QUERY", required = true)]
    pub(crate) indexes_and_query: Vec<String>,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Hits to list
    #[arg(long, default_value_t = 10)]
    pub(crate) limit: usize,
    /// Count the values of a facet; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) facets: Vec<String>,
    /// Only hits with this value of a facet; several values of one facet: any of them
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) filter: Vec<String>,
    /// relevance, newest, oldest, a facet, or -FACET for greatest first
    #[arg(long, default_value = "relevance", value_name = "ORDER", allow_hyphen_values = true)]
    pub(crate) sort: String,
    /// Read everything that exact counts need
    #[arg(long)]
    pub(crate) everything: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Show each wave of blocks that was read, and what they are for
    #[arg(long)]
    pub(crate) trace: bool,
    /// Ask every query of a file (`id<TAB>text` lines)
    #[arg(long, value_name = "FILE.tsv")]
    pub(crate) queries: Option<PathBuf>,
    /// Write the answers as a TREC run
    #[arg(long, value_name = "OUT.trec", requires = "queries")]
    pub(crate) run: Option<PathBuf>,
}

/// How `export` writes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Comma-separated values with a header line
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// `woodblock export`
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// An index folder, a built site, or the address of either
    #[arg(value_name = "INDEX|DIST|URL")]
    pub(crate) index: String,
    /// The query
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Form of the table
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub(crate) format: ExportFormat,
}

/// `woodblock keys`
#[derive(Debug, clap::Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    pub(crate) action: KeysAction,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysAction {
    /// Make the publisher's keys and the trust file that mirrors are given
    Init {
        /// Folder to keep them in, outside of the site
        #[arg(long, default_value = "keys", value_name = "DIR")]
        dir: PathBuf,
        /// Days until the trust file expires
        #[arg(long, default_value_t = 3650, value_name = "DAYS")]
        expires: u32,
    },
}

/// `woodblock sign`
#[derive(Debug, clap::Args)]
pub(crate) struct SignArgs {
    /// The built site
    #[arg(default_value = "dist")]
    pub(crate) dist: PathBuf,
    /// Folder that `keys init` made
    #[arg(long, default_value = "keys", value_name = "DIR")]
    pub(crate) keys: PathBuf,
    /// Days until mirrors refuse the release as stale
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    pub(crate) expires: u32,
}

/// `woodblock mirror`
#[derive(Debug, clap::Args)]
pub(crate) struct MirrorArgs {
    /// Address or folder of the signed site
    pub(crate) origin: String,
    /// Folder to keep the mirror in; a web server serves DIR/current
    pub(crate) dir: PathBuf,
    /// Trust file from the publisher [default: the one kept at the first pull]
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Fetch files from here as well, where the origin fails; may be given several times
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) also: Vec<String>,
}

/// `woodblock verify`
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// A mirror, or a built site
    #[arg(default_value = "dist")]
    pub(crate) dir: PathBuf,
    /// Do not mind that the signature has expired: a copy on a shelf stays good
    #[arg(long)]
    pub(crate) offline: bool,
    /// Trust file from the publisher [default: the mirror's own]
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
}

/// Pages that `new` can start.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PageKind {
    /// A plain page
    Page,
    /// A question and its answer
    Faq,
    /// A step-by-step guide
    Guide,
    /// A news item
    News,
}

/// `woodblock new`
#[derive(Debug, clap::Args)]
pub(crate) struct NewArgs {
    /// Kind of page
    #[arg(value_enum)]
    pub(crate) kind: PageKind,
    /// Path under content/, with or without .md
    pub(crate) path: PathBuf,
    /// Title
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Date of the page and of its fact check [default: `SOURCE_DATE_EPOCH`, or today in UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<String>,
}
