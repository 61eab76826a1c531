//! The front matter that each kind of page needs, with words that say what goes where.
//!
//! A new page is a draft and is marked to be verified: nothing unfinished or unchecked gets out by
//! being forgotten.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::args::PageKind;

/// What a page is started from.
pub(crate) struct Blank<'a> {
    /// Kind of page.
    pub(crate) kind: PageKind,
    /// Its language.
    pub(crate) lang: &'a str,
    /// Its title, if one was given.
    pub(crate) title: Option<&'a str>,
    /// Date of the page and of its fact check.
    pub(crate) date: Date,
}

/// The file's text.
pub(crate) fn text(blank: &Blank<'_>) -> String {
    let words = if blank.lang.starts_with("zh") { &CHINESE } else { &ENGLISH };
    let title = quoted(blank.title.unwrap_or(words.title));
    let date = blank.date;
    let next = date.checked_add(6.months()).unwrap_or(date);
    let facts = format!(
        "source = {{ title = {}, url = \"https://\" }}\nchecked = {date}\nnext_check = {next}\nverify = true",
        quoted(words.source)
    );
    let answer = quoted(words.answer);
    let head = |more: &str| format!("+++\ntitle = {title}\n{more}draft = true\n\n[extra]\n");
    match blank.kind {
        PageKind::Page => format!("{}{facts}\n+++\n\n{}\n", head(""), words.body),
        PageKind::News => {
            format!("{}{facts}\n+++\n\n{}\n", head(&format!("date = {date}\n")), words.body)
        }
        PageKind::Faq => format!(
            "{}kind = \"faq\"\nanswer = {answer}\nright = \"patent\"\nstep = \"apply\"\n{facts}\n+++\n\n{}\n",
            head(""),
            words.body
        ),
        PageKind::Guide => format!(
            "{}kind = \"guide\"\nright = \"patent\"\nfunction = \"apply\"\nanswer = {answer}\n\
             time = \"\"\ncost = \"\"\nlaw = \"\"\nconditions = []\nmaterials = []\n\
             official = {{ title = \"\", url = \"https://\" }}\n{facts}\nrelated = []\n\n\
             [[extra.steps]]\ntitle = {}\ntext = {}\nfacts = []\n+++\n\n{}\n",
            head(""),
            quoted(words.step),
            quoted(words.step_text),
            words.body
        ),
    }
}

struct Words {
    title: &'static str,
    answer: &'static str,
    source: &'static str,
    step: &'static str,
    step_text: &'static str,
    body: &'static str,
}

const CHINESE: Words = Words {
    title: "标题",
    answer: "用一句话回答。",
    source: "来源名称",
    step: "第一步",
    step_text: "做什么、在哪里做、要多久。",
    body: "正文。",
};

const ENGLISH: Words = Words {
    title: "Title",
    answer: "Answer in one sentence.",
    source: "Name of the source",
    step: "First step",
    step_text: "What to do, where, and how long it takes.",
    body: "Text.",
};

/// A TOML basic string; JSON's escapes are a subset of TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_break_out_of_its_quotes() {
        let blank = Blank {
            kind: PageKind::News,
            lang: "en",
            title: Some("a \"b\"\n[extra]"),
            date: jiff::civil::date(2026, 8, 31),
        };
        let text = text(&blank);
        assert!(text.contains(r#"title = "a \"b\"\n[extra]""#), "{text}");
        assert!(text.contains("next_check = 2027-02-28"), "{text}");
    }
}
