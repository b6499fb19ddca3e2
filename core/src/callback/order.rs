//! Whether a callback may be news (rule B4): the API promises no order, so an event can tell of a status that its object has
//! left behind. From the lifecycles of the objects (API, "Invoice statuses", "Payment statuses", "Payout statuses"). Only a
//! hint: a handler that moves money reads the object again.

/// Type, a status, and the statuses that may come after it, at once or later. Where the API describes no way out (a held payment
/// that is cancelled, a held payout that goes back), it is allowed: only what is surely older is refused.
pub const FOLLOWING: [(&str, &str, &[&str]); 20] = [
    ("Invoice", "new", &["unresolved", "completed", "refunded", "cancelled"]),
    ("Invoice", "unresolved", &["completed", "refunded", "cancelled"]),
    ("Invoice", "completed", &[]),
    ("Invoice", "refunded", &[]),
    ("Invoice", "cancelled", &[]),
    ("ChannelPayment", "pending", &["on_hold", "completed", "refunded", "cancelled"]),
    ("ChannelPayment", "on_hold", &["completed", "refunded", "cancelled"]),
    ("ChannelPayment", "completed", &[]),
    ("ChannelPayment", "refunded", &[]),
    ("ChannelPayment", "cancelled", &[]),
    (
        "CoinWithdrawal",
        "new",
        &["pending", "on_hold", "processing", "sent", "failed", "completed", "cancelled"],
    ),
    ("CoinWithdrawal", "pending", &["on_hold", "processing", "sent", "failed", "completed", "cancelled"]),
    ("CoinWithdrawal", "on_hold", &["pending", "processing", "sent", "failed", "completed", "cancelled"]),
    ("CoinWithdrawal", "processing", &["on_hold", "sent", "failed", "completed", "cancelled"]),
    ("CoinWithdrawal", "sent", &["failed", "completed", "cancelled"]),
    ("CoinWithdrawal", "failed", &["completed", "cancelled"]),
    ("CoinWithdrawal", "completed", &[]),
    ("CoinWithdrawal", "cancelled", &[]),
    ("Subscription", "active", &["cancelled"]),
    ("Subscription", "cancelled", &[]),
];

/// Whether an object of this type, last known as `before`, may be told as `after` by an event that is not late. The same status
/// may always come again; a type or status that nobody knows is allowed.
#[must_use]
pub fn may_follow(kind: &str, before: &str, after: &str) -> bool {
    let row = |status: &str| FOLLOWING.iter().find(|(of, known, _)| *of == kind && *known == status);
    match (row(before), row(after)) {
        (Some((.., following)), Some(_)) => before == after || following.contains(&after),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_lifecycle_allows_may_follow() {
        for (kind, path) in [
            ("Invoice", &["new", "unresolved", "completed"][..]),
            ("Invoice", &["new", "unresolved", "refunded"]),
            ("Invoice", &["new", "cancelled"]),
            ("ChannelPayment", &["pending", "on_hold", "refunded"]),
            ("CoinWithdrawal", &["new", "pending", "processing", "sent", "completed"]),
            ("CoinWithdrawal", &["pending", "processing", "failed", "cancelled"]),
            ("Subscription", &["active", "cancelled"]),
        ] {
            for (at, before) in path.iter().enumerate() {
                assert!(path[at..].iter().all(|after| may_follow(kind, before, after)), "{kind} {before}");
                assert!(
                    path[..at].iter().all(|earlier| !may_follow(kind, before, earlier)),
                    "{kind} {before}"
                );
            }
        }
    }

    #[test]
    fn nothing_follows_a_final_status() {
        assert!(!may_follow("Invoice", "completed", "refunded"));
        assert!(!may_follow("CoinWithdrawal", "completed", "failed"));
        assert!(may_follow("CoinWithdrawal", "failed", "completed"), "failed is not final");
    }

    #[test]
    fn what_is_unknown_is_allowed() {
        assert!(may_follow("Lottery", "won", "lost"));
        assert!(may_follow("Invoice", "completed", "frozen"));
        assert!(may_follow("Invoice", "frozen", "new"));
        assert!(may_follow("Invoice", "", "new"));
    }

    #[test]
    fn every_named_status_has_a_row() {
        for (kind, _, following) in FOLLOWING {
            for after in following {
                assert!(
                    FOLLOWING.iter().any(|(of, status, _)| *of == kind && status == after),
                    "{kind} {after}"
                );
            }
        }
    }
}
