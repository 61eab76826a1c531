//! Tera 1 templates in MiniJinja: themes and sites written for Zola up to 0.22 as they are.
//!
//! ```text
//! source ─ statements, expressions ─▶ syntax ─ whitespace ─▶ syntax ─ translate ─┬─▶ MiniJinja source
//!          (cursor)                                                             └─▶ pieces (program)
//! MiniJinja runs the source ─ tera.print(1), tera.holds(2) … ─▶ run ─▶ evaluate ─▶ filters, functions,
//!                                                                                  testers, printing
//! ```
//!
//! Tera and MiniJinja look alike and differ in nearly every expression: where escaping happens, what a
//! condition forgives, what scope a name is found in. So the translation keeps what both do alike
//! (text, branches, loops, includes) and leaves each expression to an evaluator with Tera's rules; a
//! piece knows its place in the author's file, and every error is told there.
//!
//! The reference is Tera's documentation and what Tera 1.20 prints; its code is not part of this.

mod arithmetic;
mod complaint;
mod cursor;
mod data;
mod evaluate;
mod expressions;
mod fault;
mod filters;
mod frames;
mod functions;
mod given;
mod load;
mod printing;
mod program;
mod run;
mod set;
mod statements;
mod syntax;
mod testers;
mod translate;
mod whitespace;

pub(crate) use complaint::Complaint;
pub(crate) use fault::Fault;
pub(crate) use load::{Source, load};
pub(crate) use program::Program;
pub(crate) use run::{Run, section};
pub use set::TeraSet;
