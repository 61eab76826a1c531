//! Takes out of the bound module what only ever describes a panic.
//!
//! A panic in the browser ends the worker, whatever it says, and its words reach nobody. Still the
//! compiler keeps the code that words them and the table of places in the sources: 3 % of what
//! every searcher downloads. The functions that begin a panic are made to end at once; wasm-opt then
//! drops what leads to them. What tells functions apart are their names, so this runs before names
//! are stripped; a toolchain that names them otherwise costs bytes, not correctness.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use walrus::{DataId, FunctionBuilder, FunctionId, FunctionKind, Module};

/// Parts of the mangled names of functions that never return: those that begin a panic.
const BEGIN_PANICS: [&str; 10] = [
    "9panicking",
    "13unwrap_failed",
    "13expect_failed",
    "16slice_index_fail",
    "16slice_error_fail",
    "19slice_error_fail_rt",
    "13assert_failed",
    "17len_mismatch_fail",
    "8raw_vec12handle_error",
    "17capacity_overflow",
];
/// Bytes of a place in the sources: address and length of the file's name, line, column.
const PLACE_LEN: usize = 16;

/// Rewrites the module in place.
pub(crate) fn panics(path: &Path) -> Result<()> {
    let mut module = Module::from_file(path)
        .with_context(|| format!("cannot read the module `{}`", path.display()))?;
    let begins = |name: &str| BEGIN_PANICS.iter().any(|part| name.contains(part));
    let found: Vec<FunctionId> = module
        .funcs
        .iter()
        .filter(|function| matches!(function.kind, FunctionKind::Local(_)))
        .filter(|function| function.name.as_deref().is_some_and(begins))
        .map(walrus::Function::id)
        .collect();
    if found.is_empty() {
        bail!("no function of `{}` begins a panic: names were stripped", path.display());
    }
    for function in found {
        end_at_once(&mut module, function);
    }
    let segments: Vec<DataId> = module.data.iter().map(walrus::Data::id).collect();
    for segment in segments {
        blank_places(&mut module, segment);
    }
    walrus::passes::gc::run(&mut module);
    module
        .emit_wasm_file(path)
        .with_context(|| format!("cannot write the module `{}`", path.display()))
}

fn end_at_once(module: &mut Module, function: FunctionId) {
    let kind = module.types.get(module.funcs.get(function).ty());
    let (takes, gives) = (kind.params().to_vec(), kind.results().to_vec());
    let arguments = takes.iter().map(|&kind| module.locals.add(kind)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, &takes, &gives);
    builder.func_body().unreachable();
    module.funcs.get_mut(function).kind = FunctionKind::Local(builder.local_func(arguments));
}

/// Zeroes the places in the sources that a segment holds, and the file names they point to in it.
fn blank_places(module: &mut Module, segment: DataId) {
    let data = module.data.get_mut(segment);
    let Some(base) = base_of(data) else { return };
    let places: Vec<_> = (0..data.value.len().saturating_sub(PLACE_LEN - 1))
        .step_by(4)
        .filter_map(|at| Some((at, file_name(&data.value, base, at)?)))
        .collect();
    for (at, name) in places {
        data.value[at..at + PLACE_LEN].fill(0);
        data.value[name].fill(0);
    }
}

fn base_of(data: &walrus::Data) -> Option<usize> {
    match &data.kind {
        walrus::DataKind::Active {
            offset: walrus::ConstExpr::Value(walrus::ir::Value::I32(base)),
            ..
        } => usize::try_from(*base).ok(),
        _ => None,
    }
}

/// Where the file's name stands if there is a place in the sources at `at`.
fn file_name(bytes: &[u8], base: usize, at: usize) -> Option<std::ops::Range<usize>> {
    let word = |i: usize| {
        let bytes = bytes.get(at + 4 * i..at + 4 * i + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    let (start, len, line, column) = (word(0)?.checked_sub(base)?, word(1)?, word(2)?, word(3)?);
    let plausible = (1..20_000).contains(&line) && (1..400).contains(&column) && len < 200;
    let name = bytes.get(start..start.checked_add(len)?).filter(|_| plausible)?;
    let name_only = name.strip_suffix(b"\0").unwrap_or(name);
    name_only.ends_with(b".rs").then_some(start..start + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_points_to_a_source_file_in_the_same_segment() {
        let mut bytes = b"src/lib.rs\0\0".to_vec();
        for word in [1_000_u32, 10, 17, 9] {
            bytes.extend(word.to_le_bytes());
        }
        assert_eq!(file_name(&bytes, 1_000, 12), Some(0..10));
        assert_eq!(file_name(&bytes, 900, 12), None, "the name would stand past the end");
        bytes[20] = 0;
        assert_eq!(file_name(&bytes, 1_000, 12), None, "there is no line 0");
    }
}
