//! Stores: what is shown of a document. Cards (for result lists) and texts (for snippets) are
//! apart, because a list of suggestions needs no text.
//!
//! ```bnf
//! cards ::= "C" n:varint id:str{n} url:str{n} title:str{n} date:varint{n} row{n} text:str{n or 0}
//! row   ::= n:varint (name:varint value:str)*      ; names are numbered in the root
//! texts ::= "T" n:varint text:str{n}
//! ```
//! Short texts stand with the cards, where one block serves both; then the index has no blocks of
//! texts. Like strings stand together, so that they compress against each other. Dates are as in
//! [`columns`](super::columns).

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::FormatError;
use super::wire::{self, Reader};

/// Tag of a block of cards.
pub const CARDS: u8 = b'C';
/// Tag of a block of texts.
pub const TEXTS: u8 = b'T';

/// After this character a text goes on with notes for whoever shows it: they are no passage.
pub const NOTES: char = '\u{1e}';

/// A text, and its notes with the character before them.
pub fn split_notes(text: &str) -> (&str, &str) {
    text.split_at(text.find(NOTES).unwrap_or(text.len()))
}

/// What a result list shows of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Stable id.
    pub id: String,
    /// Address.
    pub url: String,
    /// Title.
    pub title: String,
    /// Date, packed as in [`columns`](super::columns); 0: none.
    pub date: u32,
    /// Field names (as numbers) and values.
    pub fields: Vec<(u32, String)>,
    /// The text, where it stands with the card.
    pub text: String,
}

/// Writes a block of cards.
pub fn write_cards(cards: &[Card]) -> Vec<u8> {
    let mut out = vec![CARDS];
    wire::put_len(&mut out, cards.len());
    for card in cards {
        wire::put_str(&mut out, &card.id);
    }
    for card in cards {
        wire::put_str(&mut out, &card.url);
    }
    for card in cards {
        wire::put_str(&mut out, &card.title);
    }
    for card in cards {
        wire::put_varint(&mut out, card.date);
    }
    for card in cards {
        wire::put_len(&mut out, card.fields.len());
        for (name, value) in &card.fields {
            wire::put_varint(&mut out, *name);
            wire::put_str(&mut out, value);
        }
    }
    if cards.iter().any(|card| !card.text.is_empty()) {
        for card in cards {
            wire::put_str(&mut out, &card.text);
        }
    }
    out
}

/// Reads the `i`th card of a block.
///
/// # Errors
/// When the block is no block of cards, ends early or has no such card.
pub fn read_card(payload: &[u8], i: usize) -> Result<Card, FormatError> {
    let mut reader = Reader::tagged(payload, CARDS, "block of cards")?;
    let count = reader.count("number of cards")?;
    if i >= count {
        return Err(reader.invalid("number of cards"));
    }
    let mut card = Card {
        id: nth(&mut reader, i, count)?.into(),
        url: nth(&mut reader, i, count)?.into(),
        title: nth(&mut reader, i, count)?.into(),
        ..Card::default()
    };
    for at in 0..count {
        let date = reader.varint("date")?;
        if at == i {
            card.date = date;
        }
    }
    for at in 0..count {
        for _ in 0..reader.count("card fields")? {
            let (name, value) = (reader.varint("field name")?, reader.str("field value")?);
            if at == i {
                card.fields.push((name, value.into()));
            }
        }
    }
    if reader.left() > 0 {
        card.text = nth(&mut reader, i, i + 1)?.into();
    }
    Ok(card)
}

/// Writes a block of texts.
pub fn write_texts(texts: &[&str]) -> Vec<u8> {
    let mut out = vec![TEXTS];
    wire::put_len(&mut out, texts.len());
    for text in texts {
        wire::put_str(&mut out, text);
    }
    out
}

/// Reads the `i`th text of a block.
///
/// # Errors
/// When the block is no block of texts, ends early or has no such text.
pub fn read_text(payload: &[u8], i: usize) -> Result<&str, FormatError> {
    let mut reader = Reader::tagged(payload, TEXTS, "block of texts")?;
    let count = reader.count("number of texts")?;
    if i >= count {
        return Err(reader.invalid("number of texts"));
    }
    nth(&mut reader, i, i + 1)
}

/// Reads `count` strings and keeps the `i`th.
fn nth<'a>(reader: &mut Reader<'a>, i: usize, count: usize) -> Result<&'a str, FormatError> {
    let mut kept = "";
    for at in 0..count {
        let text = reader.str("stored string")?;
        if at == i {
            kept = text;
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn cards() -> impl Strategy<Value = Vec<Card>> {
        let fields = vec((any::<u32>(), ".{0,12}"), 0..4);
        let card = (".{0,12}", ".{0,12}", ".{0,40}", any::<u32>(), fields, ".{0,9}");
        let card = card.prop_map(|(id, url, title, date, fields, text)| Card {
            id,
            url,
            title,
            date,
            fields,
            text,
        });
        vec(card, 0..12)
    }

    proptest! {
        #[test]
        fn cards_round_trip(cards in cards()) {
            let payload = write_cards(&cards);
            for (i, card) in cards.iter().enumerate() {
                prop_assert_eq!(&read_card(&payload, i).unwrap(), card);
            }
            prop_assert!(read_card(&payload, cards.len()).is_err());
        }

        #[test]
        fn texts_round_trip(texts in vec(".{0,200}", 0..9)) {
            let payload = write_texts(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            for (i, text) in texts.iter().enumerate() {
                prop_assert_eq!(read_text(&payload, i).unwrap(), text);
            }
            prop_assert!(read_text(&payload, texts.len()).is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in vec(any::<u8>(), 1..120), i in 0_usize..9) {
            for tag in [CARDS, TEXTS] {
                bytes[0] = tag;
                let _ = read_card(&bytes, i);
                let _ = read_text(&bytes, i);
            }
        }
    }
}
