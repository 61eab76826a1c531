//! Sources to records: columns matched to fields, values typed, bad rows set aside.

use std::collections::{BTreeMap, HashSet};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use crate::collection::{Collection, Importer};
use crate::delimited::{Dialect, Row, RowError, RowReader};
use crate::error::{RecordsError, Reject};
use crate::export::without_guard;
use crate::json_lines::{Line, LineReader, cell_text};
use crate::source;
use crate::value::{Value, clip, list_mark};

/// The longest id, in bytes.
const MAX_ID_BYTES: usize = 128;

/// One checked record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Stable id, unique in the collection; a safe path segment.
    pub id: String,
    /// The source file, relative to the root.
    pub file: PathBuf,
    /// 1-based line at which it starts.
    pub line: u64,
    values: BTreeMap<String, Value>,
}

impl Record {
    /// The value of a field; `None` when it is empty.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.values.get(field)
    }
}

/// What [`import`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Good records in the order of the sources.
    pub records: Vec<Record>,
    /// Rows set aside, in the order of the sources.
    pub rejects: Vec<Reject>,
    /// Columns that no field is declared for: file and column.
    pub unused_columns: Vec<(PathBuf, String)>,
}

/// Reads every source of a collection.
///
/// # Errors
/// [`RecordsError::TooManyRejects`] past the collection's share, with all of them; a source that
/// cannot be read, lacks a declared column or ends inside a quote.
pub fn import(root: &Path, collection: &Collection) -> Result<Import, RecordsError> {
    let mut rows = Rows::new(root, collection);
    let (mut records, mut rejects) = (Vec::new(), Vec::new());
    for row in &mut rows {
        match row? {
            Ok(record) => records.push(record),
            Err(reject) => rejects.push(reject),
        }
    }
    let read = (records.len() + rejects.len()) as u64;
    let allowed = allowed_rejects(collection.max_rejects, read);
    if rejects.len() as u64 > allowed {
        let collection = collection.name.clone();
        return Err(RecordsError::TooManyRejects { collection, rows: read, allowed, rejects });
    }
    Ok(Import { records, rejects, unused_columns: rows.unused_columns })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of 0 to 1 of a row count is between 0 and that count"
)]
fn allowed_rejects(share: f64, rows: u64) -> u64 {
    (share * rows as f64).floor() as u64
}

/// Records and rejects of a collection, one at a time, in memory bounded by one row and the ids.
pub struct Rows<'a> {
    root: &'a Path,
    collection: &'a Collection,
    waiting: std::vec::IntoIter<PathBuf>,
    open: Option<Open>,
    ids: HashSet<String>,
    /// Columns met so far that no field is declared for.
    pub unused_columns: Vec<(PathBuf, String)>,
}

/// A source being read.
struct Open {
    file: PathBuf,
    reader: Reader,
}

enum Reader {
    Delimited { rows: RowReader<Box<dyn BufRead>>, columns: Vec<Option<usize>>, dialect: Dialect },
    JsonLines(LineReader<Box<dyn BufRead>>),
}

/// A row's fault before it has a place.
struct Fault {
    field: String,
    message: String,
}

impl Fault {
    fn row(message: impl Into<String>) -> Self {
        Self { field: String::new(), message: message.into() }
    }

    fn field(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Result<Record, Reject>, RecordsError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => match self.open_next()? {
                    Ok(open) => open,
                    Err(error) => return Some(Err(error)),
                },
            };
            match self.read(&mut open) {
                Ok(Some(row)) => {
                    self.open = Some(open);
                    return Some(Ok(row));
                }
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<'a> Rows<'a> {
    /// Starts at the first source; nothing is opened yet.
    pub fn new(root: &'a Path, collection: &'a Collection) -> Self {
        let waiting = collection.source.clone().into_iter();
        Self { root, collection, waiting, open: None, ids: HashSet::new(), unused_columns: vec![] }
    }

    fn open_next(&mut self) -> Option<Result<Open, RecordsError>> {
        let file = self.waiting.next()?;
        Some(source::open(&self.root.join(&file)).and_then(|input| self.start(input, file)))
    }

    fn start(&mut self, input: Box<dyn BufRead>, file: PathBuf) -> Result<Open, RecordsError> {
        let dialect = match self.collection.importer {
            Importer::JsonLines => {
                return Ok(Open { file, reader: Reader::JsonLines(LineReader::new(input)) });
            }
            Importer::Csv => Dialect::Csv,
            Importer::Tsv => Dialect::Tsv,
        };
        let mut rows = RowReader::new(input, dialect);
        let head = rows.next_row().map_err(|error| place(error, self.root, &file))?;
        let columns = self.columns(&head.unwrap_or_default(), &file)?;
        Ok(Open { file, reader: Reader::Delimited { rows, columns, dialect } })
    }

    /// For each column the index of its field.
    fn columns(&mut self, head: &Row, file: &Path) -> Result<Vec<Option<usize>>, RecordsError> {
        let fail = |message: String| RecordsError::Header { file: file.to_path_buf(), message };
        let mut columns: Vec<Option<usize>> = Vec::with_capacity(head.cells.len());
        for cell in &head.cells {
            let text = std::str::from_utf8(cell);
            let name = text
                .map_err(|_| fail("column names are not UTF-8; save the file as UTF-8".into()))?
                .trim();
            let field = self.field_of(name);
            if field.is_some() && columns.contains(&field) {
                return Err(fail(format!("column `{}` is there twice; remove one", clip(name))));
            }
            if field.is_none() {
                self.unused_columns.push((file.to_path_buf(), name.to_owned()));
            }
            columns.push(field);
        }
        let fields = self.collection.fields.iter().enumerate();
        let missing: Vec<&str> = fields
            .filter(|(at, _)| !columns.contains(&Some(*at)))
            .map(|(_, field)| field.name.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(columns);
        }
        let missing = missing.join(", ");
        Err(fail(format!(
            "no column for {missing}; add it, or remove the field from woodblock.toml"
        )))
    }

    fn field_of(&self, column: &str) -> Option<usize> {
        let name = self.collection.map.get(column).map_or(column, String::as_str);
        self.collection.fields.iter().position(|field| field.name == name)
    }

    fn read(&mut self, open: &mut Open) -> Result<Option<Result<Record, Reject>>, RecordsError> {
        let read = match &mut open.reader {
            Reader::Delimited { rows, columns, dialect } => {
                let row = rows.next_row().map_err(|error| place(error, self.root, &open.file))?;
                row.map(|row| {
                    let cells = self.delimited_cells(&row, columns, *dialect);
                    (row.line, raw_text(&row, *dialect), cells)
                })
            }
            Reader::JsonLines(lines) => {
                let path = || self.root.join(&open.file);
                let line = lines.next_line();
                let line = line.map_err(|source| RecordsError::Io { path: path(), source })?;
                line.map(|line| (line.number, line.raw.clone(), self.json_cells(line)))
            }
        };
        Ok(read.map(|(line, raw, cells)| self.finish(&open.file, line, raw, cells)))
    }

    fn finish(
        &mut self,
        file: &Path,
        line: u64,
        raw: String,
        cells: Result<Vec<Option<String>>, Fault>,
    ) -> Result<Record, Reject> {
        let file = file.to_path_buf();
        let record = cells.and_then(|cells| self.record(&cells));
        match record {
            Ok((id, values)) => Ok(Record { id, file, line, values }),
            Err(Fault { field, message }) => Err(Reject { file, line, field, message, raw }),
        }
    }

    /// The row's cells in the order of the fields.
    fn delimited_cells(
        &self,
        row: &Row,
        columns: &[Option<usize>],
        dialect: Dialect,
    ) -> Result<Vec<Option<String>>, Fault> {
        if let Some(fault) = &row.fault {
            return Err(Fault::row(fault.clone()));
        }
        if row.cells.len() != columns.len() {
            let (expected, found) = (columns.len(), row.cells.len());
            return Err(Fault::row(format!(
                "expected {expected} fields, found {found}; look for a missing or extra separator or quote"
            )));
        }
        let mut cells = vec![None; self.collection.fields.len()];
        for (cell, field) in row.cells.iter().zip(columns) {
            let Some(at) = *field else { continue };
            let name = &self.collection.fields[at].name;
            let text = std::str::from_utf8(cell).map_err(|error| {
                let byte = error.valid_up_to() + 1;
                Fault::field(name, format!("not UTF-8 from byte {byte} on; save the file as UTF-8"))
            })?;
            let text = text.trim();
            let text = if dialect == Dialect::Csv { without_guard(text) } else { text };
            cells[at] = (!text.is_empty()).then(|| text.to_owned());
        }
        Ok(cells)
    }

    fn json_cells(&self, line: Line) -> Result<Vec<Option<String>>, Fault> {
        let object = line.object.map_err(Fault::row)?;
        let mut cells = vec![None; self.collection.fields.len()];
        for (key, value) in &object {
            let Some(at) = self.field_of(key) else { continue };
            let field = &self.collection.fields[at];
            let text = cell_text(value, list_mark(&field.separator), &field.separator)
                .map_err(|message| Fault::field(&field.name, message))?;
            cells[at] = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        }
        Ok(cells)
    }

    fn record(
        &mut self,
        cells: &[Option<String>],
    ) -> Result<(String, BTreeMap<String, Value>), Fault> {
        let values = self.values(cells)?;
        let id = self.id(&values)?;
        let titles = &self.collection.title;
        if !titles.is_empty() && !titles.iter().any(|name| values.contains_key(name)) {
            let names = titles.join(", ");
            return Err(Fault::row(format!("no title: {names} are empty; fill one in")));
        }
        Ok((id, values))
    }

    fn values(&self, cells: &[Option<String>]) -> Result<BTreeMap<String, Value>, Fault> {
        let mut values = BTreeMap::new();
        for (field, cell) in self.collection.fields.iter().zip(cells) {
            let fault = |message: String| Fault::field(&field.name, message);
            match cell.as_ref().map(|text| Value::parse(field, text)).transpose().map_err(fault)? {
                // Separators alone make no list.
                Some(value) if value != Value::List(Vec::new()) => {
                    values.insert(field.name.clone(), value);
                }
                _ if field.required => {
                    return Err(Fault::field(&field.name, "empty, but required; fill it in"));
                }
                _ => {}
            }
        }
        Ok(values)
    }

    fn id(&mut self, values: &BTreeMap<String, Value>) -> Result<String, Fault> {
        let name = &self.collection.id;
        let id = values.get(name).map(|value| value.to_text("")).unwrap_or_default();
        check_id(&id).map_err(|message| Fault::field(name, message))?;
        if !self.ids.insert(id.clone()) {
            let message = format!("id `{id}` is there already; ids must be unique");
            return Err(Fault::field(name, message));
        }
        Ok(id)
    }
}

/// Ids become folder names and addresses, so they are held to what every file system can hold.
fn check_id(id: &str) -> Result<(), String> {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if id.is_empty() {
        return Err("empty, but it is the id; fill it in".to_owned());
    }
    if id.len() > MAX_ID_BYTES || !id.chars().all(safe) || id.starts_with('.') || id.ends_with('.')
    {
        return Err(format!(
            "`{}` cannot be an id: use letters a-z, digits, `-`, `_` and `.` inside, at most {MAX_ID_BYTES}",
            clip(id)
        ));
    }
    Ok(())
}

fn raw_text(row: &Row, dialect: Dialect) -> String {
    let join: &[u8] = if dialect == Dialect::Csv { b"," } else { b"\t" };
    let start = row.cells.iter().take(64).map(|cell| &cell[..cell.len().min(400)]);
    let start: Vec<&[u8]> = start.collect();
    String::from_utf8_lossy(&start.join(join)).chars().take(Reject::RAW_LEN_CHARS).collect()
}

fn place(error: RowError, root: &Path, file: &Path) -> RecordsError {
    match error {
        RowError::Io(source) => RecordsError::Io { path: root.join(file), source },
        RowError::UnclosedQuote(line) => {
            RecordsError::UnclosedQuote { file: file.to_path_buf(), line }
        }
    }
}
