//! Tera templates read, checked against each other, and translated.

use std::collections::{BTreeMap, BTreeSet};

use super::complaint::Complaint;
use super::fault::UnitId;
use super::program::{Program, Unit, near};
use super::statements;
use super::syntax::{Import, Name, Node};
use super::translate::{Translated, duplicates, translate};
use super::whitespace;

/// A template as its author wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What became of all templates.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) program: Program,
    /// For the engine.
    pub(crate) templates: Vec<Translated>,
    /// By the template's name; a template with one is left out.
    pub(crate) complaints: Vec<(String, Complaint)>,
}

/// A template that was read.
struct Parsed {
    name: String,
    nodes: Vec<Node>,
    extends: Option<Name>,
    imports: Vec<Import>,
}

/// Reads all templates.
///
/// - `native`: whether there is a template of that name in the engine's own syntax.
pub(crate) fn load(sources: Vec<Source>, native: &dyn Fn(&str) -> bool) -> Loaded {
    let mut loaded = Loaded::default();
    let mut parsed = Vec::new();
    for source in sources {
        match parse(&source) {
            Ok(one) => parsed.push(one),
            Err(complaint) => loaded.complaints.push((source.name, complaint)),
        }
    }
    let broken: BTreeSet<String> = loaded.complaints.iter().map(|(name, _)| name.clone()).collect();
    for (number, one) in parsed.iter().enumerate() {
        loaded.program.by_name.insert(one.name.clone(), UnitId(number));
        loaded.program.units.push(Unit { name: one.name.clone(), ..Unit::default() });
    }
    link(&mut loaded, &parsed, &broken);
    for (number, one) in parsed.iter_mut().enumerate() {
        let nodes = std::mem::take(&mut one.nodes);
        let templates = translate(&mut loaded.program, UnitId(number), nodes, native);
        loaded.templates.extend(templates);
    }
    name_macros(&mut loaded.program, &parsed);
    loaded
}

fn parse(source: &Source) -> Result<Parsed, Complaint> {
    let nodes = statements::parse(&source.text)?;
    if let Some((what, name)) = duplicates(&nodes).first() {
        let message = format!("{what} `{}` is defined twice", name.text);
        return Err(Complaint { message, span: name.span.clone(), help: None });
    }
    let nodes = whitespace::trim(nodes, false, false);
    let mut extends = None;
    let mut imports = Vec::new();
    for node in &nodes {
        match node {
            Node::Extends(_, name) => extends = Some(name.clone()),
            Node::Import(_, import) => imports.push(import.clone()),
            _ => {}
        }
    }
    Ok(Parsed { name: source.name.clone(), nodes, extends, imports })
}

/// Finds the parents of each template, and complains of missing files.
fn link(loaded: &mut Loaded, parsed: &[Parsed], broken: &BTreeSet<String>) {
    for (number, one) in parsed.iter().enumerate() {
        match parents(&loaded.program, parsed, broken, number) {
            Ok(parents) => loaded.program.units[number].parents = parents,
            Err(complaint) => loaded.complaints.push((one.name.clone(), complaint)),
        }
        for import in &one.imports {
            let file = &import.file;
            if loaded.program.find(&file.text).is_none() && !broken.contains(&file.text) {
                let message = format!("there is no template `{}` to import", file.text);
                let help = near(&file.text, loaded.program.by_name.keys());
                let complaint = Complaint { message, span: file.span.clone(), help };
                loaded.complaints.push((one.name.clone(), complaint));
            }
        }
    }
}

fn parents(
    program: &Program,
    parsed: &[Parsed],
    broken: &BTreeSet<String>,
    start: usize,
) -> Result<Vec<UnitId>, Complaint> {
    let mut parents = Vec::new();
    let mut current = start;
    while let Some(name) = &parsed[current].extends {
        let Some(parent) = program.find(&name.text) else {
            if current == start && !broken.contains(&name.text) {
                let message = format!("there is no template `{}` to extend", name.text);
                let help = near(&name.text, program.by_name.keys());
                return Err(Complaint { message, span: name.span.clone(), help });
            }
            break;
        };
        if parent.0 == start || parents.contains(&parent) {
            let own = parsed[start].extends.as_ref().map_or(0..0, |name| name.span.clone());
            let message = "templates extend each other in a circle".to_owned();
            let help = Some(format!("`{}` comes back to itself", program.unit(parent).name));
            return Err(Complaint { message, span: own, help });
        }
        parents.push(parent);
        current = parent.0;
    }
    Ok(parents)
}

/// Namespaces of all templates: `self` for own macros, those imported, then those the imported files
/// and the parents know, unless there is one of that name.
fn name_macros(program: &mut Program, parsed: &[Parsed]) {
    let mut known: BTreeMap<usize, BTreeMap<String, UnitId>> = BTreeMap::new();
    for number in 0..parsed.len() {
        namespaces(program, parsed, number, &mut known, &mut BTreeSet::new());
    }
    for (number, namespaces) in known {
        program.units[number].namespaces = namespaces;
    }
}

fn namespaces(
    program: &Program,
    parsed: &[Parsed],
    number: usize,
    known: &mut BTreeMap<usize, BTreeMap<String, UnitId>>,
    open: &mut BTreeSet<usize>,
) -> BTreeMap<String, UnitId> {
    if let Some(found) = known.get(&number) {
        return found.clone();
    }
    let mut found = BTreeMap::new();
    if !program.units[number].macros.is_empty() {
        found.insert("self".to_owned(), UnitId(number));
    }
    // Files that import each other know what was found until then.
    if !open.insert(number) {
        return found;
    }
    for import in &parsed[number].imports {
        let Some(file) = program.find(&import.file.text) else { continue };
        found.insert(import.namespace.clone(), file);
        for (namespace, unit) in namespaces(program, parsed, file.0, known, open) {
            found.entry(namespace).or_insert(unit);
        }
    }
    for parent in &program.units[number].parents {
        for (namespace, unit) in namespaces(program, parsed, parent.0, known, open) {
            found.entry(namespace).or_insert(unit);
        }
    }
    open.remove(&number);
    if open.is_empty() || !found.is_empty() {
        known.insert(number, found.clone());
    }
    found
}
