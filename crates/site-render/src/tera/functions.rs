//! Functions: Tera's own, and those of a site, which both dialects share.

use std::sync::Arc;

use minijinja::value::Value;
use site_model::nearest;

use super::evaluate::Engine;
use super::fault::Fault;
use super::given::Given;
use super::run::Run;
use crate::functions::SiteFunction;

/// Functions of Tera itself.
const OWN: &[&str] = &["range", "throw", "get_random", "get_env", "now"];

/// Longest list that `range` gives.
const MAX_RANGE: usize = 10_000_000;

/// Whether what a function gives is not escaped.
pub(crate) fn is_safe(name: &str) -> bool {
    matches!(name, "get_url" | "get_taxonomy_url")
}

/// A function that is there.
pub(crate) enum Function {
    /// Tera's own.
    Own,
    /// A site's.
    Site(Arc<SiteFunction>),
}

/// A function by its name; complains of one that there is not.
pub(crate) fn find(name: &str, engine: &Engine<'_, '_, '_>) -> Result<Function, Fault> {
    if OWN.contains(&name) {
        return Ok(Function::Own);
    }
    engine.function(name).map(Function::Site).ok_or_else(|| unknown(name, engine))
}

fn unknown(name: &str, engine: &Engine<'_, '_, '_>) -> Fault {
    let known = crate::functions::shared_names().filter(|name| engine.function(name).is_some());
    let help = nearest(name, OWN.iter().copied().chain(known))
        .map(|known| format!("did you mean `{known}`?"));
    Fault::new(format!("unknown function `{name}`")).with_help(help)
}

/// Calls a function.
pub(crate) fn call(run: &Run, function: &Function, given: &Given<'_>) -> Result<Value, Fault> {
    if let Function::Site(function) = function {
        return function.call_with(&given.values).map_err(|error| Fault::of(&error));
    }
    match given.name {
        "range" => range(given),
        "get_random" => random(run, given),
        "get_env" => environment(given),
        "now" => now(run, given),
        _ => Err(Fault::new(given.required_text("message")?)),
    }
}

fn range(given: &Given<'_>) -> Result<Value, Fault> {
    let start: usize = given.whole("start")?.unwrap_or(0);
    let step: usize = given.whole("step_by")?.unwrap_or(1);
    let end: usize = given.required_whole("end")?;
    if start > end {
        return Err(Fault::new(format!("`range`: the start {start} lies after the end {end}")));
    }
    if step == 0 && start < end {
        return Err(Fault::new("`range`: with steps of 0 it would have no end"));
    }
    if (end - start) / step.max(1) > MAX_RANGE {
        return Err(Fault::new(format!("`range` gives at most {MAX_RANGE} numbers")));
    }
    Ok(Value::from((start..end).step_by(step.max(1)).map(Value::from).collect::<Vec<_>>()))
}

/// A number from the start up to the end, the same in every build.
fn random(run: &Run, given: &Given<'_>) -> Result<Value, Fault> {
    let start: i64 = given.whole("start")?.unwrap_or(0);
    let end: i64 = given.required_whole("end")?;
    let span = u64::try_from(i128::from(end) - i128::from(start)).unwrap_or(0);
    if span == 0 {
        return Err(Fault::new(format!("`get_random`: nothing lies from {start} up to {end}")));
    }
    let offset = i128::from(run.draw() % span);
    let number = i64::try_from(i128::from(start) + offset).unwrap_or(start);
    Ok(Value::from(number))
}

fn environment(given: &Given<'_>) -> Result<Value, Fault> {
    let name = given.required_text("name")?;
    let found = if name.is_empty() || name.contains(['=', '\0']) {
        None
    } else {
        std::env::var(&name).ok()
    };
    match (found, given.get("default")) {
        (Some(found), _) => Ok(Value::from(found)),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(Fault::new(format!("there is no environment variable `{name}`"))
            .with_help(Some("give a `default`".to_owned()))),
    }
}

/// The start of the build's day: a clock would make two builds differ.
fn now(run: &Run, given: &Given<'_>) -> Result<Value, Fault> {
    given.flag("utc")?;
    let day = run.program.today;
    let seconds = day.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |at| at.timestamp().as_second());
    Ok(match given.flag("timestamp")? {
        Some(true) => Value::from(seconds),
        _ => Value::from(format!("{day}T00:00:00+00:00")),
    })
}
