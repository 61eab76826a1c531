//! Seeded chance.

use anyhow::{Context as _, Result};
use serde_json::{Map, Value};

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, and good enough for made-up records.
pub(super) struct Chance(u64);

impl Chance {
    /// The chance of thing `number` under `seed`.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0xd134_2543_de82_ef95) ^ number);
        // Neighbouring numbers must not give neighbouring streams.
        Self(chance.next() ^ number.rotate_left(32))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when that is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(end);
        u64::try_from(product >> 64).expect("the high half of 128 bits")
    }

    /// A number from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether it happens, `percent` times in a hundred.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// One of these.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.below(of.len() as u64);
        &of[usize::try_from(at).expect("below a length")]
    }

    /// One of `0..end`, small ones oftener: ranks by Zipf's law with the given bend (1: even).
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks stay far below 2⁵³"
    )]
    pub(super) fn rank(&mut self, end: u64, bend: i32) -> u64 {
        ((self.unit().powi(bend) * end as f64) as u64).min(end.saturating_sub(1))
    }
}

/// Values with the numbers of times they were seen.
pub(super) struct Weighted<T> {
    values: Vec<T>,
    /// Sum of the counts up to and with each value.
    sums: Vec<u64>,
}

impl<T> Weighted<T> {
    /// The distribution `name` of `from`, its keys read by `parse`.
    pub(super) fn read(
        from: &Map<String, Value>,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Self> {
        let counts = from.get(name).and_then(Value::as_object);
        let counts = counts.with_context(|| format!("the distributions have no `{name}`"))?;
        let (mut values, mut sums, mut sum) = (Vec::new(), Vec::new(), 0);
        for (key, count) in counts {
            let (Some(value), Some(count)) = (parse(key), count.as_u64()) else { continue };
            sum += count;
            values.push(value);
            sums.push(sum);
        }
        (sum > 0).then_some(()).with_context(|| format!("the distribution `{name}` is empty"))?;
        Ok(Self { values, sums })
    }

    /// One of them.
    pub(super) fn pick(&self, chance: &mut Chance) -> &T {
        let total = *self.sums.last().expect("not empty: checked when read");
        let at = chance.below(total);
        &self.values[self.sums.partition_point(|&sum| sum <= at)]
    }
}
