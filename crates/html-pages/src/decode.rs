//! Bytes of a file to text.

use std::io::Read as _;

use encoding_rs::Encoding;

/// How far into a page its encoding is looked for.
const PRESCAN_LEN: usize = 1_024;
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// A page's text, and where it stopped to be what it should be.
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// Offset of the first byte that is no UTF-8 although nothing else is stated.
    pub(crate) bad_at: Option<usize>,
}

/// Decodes a page: UTF-8, or what its byte order mark or its `charset` says.
pub(crate) fn decode(bytes: Vec<u8>) -> Decoded {
    if let Some((encoding, skip)) = Encoding::for_bom(&bytes) {
        return whole(&encoding.decode_without_bom_handling(&bytes[skip..]).0);
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Decoded { text, bad_at: None },
        Err(error) => error,
    };
    let bad_at = bytes.utf8_error().valid_up_to();
    let bytes = bytes.into_bytes();
    if let Some(encoding) = stated(&bytes).filter(|encoding| *encoding != encoding_rs::UTF_8) {
        whole(&encoding.decode_without_bom_handling(&bytes).0)
    } else {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Decoded { text, bad_at: Some(bad_at) }
    }
}

fn whole(text: &str) -> Decoded {
    Decoded { text: text.to_owned(), bad_at: None }
}

/// The encoding that a `meta` element near the beginning names.
fn stated(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes[..bytes.len().min(PRESCAN_LEN)].to_ascii_lowercase();
    let at = head.windows(8).position(|window| window == b"charset=")?;
    let label: Vec<u8> = head[at + 8..]
        .iter()
        .copied()
        .skip_while(|byte| matches!(byte, b'"' | b'\'' | b' '))
        .take_while(|byte| !matches!(byte, b'"' | b'\'' | b' ' | b'>' | b';' | b'/'))
        .collect();
    Encoding::for_label(&label)
}

/// Undoes the gzip of a page that is stored compressed.
///
/// # Errors
/// The reason; `Ok(None)` where it is longer than `limit`.
pub(crate) fn unzip(bytes: Vec<u8>, limit: u64) -> std::io::Result<Option<Vec<u8>>> {
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(Some(bytes));
    }
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(limit + 1).read_to_end(&mut plain)?;
    Ok((plain.len() as u64 <= limit).then_some(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_from_mark_and_meta() {
        assert_eq!(decode("费".into()).text, "费");
        assert_eq!(decode(b"\xef\xbb\xbfa".to_vec()).text, "a");
        assert_eq!(decode(b"\xff\xfea\0".to_vec()).text, "a");
        let gbk = decode(b"<meta charset=\"GBK\">\xb7\xd1".to_vec());
        assert_eq!((gbk.text.as_str(), gbk.bad_at), ("<meta charset=\"GBK\">费", None));
        let bad = decode(b"<meta charset=utf-8>a\xffb".to_vec());
        assert_eq!((bad.text.ends_with("a\u{fffd}b"), bad.bad_at), (true, Some(21)));
    }

    #[test]
    fn a_gzip_bomb_is_refused() {
        use std::io::Write as _;
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zip.write_all(&[b'a'; 5_000]).unwrap();
        let bytes = zip.finish().unwrap();
        assert_eq!(unzip(bytes.clone(), 5_000).unwrap().unwrap().len(), 5_000);
        assert!(unzip(bytes, 4_999).unwrap().is_none());
    }
}
