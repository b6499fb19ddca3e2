//! Lists the files of the contract for the tests, which run where there is no file system: `contract.rs` in `OUT_DIR` has
//! a function for each folder that answers names and texts.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let mut list = String::new();
    for folder in ["transcripts", "vectors"] {
        println!("cargo::rerun-if-changed=../tests/{folder}");
        let mut names: Vec<String> = fs::read_dir(contract.join(folder))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        names.retain(|name| name.ends_with(".json"));
        names.sort();
        let _ = writeln!(list, "fn {folder}() -> Vec<(&'static str, &'static str)> {{\n    vec![");
        for name in names {
            let path = contract.join(folder).join(&name);
            let _ = writeln!(list, "        ({name:?}, include_str!({path:?})),");
        }
        list.push_str("    ]\n}\n");
    }
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    fs::write(Path::new(&out).join("contract.rs"), list)
}
