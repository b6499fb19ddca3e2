//! Files of the contract × runtimes. A hole is a file that a runtime did not execute whole although its part ran, a number
//! of cases that is not Rust's, or a file that is not there. A hole fails the run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::{Cell, RUNTIMES, Ran, Table, cell, folder, lines};

/// The folders of the contract, and whether each of their files has a row of its own.
const KINDS: [(&str, bool); 3] = [("vectors", true), ("transcripts", false), ("scenarios", false)];
/// How many holes of one runtime are named.
const NAMED: usize = 10;

/// How many cases of each file passed in one runtime.
type Ledger = BTreeMap<String, u64>;

/// The table of a run in which `ran` says what became of a part; nothing where no runtime executed the contract.
pub(crate) fn table(root: &Path, ran: impl Fn(&str) -> Ran) -> Result<Option<Table>> {
    let (mut ledgers, mut notes) = (Vec::new(), Vec::new());
    for (runtime, part) in RUNTIMES {
        let ledger = read(&folder(root).join(format!("{runtime}.tsv")))?;
        match (ran(part), ledger) {
            (Ran::Not(why), _) => notes.push(format!("{runtime} did not run: {why}")),
            (Ran::Partly(why), None) => notes.push(format!("{runtime} did not run: {why}")),
            (Ran::Whole | Ran::Partly(_), ledger) => ledgers.push((runtime, ledger.unwrap_or_default())),
        }
    }
    if ledgers.is_empty() {
        return Ok(None);
    }
    let mut table = compared(&files(&root.join("tests"))?, &ledgers);
    table.notes = notes;
    Ok(Some(table))
}

fn read(file: &Path) -> Result<Option<Ledger>> {
    let Some(lines) = lines(file)? else { return Ok(None) };
    let mut ledger = Ledger::new();
    for line in lines {
        let [path, cases] = line.as_slice() else {
            bail!("{}: `{}` is not a file and a number of cases", file.display(), line.join(" "));
        };
        let cases = cases.parse().with_context(|| format!("{}: `{cases}` cases", file.display()))?;
        ledger.insert(path.clone(), cases);
    }
    Ok(Some(ledger))
}

/// Every file of the contract, as the ledgers call it.
fn files(tests: &Path) -> Result<BTreeSet<String>> {
    let mut files = BTreeSet::new();
    for (kind, _) in KINDS {
        let folder = tests.join(kind);
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".json") {
                files.insert(format!("{kind}/{name}"));
            }
        }
    }
    Ok(files)
}

fn compared(files: &BTreeSet<String>, ledgers: &[(&str, Ledger)]) -> Table {
    // Rust's numbers are what the others are held against; without it, those of the first that ran.
    let (first, measure) = ledgers.first().map_or(("", None), |(name, ledger)| (*name, Some(ledger)));
    let expected = |file: &String| measure.and_then(|ledger| ledger.get(file)).copied();
    let mut table = Table { head: vec!["cases that passed".to_owned()], words: 1, ..Table::default() };
    let mut holes = vec![Vec::new(); ledgers.len()];
    for ((name, ledger), holes) in ledgers.iter().zip(&mut holes) {
        table.head.push((*name).to_owned());
        for file in files.iter().chain(ledger.keys().filter(|file| !files.contains(*file))) {
            match (ledger.get(file).copied(), expected(file)) {
                (None | Some(0), _) => holes.push((file.clone(), "was not executed whole".to_owned())),
                (Some(_), _) if !files.contains(file) => {
                    holes.push((file.clone(), "is not in tests/".to_owned()));
                }
                (Some(cases), Some(wanted)) if cases != wanted => {
                    holes.push((file.clone(), format!("has {cases} cases here, {wanted} in {first}")));
                }
                (Some(_), _) => {}
            }
        }
    }
    let row = |label: String, of: &dyn Fn(&str) -> bool| {
        let cells = ledgers.iter().zip(&holes).map(|((_, ledger), holes)| {
            let passed: u64 = ledger.iter().filter(|(file, _)| of(file)).map(|(_, cases)| cases).sum();
            Cell { text: passed.to_string(), wrong: holes.iter().any(|(file, _)| of(file)) }
        });
        std::iter::once(cell(label)).chain(cells).collect::<Vec<Cell>>()
    };
    for (kind, one_by_one) in KINDS {
        let mine: Vec<&String> = files.iter().filter(|file| of_kind(file, kind)).collect();
        if one_by_one {
            table.rows.extend(mine.iter().map(|file| row((*file).clone(), &|other| other == file.as_str())));
        } else {
            let label = format!("{kind} ({} files)", mine.len());
            table.rows.push(row(label, &|other| of_kind(other, kind)));
        }
    }
    table.rows.push(row(format!("all ({} files)", files.len()), &|_| true));
    for ((name, _), holes) in ledgers.iter().zip(&holes) {
        let named = holes.iter().take(NAMED).map(|(file, what)| format!("{name}: {file} {what}"));
        table.wrong.extend(named);
        if holes.len() > NAMED {
            table.wrong.push(format!("{name}: and {} files more", holes.len() - NAMED));
        }
    }
    table
}

fn of_kind(file: &str, kind: &str) -> bool {
    file.strip_prefix(kind).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(lines: &[(&str, u64)]) -> Ledger {
        lines.iter().map(|(file, cases)| ((*file).to_owned(), *cases)).collect()
    }

    fn told(ledgers: &[(&str, Ledger)]) -> Vec<String> {
        let files = ["scenarios/s.json", "transcripts/t.json", "vectors/v.json"];
        compared(&files.map(str::to_owned).into(), ledgers).wrong
    }

    const WHOLE: [(&str, u64); 3] =
        [("vectors/v.json", 7), ("transcripts/t.json", 1), ("scenarios/s.json", 1)];

    #[test]
    fn runtimes_that_executed_everything_have_no_hole() {
        assert_eq!(told(&[("rust", ledger(&WHOLE)), ("node", ledger(&WHOLE))]), [""; 0]);
    }

    #[test]
    fn a_file_that_was_left_out_is_a_hole() {
        let less = ledger(&WHOLE[..2]);
        let holes = ["node: scenarios/s.json was not executed whole"];
        assert_eq!(told(&[("rust", ledger(&WHOLE)), ("node", less)]), holes);
        assert_eq!(told(&[("rust", Ledger::new())]).len(), 3);
    }

    #[test]
    fn a_number_of_cases_that_is_not_rusts_is_a_hole() {
        let mut fewer = ledger(&WHOLE);
        fewer.insert("vectors/v.json".to_owned(), 6);
        let holes = ["swift: vectors/v.json has 6 cases here, 7 in rust"];
        assert_eq!(told(&[("rust", ledger(&WHOLE)), ("swift", fewer)]), holes);
    }

    #[test]
    fn a_file_that_is_not_there_is_a_hole() {
        let mut more = ledger(&WHOLE);
        more.insert("vectors/old.json".to_owned(), 1);
        assert_eq!(told(&[("rust", more)]), ["rust: vectors/old.json is not in tests/"]);
    }

    #[test]
    fn the_files_of_the_repository_are_found() {
        let files = files(&crate::run::root().unwrap().join("tests")).unwrap();
        for kind in ["vectors/sign.json", "transcripts/c1-age.json", "scenarios/p1-pages.json"] {
            assert!(files.contains(kind), "{kind}");
        }
    }

    #[test]
    fn a_runtime_whose_part_ran_and_wrote_nothing_has_only_holes() {
        let root = std::env::temp_dir().join(format!("cryptopay-ledger-{}", std::process::id()));
        fs::create_dir_all(root.join("target")).unwrap();
        for kind in ["vectors", "transcripts", "scenarios"] {
            fs::create_dir_all(root.join("tests").join(kind)).unwrap();
            fs::write(root.join("tests").join(kind).join("a.json"), "{}").unwrap();
        }
        let python =
            |part: &str| if part == "python" { Ran::Whole } else { Ran::Not("not named".to_owned()) };
        let found = table(&root, python).unwrap().unwrap();
        assert_eq!((found.wrong.len(), found.notes.len()), (3, 5));
        assert!(table(&root, |_| Ran::Partly("no tool".to_owned())).unwrap().is_none());
        fs::remove_dir_all(root).unwrap();
    }
}
