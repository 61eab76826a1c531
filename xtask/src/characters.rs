//! The table of traditional characters as the browser fetches it, beside the engine.

use std::fs;

use anyhow::{Context as _, Result};

use crate::shell::Workspace;

const PAIRS: &str = "crates/search-engine/src/analysis/characters.txt";

/// Packs the pairs as `search_engine::analysis::han::load` reads them: of each side, the high bytes
/// and then the low bytes of what each character adds to the one before, modulo 2¹⁶.
pub(crate) fn packed(workspace: &Workspace) -> Result<Vec<u8>> {
    let text = fs::read_to_string(workspace.root.join(PAIRS))
        .with_context(|| format!("cannot read {PAIRS}"))?;
    Ok(pack(&text))
}

fn pack(pairs: &str) -> Vec<u8> {
    let units: Vec<u16> = pairs.lines().flat_map(str::encode_utf16).collect();
    let mut packed = Vec::with_capacity(units.len() * 2);
    for side in 0..2 {
        let mut before = 0;
        let grown = units
            .iter()
            .skip(side)
            .step_by(2)
            .map(|&unit| unit.wrapping_sub(std::mem::replace(&mut before, unit)).to_be_bytes());
        let (high, low): (Vec<u8>, Vec<u8>) = grown.map(<[u8; 2]>::into).unzip();
        packed.extend(high);
        packed.extend(low);
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_two_planes_of_differences() {
        // U+4E1F U+4E22, U+4E26 U+5E76.
        let expected = [0x4e, 0, 0x1f, 7, 0x4e, 0x10, 0x22, 0x54];
        assert_eq!(pack("丟丢\n並并"), expected);
    }
}
