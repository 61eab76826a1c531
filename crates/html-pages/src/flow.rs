//! Text as it is shown: entities decoded, blanks run together, blocks on lines of their own.

/// What stands between the text so far and the next character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    /// A line end inside running text: nothing between two Han characters, else a blank.
    Wrap,
    Blank,
    /// The border of a block.
    Block,
}

/// Text that grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    text: String,
    gap: Gap,
    words: u32,
}

impl Flow {
    /// Appends running text.
    pub(crate) fn push(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let mut len = c.len_utf8();
            match c {
                '\n' | '\r' => self.gap = self.gap.max(Gap::Wrap),
                c if c.is_whitespace() => self.gap = self.gap.max(Gap::Blank),
                c if c.is_control() => {}
                c => {
                    self.push_char(c);
                    let more = rest[len..].bytes().take_while(u8::is_ascii_graphic).count();
                    self.text.push_str(&rest[len..len + more]);
                    len += more;
                }
            }
            rest = &rest[len..];
        }
    }

    fn push_char(&mut self, c: char) {
        let gap = std::mem::take(&mut self.gap);
        let last = self.text.chars().next_back();
        let joined =
            gap == Gap::None || (gap == Gap::Wrap && last.is_some_and(is_han) && is_han(c));
        if last.is_none() || !joined {
            self.words += 1;
        }
        if last.is_some() && !joined {
            self.text.push(if gap == Gap::Block { '\n' } else { ' ' });
        }
        self.text.push(c);
    }

    /// What follows stands on a line of its own.
    pub(crate) fn end_block(&mut self) {
        self.gap = Gap::Block;
    }

    /// Words, as white space parts them.
    pub(crate) fn words(&self) -> u32 {
        self.words
    }

    /// Whether the next character goes on with the last word.
    pub(crate) fn is_inside_word(&self) -> bool {
        self.gap == Gap::None && !self.text.is_empty()
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// The text on one line.
    pub(crate) fn into_line(self) -> String {
        if self.text.contains('\n') { self.text.replace('\n', " ") } else { self.text }
    }
}

/// Blanks run together, on one line.
pub(crate) fn line(text: &str) -> String {
    let mut flow = Flow::default();
    flow.push(text);
    flow.into_line()
}

/// Characters that are set without blanks between words, punctuation included.
fn is_han(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{312f}' | '\u{3190}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_run_together_and_blocks_stand_apart() {
        let mut flow = Flow::default();
        flow.push("  Fees \t and\ndead");
        flow.push("lines ");
        flow.end_block();
        flow.push(" next");
        assert_eq!(flow.words(), 4);
        assert_eq!(flow.into_text(), "Fees and deadlines\nnext");
    }

    #[test]
    fn a_wrapped_line_of_han_is_one_word() {
        assert_eq!(line("专利\n申请 费"), "专利申请 费");
        assert_eq!(line("专利\nfee"), "专利 fee");
    }
}
