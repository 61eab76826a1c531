//! Random templates render here as Tera itself renders them, or fail in both.
//!
//! `PROPTEST_CASES=100000 cargo test -p site-render --test tera_differential` looks longer.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use site_render::TeraSet;

fn context() -> Json {
    json!({
        "a": 1, "b": -2, "c": 2.5, "d": 3.0, "big": u64::MAX, "zero": 0,
        "s": "text", "h": "<i>'&\"/", "empty": "", "n": null, "yes": true, "no": false,
        "list": [3, 1, 2], "words": ["b", "A", "c", "a"], "none": [], "mixed": [1, "x", null, [2.0], {"k": 1}],
        "map": {"k": "v", "x": 1, "list": [1, 2], "in": {"k": "deep"}},
        "items": [
            {"name": "n1", "year": 2020, "draft": false, "in": {"k": 2}},
            {"name": "n2", "year": 2021, "draft": true, "in": {"k": 1}},
            {"name": "n3", "year": 2020, "draft": false, "extra": null},
        ],
        "key": "k", "idx": 1, "date": "2024-02-29", "when": "2024-02-29T23:30:00+02:00", "secs": 1_700_000_000,
    })
}

fn pick(options: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(options).prop_map(str::to_owned)
}

fn ident() -> impl Strategy<Value = String> {
    pick(&[
        "a",
        "b",
        "c",
        "d",
        "big",
        "zero",
        "s",
        "h",
        "empty",
        "n",
        "yes",
        "no",
        "list",
        "words",
        "none",
        "mixed",
        "map",
        "items",
        "key",
        "idx",
        "missing",
        "map.k",
        "map.x",
        "map.in.k",
        "map[key]",
        "map[\"k\"]",
        "map['x']",
        "list[0]",
        "list[idx]",
        "list.1",
        "list[9]",
        "items[0].name",
        "items.1.year",
        "mixed[3][0]",
        "loop.index",
        "loop.last",
        "item",
        "item.name",
        "v",
        "k",
        "x",
        "trueish",
        "__tera_context",
        "date",
        "when",
        "secs",
    ])
}

fn literal() -> impl Strategy<Value = String> {
    pick(&[
        "1",
        "0",
        "-3",
        "2.5",
        "1.0",
        "007",
        "true",
        "false",
        "True",
        "\"<b>\"",
        "'a'",
        "`x`",
        "\"\"",
        "\"a b c\"",
        "'1'",
        "12345678901",
    ])
}

fn filter() -> impl Strategy<Value = String> {
    pick(&[
        "upper",
        "lower",
        "trim",
        "length",
        "reverse",
        "safe",
        "escape",
        "first",
        "last",
        "sort",
        "unique",
        "abs",
        "round",
        "int",
        "float",
        "as_str",
        "json_encode",
        "json_encode(pretty=true)",
        "default(value=1)",
        "default(value=\"<d>\")",
        "default(value=missing)",
        "capitalize",
        "title",
        "striptags",
        "slugify",
        "wordcount",
        "urlencode",
        "urlencode_strict",
        "addslashes",
        "linebreaksbr",
        "escape_xml",
        "spaceless",
        "join",
        "join(sep=\", \")",
        "nth(n=1)",
        "slice(start=1)",
        "slice(end=-1)",
        "slice(start=-2, end=9)",
        "split(pat=\"a\")",
        "replace(from=\"a\", to=\"<\")",
        "truncate(length=2)",
        "truncate(length=1, end=\"\")",
        "map(attribute=\"name\")",
        "map(attribute=\"in.k\")",
        "filter(attribute=\"draft\", value=false)",
        "filter(attribute=\"extra\")",
        "group_by(attribute=\"year\")",
        "sort(attribute=\"name\")",
        "sort(attribute=\"in.k\")",
        "unique(attribute=\"year\")",
        "concat(with=4)",
        "concat(with=list)",
        "get(key=\"k\")",
        "get(key=\"zz\", default=0)",
        "pluralize",
        "pluralize(singular=\"y\", plural=\"ies\")",
        "round(method=\"ceil\", precision=1)",
        "filesizeformat",
        "filesizeformat(binary=true)",
        "date",
        "date(format=\"%d %B %Y\")",
        "date(format=\"%H:%M\", timezone=\"Asia/Shanghai\")",
        "date(format=\"%A\", locale=\"de_DE\")",
        "indent",
        "indent(prefix=\"-\", first=true)",
        "trim_start_matches(pat=\"t\")",
        "trim_end_matches(pat=\"t\")",
        "int(base=16)",
        "nosuch",
        "nth",
    ])
}

fn value() -> impl Strategy<Value = String> {
    let call = pick(&[
        "range(end=3)",
        "range(start=1, end=a)",
        "range(end=s)",
        "nofn()",
        "range ( end = 2 , )",
        "self::m(p=1)",
        "m::other()",
        "self::m(p=h)",
        "self::m()",
    ]);
    let test = (
        ident(),
        pick(&[
            "is defined",
            "is undefined",
            "is not defined",
            "is string",
            "is number",
            "is iterable",
            "is object",
            "is odd",
            "is divisibleby(2)",
            "is starting_with(\"t\")",
            "is containing(1)",
            "is containing(\"k\")",
            "is matching(\"^t\")",
            "is nothing",
            "isstring",
            "is notstring",
        ]),
    )
        .prop_map(|(ident, test)| format!("{ident} {test}"));
    prop_oneof![5 => ident(), 3 => literal(), 1 => call, 1 => test]
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = (value(), prop::collection::vec(filter(), 0..3)).prop_map(|(value, filters)| {
        filters.iter().fold(value, |text, filter| format!("{text} | {filter}"))
    });
    leaf.prop_recursive(3, 12, 3, |inner| {
        let operator = pick(&[
            " + ", " - ", " * ", " / ", " % ", "+", "-", " == ", " != ", " < ", " >= ", " > ", " and ",
            " or ", " in ", " not in ", " ~ ", "~", "==", " and", "or ",
        ]);
        prop_oneof![
            4 => (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("{a}{op}{b}")),
            1 => inner.clone().prop_map(|it| format!("({it})")),
            1 => inner.clone().prop_map(|it| format!("not {it}")),
            1 => inner.clone().prop_map(|it| format!("(not {it})")),
            1 => (inner.clone(), filter()).prop_map(|(it, filter)| format!("({it}) | {filter}")),
            1 => prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
        ]
    })
}

/// Expressions of one kind each, which mostly have a value.
#[expect(clippy::too_many_lines, reason = "it is one table of samples")]
fn sound() -> impl Strategy<Value = String> {
    let text = (
        pick(&[
            "s",
            "h",
            "key",
            "empty",
            "map.k",
            "map[key]",
            "items[0].name",
            "'a b'",
            "`<x>`",
            "date",
            "when",
        ]),
        prop::collection::vec(
            pick(&[
                "upper",
                "lower",
                "trim",
                "safe",
                "escape",
                "capitalize",
                "title",
                "striptags",
                "slugify",
                "urlencode",
                "addslashes",
                "reverse",
                "as_str",
                "default(value='<d>')",
                "replace(from='t', to='&')",
                "json_encode",
                "truncate(length=2)",
                "linebreaksbr",
                "escape_xml",
                "trim_start_matches(pat='t')",
                "indent(prefix='-')",
            ]),
            0..3,
        ),
    );
    let list = (
        pick(&[
            "list",
            "words",
            "none",
            "mixed",
            "map.list",
            "range(end=3)",
            "[1, h, 's']",
            "[c, d]",
        ]),
        prop::collection::vec(
            pick(&[
                "reverse",
                "slice(start=1)",
                "slice(end=-1)",
                "concat(with=h)",
                "concat(with=list)",
                "safe",
            ]),
            0..2,
        ),
        prop::option::of(pick(&[
            "first",
            "last",
            "nth(n=1)",
            "length",
            "join(sep='/')",
            "json_encode",
            "as_str",
        ])),
    )
        .prop_map(|(list, mut filters, last)| {
            filters.extend(last);
            (list, filters)
        });
    let items = (
        Just("items".to_owned()),
        prop::collection::vec(
            pick(&[
                "sort(attribute='year')",
                "filter(attribute='draft', value=false)",
                "reverse",
                "slice(end=2)",
            ]),
            0..3,
        ),
        pick(&[
            "map(attribute='name')",
            "map(attribute='in.k')",
            "length",
            "group_by(attribute='year')",
            "json_encode",
            "filter(attribute='extra')",
            "unique(attribute='year')",
        ]),
    )
        .prop_map(|(list, mut filters, last)| {
            filters.push(last);
            (list, filters)
        });
    let number = || {
        pick(&[
            "a",
            "b",
            "c",
            "d",
            "big",
            "zero",
            "idx",
            "1",
            "2.5",
            "-3",
            "list[0]",
            "map.x",
            "list | length",
        ])
    };
    let sum = (
        number(),
        pick(&["+", "-", "*", "/", "%"]),
        number(),
        pick(&["+", " * ", " - "]),
        number(),
    )
        .prop_map(|(a, x, b, y, c)| (format!("{a} {x} {b} {y} {c}"), Vec::new()));
    let rounded = (
        number(),
        prop::collection::vec(
            pick(&[
                "abs",
                "round",
                "int",
                "float",
                "pluralize",
                "as_str",
                "round(method='floor', precision=1)",
                "json_encode",
            ]),
            0..2,
        ),
    );
    let truth = prop_oneof![
        (number(), pick(&["==", "!=", "<", "<=", ">", ">="]), number())
            .prop_map(|(a, x, b)| format!("{a} {x} {b}")),
        (
            pick(&["s", "missing", "n", "list", "map.k", "zero"]),
            pick(&["is defined", "is not defined", "is undefined",])
        )
            .prop_map(|(a, test)| format!("{a} {test}")),
        (
            pick(&["'t'", "a", "h", "key"]),
            pick(&["in", "not in"]),
            pick(&["s", "words", "list", "map"])
        )
            .prop_map(|(a, x, b)| format!("{a} {x} {b}")),
        (
            pick(&["s", "h", "'text'", "s ~ ''", "n", "yes", "list", "a"]),
            pick(&["==", "!="]),
            pick(&["s", "h", "'text'", "'te' ~ 'xt'", "'1'", "true", "list", "[3, 1, 2]"])
        )
            .prop_map(|(a, x, b)| format!("{a} {x} {b}")),
        pick(&[
            "yes",
            "no",
            "missing",
            "empty",
            "list",
            "a",
            "s | length",
            "n",
            "'x'",
            "0",
            "1 - a",
            "map.nothing"
        ]),
    ];
    let logic =
        (prop::collection::vec((pick(&["", "", "not "]), truth), 1..3), pick(&[" and ", " or "]))
            .prop_map(|(parts, word)| {
                let parts: Vec<_> =
                    parts.into_iter().map(|(not, it)| format!("{not}{it}")).collect();
                (parts.join(&word), Vec::new())
            });
    let joined = prop::collection::vec(
        pick(&["s", "h", "a", "d", "'<'", "1.0", "2.5", "c", "map.k", "range(end=1)"]),
        2..4,
    )
    .prop_map(|parts| (parts.join(" ~ "), Vec::new()));
    let called = pick(&[
        "self::m(p=1)",
        "self::m(p=h)",
        "self::m(p=s, q=h)",
        "self::m(p=h) | safe",
        "self::m(p=h) | upper",
    ])
    .prop_map(|it| (it, Vec::new()));
    prop_oneof![3 => text, 2 => list, 2 => items, 2 => sum, 1 => rounded, 3 => logic, 1 => joined, 1 => called]
        .prop_map(|(value, filters)| filters.iter().fold(value, |text, filter| format!("{text} | {filter}")))
}

fn template() -> impl Strategy<Value = String> {
    let text = pick(&[
        "text ",
        " \n ",
        "<p>",
        "{# c #}",
        "{#- c -#}",
        "{% raw %} {{ x }} {% endraw %}",
        "{ ",
        "}}",
        "{%- raw -%} {% x {%- endraw -%}",
        "\n",
        "{",
        "#",
    ]);
    let expression = || prop_oneof![40 => sound(), 1 => expression()];
    let print = (pick(&["{{ ", "{{", "{{- "]), expression(), pick(&[" }}", "}}", " -}}"]))
        .prop_map(|(open, it, close)| format!("{open}{it}{close}"));
    // None of these is joined to itself above: in loops it would double with every round.
    let set = (pick(&["set", "set_global"]), pick(&["x", "item", "when", "idx"]), expression())
        .prop_map(|(word, name, it)| format!("{{% {word} {name} = {it} %}}"));
    let looped = pick(&[
        "{{ item | default(value=0) }}",
        "{{ x | default(value='<') }}",
        "{{ loop.index | default(value='none') }}",
    ]);
    let include =
        pick(&["{% include \"part.html\" %}", "{% include \"no.html\" ignore missing %}"]);
    let leaf = prop_oneof![3 => text, 5 => print, 2 => set, 2 => looped, 1 => include];
    leaf.prop_recursive(3, 16, 3, move |inner| {
        let body = prop::collection::vec(inner, 0..4).prop_map(|parts| parts.concat());
        let head = || pick(&[
            "item in list", "item in items", "k, v in map", "item in words", "item in s", "item in none",
            "v in items | filter(attribute=\"draft\", value=true)", "item in range(end=2)", "x in [1, h]",
            "k,v in items | group_by(attribute=\"year\")", "item in mixed",
        ]);
        let jump = pick(&["", "", "", "{% break %}", "{% if loop.first %}{% continue %}{% endif %}",
            "{% if loop.index == 2 %}{% break %}{% endif %}"]);
        prop_oneof![
            2 => (expression(), body.clone(), expression(), body.clone())
                .prop_map(|(x, a, y, b)| format!("{{%- if {x} %}}{a}{{% elif {y} -%}} -{{% else -%}}{b}{{%- endif %}}")),
            3 => (head(), jump, body.clone())
                .prop_map(|(head, jump, body)| format!("{{% for {head} -%}} {body}{jump} {body} {{%- endfor %}}")),
            1 => (head(), body.clone(), body.clone())
                .prop_map(|(head, a, b)| format!("{{% for {head} %}}{a}{{% else %}}{b}{{% endfor -%}}")),
            1 => (pick(&["upper", "trim", "safe", "escape", "replace(from='t', to='T')", "striptags"]), body)
                .prop_map(|(filter, body)| format!("{{% filter {filter} %}}{body}{{% endfilter %}}")),
        ]
    })
}

/// Templates, some of them in blocks.
fn parts() -> impl Strategy<Value = String> {
    let block = (pick(&["one", "two", "three"]), template(), pick(&["", "", "{{ super() }}"]))
        .prop_map(|(name, it, above)| {
            format!("{{% block {name} -%}} {it}{above} {{%- endblock {name} %}}")
        });
    prop::collection::vec(prop_oneof![3 => template(), 2 => block], 1..4)
        .prop_map(|parts| parts.concat())
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the panics of Tera, and no others, out of the report.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
}

/// What Tera makes of templates; nothing when it crashes.
fn tera(templates: &[(&str, &str)], entry: &str) -> Option<Result<String, String>> {
    let render = || {
        let mut tera = tera::Tera::default();
        tera.add_raw_templates(templates.to_vec()).map_err(|error| format!("{error:?}"))?;
        let context = tera::Context::from_value(context()).expect("the context is an object");
        tera.render(entry, &context).map_err(|error| format!("{error:?}"))
    };
    hush();
    QUIET.set(true);
    let rendered = catch_unwind(AssertUnwindSafe(render)).ok();
    QUIET.set(false);
    rendered
}

fn check(templates: &[(&str, &str)], entry: &str) -> Result<(), TestCaseError> {
    let ours = TeraSet::new(templates).and_then(|set| set.render(entry, &context()));
    let Some(theirs) = tera(templates, entry) else { return Ok(()) };
    let agree = match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        (Err(_), Err(_)) => true,
        _ => false,
    };
    prop_assert!(agree, "{templates:#?}\nours   {ours:?}\ntheirs {theirs:?}");
    Ok(())
}

const PART: &str = "[{{ a }}{% set x = 7 %}{% for item in list %}{{ item }}{% endfor %}]";
const MACRO: &str =
    "{% macro m(p, q=\"<\") %}{{ p }}{{ q }}{{ x | default(value=0) }}{% endmacro m %}";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expressions_render_as_in_tera(expression in expression(), name in pick(&["a.html", "a.txt"])) {
        check(&[(&name, &format!("{MACRO}{{{{ {expression} }}}}"))], &name)?;
    }

    #[test]
    fn conditions_hold_as_in_tera(expression in expression(), name in pick(&["a.html", "a.txt"])) {
        let source = format!("{MACRO}{{% if {expression} %}}yes{{% else %}}no{{% endif %}}");
        check(&[(&name, &source)], &name)?;
    }

    #[test]
    fn templates_render_as_in_tera(source in template(), name in pick(&["a.html", "a.txt"])) {
        let source = format!("{MACRO}{source}");
        check(&[(&name, &source), ("part.html", PART)], &name)?;
    }

    #[test]
    fn inheritance_renders_as_in_tera(base in parts(), middle in parts(), child in parts()) {
        let base = format!("{MACRO}{base}");
        let middle = format!("{{% extends \"base.html\" %}}{middle}");
        let child = format!("{{% import \"base.html\" as m %}}{{% extends \"middle.html\" %}}{child}");
        let templates = [("a.html", &*child), ("middle.html", &middle), ("base.html", &base), ("part.html", PART)];
        check(&templates, "a.html")?;
        check(&templates, "middle.html")?;
    }

    #[test]
    fn no_source_makes_the_reader_panic(
        source in "(\\{\\{|\\}\\}|\\{%|%\\}|-|\\||\\(|\\)|\\[|\\]|[a-z ]|if |for |in |end|block |raw |not |is |\"|'|~|甲|=|::|,|\\.|1){0,40}"
    ) {
        check(&[("a.html", &source)], "a.html")?;
    }
}

#[test]
fn nesting_without_end_is_refused_in_time() {
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(60), ")".repeat(60));
    let set = TeraSet::new(&[("a.html", &deep)]).expect("sixty brackets are not too many");
    assert_eq!(set.render("a.html", &json!({})).as_deref(), Ok("1"));
    for open in
        ["{{ (", "{{ [", "{{ not ", "{{ a[", "{% if x %}", "{% for x in y %}", "{% raw %}", "{# "]
    {
        let start = Instant::now();
        let source = format!("{open}{}", open.trim_start_matches("{{ ").repeat(20_000));
        assert!(TeraSet::new(&[("a.html", &source)]).is_err(), "{open}");
        assert!(start.elapsed() < Duration::from_secs(20), "{open} took {:?}", start.elapsed());
    }
}

#[test]
fn a_break_in_the_else_of_a_loop_ends() {
    let source = "{% for a in list %}{% for b in none %}{% else %}{{ a }}{% break %}{% endfor %}{% endfor %}";
    check(&[("a.html", source)], "a.html").expect("as in Tera");
    check(&[("a.html", "{% for b in none %}{% else %}{% break %}{% endfor %}")], "a.html")
        .expect("as in Tera");
}

#[test]
fn a_loop_over_many_items_takes_a_time_that_grows_with_them() {
    let source =
        "{% for x in range(end=n) %}{% if x == 5 %}{{ loop.index }}{% endif %}{% endfor %}";
    let set = TeraSet::new(&[("a.html", source)]).expect("it is a template");
    let start = Instant::now();
    assert_eq!(set.render("a.html", &json!({ "n": 100_000 })).as_deref(), Ok("6"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
