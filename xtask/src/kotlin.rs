//! Everything about the Kotlin package: its part of the tests, its jars, its demo and its measurements. The tests run over
//! the library that is packed, as it is published.

mod binding;
mod consumer;
mod libraries;

use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::docs;
use crate::files::{emptied, written};
use crate::ledger::deadlines;
use crate::run::Run;
use crate::uniffi::{bindings, sandbox};

const PACKAGE: &str = "bindings-uniffi/kotlin";
/// The largest jar, in bytes, for each platform that it has a library for.
const LARGEST: u64 = 1_500_000;
/// The programs of the package, which are compiled with its tests.
const DEMO: &str = "cryptopay.example.DemoKt";
const BENCH: &str = "cryptopay.bench.BenchKt";
const CHAOS: &str = "cryptopay.client.chaos.ChaosKt";

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if !built(run)? {
        return Ok(());
    }
    run.step("format", &mut maven(run, &["spotless:check"]))?;
    let well = run.step(
        "the package, its tests and its jars",
        &mut maven(run, &["verify", CLASSPATH, DOCS, DOCS_JAR]),
    )?;
    if well {
        ran(run, "maven", "cryptopay.client.JavaCallerTest");
        let jars = jars(run)?;
        consumer::step(run, &jars)?;
    }
    Ok(())
}

/// The part `chaos`: the payouts, and the calls whose server misbehaves unless the tests have made them.
pub(crate) fn chaos(run: &mut Run, payouts: &str) -> Result<()> {
    if compiled(run)? {
        let name = format!("{payouts} payouts in Kotlin, in all worlds");
        run.step(&name, java(run, CHAOS)?.args(["--payouts", payouts]))?;
        let mut calls = maven(run, &["surefire:test", "-Dtest=DeadlinesTest"]);
        deadlines::made(run, "kotlin", &mut calls)?;
    }
    Ok(())
}

/// Puts the jar, its sources and its documentation under `target/packages/kotlin`.
pub(crate) fn pack(run: &mut Run) -> Result<()> {
    packed(run)?;
    Ok(())
}

/// Lays the jar of the documentation open in `target/docs/kotlin`.
pub(crate) fn docs(run: &mut Run) -> Result<()> {
    let folder = docs::folder(run, "kotlin")?;
    if let Some(jar) = packed(run)?.last() {
        let mut open = Command::new("jar");
        open.arg("--extract").arg("--file").arg(jar);
        run.step_in(&folder, "reference of the Kotlin package", &mut open)?;
    }
    Ok(())
}

/// The jars, that of the documentation last; none where a step failed.
fn packed(run: &mut Run) -> Result<Vec<PathBuf>> {
    if built(run)? && run.step("the jars", &mut maven(run, &["package", "-DskipTests", DOCS, DOCS_JAR]))? {
        return jars(run);
    }
    Ok(Vec::new())
}

/// Tells the demo's story in Kotlin.
pub(crate) fn demo(run: &mut Run) -> Result<()> {
    if compiled(run)? {
        run.step("the story in Kotlin", &mut java(run, DEMO)?)?;
    }
    Ok(())
}

/// Measures calls beside the bare client of the JDK.
pub(crate) fn bench(run: &mut Run) -> Result<()> {
    if compiled(run)? {
        run.step("calls in Kotlin", &mut java(run, BENCH)?)?;
    }
    Ok(())
}

/// Writes down with which jars the tests and programs run.
const CLASSPATH: &str = "dependency:build-classpath";
/// The documentation, and its jar.
const DOCS: &str = "dokka:javadoc";
const DOCS_JAR: &str = "jar:jar@docs";

fn compiled(run: &mut Run) -> Result<bool> {
    Ok(built(run)?
        && run.step("the package and its programs", &mut maven(run, &["test-compile", CLASSPATH]))?)
}

/// Builds the bindings and lays them where the package's build takes them from.
fn built(run: &mut Run) -> Result<bool> {
    if !run.has("java") || !run.has("maven") {
        return Ok(false);
    }
    let home = home(run);
    let Some(library) = bindings(run, "kotlin", &home.join("printed"))? else { return Ok(false) };
    let printed = home.join("printed/uniffi/cryptopay/cryptopay.kt");
    let text = fs::read_to_string(&printed).with_context(|| format!("cannot read {}", printed.display()))?;
    written(&home.join("binding/cryptopay.kt"), binding::changed(&text)?.as_bytes())?;
    libraries::lay(run, &library, &home)
}

/// Copies the jars that were built last, and what Maven is told about them, under `target/packages/kotlin`. The jars are
/// answered, the one with the classes first.
fn jars(run: &mut Run) -> Result<Vec<PathBuf>> {
    let packages = run.root.join("target/packages/kotlin");
    emptied(&packages)?;
    let package = concat!("cryptopay-client-", env!("CARGO_PKG_VERSION"));
    let pom =
        fs::read(run.root.join(PACKAGE).join("pom.xml")).context("cannot read the package's pom.xml")?;
    written(&packages.join(format!("{package}.pom")), &pom)?;
    let mut jars = Vec::new();
    for kind in ["", "-sources", "-javadoc"] {
        let name = format!("{package}{kind}.jar");
        let built = home(run).join("maven").join(&name);
        let bytes = fs::read(&built).with_context(|| format!("there is no {}", built.display()))?;
        let size = bytes.len() as u64;
        let most = LARGEST * libraries::platforms(&home(run).join("resources"));
        if kind.is_empty() && size > most {
            bail!("{name} has {size} bytes, more than {most}");
        }
        written(&packages.join(&name), &bytes)?;
        println!("  target/packages/kotlin/{name} {size} bytes");
        jars.push(packages.join(&name));
    }
    Ok(jars)
}

/// Fails the run unless this class of tests in Java was run: Maven says nothing of sources that it does not find. The report is
/// taken away, so that the next run has to write its own.
fn ran(run: &mut Run, build: &str, test: &str) {
    let report = home(run).join(build).join("surefire-reports").join(format!("TEST-{test}.xml"));
    if fs::remove_file(report).is_err() {
        run.failed.push(format!("{test} was not run"));
    }
}

fn home(run: &Run) -> PathBuf {
    run.root.join("target/kotlin")
}

/// Maven in the folder of the package.
fn maven(run: &Run, goals: &[&str]) -> Command {
    let mut maven = Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "--file"]).arg(run.root.join(PACKAGE).join("pom.xml")).args(goals);
    maven.env("CRYPTOPAY_SANDBOX_BINARY", sandbox(&run.root));
    maven
}

/// A program of the package. The list of jars is in a file, for it is longer than a person wants to read.
fn java(run: &Run, program: &str) -> Result<Command> {
    let home = home(run);
    let known = fs::read_to_string(home.join("classpath")).context("Maven left no list of jars")?;
    let own =
        [home.join("maven/test-classes"), home.join("maven/classes")].map(|it| it.display().to_string());
    let arguments = home.join("arguments");
    written(&arguments, format!("-cp \"{}:{}\"", own.join(":"), known.trim()).as_bytes())?;
    let mut java = Command::new("java");
    java.arg(format!("@{}", arguments.display())).arg(program);
    java.env("CRYPTOPAY_SANDBOX_BINARY", sandbox(&run.root));
    Ok(java)
}
