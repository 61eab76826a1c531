//! Reads the transducers that the `fst` crate (0.4, format version 3) builds.
//!
//! That crate's own reader trusts its bytes: altered ones make it panic, which ends a WASM module.
//! This one answers "not found" instead: every address and length is checked, walks are bounded
//! by the length of a key and by a number of steps.
//!
//! Blocks carry the nodes alone, without that format's header, counts and checksum: addresses count
//! from a header of 16 bytes that is not there, and the root is the last node.
//!
//! A node is read backwards from its address. Its last byte tells its form: `11cccccc` one
//! transition to the node just before it, `10cccccc` one transition, `0fnnnnnn` final flag and
//! number of transitions; `cccccc` is an index into the common inputs, 0: a byte before it.

use alloc::vec;

/// Longest key in bytes.
pub const MAX_KEY: usize = 160;

const HEADER_LEN: usize = 16;
const FOOTER_LEN: usize = 20;
/// From this number of transitions on, a node carries a table of 256 indices.
const INDEXED: usize = 32;
/// The inputs that need no byte of their own, most frequent first.
const COMMON: &[u8; 63] = b"te/oasripcnw.hlm-du012g=:bf3y5&_4v9678k%?xCDASFIBEjPTzRNM+LOqHG";

/// A map from byte strings to integers.
#[derive(Clone, Copy)]
pub struct Fst<'a> {
    data: &'a [u8],
    root: usize,
}

#[derive(Clone, Copy)]
struct Node<'a> {
    data: &'a [u8],
    /// First byte of the node; addresses of targets are counted back from it.
    start: usize,
    is_final: bool,
    final_output: u64,
    len: usize,
    /// The single transition of a node in one of the short forms.
    single: Option<Arc>,
    /// End of the inputs, of the addresses and of the outputs of the long form, each stored last
    /// transition first.
    inputs_end: usize,
    addrs_end: usize,
    outputs_end: usize,
    addr_len: usize,
    output_len: usize,
}

#[derive(Clone, Copy)]
struct Arc {
    input: u8,
    output: u64,
    target: usize,
}

impl<'a> Fst<'a> {
    /// Wraps the nodes of a transducer; `None` when they cannot be ones. No nodes: no keys.
    pub fn new(data: &'a [u8]) -> Option<Self> {
        let root = if data.is_empty() { 0 } else { data.len().checked_add(HEADER_LEN - 1)? };
        Some(Self { data, root })
    }

    /// The value of `key`.
    pub fn get(self, key: &[u8]) -> Option<u64> {
        let mut node = self.node(self.root)?;
        let mut value = 0_u64;
        for &byte in key {
            let arc = node.find(byte)?;
            value = value.wrapping_add(arc.output);
            node = self.node(arc.target)?;
        }
        node.is_final.then(|| value.wrapping_add(node.final_output))
    }

    /// The value of the greatest key that is not greater than `key`.
    pub fn floor(self, key: &[u8]) -> Option<u64> {
        let mut node = self.node(self.root)?;
        let mut value = 0_u64;
        // Where the greatest smaller key branches off: a value, or a node to go down from.
        let mut below: Option<(u64, Option<usize>)> = None;
        for &byte in key {
            if node.is_final {
                below = Some((value.wrapping_add(node.final_output), None));
            }
            if let Some(arc) = node.last_below(byte) {
                below = Some((value.wrapping_add(arc.output), Some(arc.target)));
            }
            let Some(arc) = node.find(byte) else { return self.last_of(below?) };
            value = value.wrapping_add(arc.output);
            node = self.node(arc.target)?;
        }
        if node.is_final {
            return Some(value.wrapping_add(node.final_output));
        }
        self.last_of(below?)
    }

    /// The greatest key at or under a branch.
    fn last_of(self, (mut value, branch): (u64, Option<usize>)) -> Option<u64> {
        let Some(addr) = branch else { return Some(value) };
        let mut node = self.node(addr)?;
        for _ in 0..MAX_KEY {
            let Some(last) = node.len.checked_sub(1) else { break };
            let arc = node.arc(last)?;
            value = value.wrapping_add(arc.output);
            node = self.node(arc.target)?;
        }
        node.is_final.then(|| value.wrapping_add(node.final_output))
    }

    /// Hands all keys that begin with `prefix`, in order, with their values to `each` until it
    /// returns `false` or `max_steps` nodes were met. Returns whether the walk came to its end.
    pub fn each_under(
        self,
        prefix: &[u8],
        max_steps: usize,
        each: &mut dyn FnMut(&[u8], u64) -> bool,
    ) -> bool {
        self.walk(prefix, max_steps, &mut |_| true, each)
    }

    /// As [`each_under`](Self::each_under), but goes on from a beginning, each time one byte longer
    /// than one it has gone on from, only where `enter` says so.
    pub fn walk(
        self,
        prefix: &[u8],
        max_steps: usize,
        enter: &mut dyn FnMut(&[u8]) -> bool,
        each: &mut dyn FnMut(&[u8], u64) -> bool,
    ) -> bool {
        let Some((addr, value)) = self.descend(prefix) else { return true };
        let mut key = prefix.to_vec();
        let mut stack = vec![(addr, value, 0_usize)];
        let mut steps = 0;
        while let Some((addr, value, next)) = stack.pop() {
            let Some(node) = self.node(addr) else { return false };
            if next == 0 {
                steps += 1;
                if steps > max_steps || key.len() > MAX_KEY {
                    return false;
                }
                if node.is_final && !each(&key, value.wrapping_add(node.final_output)) {
                    return false;
                }
            }
            if next < node.len {
                let Some(arc) = node.arc(next) else { return false };
                stack.push((addr, value, next + 1));
                key.push(arc.input);
                if enter(&key) {
                    stack.push((arc.target, value.wrapping_add(arc.output), 0));
                } else {
                    key.pop();
                }
            } else if key.len() > prefix.len() {
                key.pop();
            }
        }
        true
    }

    fn descend(self, prefix: &[u8]) -> Option<(usize, u64)> {
        let (mut addr, mut value) = (self.root, 0_u64);
        for &byte in prefix {
            let arc = self.node(addr)?.find(byte)?;
            value = value.wrapping_add(arc.output);
            addr = arc.target;
        }
        Some((addr, value))
    }

    fn node(self, addr: usize) -> Option<Node<'a>> {
        let data = self.data;
        let mut node = Node {
            data,
            start: addr,
            is_final: addr == 0,
            final_output: 0,
            len: 0,
            single: None,
            inputs_end: 0,
            addrs_end: 0,
            outputs_end: 0,
            addr_len: 0,
            output_len: 0,
        };
        if addr == 0 {
            return Some(node);
        }
        if addr < HEADER_LEN {
            return None;
        }
        let state = byte_at(data, addr)?;
        if state >= 0b1000_0000 {
            node.read_single(state, addr)?;
        } else {
            node.read_many(state, addr)?;
        }
        Some(node)
    }
}

impl Node<'_> {
    fn read_single(&mut self, state: u8, addr: usize) -> Option<()> {
        let common = usize::from(state & 0b11_1111);
        let mut at = addr;
        let input = if common == 0 {
            at = at.checked_sub(1)?;
            byte_at(self.data, at)?
        } else {
            COMMON[common - 1]
        };
        self.len = 1;
        if state >= 0b1100_0000 {
            self.single = Some(Arc { input, output: 0, target: at.checked_sub(1)? });
            return Some(());
        }
        at = at.checked_sub(1)?;
        (self.addr_len, self.output_len) = sizes(byte_at(self.data, at)?)?;
        let addr_at = at.checked_sub(self.addr_len)?;
        self.start = addr_at.checked_sub(self.output_len)?;
        let output = uint(self.data, self.start, self.output_len)?;
        let target = self.target(addr_at)?;
        self.single = Some(Arc { input, output, target });
        Some(())
    }

    fn read_many(&mut self, state: u8, addr: usize) -> Option<()> {
        let mut at = addr;
        self.is_final = state & 0b100_0000 != 0;
        self.len = usize::from(state & 0b11_1111);
        if self.len == 0 {
            at = at.checked_sub(1)?;
            // One transition never needs this byte, so 1 stands for 256.
            self.len = match byte_at(self.data, at)? {
                1 => 256,
                len => usize::from(len),
            };
        }
        at = at.checked_sub(1)?;
        (self.addr_len, self.output_len) = sizes(byte_at(self.data, at)?)?;
        self.inputs_end = if self.len > INDEXED { at.checked_sub(256)? } else { at };
        self.addrs_end = self.inputs_end.checked_sub(self.len)?;
        self.outputs_end = self.addrs_end.checked_sub(self.len * self.addr_len)?;
        self.start = self.outputs_end.checked_sub(self.len * self.output_len)?;
        if self.is_final && self.output_len > 0 {
            self.start = self.start.checked_sub(self.output_len)?;
            self.final_output = uint(self.data, self.start, self.output_len)?;
        }
        Some(())
    }

    /// The address stored at `at`: a distance back from the node's start, 0 for the empty node.
    fn target(&self, at: usize) -> Option<usize> {
        match usize::try_from(uint(self.data, at, self.addr_len)?).ok()? {
            0 => Some(0),
            distance => self.start.checked_sub(distance),
        }
    }

    fn input(&self, i: usize) -> Option<u8> {
        match self.single {
            Some(arc) => Some(arc.input),
            None => byte_at(self.data, self.inputs_end.checked_sub(i + 1)?),
        }
    }

    fn arc(&self, i: usize) -> Option<Arc> {
        if self.single.is_some() {
            return self.single;
        }
        let input = self.input(i)?;
        let target = self.target(self.addrs_end.checked_sub((i + 1) * self.addr_len)?)?;
        let output_at = self.outputs_end.checked_sub((i + 1) * self.output_len)?;
        Some(Arc { input, output: uint(self.data, output_at, self.output_len)?, target })
    }

    fn find(&self, byte: u8) -> Option<Arc> {
        (0..self.len).find(|&i| self.input(i) == Some(byte)).and_then(|i| self.arc(i))
    }

    /// The greatest transition under an input smaller than `byte`.
    fn last_below(&self, byte: u8) -> Option<Arc> {
        let below = |&i: &usize| self.input(i).is_some_and(|input| input < byte);
        (0..self.len).rev().find(below).and_then(|i| self.arc(i))
    }
}

fn sizes(byte: u8) -> Option<(usize, usize)> {
    let (addr, output) = (usize::from(byte >> 4), usize::from(byte & 15));
    (addr <= 8 && output <= 8).then_some((addr, output))
}

/// The nodes of a transducer as the `fst` crate writes it.
pub fn nodes(file: &[u8]) -> &[u8] {
    file.get(HEADER_LEN..file.len().saturating_sub(FOOTER_LEN)).unwrap_or_default()
}

fn byte_at(data: &[u8], at: usize) -> Option<u8> {
    data.get(at.checked_sub(HEADER_LEN)?).copied()
}

/// A little-endian integer of `len` (0–8) bytes.
fn uint(data: &[u8], at: usize, len: usize) -> Option<u64> {
    let at = at.checked_sub(HEADER_LEN)?;
    let bytes = data.get(at..at.checked_add(len)?)?;
    Some(bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    fn build(map: &std::collections::BTreeMap<Vec<u8>, u64>) -> Vec<u8> {
        nodes(
            ::fst::raw::Fst::from_iter_map(map.iter().map(|(key, &value)| (key, value)))
                .unwrap()
                .as_bytes(),
        )
        .to_vec()
    }

    fn keys() -> impl Strategy<Value = std::collections::BTreeMap<Vec<u8>, u64>> {
        let key =
            prop_oneof![vec(97_u8..100, 0..8), vec(any::<u8>(), 0..6), vec(any::<u8>(), 1..2)];
        btree_map(key, 0_u64..100_000, 0..300)
    }

    proptest! {
        #[test]
        fn reads_what_the_fst_crate_writes(map in keys(), others in vec(vec(any::<u8>(), 0..5), 0..20)) {
            let bytes = build(&map);
            let fst = Fst::new(&bytes).unwrap();
            for key in map.keys().chain(&others) {
                prop_assert_eq!(fst.get(key), map.get(key).copied());
                let floor = map.range(..=key.clone()).next_back().map(|(_, &value)| value);
                prop_assert_eq!(fst.floor(key), floor);
            }
            for prefix in others.iter().map(|key| &key[..key.len().min(1)]) {
                let mut seen = Vec::new();
                let ended = fst.each_under(prefix, 100_000, &mut |key, value| {
                    seen.push((key.to_vec(), value));
                    true
                });
                prop_assert!(ended);
                let expected: Vec<_> = map.iter().filter(|(key, _)| key.starts_with(prefix))
                    .map(|(key, &value)| (key.clone(), value)).collect();
                prop_assert_eq!(seen, expected);
            }
        }

        #[test]
        fn altered_bytes_never_panic_or_hang(map in keys(), flips in vec((any::<usize>(), any::<u8>()), 1..8), key: Vec<u8>) {
            let mut bytes = build(&map);
            for (at, byte) in flips {
                if let Some(slot) = at.checked_rem(bytes.len()).and_then(|at| bytes.get_mut(at)) {
                    *slot = byte;
                }
            }
            if let Some(fst) = Fst::new(&bytes) {
                fst.get(&key);
                fst.floor(&key);
                let mut seen = 0;
                fst.each_under(b"", 5_000, &mut |_, _| { seen += 1; true });
                prop_assert!(seen <= 5_000);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300), key: Vec<u8>) {
            if let Some(fst) = Fst::new(&bytes) {
                fst.get(&key);
                fst.floor(&key);
                fst.each_under(b"", 5_000, &mut |_, _| true);
            }
        }
    }
}
