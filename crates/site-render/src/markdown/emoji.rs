//! Emoji by their names between colons: `:smile:`.

/// The text with names replaced; nothing when it holds none.
pub(crate) fn replace(text: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let mut kept = 0;
    let mut at = 0;
    while let Some(start) = text[at..].find(':').map(|found| at + found) {
        let Some(len) = text[start + 1..].find(':') else { break };
        let name = &text[start + 1..start + 1 + len];
        at = start + 1 + len;
        if let Some(emoji) = is_name(name).then(|| emojis::get_by_shortcode(name)).flatten() {
            let out = out.get_or_insert_default();
            out.push_str(&text[kept..start]);
            out.push_str(emoji.as_str());
            at += 1;
            kept = at;
        }
    }
    let mut out = out?;
    out.push_str(&text[kept..]);
    Some(out)
}

fn is_name(name: &str) -> bool {
    let is_fit =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-+".contains(&byte);
    !name.is_empty() && name.len() < 64 && name.bytes().all(is_fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_emoji_and_all_else_stays() {
        let table = [
            ("a :smile: b", Some("a 😄 b")),
            (":+1::smile:", Some("👍😄")),
            ("12:30:45 :smile:", Some("12:30:45 😄")),
            (":no-such-name: :a b:", None),
            ("::", None),
            ("甲:smile:乙:", Some("甲😄乙:")),
            (":", None),
        ];
        for (text, expected) in table {
            assert_eq!(replace(text).as_deref(), expected, "{text}");
        }
    }
}
