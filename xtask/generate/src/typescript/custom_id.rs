//! Whose `custom_id` a create carries (W3). What moves money needs one of the caller's, so its type does too; with the option
//! `generatedCustomId` a second signature does without. What the others are given is said where it stands.

use cryptopay_core::api::OPERATIONS;
use cryptopay_core::operation::{Operation, Safety};
use cryptopay_core::schema::Model;

/// The part of the parameters' type that says [`Need::Forced`], before the part with the ways to say an amount.
pub(super) const FORCED: &str = "} & (
  | {
      /** The money moves at once. */
      force_commit: true;
      /** Needed then. */
      custom_id: string;
    }
  | {
      /** Nothing moves until the commit. */
      force_commit?: false | undefined;
    }
) & (
";

/// When a create needs a `custom_id` of the caller's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Always,
    /// Only with `force_commit`: without it nothing moves until the commit.
    Forced,
    Never,
}

impl Need {
    /// What the operation needs; `None` where it takes no `custom_id`.
    pub(super) fn of(operation: &Operation) -> Option<Self> {
        operation.takes("custom_id").then(|| match operation.safety {
            Safety::ByCustomId(_) if operation.forced_by_parameter() => Self::Always,
            _ if operation.forced_by_parameter() => Self::Forced,
            _ => Self::Never,
        })
    }

    /// What the operation with these parameters needs.
    pub(super) fn of_params(model: &Model) -> Option<Self> {
        let body_of = |operation: &Operation| operation.body.map(|body| body.name);
        OPERATIONS
            .iter()
            .find(|operation| body_of(operation) == Some(model.name))
            .and_then(|one| Self::of(one))
    }

    /// Whether there is a call without one, by the option.
    pub(super) fn without_by_option(self) -> bool {
        self != Self::Never
    }

    /// What is said of it after the field's own words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Always => {
                "Needed, and stored before the call. The client makes one only with the option `generatedCustomId: true`."
            }
            Self::Forced => {
                "Needed with `force_commit`, and stored before the call. The client makes one without that, or with the option\n\
                 `generatedCustomId: true`."
            }
            Self::Never => "The client makes one where you give none; the call's `customId` tells it.",
        }
    }
}
