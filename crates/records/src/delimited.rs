//! CSV and TSV, one row at a time, in bounded memory, with the line at which each row starts.
//!
//! ```bnf
//! file  ::= row*
//! row   ::= cell (delimiter cell)* ("\r\n" | "\n" | end)
//! cell  ::= plain | '"' (any-but-quote | '""')* '"'      ; quotes in CSV only (RFC 4180)
//! ```
//! The `csv` crate reads a whole row before it can be refused and takes an unclosed quote for the
//! rest of the file; sources here are hostile until checked, so rows are cut by this reader. Its
//! answers are held against the `csv` crate's in a property test.

use std::io::{self, BufRead};

/// The longest row, in bytes of its cells.
pub(crate) const MAX_ROW_BYTES: usize = 1024 * 1024;
/// The most cells in a row.
const MAX_CELLS: usize = 1024;

/// What stands between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Commas; quoted cells may hold commas, quotes and line ends.
    Csv,
    /// Tabs; quotes are plain characters.
    Tsv,
}

impl Dialect {
    fn delimiter(self) -> u8 {
        match self {
            Self::Csv => b',',
            Self::Tsv => b'\t',
        }
    }
}

/// One row as bytes, not yet known to be UTF-8.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// The cells in order.
    pub(crate) cells: Vec<Vec<u8>>,
    /// 1-based line at which the row starts.
    pub(crate) line: u64,
    /// What is wrong with the row as such.
    pub(crate) fault: Option<String>,
}

/// Why no more rows can be read.
#[derive(Debug)]
pub(crate) enum RowError {
    /// The source could not be read.
    Io(io::Error),
    /// A quote opened on this line and never closed.
    UnclosedQuote(u64),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    QuoteInQuoted,
}

/// Cuts a source into rows.
pub(crate) struct RowReader<R> {
    input: R,
    dialect: Dialect,
    line: u64,
}

impl<R: BufRead> RowReader<R> {
    pub(crate) fn new(input: R, dialect: Dialect) -> Self {
        Self { input, dialect, line: 1 }
    }

    /// The next row that is not an empty line; `None` at the end.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row>, RowError> {
        loop {
            let Some(row) = self.read_row()? else { return Ok(None) };
            let empty = row.cells.len() == 1 && row.cells[0].is_empty() && row.fault.is_none();
            if !empty {
                return Ok(Some(row));
            }
        }
    }

    fn read_row(&mut self) -> Result<Option<Row>, RowError> {
        let mut cut = Cut::new(self.line, self.dialect);
        loop {
            let buffer = self.input.fill_buf().map_err(RowError::Io)?;
            if buffer.is_empty() {
                return cut.at_end().map_err(RowError::UnclosedQuote);
            }
            let (used, ended) = cut.feed(buffer, &mut self.line);
            self.input.consume(used);
            if ended {
                return Ok(Some(cut.row));
            }
            if cut.state == State::Quoted && cut.len > 4 * MAX_ROW_BYTES {
                // Far past any row: the quote is not going to close.
                return Err(RowError::UnclosedQuote(cut.quote_line));
            }
        }
    }
}

/// A row being cut.
struct Cut {
    row: Row,
    cell: Vec<u8>,
    state: State,
    dialect: Dialect,
    /// Bytes seen, kept or not.
    len: usize,
    quote_line: u64,
}

impl Cut {
    fn new(line: u64, dialect: Dialect) -> Self {
        let row = Row { line, ..Row::default() };
        let state = State::CellStart;
        Self { row, cell: Vec::new(), state, dialect, len: 0, quote_line: line }
    }

    /// Takes bytes up to the row's end; returns how many, and whether the end was among them.
    fn feed(&mut self, buffer: &[u8], line: &mut u64) -> (usize, bool) {
        for (at, &byte) in buffer.iter().enumerate() {
            if byte == b'\n' {
                *line += 1;
                if self.state != State::Quoted {
                    self.end_row();
                    return (at + 1, true);
                }
            }
            self.step(byte, *line);
        }
        (buffer.len(), false)
    }

    fn step(&mut self, byte: u8, line: u64) {
        self.len += 1;
        let delimiter = self.dialect.delimiter();
        match (self.state, byte) {
            (State::CellStart, b'"') if self.dialect == Dialect::Csv => {
                self.state = State::Quoted;
                self.quote_line = line;
            }
            (State::Quoted, b'"') => self.state = State::QuoteInQuoted,
            (State::QuoteInQuoted, b'"') => {
                self.keep(b'"');
                self.state = State::Quoted;
            }
            (State::Quoted, _) => self.keep(byte),
            (_, byte) if byte == delimiter => self.end_cell(),
            (State::QuoteInQuoted, b'\r') => {}
            (State::QuoteInQuoted, _) => {
                let message = "text after a closing quote; double the quotes inside a quoted field";
                self.fault(message.to_owned());
                self.keep(byte);
            }
            (State::CellStart | State::Plain, _) => {
                self.state = State::Plain;
                self.keep(byte);
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.len > MAX_ROW_BYTES {
            let message =
                format!("row longer than {MAX_ROW_BYTES} bytes; look for a missing quote");
            self.fault(message);
        } else {
            self.cell.push(byte);
        }
    }

    fn fault(&mut self, message: String) {
        self.row.fault.get_or_insert(message);
    }

    fn end_cell(&mut self) {
        self.state = State::CellStart;
        if self.row.cells.len() < MAX_CELLS {
            self.row.cells.push(std::mem::take(&mut self.cell));
        } else {
            self.cell.clear();
            self.fault(format!("more than {MAX_CELLS} fields in a row"));
        }
    }

    fn end_row(&mut self) {
        if self.state == State::Plain && self.cell.last() == Some(&b'\r') {
            self.cell.pop();
        }
        self.end_cell();
    }

    /// The row that the end of the source closes, if any; the line of a quote it leaves open.
    fn at_end(mut self) -> Result<Option<Row>, u64> {
        if self.state == State::Quoted {
            return Err(self.quote_line);
        }
        if self.len == 0 {
            return Ok(None);
        }
        self.end_row();
        Ok(Some(self.row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, dialect: Dialect) -> Vec<Row> {
        // A tiny buffer makes every boundary fall inside something.
        let mut reader = RowReader::new(io::BufReader::with_capacity(2, text.as_bytes()), dialect);
        let mut out = Vec::new();
        while let Some(row) = reader.next_row().expect("closed quotes") {
            out.push(row);
        }
        out
    }

    fn check(text: &str, expect: &[(u64, &[&str])]) {
        let found = rows(text, Dialect::Csv);
        let found: Vec<(u64, Vec<String>)> = found
            .into_iter()
            .map(|row| {
                assert_eq!(row.fault, None, "{text:?}");
                let cells = row.cells.iter().map(|c| String::from_utf8_lossy(c).into_owned());
                (row.line, cells.collect())
            })
            .collect();
        let expect: Vec<(u64, Vec<String>)> = expect
            .iter()
            .map(|(line, cells)| (*line, cells.iter().map(|c| (*c).to_owned()).collect()))
            .collect();
        assert_eq!(found, expect, "{text:?}");
    }

    #[test]
    fn rows_lines_quotes() {
        check("a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check("a,b\r\n1,2", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check("\"x\ny\",2\r\n3,4\n", &[(1, &["x\ny", "2"]), (3, &["3", "4"])]);
        check("\"say \"\"hi\"\"\",\"\"\n", &[(1, &["say \"hi\"", ""])]);
        check("a,\n\n,b\n", &[(1, &["a", ""]), (3, &["", "b"])]);
        check("5\" pipe,x\n", &[(1, &["5\" pipe", "x"])]);
        check("", &[]);
    }

    #[test]
    fn tabs_leave_quotes_alone() {
        let found = rows("a\t\"b\n\"c\td,e\n", Dialect::Tsv);
        assert_eq!(found[0].cells, [b"a".to_vec(), b"\"b".to_vec()]);
        assert_eq!(found[1].cells, [b"\"c".to_vec(), b"d,e".to_vec()]);
    }

    #[test]
    fn text_after_a_quote_is_a_fault_of_its_row_alone() {
        let found = rows("\"a\"b,c\n1,2\n", Dialect::Csv);
        assert!(found[0].fault.as_deref().unwrap().contains("closing quote"));
        assert_eq!(found[1].fault, None);
    }

    #[test]
    fn an_unclosed_quote_names_its_line() {
        let text = b"a,b\n1,2\n3,\"four\n5,6\n";
        let mut reader = RowReader::new(&text[..], Dialect::Csv);
        reader.next_row().unwrap();
        reader.next_row().unwrap();
        assert!(matches!(reader.next_row(), Err(RowError::UnclosedQuote(3))));
    }

    #[test]
    fn an_endless_row_is_cut_and_named() {
        let text = format!("a\n{}\nb\n", "x".repeat(MAX_ROW_BYTES + 100));
        let mut reader = RowReader::new(text.as_bytes(), Dialect::Csv);
        reader.next_row().unwrap();
        let long = reader.next_row().unwrap().unwrap();
        assert!(long.fault.unwrap().contains("longer than"));
        assert_eq!(reader.next_row().unwrap().unwrap().cells, [b"b".to_vec()]);
    }

    #[test]
    fn an_endless_quote_is_refused_before_memory_is() {
        let text = format!("a\n\"{}", "x".repeat(5 * MAX_ROW_BYTES));
        let mut reader = RowReader::new(io::BufReader::new(text.as_bytes()), Dialect::Csv);
        reader.next_row().unwrap();
        assert!(matches!(reader.next_row(), Err(RowError::UnclosedQuote(2))));
    }
}
