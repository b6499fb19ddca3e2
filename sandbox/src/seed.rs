//! Everything random: a seeded generator for ids, addresses, transaction ids and risk scores.
//!
//! The same seed and the same requests give the same world. Not cryptographic, and nothing here is a secret.

use serde_json::{Value, json};

/// SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Seed(u64);

const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

impl Seed {
    /// A generator that starts from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound` (0 for a bound of 0).
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.bits().checked_rem(bound).unwrap_or(0)
    }

    /// A UUID, version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    /// `length` lower-case hex digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length + 16);
        while text.len() < length {
            text.push_str(&format!("{:016x}", self.bits()));
        }
        text.truncate(length);
        text
    }

    /// A transaction id as the network writes it.
    pub(crate) fn txid(&mut self, network: &str) -> String {
        match network {
            "ethereum" | "bnb_smart_chain" => format!("0x{}", self.hex(64)),
            "ripple" => self.hex(64).to_uppercase(),
            "solana" => self.base58(88),
            _ => self.hex(64),
        }
    }

    /// A deposit address in the network's form; XRP and XLM share one and differ by the tag in `?dt=`.
    pub(crate) fn address(&mut self, network: &str) -> String {
        match network {
            "bitcoin" => format!("2N{}", self.base58(33)),
            "litecoin" => format!("Q{}", self.base58(33)),
            "bitcoin_cash" => format!("bchtest:q{}", self.hex(41)),
            "ethereum" | "bnb_smart_chain" => format!("0x{}", self.hex(40)),
            "tron" => format!("T{}", self.base58(33)),
            "ripple" => format!("rpbZbVrf2H2pWaXwRV2aaCNnQ2tDoJhgaz?dt={}", 1 + self.below(4_000_000_000)),
            "stellar" => {
                format!(
                    "GDX3XWQKJZ5L7YB6NTAF2MCVR4SEHU7PO6IGKQWLTBYDZNCJM3XAVSER?dt={}",
                    1 + self.below(4_000_000_000)
                )
            }
            "cardano" => format!("addr_test1{}", self.hex(53)),
            "dogecoin" => format!("n{}", self.base58(33)),
            _ => self.base58(44),
        }
    }

    /// A risk in the sandbox's way: score and level have nothing to do with each other.
    pub(crate) fn risk(&mut self, level: &str) -> Value {
        let hundredths = u32::try_from(300 + self.below(570)).unwrap_or(300);
        json!({
            "score": f64::from(hundredths) / 100.0,
            "level": level,
            "resource_name": "default",
            "resource_category": "unknown",
        })
    }

    fn base58(&mut self, length: usize) -> String {
        let count = u64::try_from(BASE58.len()).unwrap_or(1);
        (0..length)
            .filter_map(|_| {
                let index = usize::try_from(self.below(count)).unwrap_or(0);
                BASE58.get(index).copied().map(char::from)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::is_uuid;

    #[test]
    fn the_generator_is_splitmix64() {
        // Published first outputs of SplitMix64 for the seed 1234567.
        let mut seed = Seed::new(1_234_567);
        assert_eq!([seed.bits(), seed.bits()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn ids_are_version_4_uuids_and_repeat_with_the_seed() {
        let (mut a, mut b) = (Seed::new(7), Seed::new(7));
        for _ in 0..200 {
            let id = a.uuid();
            assert!(is_uuid(&id), "{id}");
            assert_eq!(id.as_bytes()[14], b'4');
            assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
            assert_eq!(id, b.uuid());
        }
    }

    #[test]
    fn addresses_have_the_form_of_their_network() {
        let mut seed = Seed::new(1);
        assert_eq!((seed.address("bitcoin").len(), seed.address("ethereum").len()), (35, 42));
        assert!(seed.address("ripple").contains("?dt="));
    }
}
