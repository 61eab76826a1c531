//! Office files to typed records.
//!
//! A *collection* is declared in `woodblock.toml` ([`read_collections`]): source files, importer,
//! fields with their type, labels and INID codes. [`import`] reads the sources into [`Record`]s;
//! a bad row becomes a [`Reject`] that names file, line and field, and the run goes on until more
//! than the stated share is bad. [`Rows`] does the same one record at a time, in bounded memory.
//! [`export_csv`] and [`export_json_lines`] write what re-imports without loss.
//!
//! ```no_run
//! # fn main() -> Result<(), records::RecordsError> {
//! let root = std::path::Path::new(".");
//! for collection in records::read_collections(root)? {
//!     let import = records::import(root, &collection)?;
//!     for record in &import.records {
//!         println!("{} {}", collection.url_of(record), collection.title_of(record, "en"));
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod collection;
mod declaration;
mod delimited;
mod error;
mod export;
mod importer;
mod json_lines;
mod number;
mod page;
mod source;
mod st9;
mod value;

pub use collection::{
    CodeLabel, Collection, Condition, Field, FieldKind, Importer, LANG_ANY, Labels,
};
pub use declaration::{DECLARATION_FILE, read_collections};
pub use error::{Problem, RecordsError, Reject};
pub use export::{export_csv, export_json_lines};
pub use importer::{Import, Record, Rows, import};
pub use number::{normalize_number, number_variants};
pub use page::PageField;
pub use st9::{ITEMS, Item, item_by_inid};
pub use value::Value;
