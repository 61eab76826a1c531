//! All Tera templates of a site, translated: what the running templates look things up in.
//!
//! A template becomes a *unit*; each expression or tag that the engine cannot run itself becomes a
//! *piece*, and the translated source calls it by its number.

use std::collections::BTreeMap;
use std::ops::Range;

use super::fault::{Fault, UnitId};
use super::syntax::{Call, Expr, Set, Span};

/// What a translated source calls by its number.
#[derive(Debug)]
pub(crate) enum Piece {
    /// `{{ expr }}`
    Print(Expr),
    /// The condition of an `if`.
    Condition(Expr),
    Set(Set),
    Loop {
        key: Option<String>,
        value: String,
        container: Expr,
    },
    /// A filter over a section of the template.
    Filter(Call),
    /// An included template.
    Include(UnitId),
    /// A block: its name, and the template of its own body.
    Block {
        name: String,
        body: String,
    },
    Super,
    /// What always fails when it is reached.
    Fault {
        message: String,
        help: Option<String>,
    },
}

/// A piece and where it stands.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) unit: UnitId,
    pub(crate) span: Span,
    pub(crate) piece: Piece,
}

/// A template of the author's.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    pub(crate) name: String,
    /// The templates it extends, nearest first.
    pub(crate) parents: Vec<UnitId>,
    /// Templates of the bodies of its blocks, by the block's name.
    pub(crate) blocks: BTreeMap<String, String>,
    pub(crate) macros: BTreeMap<String, Macro>,
    /// Whose macros a namespace stands for.
    pub(crate) namespaces: BTreeMap<String, UnitId>,
}

/// A macro: its arguments with their defaults, and the template of its body.
#[derive(Debug)]
pub(crate) struct Macro {
    pub(crate) arguments: Vec<(String, Option<Expr>)>,
    pub(crate) body: String,
}

/// Where parts of a translated source come from: start there, bytes of the author's file.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    pub(crate) unit: usize,
    pub(crate) places: Vec<(usize, Span)>,
}

/// All units and pieces.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) units: Vec<Unit>,
    pub(crate) by_name: BTreeMap<String, UnitId>,
    pub(crate) pieces: Vec<Placed>,
    /// By the name of the translated template.
    pub(crate) origins: BTreeMap<String, Origins>,
    /// The day of the build.
    pub(crate) today: jiff::civil::Date,
}

impl Program {
    pub(crate) fn unit(&self, id: UnitId) -> &Unit {
        &self.units[id.0]
    }

    pub(crate) fn find(&self, name: &str) -> Option<UnitId> {
        self.by_name.get(name).copied()
    }

    /// The template whose text a template renders: the last it extends, else itself.
    pub(crate) fn root(&self, id: UnitId) -> UnitId {
        self.unit(id).parents.last().copied().unwrap_or(id)
    }

    /// A macro as it is called from a template.
    pub(crate) fn find_macro(
        &self,
        from: UnitId,
        namespace: &str,
        name: &str,
    ) -> Result<(UnitId, &Macro), Fault> {
        let known = &self.unit(from).namespaces;
        let Some(unit) = known.get(namespace) else {
            let help = near(namespace, known.keys()).unwrap_or_else(|| {
                format!("import it at the top: `{{% import \"FILE\" as {namespace} %}}`")
            });
            let file = &self.unit(from).name;
            let message = format!("unknown macro namespace `{namespace}` in {file}");
            return Err(Fault::new(message).with_help(Some(help)));
        };
        let macros = &self.unit(*unit).macros;
        macros.get(name).map(|found| (*unit, found)).ok_or_else(|| {
            let file = &self.unit(*unit).name;
            let message = format!("unknown macro `{namespace}::{name}`: {file} has none");
            Fault::new(message).with_help(near(name, macros.keys()))
        })
    }

    /// Template and bytes of an author's file for bytes of a translated source.
    pub(crate) fn origin(&self, template: &str, span: &Range<usize>) -> Option<(UnitId, Span)> {
        let origins = self.origins.get(template)?;
        let found = origins.places.partition_point(|(start, _)| *start <= span.start);
        let (_, place) = origins.places.get(found.checked_sub(1)?)?;
        Some((UnitId(origins.unit), place.clone()))
    }
}

/// "did you mean", when a known name is near.
pub(crate) fn near<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<String> {
    site_model::nearest(name, known.map(String::as_str))
        .map(|known| format!("did you mean `{known}`?"))
}
