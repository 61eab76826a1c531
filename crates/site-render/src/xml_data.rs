//! XML as `load_data` hands it to templates.
//!
//! As in Zola: an element with text alone is that text, as a number or a boolean where it is one; else
//! it is an object with `@name` for attributes, `#text` beside them, and its children by name, a list
//! where a name comes again. Prefixes of names are left out; the text of an element that has some
//! before its first child hides the children.

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Number, Value as Json};

/// Deepest nesting of elements.
const MAX_DEPTH: usize = 128;

/// The root element under its name.
///
/// # Errors
/// What is wrong, with the line; document type declarations are refused.
pub(crate) fn parse(text: &str) -> Result<Json, String> {
    let mut reader = Reader::from_str(text);
    let mut document = Document::default();
    loop {
        let event = reader.read_event().map_err(|error| error.to_string());
        let is_done = event.and_then(|event| document.take(event)).map_err(|problem| {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let read = text.get(..at).unwrap_or(text);
            format!("line {}: {problem}", read.matches('\n').count() + 1)
        })?;
        if is_done {
            let root = document.root.ok_or("it has no root element")?;
            return Ok(Json::Object(root));
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct Document {
    /// Elements whose end is not reached.
    open: Vec<Element>,
    root: Option<Map<String, Json>>,
}

struct Element {
    name: String,
    fields: Map<String, Json>,
    /// Text before the first child.
    text: String,
    /// Whether what comes next still belongs to that text.
    takes_text: bool,
}

impl Document {
    /// Takes what the reader found; says whether that was the end.
    fn take(&mut self, event: Event<'_>) -> Result<bool, String> {
        match event {
            Event::Start(start) => self.start(&start)?,
            Event::Empty(start) => {
                self.start(&start)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => self.text(&meant(&reference)?)?,
            Event::DocType(_) => return Err("document type declarations are not read".to_owned()),
            Event::Comment(_) | Event::PI(_) => self.end_text(),
            Event::Decl(_) => {}
            Event::Eof => {
                return match self.open.last() {
                    Some(element) => Err(format!("`<{}>` is not closed", element.name)),
                    None => Ok(true),
                };
            }
        }
        Ok(false)
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("elements are nested deeper than {MAX_DEPTH}"));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err("there is a second root element".to_owned());
        }
        self.end_text();
        let mut fields = Map::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            if attribute.key.as_namespace_binding().is_none() {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                let value = value.map_err(|error| error.to_string())?;
                let name = attribute.key.local_name();
                fields.insert(format!("@{}", name.as_ref()), scalar(&value));
            }
        }
        let name = start.local_name().as_ref().to_owned();
        self.open.push(Element { name, fields, text: String::new(), takes_text: true });
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(element) if element.takes_text => element.text.push_str(text),
            None if !text.trim().is_empty() => {
                return Err("there is text outside of the root element".to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    fn end_text(&mut self) {
        if let Some(element) = self.open.last_mut() {
            element.takes_text = false;
        }
    }

    /// The reader has seen to it that an element is open.
    fn end(&mut self) {
        let Some(element) = self.open.pop() else { return };
        let name = element.name.clone();
        let value = element.into_value();
        match self.open.last_mut() {
            Some(parent) => add(&mut parent.fields, &name, value),
            None => self.root = Some([(name, value)].into_iter().collect()),
        }
    }
}

impl Element {
    fn into_value(mut self) -> Json {
        let text = self.text.trim();
        if text.is_empty() {
            return Json::Object(self.fields);
        }
        self.fields.retain(|name, _| name.starts_with('@'));
        if self.fields.is_empty() {
            return scalar(text);
        }
        self.fields.insert("#text".to_owned(), scalar(text));
        Json::Object(self.fields)
    }
}

/// What a reference to a character or to one of the five entities stands for.
fn meant(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let text = resolve_xml_entity(reference);
    text.map(str::to_owned).ok_or_else(|| format!("unknown entity `&{};`", &**reference))
}

/// Adds a child; a name that comes again makes a list.
fn add(fields: &mut Map<String, Json>, name: &str, value: Json) {
    match fields.get_mut(name) {
        None => {
            fields.insert(name.to_owned(), value);
        }
        Some(Json::Array(list)) => list.push(value),
        Some(first) => *first = Json::Array(vec![first.take(), value]),
    }
}

/// A number or a boolean where the text is one.
fn scalar(text: &str) -> Json {
    let text = text.trim();
    if let Ok(number) = text.parse::<u64>() {
        return Json::from(number);
    }
    if let Some(number) = text.parse().ok().and_then(Number::from_f64) {
        return Json::Number(number);
    }
    match text {
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        other => Json::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse(text).map_or_else(|problem| problem, |json| json.to_string())
    }

    #[test]
    fn elements_become_values_as_in_zola() {
        let table = [
            ("<a>1</a>", r#"{"a":1}"#),
            ("<a/>", r#"{"a":{}}"#),
            ("<a x=' 5 ' y=''>t</a>", r##"{"a":{"@x":5,"@y":"","#text":"t"}}"##),
            (
                "<a><b>007</b><b id='2'>two</b><b/></a>",
                r##"{"a":{"b":[7,{"@id":2,"#text":"two"},{}]}}"##,
            ),
            ("<a>hello <b>bold</b> world</a>", r#"{"a":"hello"}"#),
            ("<a><b>bold</b> world</a>", r#"{"a":{"b":"bold"}}"#),
            ("<x:a xmlns:x='u' x:k='v'><x:b/></x:a>", r#"{"a":{"@k":"v","b":{}}}"#),
            ("<a>a<![CDATA[ <b> ]]>&amp;&#65;</a>", r#"{"a":"a <b> &A"}"#),
            (
                "<a><n>-3</n><n>1.50</n><n>inf</n><n>1e400</n><n>1E5</n><n>+5</n></a>",
                r#"{"a":{"n":[-3.0,1.5,"inf","1e400",100000.0,5]}}"#,
            ),
            ("<a><!-- c -->x</a>", r#"{"a":{}}"#),
            ("<a><t>true</t><t>TRUE</t></a>", r#"{"a":{"t":[true,"TRUE"]}}"#),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn broken_and_hostile_documents_are_refused() {
        let table = [
            ("<a>\n<b></a>", "line 2: "),
            ("<a>\n<b>", "line 2: `<b>` is not closed"),
            ("", "no root element"),
            ("<a/><b/>", "a second root element"),
            ("x<a/>", "text outside of the root"),
            ("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "document type"),
            ("<a>&nbsp;</a>", "unknown entity `&nbsp;`"),
            ("<a x='1' x='2'/>", "duplicate"),
            ("<a x='&nbsp;'/>", "nbsp"),
        ];
        for (text, expected) in table {
            assert!(shown(text).contains(expected), "{text}: {}", shown(text));
        }
        let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
        assert_eq!(shown(&deep), "line 1: elements are nested deeper than 128");
    }
}
