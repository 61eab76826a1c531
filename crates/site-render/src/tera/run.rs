//! A rendering of a Tera template: the object `tera` of the translated source.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Enumerator, Object, Value};
use minijinja::{Environment, Error, ErrorKind, State};

use super::data::{self, Kind, kind, kind_name};
use super::evaluate::{Engine, Evaluator};
use super::fault::{Fault, UnitId};
use super::frames::{Frame, Frames, Round, Scope};
use super::printing::{escape, printed};
use super::program::{Piece, Placed, Program};
use super::syntax::{Expr, Val};
use crate::dependencies;

/// Deepest nesting of macros.
const MAX_MACROS: usize = 400;

/// Deepest nesting of includes; the engine's own limit lies a little higher.
const MAX_INCLUDES: usize = 40;

/// Macros that nest this deep go on in a thread of their own, with a stack of its own.
const MACROS_ON_A_STACK: usize = 16;

/// Bytes of such a stack.
const STACK_BYTES: usize = 8 << 20;

/// One rendering.
pub(crate) struct Run {
    pub(crate) program: Arc<Program>,
    /// The template that was asked for.
    entry: UnitId,
    /// The variables it was given.
    pub(crate) given: Value,
    /// Whether strings are escaped here: the entry's name says it, and no `set` or argument does it.
    escapes: AtomicBool,
    state: Mutex<RunState>,
}

#[derive(Debug)]
struct RunState {
    frames: Frames,
    /// Blocks entered, as Tera keeps them: name, template and its level above the entry.
    blocks: Vec<(String, UnitId, usize)>,
    macros: usize,
    includes: usize,
    /// How many random numbers were drawn.
    draws: u64,
}

/// Variables of a rendering as the engine and functions of other dialects see them.
pub(crate) struct RunContext {
    run: Arc<Run>,
}

impl Run {
    pub(crate) fn new(program: Arc<Program>, entry: UnitId, given: Value) -> Arc<Self> {
        let name = &program.unit(entry).name;
        let escapes = [".html", ".htm", ".xml"].iter().any(|ending| name.ends_with(ending));
        let frames = Frames::new(entry);
        let state = RunState { frames, blocks: Vec::new(), macros: 0, includes: 0, draws: 0 };
        let escapes = AtomicBool::new(escapes);
        Arc::new(Self { program, entry, given, escapes, state: Mutex::new(state) })
    }

    /// Renders the entry; an error knows its place in the author's file.
    pub(crate) fn render(self: &Arc<Self>, env: &Environment<'_>) -> Result<String, Error> {
        let root = &self.program.unit(self.program.root(self.entry)).name;
        let rendered = env.get_template(root).and_then(|it| it.render(self.context()));
        rendered.map_err(|error| self.fault_of(&error).into())
    }

    fn context(self: &Arc<Self>) -> Value {
        Value::from_object(RunContext { run: self.clone() })
    }

    fn state(&self) -> MutexGuard<'_, RunState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn escapes(&self) -> bool {
        self.escapes.load(Ordering::Relaxed)
    }

    /// Sets whether strings are escaped; returns whether they were.
    pub(crate) fn set_escapes(&self, escapes: bool) -> bool {
        self.escapes.swap(escapes, Ordering::Relaxed)
    }

    pub(crate) fn find(&self, root: &str, keys: &[&str]) -> Option<Value> {
        self.state().frames.find(&self.given, root, keys)
    }

    /// All variables, for `__tera_context`.
    pub(crate) fn all(&self) -> Value {
        Value::from_pairs(self.state().frames.all(&self.given))
    }

    /// The next number of a row that is the same in every build.
    pub(crate) fn draw(&self) -> u64 {
        let mut state = self.state();
        state.draws += 1;
        let name = &self.program.unit(self.entry).name;
        let seed = name.bytes().fold(state.draws, |hash, byte| {
            hash.wrapping_mul(0x0100_0000_01b3).wrapping_add(u64::from(byte))
        });
        // The finish of SplitMix64.
        let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The template whose namespaces a macro is looked up in: that of the block entered last, else the
    /// one all is based on, else the one that runs.
    pub(crate) fn caller(&self) -> UnitId {
        let state = self.state();
        let root = self.program.root(self.entry);
        match state.blocks.last() {
            Some((_, unit, _)) => *unit,
            None if root != self.entry => root,
            None => state.frames.top().unit,
        }
    }

    /// Renders the body of a macro with its arguments in a scope of their own.
    pub(crate) fn in_macro(
        self: &Arc<Self>,
        env: &Environment<'_>,
        unit: UnitId,
        body: &str,
        arguments: Vec<(String, Value)>,
    ) -> Result<String, Fault> {
        let (frames, macros, includes) = {
            let mut state = self.state();
            if state.macros >= MAX_MACROS {
                return Err(too_deep("macros", MAX_MACROS));
            }
            state.macros += 1;
            let before = (state.frames.depth(), state.macros, state.includes);
            state.frames.push(Frame::of_macro(unit, arguments));
            before
        };
        let render = || env.get_template(body).and_then(|it| it.render(self.context()));
        let rendered = if macros % MACROS_ON_A_STACK == 0 { on_a_stack(render) } else { render() };
        let mut state = self.state();
        state.frames.cut(frames);
        state.macros = macros - 1;
        state.includes = includes;
        rendered.map_err(|error| self.fault_of(&error))
    }

    /// The fault behind an error of the engine; what the engine found itself is put in its place.
    fn fault_of(&self, error: &Error) -> Fault {
        let fault = Fault::of(error);
        let origin = error
            .name()
            .zip(error.range())
            .and_then(|(name, range)| self.program.origin(name, &range));
        match origin {
            Some((unit, span)) => fault.at(unit, &span),
            None => fault,
        }
    }

    fn begin(
        &self,
        evaluator: &Evaluator<'_, '_, '_, '_>,
        (key, name, container): (Option<&str>, &str, &Expr),
    ) -> Result<bool, Fault> {
        if !matches!(container.val, Val::Ident(_) | Val::Function(_) | Val::Array(_)) {
            return Err(Fault::new("a loop goes over a variable, a function call or an array"));
        }
        let value = evaluator.unescaped(container)?;
        let round = match (kind(&value), key) {
            (Kind::Map, Some(key)) => Some(Round::over_pairs(key, name, value.clone())),
            (Kind::Map, None) => {
                let name = if name == "key" { "value" } else { name };
                let help = Some(format!("write `{{% for key, {name} in … %}}`"));
                return Err(
                    Fault::new("an object has keys, and the loop names none").with_help(help)
                );
            }
            (Kind::List | Kind::Text(_), Some(_)) => {
                let message = format!("{} has no keys to loop over", kind_name(&value));
                let help = Some(format!("write `{{% for {name} in … %}}`"));
                return Err(Fault::new(message).with_help(help));
            }
            _ => Round::over_items(name, value.clone()),
        };
        let Some(round) = round else {
            return Err(Fault::new(format!("cannot loop over {}", kind_name(&value))));
        };
        let has_any = round.len > 0;
        if has_any {
            let mut state = self.state();
            let unit = state.frames.top().unit;
            state.frames.push(Frame::of_loop(unit, round));
        }
        Ok(has_any)
    }

    /// The template of the body that a block shows: the entry's own, else its nearest parent's.
    fn block(&self, name: &str, own: &str) -> String {
        let mut state = self.state();
        let active = state.frames.top().unit;
        let parents = &self.program.unit(active).parents;
        for (level, unit) in std::iter::once(&active).chain(parents).enumerate() {
            if let Some(body) = self.program.unit(*unit).blocks.get(name) {
                state.blocks.push((name.to_owned(), *unit, level));
                return body.clone();
            }
        }
        own.to_owned()
    }

    /// The template of the body that the block being shown has further up.
    fn above(&self) -> Result<String, Fault> {
        let mut state = self.state();
        let none = || Fault::new("`super()` has nothing above it").with_help(None);
        let (name, _, level) = state.blocks.last().cloned().ok_or_else(none)?;
        let parents = &self.program.unit(self.entry).parents;
        for (above, unit) in parents.iter().enumerate().skip(level) {
            if let Some(body) = self.program.unit(*unit).blocks.get(&name) {
                state.blocks.push((name, *unit, above + 1));
                return Ok(body.clone());
            }
        }
        Err(none())
    }

    /// After `super()`: its level is left, and the block's own when there is nothing above.
    fn below(&self) {
        let mut state = self.state();
        let last = state.blocks.pop();
        if last.is_some_and(|(_, _, level)| level >= self.program.unit(self.entry).parents.len()) {
            state.blocks.pop();
        }
    }

    fn placed(&self, args: &[Value]) -> Result<&Placed, Error> {
        let number = args.first().and_then(Value::as_usize);
        number.and_then(|number| self.program.pieces.get(number)).ok_or_else(|| {
            Error::new(ErrorKind::InvalidOperation, "the translated template is out of date")
        })
    }

    /// Runs a piece.
    fn piece(self: &Arc<Self>, state: &mut State<'_, '_>, placed: &Placed) -> Result<Value, Fault> {
        let engine = Engine::new(state);
        let evaluator = Evaluator { run: self, engine: &engine, unit: placed.unit };
        match &placed.piece {
            Piece::Print(expr) => evaluator.value(expr).map(shown),
            Piece::Condition(expr) => evaluator.truth(expr).map(Value::from),
            Piece::Set(set) => {
                let value = evaluator.unescaped(&set.value)?;
                self.state().frames.set(&set.key, value, set.is_global);
                Ok(Value::UNDEFINED)
            }
            Piece::Loop { key, value, container } => {
                self.begin(&evaluator, (key.as_deref(), value, container)).map(Value::from)
            }
            Piece::Include(unit) => {
                let mut state = self.state();
                if state.includes >= MAX_INCLUDES {
                    return Err(too_deep("includes", MAX_INCLUDES));
                }
                state.includes += 1;
                state.frames.push(Frame::new(Scope::Include, *unit));
                Ok(Value::UNDEFINED)
            }
            Piece::Block { name, body } => Ok(Value::from(self.block(name, body))),
            Piece::Super => self.above().map(Value::from),
            Piece::Fault { message, help } => {
                Err(Fault::new(message.as_str()).with_help(help.clone()))
            }
            Piece::Filter(_) => Ok(Value::UNDEFINED),
        }
    }

    fn leave(&self) {
        let mut state = self.state();
        state.frames.pop();
        state.includes = state.includes.saturating_sub(1);
    }

    /// Runs the filter of a section over what the section rendered.
    fn section(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        placed: &Placed,
        text: &Value,
    ) -> Result<Value, Fault> {
        let Piece::Filter(call) = &placed.piece else { return Ok(text.clone()) };
        // Kept as a plain string: what the engine marks as safe is nothing to Tera.
        let text = Value::from(text.as_str().unwrap_or_default());
        let filtered = if call.name.text == "safe" {
            text
        } else {
            let engine = Engine::new(state);
            let evaluator = Evaluator { run: self, engine: &engine, unit: placed.unit };
            evaluator.filtered(&text, call)?
        };
        Ok(shown(filtered))
    }
}

/// A value as the engine prints it unchanged.
fn shown(value: Value) -> Value {
    // A page's content, above all, is not copied.
    if value.is_safe() {
        return value;
    }
    let text = value.as_str().map_or_else(|| printed(&value), str::to_owned);
    Value::from_safe_string(text)
}

impl Object for Run {
    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "rounds" => {
                let len = self.state().frames.rounds();
                return Ok(Value::make_iterable(move || 0..len));
            }
            "next" => self.state().frames.next_round(),
            "end" => self.state().frames.pop(),
            "leave" => self.leave(),
            "below" => self.below(),
            _ => {
                let placed = self.placed(args)?;
                let at = |fault: Fault| Error::from(fault.at(placed.unit, &placed.span));
                return self.piece(state, placed).map_err(at);
            }
        }
        Ok(Value::UNDEFINED)
    }
}

impl Object for RunContext {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if key == "tera" {
            return Some(Value::from_dyn_object(self.run.clone()));
        }
        data::member(&self.run.given, key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("entry", &self.entry).finish_non_exhaustive()
    }
}

impl fmt::Debug for RunContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunContext").field("run", &self.run).finish()
    }
}

fn too_deep(what: &str, limit: usize) -> Fault {
    Fault::new(format!("{what} nest deeper than {limit} levels"))
        .with_help(Some("one of them calls itself without an end".to_owned()))
}

/// Runs in a thread of its own: recursion must not end the program.
fn on_a_stack(render: impl FnOnce() -> Result<String, Error> + Send) -> Result<String, Error> {
    let failed = |what: String| Error::new(ErrorKind::InvalidOperation, what);
    let noted = dependencies::take();
    let go_on = move || {
        dependencies::put(noted);
        (render(), dependencies::take())
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, go_on);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok((rendered, noted))) => {
                dependencies::put(noted);
                rendered
            }
            Ok(Err(_)) => Err(failed("a deep macro was given up".to_owned())),
            Err(error) => Err(failed(format!("no thread for a deep macro: {error}"))),
        }
    })
}

/// The filter `tera_section`: the filter of a section, by its number.
pub(crate) fn section(
    state: &mut State<'_, '_>,
    text: &Value,
    number: usize,
) -> Result<Value, Error> {
    let tera = state.lookup("tera").unwrap_or_default();
    let Some(run) = tera.downcast_object::<Run>() else { return Ok(text.clone()) };
    let placed = run.placed(&[Value::from(number)])?;
    let at = |fault: Fault| Error::from(fault.at(placed.unit, &placed.span));
    run.section(state, placed, text).map_err(at)
}

/// Appends a string as an expression in an escaped place shows it.
pub(crate) fn escaped_value(text: &str) -> Value {
    let mut out = String::with_capacity(text.len() + 16);
    escape(text, &mut out);
    Value::from(out)
}
