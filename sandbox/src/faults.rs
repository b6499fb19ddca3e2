//! Which fault strikes which request. What a fault does to the socket is shown in `wire`; when it strikes is decided
//! here: by operation, probability (seeded), number of times, and the circumstances that a kind needs.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::routes::{self, Route};
use crate::seed::Seed;

/// What happens to a request. Milliseconds inside the world (`ApplyLate`, `StaleReads`) are sandbox time, those on the
/// socket (`Refuse`, `Slow`) are real time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The listener closes for this long. A rule without operation and probability acts the moment it is posted;
    /// otherwise the request is answered as usual, on a connection that ends with it, and then nobody listens.
    Refuse {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// The connection ends without an answer, and nothing was done.
    DropBeforeApply,
    /// The connection ends without an answer, but the request was carried out.
    ApplyThenDrop,
    /// The connection ends without an answer, and the request is carried out after this long.
    ApplyLate {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// The request was carried out, but the answer is a 500.
    ApplyThen500,
    /// Carried out; the answer never begins.
    StallHeaders,
    /// Carried out; the answer stops in the middle of its body.
    StallBody,
    /// Carried out; the body comes at one byte a second.
    Drip,
    /// Carried out; the connection ends in the middle of the body that `content-length` announced.
    Truncate,
    /// Not carried out; a connection that has carried a request before is reset after this one was read.
    ResetReused,
    /// A page of HTML, as from a gateway; carried out only if `apply` says so.
    Html {
        /// The status that goes out.
        status: u16,
        /// Whether the world carries the request out.
        apply: bool,
    },
    /// This status; carried out only if `apply` says so.
    Status {
        /// The status that goes out.
        status: u16,
        /// The body, as it is; without one an error that claims nothing, or nothing.
        body: Option<String>,
        /// Whether the world carries the request out.
        apply: bool,
    },
    /// A 429; not carried out.
    RateLimited {
        /// The text of `Retry-After`.
        retry_after: Option<String>,
    },
    /// A read that sees everything as it was this long ago.
    StaleReads {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Carried out; the answer comes this much later.
    Slow {
        /// How long, in milliseconds.
        ms: u64,
    },
}

/// The fixed names of the kinds.
pub const KINDS: [&str; 15] = [
    "refuse",
    "drop_before_apply",
    "apply_then_drop",
    "apply_late",
    "apply_then_500",
    "stall_headers",
    "stall_body",
    "drip",
    "truncate",
    "reset_reused",
    "html",
    "status",
    "rate_limited",
    "stale_reads",
    "slow",
];

impl Fault {
    /// The fixed name of the kind.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Refuse { .. } => "refuse",
            Self::DropBeforeApply => "drop_before_apply",
            Self::ApplyThenDrop => "apply_then_drop",
            Self::ApplyLate { .. } => "apply_late",
            Self::ApplyThen500 => "apply_then_500",
            Self::StallHeaders => "stall_headers",
            Self::StallBody => "stall_body",
            Self::Drip => "drip",
            Self::Truncate => "truncate",
            Self::ResetReused => "reset_reused",
            Self::Html { .. } => "html",
            Self::Status { .. } => "status",
            Self::RateLimited { .. } => "rate_limited",
            Self::StaleReads { .. } => "stale_reads",
            Self::Slow { .. } => "slow",
        }
    }

    /// Whether the world carries the request out, now or later.
    pub(crate) fn applies(&self) -> bool {
        match self {
            Self::DropBeforeApply | Self::ResetReused | Self::RateLimited { .. } => false,
            Self::Html { apply, .. } | Self::Status { apply, .. } => *apply,
            _ => true,
        }
    }
}

/// One rule as it is posted to `/_sandbox/faults`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The operation that it strikes; absent: every one.
    pub operation: Option<String>,
    /// One of [`KINDS`].
    pub kind: String,
    /// How likely it strikes a request that fits, from 0 to 1; absent: always.
    pub probability: Option<f64>,
    /// How often it strikes; absent: without end.
    pub times: Option<u64>,
    /// Milliseconds of `refuse`, `apply_late`, `stale_reads` and `slow`.
    pub ms: Option<u64>,
    /// The status of `html` (default 502) and `status`.
    pub status: Option<u16>,
    /// The body of `status`: a text as it is, or JSON.
    pub body: Option<Value>,
    /// Whether `html` and `status` hide a request that was carried out (default false).
    pub apply: Option<bool>,
    /// `Retry-After` of `rate_limited`: seconds or a text.
    pub retry_after: Option<Value>,
}

/// A request, as far as faults care.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    /// Its operation.
    pub(crate) route: &'a Route,
    /// Whether its connection has carried another request before.
    pub(crate) reused: bool,
}

#[derive(Clone, Debug)]
struct Standing {
    operation: Option<String>,
    probability: Option<f64>,
    times: Option<u64>,
    fault: Fault,
}

/// The rules that stand, in the order in which they were posted.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    standing: Vec<Standing>,
    random: Seed,
}

impl Faults {
    /// No rules, and the seed of every later throw.
    pub(crate) fn new(seed: u64) -> Self {
        Self { standing: Vec::new(), random: Seed::new(seed) }
    }

    /// Adds rules; either all of them stand afterwards or none. What comes back is for how many milliseconds the
    /// listener is to be closed at once, if it is.
    ///
    /// # Errors
    /// A sentence that names the rule and what is wrong with it.
    pub(crate) fn add(&mut self, rules: Vec<Rule>) -> Result<Option<u64>, String> {
        let (mut added, mut refuse_now) = (Vec::new(), None);
        for (index, rule) in rules.into_iter().enumerate() {
            let standing = Standing::try_from(rule).map_err(|wrong| format!("fault {index}: {wrong}"))?;
            match standing.fault {
                Fault::Refuse { ms } if standing.operation.is_none() && standing.probability.is_none() => {
                    refuse_now = refuse_now.max(Some(ms));
                }
                _ => added.push(standing),
            }
        }
        self.standing.append(&mut added);
        Ok(refuse_now)
    }

    /// Takes every rule away.
    pub(crate) fn clear(&mut self) {
        self.standing.clear();
    }

    /// The first rule that strikes this request, if any; one of its times is used up.
    pub(crate) fn strike(&mut self, target: Target<'_>) -> Option<Fault> {
        let random = &mut self.random;
        let rule = self.standing.iter_mut().find(|rule| rule.fits(target) && rule.throws(random))?;
        rule.times = rule.times.map(|times| times - 1);
        Some(rule.fault.clone())
    }

    /// The rules that stand and how often each may still strike (null: without end).
    pub(crate) fn to_json(&self) -> Value {
        self.standing
            .iter()
            .map(|rule| json!({"operation": rule.operation, "kind": rule.fault.name(), "times": rule.times}))
            .collect()
    }
}

impl Standing {
    fn fits(&self, target: Target<'_>) -> bool {
        let circumstances = match self.fault {
            Fault::ResetReused => target.reused,
            Fault::StaleReads { .. } => target.route.is_read(),
            _ => true,
        };
        circumstances
            && self.times != Some(0)
            && self.operation.as_deref().is_none_or(|operation| operation == target.route.operation)
    }

    fn throws(&self, random: &mut Seed) -> bool {
        self.probability.is_none_or(|probability| unit(random) < probability)
    }
}

impl TryFrom<Rule> for Standing {
    type Error = String;

    fn try_from(rule: Rule) -> Result<Self, String> {
        if let Some(unknown) = rule.operation.as_deref().filter(|operation| !routes::exists(operation)) {
            return Err(format!("there is no operation {unknown}; names are like invoices.create"));
        }
        if rule.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return Err("probability must lie between 0 and 1".to_owned());
        }
        let fault = fault(&rule)?;
        Ok(Self { operation: rule.operation, probability: rule.probability, times: rule.times, fault })
    }
}

fn fault(rule: &Rule) -> Result<Fault, String> {
    let kind = rule.kind.as_str();
    let ms = || rule.ms.ok_or_else(|| format!("{kind} needs ms, a number of milliseconds"));
    let status = |status: Option<u16>| match status {
        Some(status @ 200..=999) => Ok(status),
        _ => Err(format!("{kind} needs a status from 200 to 999")),
    };
    let apply = rule.apply.unwrap_or(false);
    Ok(match kind {
        "refuse" => Fault::Refuse { ms: ms()? },
        "drop_before_apply" => Fault::DropBeforeApply,
        "apply_then_drop" => Fault::ApplyThenDrop,
        "apply_late" => Fault::ApplyLate { ms: ms()? },
        "apply_then_500" => Fault::ApplyThen500,
        "stall_headers" => Fault::StallHeaders,
        "stall_body" => Fault::StallBody,
        "drip" => Fault::Drip,
        "truncate" => Fault::Truncate,
        "reset_reused" => Fault::ResetReused,
        "html" => Fault::Html { status: status(rule.status.or(Some(502)))?, apply },
        "status" => Fault::Status { status: status(rule.status)?, body: rule.body.as_ref().map(text), apply },
        "rate_limited" => Fault::RateLimited { retry_after: retry_after(rule.retry_after.as_ref())? },
        "stale_reads" => Fault::StaleReads { ms: ms()? },
        "slow" => Fault::Slow { ms: ms()? },
        _ => return Err(format!("there is no kind {kind:?}; there are {}", KINDS.join(", "))),
    })
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn retry_after(value: Option<&Value>) -> Result<Option<String>, String> {
    match value.filter(|value| !value.is_null()).map(text) {
        Some(text) if text.is_empty() || text.chars().any(|c| c.is_control() || !c.is_ascii()) => {
            Err("retry_after must be a number of seconds or a date".to_owned())
        }
        other => Ok(other),
    }
}

/// The next number in [0, 1); 32 bits are exact in a float.
fn unit(random: &mut Seed) -> f64 {
    f64::from(u32::try_from(random.bits() >> 32).unwrap_or(u32::MAX)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::find;

    fn faults(rules: Value) -> Result<Faults, String> {
        let mut faults = Faults::new(7);
        faults.add(serde_json::from_value(rules).map_err(|wrong| wrong.to_string())?)?;
        Ok(faults)
    }

    fn target(method: &str, path: &str, reused: bool) -> Target<'static> {
        Target { route: find(method, path).unwrap().0, reused }
    }

    fn name(faults: &mut Faults, target: Target<'_>) -> Option<&'static str> {
        faults.strike(target).map(|fault| fault.name())
    }

    #[test]
    fn the_first_rule_that_strikes_wins_and_uses_up_one_of_its_times() {
        let mut faults = faults(json!([
            {"operation": "invoices.create", "kind": "apply_then_drop", "times": 1},
            {"kind": "slow", "ms": 5, "times": 1},
        ]))
        .unwrap();
        let create = target("POST", "/api/invoices", false);
        let seen: Vec<_> = (0..3).map(|_| name(&mut faults, create)).collect();
        assert_eq!(seen, [Some("apply_then_drop"), Some("slow"), None]);
        assert_eq!(faults.to_json()[0]["times"], 0);
    }

    #[test]
    fn a_reset_waits_for_a_reused_connection_and_a_stale_read_for_a_read() {
        let mut faults = faults(json!([
            {"kind": "reset_reused", "times": 1}, {"kind": "stale_reads", "ms": 100, "times": 1},
        ]))
        .unwrap();
        assert_eq!(name(&mut faults, target("POST", "/api/invoices", false)), None);
        assert_eq!(name(&mut faults, target("GET", "/api/invoices", false)), Some("stale_reads"));
        assert_eq!(name(&mut faults, target("POST", "/api/invoices", true)), Some("reset_reused"));
    }

    #[test]
    fn throws_follow_the_probability_and_the_seed() {
        let strikes = |seed| {
            let mut faults = Faults::new(seed);
            let rule = Rule { kind: "drip".to_owned(), probability: Some(0.3), ..Rule::default() };
            faults.add(vec![rule]).unwrap();
            let coins = target("GET", "/api/coins", false);
            (0..2000).map(|_| name(&mut faults, coins).is_some()).collect::<Vec<bool>>()
        };
        let struck = strikes(1).into_iter().filter(|struck| *struck).count();
        assert!((540..=660).contains(&struck), "{struck} of 2000 at 0.3");
        assert_eq!(strikes(1), strikes(1));
        assert_ne!(strikes(1), strikes(2));
    }

    #[test]
    fn a_refusal_without_operation_acts_at_once() {
        let mut faults = Faults::new(0);
        let refuse = Rule { kind: "refuse".to_owned(), ms: Some(50), ..Rule::default() };
        assert_eq!(faults.add(vec![refuse.clone()]), Ok(Some(50)));
        let create = target("POST", "/api/invoices", false);
        assert_eq!(faults.strike(create), None);
        let by_operation = Rule { operation: Some("invoices.create".to_owned()), ..refuse };
        assert_eq!(faults.add(vec![by_operation]), Ok(None));
        assert_eq!(faults.strike(create), Some(Fault::Refuse { ms: 50 }));
    }

    #[test]
    fn a_wrong_rule_says_what_is_wrong_and_leaves_no_other_standing() {
        for (rule, word) in [
            (json!({"kind": "dropp"}), "drop_before_apply"),
            (json!({"kind": "slow"}), "needs ms"),
            (json!({"kind": "status"}), "status from 200"),
            (json!({"kind": "html", "status": 99}), "status from 200"),
            (json!({"kind": "drip", "operation": "invoices.make"}), "no operation"),
            (json!({"kind": "drip", "probability": 1.5}), "between 0 and 1"),
            (json!({"kind": "drip", "often": 1}), "often"),
            (json!({"kind": "rate_limited", "retry_after": "a\r\nb"}), "retry_after"),
        ] {
            let wrong = faults(json!([{"kind": "drip"}, rule])).unwrap_err();
            assert!(wrong.contains(word), "{wrong}");
        }
    }

    #[test]
    fn every_kind_can_be_posted_under_its_name() {
        for kind in KINDS {
            let rule = Rule { kind: kind.to_owned(), ms: Some(1), status: Some(503), ..Rule::default() };
            assert_eq!(fault(&rule).unwrap().name(), kind);
        }
    }
}
