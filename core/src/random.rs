//! The only source of jitter: SplitMix64 over the 16 bytes of entropy that a call is started with.
//! Written down exactly, so that another implementation can compute the same waits. Nothing random is made here, and
//! nothing here is fit for secrets.

/// A stream of numbers that its entropy alone decides.
///
/// The algorithm is SplitMix64 (Steele, Lea and Flood, 2014). Its first state is the first eight bytes of entropy, read
/// as one big-endian number, XOR the last eight, read likewise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Starts the stream of this entropy.
    #[must_use]
    pub fn new(entropy: [u8; 16]) -> Self {
        let both = u128::from_be_bytes(entropy);
        let [first, second] = [both >> 64, both & u128::from(u64::MAX)];
        Self { state: u64::try_from(first ^ second).unwrap_or_default() }
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `max` − 1, or 0 when `max` is 0; see [`scaled`].
    pub fn below(&mut self, max: u64) -> u64 {
        scaled(self.draw(), max)
    }
}

/// Brings 64 random bits into 0 ..= `max` − 1 by their upper half: `((bits >> 32) * max) >> 32`. Made for waits in ms:
/// a `max` of 2³² or more is not spread over its whole range.
#[must_use]
pub const fn scaled(bits: u64, max: u64) -> u64 {
    (bits >> 32).saturating_mul(max) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    // The values that follow come from this Python, except where a published vector is named:
    //   M = 2**64 - 1
    //   def start(e): return int.from_bytes(e[:8], 'big') ^ int.from_bytes(e[8:], 'big')
    //   def next(s):  # -> state, output
    //       s = (s + 0x9E3779B97F4A7C15) & M; z = s
    //       z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
    //       z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
    //       return s, z ^ (z >> 31)
    //   def below(z, m): return ((z >> 32) * m) >> 32
    const COUNTING: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    #[test]
    fn the_published_vector_of_seed_1234567_comes_out() {
        // Rosetta Code, "Pseudo-random numbers/Splitmix64".
        let mut entropy = [0; 16];
        entropy[..8].copy_from_slice(&1_234_567_u64.to_be_bytes());
        let mut random = Random::new(entropy);
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        for expected in published {
            assert_eq!(random.draw(), expected);
        }
    }

    #[test]
    fn both_halves_of_the_entropy_count() {
        let mut random = Random::new(COUNTING);
        assert_eq!(random.state, 0x0808_0808_0808_0808);
        for expected in [0xc00f_03b0_7279_e609, 0x5595_cd9a_f143_9fe2, 0xd495_f5f3_d22a_6a4a] {
            assert_eq!(random.draw(), expected);
        }
    }

    #[test]
    fn below_takes_the_upper_half_of_each_number() {
        let mut random = Random::new(COUNTING);
        let drawn: Vec<u64> = (0..6).map(|_| random.below(1000)).collect();
        assert_eq!(drawn, [750, 334, 830, 108, 444, 339]);
    }

    #[test]
    fn below_stays_below_and_is_total() {
        assert_eq!(scaled(u64::MAX, 0), 0);
        assert_eq!(scaled(u64::MAX, 1), 0);
        assert_eq!(scaled(u64::MAX, 8001), 8000);
        assert!(scaled(u64::MAX, u64::MAX) < u64::MAX);
    }
}
