//! Builds the wasm of the npm package into `npm/wasm/`: compiles `bindings-wasm` for size, makes the glue with exactly
//! the pinned wasm-bindgen, optimises with the binaryen of npm's lock file. Debian's binaryen writes broken modules.
//!
//! `cargo run -p cryptopay-wasm-build -- [--out <folder>] [--features <list>] [--names keep] [--source <workspace>]
//! [--target <folder>]`; needs the target wasm32-unknown-unknown and, for the optimisation, `npm ci` in `npm/`. `--names keep`
//! shows profilers the functions; the last two build another copy of the workspace, and elsewhere.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("no workspace")?.to_path_buf();
    let (mut out, mut features, mut names) = (root.join("npm/wasm"), None, false);
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let (mut source, mut target) = (root.clone(), target);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--out" => out = std::path::absolute(value)?,
            "--features" => features = Some(value),
            "--names" => names = value == "keep",
            "--source" => source = std::path::absolute(value)?,
            "--target" => target = std::path::absolute(value)?,
            _ => bail!("unknown option {word}: there are --out, --features, --names, --source and --target"),
        }
    }
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.current_dir(&source).env("CARGO_TARGET_DIR", &target).args([
        "build",
        "-p",
        "cryptopay-wasm",
        "--lib",
        "--profile",
        "wasm",
    ]);
    build.args(["--target", "wasm32-unknown-unknown"]);
    build.env("CARGO_ENCODED_RUSTFLAGS", flags().join("\u{1f}"));
    if let Some(features) = &features {
        build.args(["--features", features]);
    }
    run(&mut build)?;
    std::fs::create_dir_all(&out)?;
    Bindgen::new()
        .input_path(target.join("wasm32-unknown-unknown/wasm/cryptopay_wasm.wasm"))
        .bundler(true)?
        .typescript(true)
        .remove_producers_section(true)
        .remove_name_section(!names)
        .out_name("cryptopay")
        .generate(&out)?;
    let glue = out.join("cryptopay_bg.js");
    std::fs::write(&glue, faster(&std::fs::read_to_string(&glue)?)?)?;
    let module = out.join("cryptopay_bg.wasm");
    let optimiser = root.join("npm/node_modules/binaryen/bin/wasm-opt");
    if !optimiser.exists() {
        bail!("binaryen is missing: run `npm ci` in npm/");
    }
    let mut optimise = Command::new("node");
    optimise.arg(optimiser).args(["-Oz", "--converge", "--strip-producers"]);
    optimise.arg(if names { "-g" } else { "--strip-debug" });
    optimise.args(["--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext"]);
    optimise.args(["--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue"]);
    run(optimise.arg(&module).arg("-o").arg(&module))?;
    println!("{} ({} bytes)", module.display(), std::fs::metadata(&module)?.len());
    Ok(())
}

/// The glue copies each text into the wasm letter by letter. From some length on the engine's own encoder is many times
/// faster (2000 letters: 14 µs and 0.2), and it goes on where the letters stop being ASCII, as the glue does.
fn faster(glue: &str) -> Result<String> {
    const LETTERS: &str = "    for (; offset < len; offset++) {
        const code = arg.charCodeAt(offset);
        if (code > 0x7F) break;
        mem[ptr + offset] = code;
    }
    if (offset !== len) {
        if (offset !== 0) {
            arg = arg.slice(offset);
        }
";
    const AT_ONCE: &str = "    let read = 0;
    if (len > 40) {
        ({ read, written: offset } = cachedTextEncoder.encodeInto(arg, mem.subarray(ptr, ptr + len)));
    } else {
        for (; offset < len; offset++) {
            const code = arg.charCodeAt(offset);
            if (code > 0x7F) break;
            mem[ptr + offset] = code;
        }
        read = offset;
    }
    if (read !== len) {
        if (read !== 0) {
            arg = arg.slice(read);
        }
";
    let (before, after) =
        glue.split_once(LETTERS).context("the glue has changed: see how it copies texts")?;
    Ok([before, AT_ONCE, after].concat())
}

/// SHA-256 only verifies callbacks, so its short form is quick enough; paths of this machine have no place in a package.
fn flags() -> Vec<String> {
    let mut flags = vec!["--cfg".to_owned(), "sha2_backend_soft=\"compact\"".to_owned()];
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_default();
    for registry in std::fs::read_dir(Path::new(&home).join("registry/src")).into_iter().flatten().flatten() {
        flags.push(format!("--remap-path-prefix={}/=", registry.path().display()));
    }
    flags
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}
