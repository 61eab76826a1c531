//! No room left, and a build that is killed: what was there stays, and the next build succeeds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::site::{Site, tree, woodblock};

/// A file system of 512 KiB; `None` where this user may not mount one.
pub(crate) struct SmallDisk(pub(crate) PathBuf);

impl SmallDisk {
    pub(crate) fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
            .arg(at)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then(|| Self(at.to_path_buf()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_the_previous_output() {
    let site = Site::new();
    let Some(small) = SmallDisk::mount(&site.root().with_file_name("disk")) else {
        eprintln!("not run: this user may not mount a file system");
        return;
    };
    let dist = small.0.join("dist");
    let build = ["build", "-o", dist.to_str().unwrap()];
    site.run(&build).expect(0, &[]);
    let before = tree(&dist);

    site.write("static/large.bin", vec![7; 600 << 10]);
    site.run(&build).expect(3, &["cannot", "No space left", "free some space"]);
    assert_eq!(tree(&dist), before);
    assert_eq!(fs::read_dir(&small.0).unwrap().count(), 1, "the unfinished output was left behind");

    fs::remove_file(site.root().join("static/large.bin")).unwrap();
    site.run(&build).expect(0, &[]);
}

#[test]
fn a_killed_build_leaves_the_previous_output() {
    let site = Site::new();
    site.build();
    let before = tree(&site.dist());
    site.write("static/large.bin", vec![7; 8 << 20]);
    // The kernel kills a process that writes a longer file than its limit.
    let program = woodblock();
    let killed = Command::new("prlimit")
        .args(["--fsize=1048576", "--core=0"])
        .arg(program.get_program())
        .arg("--root")
        .arg(site.root())
        .arg("build")
        .output();
    let Ok(killed) = killed else {
        eprintln!("not run: there is no prlimit");
        return;
    };
    assert!(!killed.status.success());
    assert_eq!(tree(&site.dist()), before);

    site.build();
    assert!(site.dist().join("large.bin").is_file());
    let left: Vec<_> =
        site.beside_dist().into_iter().filter(|name| name.starts_with(".dist")).collect();
    assert!(left.is_empty(), "the dead build's folder is still there: {left:?}");
}
