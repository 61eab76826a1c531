//! The file name of a processed image: the same as Zola's, so that addresses which others know, and
//! pages compared with Zola's, stay as they are.
//!
//! ```bnf
//! name   ::= stem "." hash "." ending         ; stem of the original's file name
//! hash   ::= 16 lower-case hexadecimal digits ; SipHash-1-3 with key 0 of:
//! hashed ::= path op:u64 argument:u32* ending quality:i16 speed:i16   ; little-endian, no lengths
//! ```

use std::hash::Hasher as _;
use std::path::Path;

use siphasher::sip::SipHasher13;

use super::format::Format;
use super::operation::Operation;

/// - `asked`: the original's path as the call names it, `content/…` for `@/…`, no leading slash.
/// - `file`: the file found.
pub(super) fn processed_name(file: &Path, asked: &str, op: Operation, format: Format) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(asked.as_bytes());
    let (number, arguments) = op.numbers();
    hasher.write(&number.to_le_bytes());
    for argument in arguments {
        hasher.write(&argument.to_le_bytes());
    }
    hasher.write(format.ending().as_bytes());
    let (quality, speed) = format.settings();
    hasher.write(&quality.to_le_bytes());
    hasher.write(&speed.to_le_bytes());
    let stem = file.file_stem().map_or_else(|| "image".into(), |stem| stem.to_string_lossy());
    format!("{stem}.{:016x}.{}", hasher.finish(), format.ending())
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash};

    use super::*;
    use crate::images::operation::Size;

    /// The order and widths of an enumeration's derived hash.
    #[derive(Hash)]
    #[expect(dead_code, reason = "only their places count")]
    enum Derived {
        Scale(u32, u32),
        FitWidth(u32),
        FitHeight(u32),
        Fit(u32, u32),
        Fill(u32, u32),
    }

    #[test]
    fn the_hash_is_that_of_derived_fields() {
        let mut hasher = DefaultHasher::new();
        hasher.write(b"content/a/photo.jpg");
        Derived::Fill(200, 100).hash(&mut hasher);
        hasher.write(b"webp");
        hasher.write_i16(80);
        hasher.write_i16(-1);
        let expected = format!("photo.{:016x}.webp", hasher.finish());
        let op = Operation::Fill(Size { width: 200, height: 100 });
        let format = Format::Webp { quality: Some(80) };
        let file = Path::new("x/photo.jpg");
        assert_eq!(processed_name(file, "content/a/photo.jpg", op, format), expected);
    }
}
