//! Languages by the words that name them in fences.
//!
//! Zola's own names come first, each with its other names: what stands in `data-lang` is the first of
//! them. Whatever else the grammars know, such as endings of file names, is found as well.

use std::sync::OnceLock;

use syntect::parsing::{SyntaxReference, SyntaxSet};

/// Name of text that is no language.
pub(super) const PLAIN: &str = "plain";

/// A language that was asked for.
pub(super) struct Language {
    /// Its name in `data-lang`.
    pub(super) name: String,
    /// Its grammar; none for a language that is known, but comes without colours.
    pub(super) syntax: Option<&'static SyntaxReference>,
}

/// All grammars. They are unpacked one by one, when first asked for.
pub(super) fn all() -> &'static SyntaxSet {
    static ALL: OnceLock<SyntaxSet> = OnceLock::new();
    ALL.get_or_init(two_face::syntax::extra_newlines)
}

/// The language of a word; none if nobody knows it.
pub(super) fn find(word: &str) -> Option<Language> {
    if word.is_empty() {
        return Some(Language { name: PLAIN.to_owned(), syntax: None });
    }
    let lower = word.to_lowercase();
    let known =
        KNOWN.iter().find(|(name, others, _)| *name == lower || others.contains(&lower.as_str()));
    match known {
        Some((name, _, "")) => Some(Language { name: (*name).to_owned(), syntax: None }),
        Some((name, _, grammar)) => {
            Some(Language { name: (*name).to_owned(), syntax: all().find_syntax_by_name(grammar) })
        }
        None => {
            let syntax = all().find_syntax_by_token(word)?;
            Some(Language { name: lower, syntax: Some(syntax) })
        }
    }
}

/// Name, other names, and the grammar's name; empty where there is none.
#[rustfmt::skip]
const KNOWN: &[(&str, &[&str], &str)] = &[
    ("abap", &[], ""),
    ("actionscript-3", &[], "ActionScript"),
    ("ada", &[], "Ada"),
    ("angular-html", &[], "HTML"),
    ("angular-ts", &[], "TypeScript"),
    ("apache", &[], "Apache Conf"),
    ("apex", &[], ""),
    ("apl", &[], ""),
    ("applescript", &[], "AppleScript"),
    ("ara", &[], ""),
    ("asciidoc", &["adoc"], "AsciiDoc (Asciidoctor)"),
    ("asm", &[], "x86_64 Assembly"),
    ("astro", &[], "HTML"),
    ("awk", &[], "AWK"),
    ("ballerina", &[], ""),
    ("bat", &["batch"], "Batch File"),
    ("beancount", &[], ""),
    ("berry", &["be"], ""),
    ("bibtex", &[], "BibTeX"),
    ("bicep", &[], ""),
    ("blade", &[], "HTML"),
    ("bsl", &["1c"], ""),
    ("c", &[], "C"),
    ("c3", &[], ""),
    ("cadence", &["cdc"], ""),
    ("cairo", &[], ""),
    ("clarity", &[], ""),
    ("clojure", &["clj"], "Clojure"),
    ("cmake", &[], "CMake"),
    ("cobol", &[], ""),
    ("codeowners", &[], ""),
    ("codeql", &["ql"], ""),
    ("coffee", &["coffeescript"], "CoffeeScript"),
    ("common-lisp", &["lisp"], "Lisp"),
    ("coq", &[], ""),
    ("cpp", &["c++"], "C++"),
    ("crystal", &[], "Crystal"),
    ("csharp", &["c#", "cs"], "C#"),
    ("css", &[], "CSS"),
    ("csv", &[], "Separated Values"),
    ("cue", &[], ""),
    ("cypher", &["cql"], ""),
    ("d", &[], "D"),
    ("dart", &[], "Dart"),
    ("dax", &[], ""),
    ("desktop", &[], "INI"),
    ("diff", &[], "Diff"),
    ("docker", &["dockerfile"], "Dockerfile"),
    ("dotenv", &[], "DotENV"),
    ("dream-maker", &[], ""),
    ("edge", &[], "HTML"),
    ("elixir", &[], "Elixir"),
    ("elm", &[], "Elm"),
    ("emacs-lisp", &["elisp"], "Lisp"),
    ("erb", &[], "HTML (Rails)"),
    ("erlang", &["erl"], "Erlang"),
    ("fennel", &[], "Lisp"),
    ("fish", &[], "Fish"),
    ("fluent", &["ftl"], ""),
    ("fortran-fixed-form", &["f", "for", "f77"], "Fortran (Fixed Form)"),
    ("fortran-free-form", &["f90", "f95", "f03", "f08", "f18"], "Fortran (Modern)"),
    ("fsharp", &["f#", "fs"], "F#"),
    ("gdresource", &[], ""),
    ("gdscript", &[], "GDScript (Godot Engine)"),
    ("gdshader", &[], "GLSL"),
    ("genie", &[], ""),
    ("gherkin", &[], ""),
    ("git-commit", &[], "Git Commit"),
    ("git-rebase", &[], "Git Rebase Todo"),
    ("gleam", &[], ""),
    ("glimmer-js", &["gjs"], "JavaScript"),
    ("glimmer-ts", &["gts"], "TypeScript"),
    ("glsl", &[], "GLSL"),
    ("gn", &[], ""),
    ("gnuplot", &[], "gnuplot"),
    ("go", &[], "Go"),
    ("graphql", &["gql"], "GraphQL"),
    ("groovy", &[], "Groovy"),
    ("hack", &[], "PHP"),
    ("haml", &[], "Ruby Haml"),
    ("handlebars", &["hbs"], "HTML"),
    ("haskell", &["hs"], "Haskell"),
    ("haxe", &[], ""),
    ("hcl", &[], "Terraform"),
    ("hjson", &[], "JSON"),
    ("hlsl", &[], "GLSL"),
    ("html", &[], "HTML"),
    ("html-derivative", &[], "HTML"),
    ("http", &[], "HTTP Request and Response"),
    ("hurl", &[], ""),
    ("hxml", &[], ""),
    ("hy", &[], "Lisp"),
    ("imba", &[], ""),
    ("ini", &["properties"], "INI"),
    ("java", &[], "Java"),
    ("javascript", &["js", "cjs", "mjs"], "JavaScript"),
    ("jinja", &[], "Jinja2"),
    ("jison", &[], ""),
    ("json", &[], "JSON"),
    ("json5", &[], "JSON"),
    ("jsonc", &[], "JSON"),
    ("jsonl", &[], "JSON"),
    ("jsonnet", &[], "jsonnet"),
    ("jssm", &["fsl"], ""),
    ("jsx", &[], "TypeScriptReact"),
    ("julia", &["jl"], "Julia"),
    ("kdl", &[], ""),
    ("kotlin", &["kt", "kts"], "Kotlin"),
    ("kusto", &["kql"], ""),
    ("latex", &[], "LaTeX"),
    ("lean", &["lean4"], "Lean 4"),
    ("less", &[], "Less"),
    ("liquid", &[], "HTML (Jinja2)"),
    ("llvm", &[], "LLVM"),
    ("log", &[], "log"),
    ("logo", &[], ""),
    ("lua", &[], "Lua"),
    ("luau", &[], "Lua"),
    ("make", &["makefile"], "Makefile"),
    ("markdown", &["md"], "Markdown"),
    ("marko", &[], "HTML"),
    ("matlab", &[], "MATLAB"),
    ("mdc", &[], "Markdown"),
    ("mdx", &[], "Markdown"),
    ("mermaid", &["mmd"], ""),
    ("mipsasm", &["mips"], ""),
    ("mojo", &[], "Python"),
    ("moonbit", &["mbt", "mbti"], ""),
    ("move", &[], ""),
    ("narrat", &["nar"], ""),
    ("nextflow", &["nf"], "Groovy"),
    ("nginx", &[], "nginx"),
    ("nim", &[], "Nim"),
    ("nix", &[], "Nix"),
    ("nushell", &["nu"], ""),
    ("objective-c", &["objc"], "Objective-C"),
    ("objective-cpp", &[], "Objective-C++"),
    ("ocaml", &[], "OCaml"),
    ("openscad", &["scad"], ""),
    ("pascal", &[], "Pascal"),
    ("perl", &[], "Perl"),
    ("php", &[], "PHP"),
    ("pkl", &[], ""),
    ("plain", &["txt", "text"], ""),
    ("plsql", &[], "SQL"),
    ("po", &["pot", "potx"], ""),
    ("polar", &[], ""),
    ("postcss", &[], "CSS"),
    ("powerquery", &[], ""),
    ("powershell", &["ps", "ps1"], ""),
    ("prisma", &[], ""),
    ("prolog", &[], ""),
    ("proto", &["protobuf"], "Protocol Buffer"),
    ("pug", &["jade"], ""),
    ("puppet", &[], "Puppet"),
    ("purescript", &[], "PureScript"),
    ("python", &["py"], "Python"),
    ("qml", &[], "QML"),
    ("qmldir", &[], ""),
    ("qss", &[], "CSS"),
    ("r", &[], "R"),
    ("racket", &[], "Racket"),
    ("raku", &["perl6"], "Perl"),
    ("razor", &[], ""),
    ("reg", &[], "INI"),
    ("regexp", &["regex"], "Regular Expression"),
    ("rel", &[], ""),
    ("riscv", &[], ""),
    ("rosmsg", &[], ""),
    ("rst", &[], "reStructuredText"),
    ("ruby", &["rb"], "Ruby"),
    ("rust", &["rs"], "Rust"),
    ("sas", &[], ""),
    ("sass", &[], "Sass"),
    ("scala", &[], "Scala"),
    ("scheme", &[], "Lisp"),
    ("scss", &[], "SCSS"),
    ("sdbl", &["1c-query"], ""),
    ("shaderlab", &["shader"], "GLSL"),
    ("shellscript", &["bash", "sh", "shell", "zsh"], "Bourne Again Shell (bash)"),
    ("shellsession", &["console"], "Bourne Again Shell (bash)"),
    ("smalltalk", &[], ""),
    ("solidity", &[], "Solidity"),
    ("soy", &["closure-templates"], "HTML"),
    ("sparql", &[], ""),
    ("splunk", &["spl"], ""),
    ("sql", &[], "SQL"),
    ("ssh-config", &[], "SSH Config"),
    ("stata", &[], ""),
    ("stylus", &["styl"], "Stylus"),
    ("svelte", &[], "Svelte"),
    ("swift", &[], "Swift"),
    ("system-verilog", &[], "SystemVerilog"),
    ("systemd", &[], ""),
    ("talonscript", &["talon"], ""),
    ("tasl", &[], ""),
    ("tcl", &[], "Tcl"),
    ("templ", &[], ""),
    ("terraform", &["tf", "tfvars"], "Terraform"),
    ("tex", &[], "TeX"),
    ("toml", &[], "TOML"),
    ("ts-tags", &["lit"], "TypeScript"),
    ("tsv", &[], "Tab Separated Values"),
    ("tsx", &[], "TypeScriptReact"),
    ("turtle", &[], ""),
    ("twig", &[], "HTML (Twig)"),
    ("typescript", &["ts", "cts", "mts"], "TypeScript"),
    ("typespec", &["tsp"], ""),
    ("typst", &["typ"], "Typst"),
    ("v", &[], ""),
    ("vala", &[], ""),
    ("vb", &["cmd"], ""),
    ("verilog", &[], "Verilog"),
    ("vhdl", &[], "VHDL"),
    ("viml", &["vim", "vimscript"], "VimL"),
    ("vue", &[], "Vue Component"),
    ("vue-html", &[], "HTML"),
    ("vue-vine", &[], "TypeScript"),
    ("vyper", &["vy"], "Vyper"),
    ("wasm", &[], ""),
    ("wenyan", &["文言"], ""),
    ("wgsl", &[], "WGSL"),
    ("wikitext", &["mediawiki", "wiki"], "MediaWiki"),
    ("wit", &[], ""),
    ("wolfram", &["wl"], ""),
    ("xml", &[], "XML"),
    ("xsl", &[], "XML"),
    ("yaml", &["yml"], "YAML"),
    ("zenscript", &[], ""),
    ("zig", &[], "Zig"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_of_the_table_is_there() {
        for (name, _, grammar) in KNOWN.iter().filter(|(_, _, grammar)| !grammar.is_empty()) {
            assert!(all().find_syntax_by_name(grammar).is_some(), "{name}: {grammar}");
        }
    }

    #[test]
    fn words_name_languages() {
        let table = [
            ("rs", Some(("rust", true))),
            ("Bash", Some(("shellscript", true))),
            ("", Some(("plain", false))),
            ("txt", Some(("plain", false))),
            ("gleam", Some(("gleam", false))),
            ("dot", Some(("dot", true))),
            ("no such language", None),
        ];
        for (word, expected) in table {
            let found = find(word);
            let found = found.as_ref().map(|it| (it.name.as_str(), it.syntax.is_some()));
            assert_eq!(found, expected, "{word}");
        }
    }
}
