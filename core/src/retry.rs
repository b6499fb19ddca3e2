//! How long to wait before a request is repeated or an object is looked for (rule T4), as pure functions.
//! Whether anything may be repeated is decided elsewhere: by status, by the quota, by the rules of safe writes.

use crate::random::Random;

/// The longest wait before the first retry, in ms; it doubles with every retry (T4).
const FIRST_MS: u64 = 500;
/// No backoff is longer than this, in ms (T4).
const LONGEST_MS: u64 = 8_000;

/// When lists are read to find a write that may have been applied: ms after the failure (rows `by_ledger`,
/// `by_listing`). After the last, finding nothing counts; only a look that failed is repeated.
pub const SCAN_AT_MS: [u64; 3] = [1_000, 3_000, 9_000];

/// The wait before retry `n` (from 0), in ms: anything from 0 to 500 · 2ⁿ, at most 8 s, both ends included (T4).
pub fn backoff(n: u32, random: &mut Random) -> u64 {
    random.below(ceiling(n).saturating_add(1))
}

/// The wait before look `n` (from 0), in ms: half of what [`backoff`] may reach is fixed, the other half random. The
/// first is 250 ..= 500 ms. A look at once would often come before the server has finished.
pub fn look_wait(n: u32, random: &mut Random) -> u64 {
    let half = ceiling(n) / 2;
    half.saturating_add(random.below(half.saturating_add(1)))
}

/// min(500 · 2ⁿ, 8000), without overflow for any `n`.
fn ceiling(n: u32) -> u64 {
    // 2¹⁶ is far beyond the longest wait already.
    FIRST_MS.saturating_mul(1 << n.min(16)).min(LONGEST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> Random {
        Random::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
    }

    // Golden values: the Python of random.rs, with below(min(500 * 2**n, 8000) + 1) and, for looks,
    // half + below(half + 1), where half = min(500 * 2**n, 8000) // 2.

    #[test]
    fn t4_backoff_is_random_up_to_a_doubling_ceiling_of_8_s() {
        let mut random = counting();
        let waits: Vec<u64> = (0..7).map(|n| backoff(n, &mut random)).collect();
        assert_eq!(waits, [375, 334, 1661, 434, 3555, 2715, 4991]);
    }

    #[test]
    fn looks_wait_half_fixed_half_random() {
        let mut random = counting();
        let waits: Vec<u64> = (0..7).map(|n| look_wait(n, &mut random)).collect();
        assert_eq!(waits, [438, 667, 1831, 2217, 5778, 5357, 6496]);
    }

    #[test]
    fn t4_waits_reach_both_ends_and_never_leave_them() {
        for (n, most) in [(0, 500), (1, 1000), (2, 2000), (3, 4000), (4, 8000), (5, 8000), (u32::MAX, 8000)] {
            let mut random = counting();
            let (mut least_seen, mut most_seen) = (u64::MAX, 0);
            for _ in 0..200_000 {
                let wait = backoff(n, &mut random);
                least_seen = least_seen.min(wait);
                most_seen = most_seen.max(wait);
                assert!((most / 2..=most).contains(&look_wait(n, &mut random)));
            }
            assert!(
                least_seen <= 1 && (most - 1..=most).contains(&most_seen),
                "{n}: {least_seen}..{most_seen}"
            );
        }
    }
}
