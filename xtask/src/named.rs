//! A task in parts that are called by name: the same choice for `demo`, `bench` and `pack`, and the
//! same answer to a wrong name for these and `test`.

use anyhow::Result;

use crate::Ended;
use crate::run::Run;

/// One part of a task, most often a language.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) run: fn(&mut Run) -> Result<()>,
}

/// What is said when a part is named that the task does not have.
pub(crate) fn unknown(task: &str, known: &[&str], names: &[String]) -> Option<Ended> {
    let unknown = names.iter().find(|name| !known.contains(&name.as_str()))?;
    Some(Ended::Misused(format!("`{task}` has no part `{unknown}`: the parts are {}", known.join(", "))))
}

/// Runs the parts that are named, in their order, or `unnamed` if none is.
pub(crate) fn run(task: &str, parts: &[Part], names: &[String], unnamed: &[&str]) -> Result<Ended> {
    within(&mut Run::new(true)?, task, parts, names, unnamed)
}

/// The same in a run that is there already.
pub(crate) fn within(
    run: &mut Run,
    task: &str,
    parts: &[Part],
    names: &[String],
    unnamed: &[&str],
) -> Result<Ended> {
    let known: Vec<&str> = parts.iter().map(|part| part.name).collect();
    if let Some(misused) = unknown(task, &known, names) {
        return Ok(misused);
    }
    for part in parts {
        let chosen = if names.is_empty() {
            unnamed.contains(&part.name)
        } else {
            names.iter().any(|name| name == part.name)
        };
        if chosen {
            (part.run)(run)?;
        }
    }
    Ok(if run.failed.is_empty() { Ended::Well } else { Ended::Badly })
}
