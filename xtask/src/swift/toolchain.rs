//! Where Swift is: on Debian a tree of a later Debian under `target/tools/swift`, entered with a mount namespace; elsewhere
//! `swift` of PATH.

use std::path::Path;
use std::process::Command;

use crate::tools;

/// A program of the toolchain, or one that it built, where the toolchain is.
pub(super) fn inside(root: &Path, program: &Path) -> Command {
    let Some(tree) = tools::swift_tree(root) else {
        return Command::new(program);
    };
    // The repository is mounted inside at its own path, so that what is built has the same names outside. Programs of the
    // toolchain find their libraries beside themselves, through /proc, and swift-format finds no file from the folder `/`.
    let enter = "mount -t proc proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && mkdir -p \"$0$1\" && \
                 mount --bind \"$1\" \"$0$1\" && exec chroot \"$0\" env -C \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--fork", "sh", "-c", enter]).arg(tree).arg(root).arg(program);
    command
}

/// A command of the package manager. Each language mode has a build folder of its own.
pub(super) fn package_manager(root: &Path, what: &str, mode: &str) -> Command {
    let mut command = inside(root, Path::new("swift"));
    command.args([what, "--disable-sandbox", "--scratch-path"]).arg(root.join("target/swift").join(mode));
    for flag in ["-swift-version", mode, "-strict-concurrency=complete", "-warnings-as-errors"] {
        command.args(["-Xswiftc", flag]);
    }
    command
}
