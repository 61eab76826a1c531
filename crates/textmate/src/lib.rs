//! Text to pieces with scopes by `TextMate` grammars, and scopes to colours by themes of VS Code.
//!
//! ```
//! use textmate::{Grammars, Memory, Packed, Theme, Tokenizer};
//!
//! let packed = Packed::embedded();
//! let grammars = Grammars::new(packed.sources().collect());
//! let theme = Theme::from_json(&packed.theme("github-dark").unwrap()).unwrap();
//! let mut memory = Memory::default();
//! let mut text = Tokenizer::new(&grammars, "source.rust", &mut memory).unwrap();
//! let pieces = text.line("fn main() {}", &mut memory);
//! assert_eq!(pieces[0].end, "fn".len());
//! let style = theme.paint(&memory.scopes, pieces[0].scopes).style;
//! assert_eq!(style.foreground.unwrap().to_string(), "#F97583");
//! ```
//!
//! Grammars are read, and expressions compiled, when first met; both are shared by all threads. What
//! one text leaves behind for the next, such as the numbers of scopes, is in its [`Memory`].
//!
//! A grammar at fault colours less, and stops nothing: expressions that do not compile, take too
//! long, or lead nowhere are passed over.

mod color;
mod grammar;
mod grammars;
mod injected;
mod names;
mod packed;
mod pattern;
mod reader;
mod scopes;
mod search;
mod selector;
mod theme;
mod tokenizer;

pub use color::Color;
pub use grammars::{Grammars, Source};
pub use packed::{Language, Packed};
pub use scopes::{ScopeId, Scopes};
pub use theme::{Font, Painted, Rule, Style, Theme};
pub use tokenizer::{Memory, Piece, Tokenizer};
