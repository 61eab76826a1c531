//! Stacks of scopes, each known by a number.
//!
//! A stack is its last scope and the stack below it, so that a thousand pieces with the same scopes
//! share one entry, and what was worked out for a stack can be kept under its number.

/// A stack of scopes, as numbered by one [`Scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(u32);

impl ScopeId {
    /// The stack without scopes.
    pub const EMPTY: Self = Self(0);

    /// The number, for tables.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// All stacks met so far.
#[derive(Debug)]
pub struct Scopes {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    parent: u32,
    name: Box<str>,
    /// Stacks with one scope more.
    above: Vec<u32>,
}

impl Default for Scopes {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Scopes {
    /// Stacks there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no scope was met.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() < 2
    }

    /// The stack with the scopes of `names`, which white space parts, on top.
    pub fn push(&mut self, stack: ScopeId, names: &str) -> ScopeId {
        names.split_whitespace().fold(stack, |stack, name| self.push_one(stack, name))
    }

    fn push_one(&mut self, stack: ScopeId, name: &str) -> ScopeId {
        let above = &self.nodes[stack.index()].above;
        let known = above.iter().find(|id| *self.nodes[**id as usize].name == *name);
        if let Some(id) = known {
            return ScopeId(*id);
        }
        let Ok(id) = u32::try_from(self.nodes.len()) else { return stack };
        self.nodes.push(Node { parent: stack.0, name: Box::from(name), above: Vec::new() });
        self.nodes[stack.index()].above.push(id);
        ScopeId(id)
    }

    /// The last scope of a stack, and the stack below it.
    pub fn top(&self, stack: ScopeId) -> Option<(&str, ScopeId)> {
        let node = self.nodes.get(stack.index()).filter(|_| stack != ScopeId::EMPTY)?;
        Some((&node.name, ScopeId(node.parent)))
    }

    /// Scopes from the last to the first.
    pub fn down(&self, stack: ScopeId) -> impl Iterator<Item = &str> {
        std::iter::successors(self.top(stack), |(_, below)| self.top(*below)).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_scopes_have_the_same_number() {
        let mut scopes = Scopes::default();
        let one = scopes.push(ScopeId::EMPTY, "source.rust  string.quoted");
        let root = scopes.push(ScopeId::EMPTY, "source.rust");
        assert_eq!(scopes.push(root, "string.quoted"), one);
        assert_ne!(scopes.push(one, "string.quoted"), one);
        assert_eq!(scopes.down(one).collect::<Vec<_>>(), ["string.quoted", "source.rust"]);
        assert_eq!(scopes.push(one, " "), one);
    }
}
