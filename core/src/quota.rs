//! How many retries a client may afford in all (rule T6): when the server is ill, a thousand calls that each retry three
//! times make it worse. Two buckets, one for sends and one for recovery reads. When to retry is not decided here.

/// What a retry is for; it sets the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Any answer below 500: 408, 425, 429, or a look that has found nothing yet. Costs 5.
    TurnedAway,
    /// The transport failed, or the server did (5xx). Costs 10.
    Failed,
}

impl Cause {
    /// What a retry for this cause costs, in tokens.
    #[must_use]
    pub const fn cost(self) -> u64 {
        match self {
            Self::TurnedAway => 5,
            Self::Failed => 10,
        }
    }
}

/// The retry quota of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Pays for repeated sends: 500 tokens. Empty: the call ends with its last error.
    pub sends: Bucket,
    /// Pays for recovery reads: 200 tokens. Empty: the call ends as `outcome_unknown`, resumable.
    pub looks: Bucket,
}

impl Quota {
    /// Both buckets full.
    #[must_use]
    pub const fn new() -> Self {
        Self { sends: Bucket::full(500), looks: Bucket::full(200) }
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self::new()
    }
}

/// Tokens that are spent on retries; one comes back per second, and successes return some. Never above its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    size: u64,
    tokens: u64,
    /// The tick (ms) up to which the seconds have been counted.
    counted_to: u64,
}

impl Bucket {
    const fn full(size: u64) -> Self {
        Self { size, tokens: size, counted_to: 0 }
    }

    /// Pays for one retry at tick `now` (ms). `false`: too little is left, nothing was paid and the retry must not be.
    pub fn spend(&mut self, now: u64, cause: Cause) -> bool {
        self.count_seconds(now);
        match self.tokens.checked_sub(cause.cost()) {
            Some(rest) => {
                self.tokens = rest;
                true
            }
            None => false,
        }
    }

    /// A call succeeded: what its last retry cost comes back, or 1 token if it had none.
    pub fn succeeded(&mut self, last_retry: Option<Cause>) {
        self.give(last_retry.map_or(1, Cause::cost));
    }

    /// A token for every full second; the rest of a second counts next time, unless the bucket is full anyway. Ticks
    /// that go back count nothing.
    fn count_seconds(&mut self, now: u64) {
        let seconds = now.saturating_sub(self.counted_to) / 1_000;
        self.give(seconds);
        self.counted_to = if self.tokens == self.size {
            self.counted_to.max(now)
        } else {
            self.counted_to.saturating_add(seconds.saturating_mul(1_000))
        };
    }

    fn give(&mut self, tokens: u64) {
        self.tokens = self.tokens.saturating_add(tokens).min(self.size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Bucket {
        /// The tokens left at tick `now` (ms).
        fn left(&self, now: u64) -> u64 {
            let mut at_now = self.clone();
            at_now.count_seconds(now);
            at_now.tokens
        }
    }

    fn spends(bucket: &mut Bucket, now: u64, cause: Cause) -> u32 {
        let mut count = 0;
        while bucket.spend(now, cause) {
            count += 1;
        }
        count
    }

    #[test]
    fn t6_500_tokens_pay_for_100_polite_or_50_failed_retries() {
        assert_eq!(spends(&mut Quota::new().sends, 9, Cause::TurnedAway), 100);
        assert_eq!(spends(&mut Quota::new().sends, 9, Cause::Failed), 50);
    }

    #[test]
    fn t6_looks_have_200_of_their_own() {
        let mut quota = Quota::new();
        assert_eq!(spends(&mut quota.looks, 9, Cause::Failed), 20);
        assert_eq!(quota.sends.left(9), 500);
        assert_eq!(spends(&mut quota.looks, 9, Cause::TurnedAway), 0);
    }

    #[test]
    fn t6_one_token_comes_back_per_second_and_parts_of_a_second_are_not_lost() {
        let mut bucket = Quota::new().sends;
        spends(&mut bucket, 10_000, Cause::Failed);
        assert!(!bucket.spend(10_999, Cause::TurnedAway));
        assert_eq!(bucket.left(10_999), 0);
        assert!(!bucket.spend(11_900, Cause::TurnedAway));
        assert!(!bucket.spend(14_999, Cause::TurnedAway));
        assert!(bucket.spend(15_000, Cause::TurnedAway));
        assert_eq!(bucket.left(15_000), 0);
    }

    #[test]
    fn t6_a_success_returns_what_its_last_retry_cost_or_one() {
        let mut bucket = Quota::new().sends;
        spends(&mut bucket, 0, Cause::Failed);
        bucket.succeeded(Some(Cause::Failed));
        assert_eq!(bucket.left(0), 10);
        bucket.succeeded(Some(Cause::TurnedAway));
        assert_eq!(bucket.left(0), 15);
        bucket.succeeded(None);
        assert_eq!(bucket.left(0), 16);
    }

    #[test]
    fn t6_no_bucket_ever_holds_more_than_its_size() {
        let mut quota = Quota::new();
        quota.sends.succeeded(None);
        quota.looks.succeeded(Some(Cause::Failed));
        assert_eq!((quota.sends.left(u64::MAX), quota.looks.left(u64::MAX)), (500, 200));
    }

    #[test]
    fn a_full_bucket_saves_no_seconds_for_later() {
        let mut bucket = Quota::new().sends;
        assert!(bucket.spend(1_000_900, Cause::TurnedAway));
        assert_eq!(bucket.left(1_001_800), 495);
        assert_eq!(bucket.left(1_001_900), 496);
    }

    #[test]
    fn t1_a_tick_that_goes_back_counts_as_standing_still() {
        let mut bucket = Quota::new().sends;
        spends(&mut bucket, 50_000, Cause::Failed);
        assert!(!bucket.spend(0, Cause::TurnedAway));
        assert_eq!(bucket.left(49_000), 0);
        assert_eq!(bucket.left(53_000), 3, "going back gave nothing away");
        let mut full = Quota::new().sends;
        assert!(full.spend(50_000, Cause::TurnedAway));
        full.succeeded(Some(Cause::TurnedAway));
        assert!(full.spend(0, Cause::TurnedAway));
        assert_eq!(full.left(50_000), 495);
    }
}
