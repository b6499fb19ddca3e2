//! A tree of a later Debian: how it is made, and how packages that it lacks get into it.

use anyhow::Result;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::echoed;

/// Whether all these packages are in the tree, by what dpkg notes there.
pub(super) fn has(tree: &Path, packages: &[&str]) -> bool {
    fs::read_to_string(tree.join("var/lib/dpkg/status")).is_ok_and(|status| lists(&status, packages))
}

fn lists(status: &str, packages: &[&str]) -> bool {
    let here = |entry: &str, package: &str| {
        entry.lines().next().and_then(|line| line.strip_prefix("Package: ")) == Some(package)
            && entry.lines().any(|line| line == "Status: install ok installed")
    };
    packages.iter().all(|package| status.split("\n\n").any(|entry| here(entry, package)))
}

/// Makes a tree, which gets its name only when it is whole.
pub(super) fn made(root: &Path, tree: &Path, suite: &str, packages: &[&str]) -> Result<bool> {
    let part = tree.with_extension("part");
    fs::create_dir_all(tree.parent().unwrap_or(root))?;
    let mut make = Command::new("mmdebstrap");
    make.arg("--variant=minbase").arg(format!("--include={}", packages.join(",")));
    if !echoed(root, make.arg(suite).arg(&part))? {
        return Ok(false);
    }
    fs::rename(&part, tree)?;
    Ok(true)
}

/// Adds what a tree of an earlier table lacks.
pub(super) fn completed(root: &Path, tree: &Path, packages: &[&str]) -> Result<bool> {
    // Packages ask for /dev, and the names of servers are resolved as outside.
    let enter = "mount --rbind /dev \"$0/dev\" && mount -t proc proc \"$0/proc\" && cat /etc/resolv.conf > \"$0/etc/resolv.conf\" && \
                 exec chroot \"$0\" sh -c 'apt-get update --quiet && apt-get install -y --no-install-recommends \"$@\"' sh \"$@\"";
    let mut add = Command::new("unshare");
    add.args(["--mount", "--fork", "sh", "-c", enter]).arg(tree).args(packages);
    echoed(root, add.env("DEBIAN_FRONTEND", "noninteractive"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_installed_counts() {
        let status =
            "Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: deinstall ok config-files\n";
        assert!(lists(status, &["a"]));
        assert!(!lists(status, &["a", "b"]));
        assert!(!lists(status, &["c"]));
    }
}
