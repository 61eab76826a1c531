//! Model to pages.

mod output;
mod renderer;

pub use output::{Contents, OutputFile, PageDocument};
pub use renderer::Renderer;
