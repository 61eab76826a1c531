//! Opening a source: plain or gzip, without the byte order mark.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::RecordsError;

const BUFFER_LEN_BYTES: usize = 64 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Opens a source for streaming; a name that ends in `.gz` is inflated.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, RecordsError> {
    let fail = |source| RecordsError::Io { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.is_dir() {
        return Err(fail(ErrorKind::IsADirectory.into()));
    }
    let plain = BufReader::with_capacity(BUFFER_LEN_BYTES, file);
    let gzip = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    let mut input: Box<dyn BufRead> = if gzip {
        Box::new(BufReader::with_capacity(BUFFER_LEN_BYTES, MultiGzDecoder::new(plain)))
    } else {
        Box::new(plain)
    };
    skip_byte_order_mark(&mut input).map_err(fail)?;
    Ok(input)
}

/// A buffered read may start with fewer than three bytes, so the mark is matched byte by byte.
fn skip_byte_order_mark(input: &mut Box<dyn BufRead>) -> std::io::Result<()> {
    let head = input.fill_buf()?;
    if head.starts_with(BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
        return Ok(());
    }
    if head.is_empty() || head.len() >= BYTE_ORDER_MARK.len() || !BYTE_ORDER_MARK.starts_with(head)
    {
        return Ok(());
    }
    let mut start = Vec::new();
    input.take(3).read_to_end(&mut start)?;
    if start == BYTE_ORDER_MARK {
        start.clear();
    }
    let rest = std::mem::replace(input, Box::new(std::io::empty()));
    *input = Box::new(BufReader::new(std::io::Cursor::new(start).chain(rest)));
    Ok(())
}
