//! Results as JSON, written by hand so that the command line and the browser hand out the very
//! same bytes without a serializer in the WASM.

use alloc::string::String;

use crate::results::{Marked, Results};

impl Results {
    /// The answer as one JSON object.
    ///
    /// ```json
    /// {"total":1,"full":1,"exact":true,"read_as":"口罩","did_you_mean":null,"notices":[],
    ///  "groups":[{"name":"record","count":1}],
    ///  "facets":[{"name":"ipc","exact":true,"values":[{"value":"A62B","count":12}]}],
    ///  "hits":[{"id":"","url":"","title":"","title_highlights":[[0,2]],"score":1.234,"kind":"","collection":"",
    ///           "lang":"","date":"","full":true,"snippet":{"text":"","highlights":[]},"card":[["name","value"]]}],
    ///  "cost":{"bytes":0,"blocks":0,"hops":0}}
    /// ```
    ///
    /// `"listed":[[12,1.234,7]]` (document, score, place in the order) stands before `cost` where it was
    /// asked for, and so does `"statistics":{"documents":9,"holding":[["mask",3]]}`.
    pub fn to_json(&self) -> String {
        self.to_json_timed(None)
    }

    /// As [`to_json`](Self::to_json), with `"micros"` in `cost`: the engine has no clock, a native
    /// host measures.
    pub fn to_json_timed(&self, micros: Option<u64>) -> String {
        let mut out = Json::default();
        out.raw("{\"total\":").number(self.total.into());
        out.raw(",\"full\":").number(self.full.into());
        out.raw(",\"exact\":").flag(self.exact);
        out.raw(",\"read_as\":").text(&self.read_as);
        out.raw(",\"did_you_mean\":");
        match &self.did_you_mean {
            Some(text) => out.text(text),
            None => out.raw("null"),
        };
        out.raw(",\"notices\":[");
        out.list(&self.notices, |out, notice| {
            out.raw("{\"code\":").text(notice.code.name());
            out.raw(",\"detail\":").text(&notice.detail).raw("}");
        });
        out.raw("],\"groups\":[");
        out.list(&self.groups, |out, group| {
            out.raw("{\"name\":").text(&group.name);
            out.raw(",\"count\":").number(group.count.into()).raw("}");
        });
        out.raw("],\"facets\":[");
        out.list(&self.facets, |out, facet| {
            out.raw("{\"name\":").text(&facet.name);
            out.raw(",\"exact\":").flag(facet.exact).raw(",\"values\":[");
            out.list(&facet.values, |out, (value, count)| {
                out.raw("{\"value\":").text(value);
                out.raw(",\"count\":").number((*count).into()).raw("}");
            });
            out.raw("]}");
        });
        out.raw("],\"hits\":[");
        out.list(&self.hits, |out, hit| {
            out.raw("{\"id\":").text(&hit.id);
            out.raw(",\"url\":").text(&hit.url);
            out.raw(",\"title\":").text(&hit.title.text);
            out.raw(",\"title_highlights\":").ranges(&hit.title);
            out.raw(",\"score\":").thousandths(hit.score);
            out.raw(",\"kind\":").text(&hit.kind);
            out.raw(",\"collection\":").text(&hit.collection);
            out.raw(",\"lang\":").text(&hit.lang);
            out.raw(",\"date\":").text(&hit.date);
            out.raw(",\"full\":").flag(hit.full);
            out.raw(",\"snippet\":{\"text\":").text(&hit.snippet.text);
            out.raw(",\"highlights\":").ranges(&hit.snippet);
            out.raw("},\"card\":[");
            out.list(&hit.card, |out, (name, value)| {
                out.raw("[").text(name).raw(",").text(value).raw("]");
            });
            out.raw("]}");
        });
        out.raw("]");
        if !self.listed.is_empty() {
            out.raw(",\"listed\":[");
            out.list(&self.listed, |out, it| {
                out.raw("[").number(it.doc.into()).raw(",").thousandths(it.score);
                out.raw(",").number(it.key).raw("]");
            });
            out.raw("]");
        }
        if let Some(statistics) = &self.statistics {
            out.raw(",\"statistics\":{\"documents\":").number(statistics.documents.into());
            out.raw(",\"holding\":[");
            out.list(&statistics.holding, |out, (word, holding)| {
                out.raw("[").text(word).raw(",").number((*holding).into()).raw("]");
            });
            out.raw("]}");
        }
        out.raw(",\"cost\":{\"bytes\":").number(self.cost.bytes);
        out.raw(",\"blocks\":").number(self.cost.blocks.into());
        out.raw(",\"hops\":").number(self.cost.hops.into());
        if let Some(micros) = micros {
            out.raw(",\"micros\":").number(micros);
        }
        out.raw("}}");
        out.0
    }
}

/// Appends a number in decimal digits: the standard library's formatting takes 3 KB of WASM.
#[inline(never)]
pub fn put_number(out: &mut String, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    digits[at..].iter().for_each(|&digit| out.push(char::from(digit)));
}

/// A growing JSON text.
#[derive(Default)]
struct Json(String);

impl Json {
    #[inline(never)]
    fn raw(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    fn flag(&mut self, flag: bool) -> &mut Self {
        self.raw(if flag { "true" } else { "false" })
    }

    fn number(&mut self, number: u64) -> &mut Self {
        put_number(&mut self.0, number);
        self
    }

    /// Three decimals by integers alone: printing floats would double the size of this module.
    fn thousandths(&mut self, value: f32) -> &mut Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let whole = (value.clamp(0.0, 1.0e9) * 1_000.0) as u64;
        self.number(whole / 1_000).raw(".");
        for divisor in [100, 10, 1] {
            self.number(whole / divisor % 10);
        }
        self
    }

    #[inline(never)]
    fn text(&mut self, text: &str) -> &mut Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                c if u32::from(c) < 0x20 => {
                    self.0.push_str("\\u00");
                    self.0.push(char::from(HEX[usize::from(c as u8 >> 4)]));
                    self.0.push(char::from(HEX[usize::from(c as u8 & 15)]));
                }
                c => self.0.push(c),
            }
        }
        self.0.push('"');
        self
    }

    fn ranges(&mut self, marked: &Marked) -> &mut Self {
        self.raw("[");
        self.list(&marked.highlights, |out, &(start, end)| {
            out.raw("[").number(start.into()).raw(",").number(end.into()).raw("]");
        });
        self.raw("]")
    }

    fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.raw(",");
            }
            each(self, item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Cost, Hit};

    #[test]
    fn scores_and_control_characters_are_plain_json() {
        let hit = Hit {
            id: "a\"b\\\u{1}\n".into(),
            url: String::new(),
            title: Marked { text: "外科口罩".into(), highlights: vec![(2, 4)] },
            score: 12.045_9,
            kind: "record".into(),
            collection: String::new(),
            lang: "zh".into(),
            date: String::new(),
            full: true,
            snippet: Marked::default(),
            card: vec![("pa".into(), "x".into())],
        };
        let cost = Cost { bytes: u64::MAX, blocks: 0, hops: 3 };
        let json = Results { hits: vec![hit], cost, ..Results::default() }.to_json_timed(Some(7));
        assert!(json.contains(r#""id":"a\"b\\\u0001\n""#), "{json}");
        assert!(json.contains(r#""score":12.045"#), "{json}");
        assert!(json.contains(r#""title_highlights":[[2,4]]"#), "{json}");
        assert!(
            json.ends_with(
                r#""cost":{"bytes":18446744073709551615,"blocks":0,"hops":3,"micros":7}}"#
            )
        );
    }

    #[test]
    fn pieces_never_cut_a_surrogate_pair() {
        let marked = Marked { text: "a😷b".into(), highlights: vec![(2, 3), (3, 4)] };
        assert_eq!(marked.pieces(), [("a😷", false), ("b", true)]);
    }
}
