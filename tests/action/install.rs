//! The sources of the tool: given, installed, downloaded and verified, or built; and the errors that stop the step.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::runner::{Job, serve, write_program};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const TARGET: &str = "x86_64-unknown-linux-musl";

/// A script that prints this version, in place of the tool.
fn says(version: &str) -> String {
    format!("echo 'bicep-race-lint {version}'")
}

/// A folder with one release. The tool in its archive prints `told`.
struct Releases {
    folder: tempfile::TempDir,
}

impl Releases {
    fn of(told: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let release = folder.path().join(format!("v{VERSION}"));
        let name = format!("bicep-race-lint-{VERSION}-{TARGET}");
        fs::create_dir_all(release.join(&name)).unwrap();
        write_program(&release.join(&name).join("bicep-race-lint"), &says(told));
        let archive = format!("{name}.tar.gz");
        run(Command::new("tar").arg("-C").arg(&release).arg("-czf").arg(release.join(&archive)).arg(&name));
        let releases = Self { folder };
        releases.write_sums(&archive);
        releases
    }

    fn release(&self) -> PathBuf {
        self.folder.path().join(format!("v{VERSION}"))
    }

    fn archive(&self) -> PathBuf {
        self.release().join(format!("bicep-race-lint-{VERSION}-{TARGET}.tar.gz"))
    }

    fn write_sums(&self, archive: &str) {
        let sums = run(Command::new("sh").current_dir(self.release()).args([
            "-c",
            "if command -v sha256sum >/dev/null; then sha256sum \"$0\"; else shasum -a 256 \"$0\"; fi",
            archive,
        ]));
        fs::write(self.release().join("SHA256SUMS"), sums).unwrap();
    }

    /// A job that downloads from this folder, with a `gh` that accepts the attestation and records its arguments.
    fn job(&self) -> Job {
        Job::new().given("releases", &serve(self.folder.path())).program("gh", &attests(0))
    }
}

/// A `gh` that exits with this code when it is asked to verify.
fn attests(code: i32) -> String {
    format!(
        "echo \"$GH_TOKEN $*\" >> \"$RUNNER_TEMP/gh\"; case $* in *--help) exit 0;; *) echo verdict; exit {code};; esac"
    )
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Asserts that the step fails with this text and sets no output.
#[track_caller]
fn fails(job: &Job, word: &str) {
    let ran = job.run("Install");
    assert_eq!(ran.code, 2, "{}", ran.text);
    assert_eq!(ran.text.matches("::error title=bicep-race-lint::").count(), 1, "{}", ran.text);
    assert!(ran.text.contains(word), "{}", ran.text);
    assert_eq!(job.read("GITHUB_OUTPUT") + &job.read("GITHUB_PATH"), "");
}

/// Asserts that the step asks for a build with this reason, and returns the cache key.
#[track_caller]
fn asks_for_a_build(job: &Job, why: &str) -> String {
    let ran = job.run("Install");
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert!(ran.text.contains("::warning title=bicep-race-lint::") && ran.text.contains(why), "{}", ran.text);
    let output = job.read("GITHUB_OUTPUT");
    let key = output.strip_prefix("build=true\nkey=").unwrap().trim_end();
    assert!(!key.is_empty());
    key.to_owned()
}

#[track_caller]
fn uses(job: &Job, binary: &Path) -> String {
    let ran = job.run("Install");
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert_eq!(job.read("GITHUB_OUTPUT"), format!("binary={}\n", binary.display()));
    assert_eq!(job.read("GITHUB_PATH"), format!("{}\n", binary.parent().unwrap().display()));
    ran.text
}

fn downloaded(job: &Job) -> PathBuf {
    let name = format!("bicep-race-lint-{VERSION}-{TARGET}");
    job.folder.path().join(format!("bicep-race-lint-{VERSION}")).join(name).join("bicep-race-lint")
}

#[test]
fn a_release_is_downloaded_and_checked() {
    let releases = Releases::of(VERSION);
    for reference in ["v0", "v0.1", "0.1.0", "v0.2.0-rc.1", "3d3c42e5aac5ba805825da76410c181273ba90b1"] {
        let job = releases.job().given("github.action_ref", reference);
        let text = uses(&job, &downloaded(&job));
        assert_eq!(text, format!("bicep-race-lint {VERSION} (release, checked)\n"));
        let asked = job.read("gh");
        let verify = asked.lines().last().unwrap();
        assert!(verify.starts_with("secret attestation verify "), "{asked}");
        assert!(verify.contains("--repo bicep-race-lint/bicep-race-lint "), "{asked}");
        let signer = "--signer-workflow bicep-race-lint/bicep-race-lint/.github/workflows/release.yml";
        assert!(verify.ends_with(signer), "{asked}");
    }
}

#[test]
fn a_download_that_is_not_the_release_is_fatal() {
    let releases = Releases::of(VERSION);
    fails(&releases.job().program("gh", &attests(1)), "has no attestation");
    fs::write(releases.archive(), "something else").unwrap();
    fails(&releases.job(), "its SHA-256 is");
    fs::write(releases.release().join("SHA256SUMS"), "").unwrap();
    fails(&releases.job(), "expected none");
    fs::remove_file(releases.release().join("SHA256SUMS")).unwrap();
    fails(&releases.job(), "has no checksums");
    // With checksum and attestation, but of a different version.
    fails(&Releases::of("0.0.9").job(), "another version in it: bicep-race-lint 0.0.9");
}

#[test]
fn an_unreachable_server_is_fatal_with_a_hint() {
    let releases = Releases::of(VERSION);
    let forbidden = format!("{}/forbidden", serve(releases.folder.path()));
    fails(&releases.job().given("releases", &forbidden), "answers with 403; the input `binary`");
    // A port that was free a moment ago, so that nothing listens there.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    fails(&releases.job().given("releases", &format!("http://{gone}")), "the input `binary` names one");
}

#[test]
fn unverified_downloads_are_reported() {
    let releases = Releases::of(VERSION);
    let job = releases.job().program("gh", "exit 1");
    assert!(uses(&job, &downloaded(&job)).contains("::warning title=bicep-race-lint::where"));
    let job = releases.job().variable("GITHUB_SERVER_URL", "https://github.example.com");
    assert!(uses(&job, &downloaded(&job)).contains("not known to github.com"));
    assert_eq!(job.read("gh"), "");
}

#[test]
fn only_unreleased_versions_are_built() {
    let releases = Releases::of(VERSION);
    let own = asks_for_a_build(&releases.job().given("github.action_ref", "main"), "used by a branch");
    assert_eq!(own, asks_for_a_build(&releases.job().given("github.action_ref", ""), "used by a branch"));
    for (system, processor, target) in [
        ("Linux", "ARM64", "aarch64-unknown-linux-musl"),
        ("macOS", "X64", "x86_64-apple-darwin"),
        ("macOS", "ARM64", "aarch64-apple-darwin"),
        ("Windows", "X64", "x86_64-pc-windows-msvc"),
        ("Windows", "ARM64", "aarch64-pc-windows-msvc"),
    ] {
        let job = releases.job().variable("RUNNER_OS", system).variable("RUNNER_ARCH", processor);
        assert_eq!(own, asks_for_a_build(&job, &format!("is not there for {target}")));
    }
    let job = releases.job().variable("RUNNER_ARCH", "RISCV");
    assert_eq!(own, asks_for_a_build(&job, "no release for Linux on RISCV"));
    let job = releases.job().given("version", "v7.8.9");
    assert_eq!(asks_for_a_build(&job, "the release 7.8.9 is not there"), "7.8.9");
}

#[test]
fn invalid_versions_are_rejected() {
    for version in ["latest", "1", "../../evil", "1.2.3\n::add-mask::x"] {
        let job = Job::new().given("version", version);
        fails(&job, "is no version");
        assert!(!job.run("Install").text.contains("\n::add-mask"));
    }
}

#[test]
fn a_given_binary_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("with a blank");
    write_program(&binary, &says("9.9.9"));
    let path = binary.display().to_string();
    assert!(uses(&Job::new().given("binary", &path), &binary).contains("9.9.9 (given)"));
    write_program(&binary, "echo something else");
    fails(&Job::new().given("binary", &path), "no bicep-race-lint that runs here");
    fails(&Job::new().given("binary", "/nothing/here"), "no bicep-race-lint that runs here");
}

#[test]
fn an_installed_tool_of_the_requested_version_is_used() {
    let releases = Releases::of(VERSION);
    let job = releases.job().program("bicep-race-lint", &says(VERSION));
    assert!(uses(&job, &job.folder.path().join("programs/bicep-race-lint")).contains("(installed)"));
    let job = releases.job().program("bicep-race-lint", &says("9.9.9"));
    uses(&job, &downloaded(&job));
    let job = releases.job().program("bicep-race-lint", &says("9.9.9")).given("version", "9.9.9");
    uses(&job, &job.folder.path().join("programs/bicep-race-lint"));
    // A branch is built from its own code, even if an installed tool has the same version number.
    let job = releases.job().program("bicep-race-lint", &says(VERSION)).given("github.action_ref", "main");
    asks_for_a_build(&job, "used by a branch");
}

/// The archive for Windows is a zip file, and the binary has an extension.
#[test]
fn a_release_for_windows_is_unpacked() {
    let releases = Releases::of(VERSION);
    let name = format!("bicep-race-lint-{VERSION}-x86_64-pc-windows-msvc");
    let archive = format!("{name}.zip");
    fs::write(releases.release().join(&archive), "zipped").unwrap();
    releases.write_sums(&archive);
    let unzip = format!(
        "mkdir -p \"$4/{name}\"; printf '#!/bin/sh\\n{}\\n' > \"$4/{name}/bicep-race-lint.exe\"; \
         chmod +x \"$4/{name}/bicep-race-lint.exe\"; echo \"$1 $3\" > \"$RUNNER_TEMP/unzip\"",
        says(VERSION).replace('\'', "")
    );
    let job = releases.job().variable("RUNNER_OS", "Windows").program("unzip", &unzip);
    let folder = job.folder.path().join(format!("bicep-race-lint-{VERSION}"));
    uses(&job, &folder.join(&name).join("bicep-race-lint.exe"));
    assert_eq!(job.read("unzip"), "-q -d\n");
}

/// A `cargo` that records its arguments and creates a tool.
const CARGO: &str = "echo \"$*\" >> \"$RUNNER_TEMP/cargo\"; mkdir -p \"$RUNNER_TEMP/bicep-race-lint/bin\"; \
     printf '#!/bin/sh\\necho bicep-race-lint built\\n' > \"$RUNNER_TEMP/bicep-race-lint/bin/bicep-race-lint\"; \
     chmod +x \"$RUNNER_TEMP/bicep-race-lint/bin/bicep-race-lint\"";

#[test]
fn a_build_is_made_once() {
    let job = Job::new().program("cargo", CARGO);
    let binary = job.folder.path().join("bicep-race-lint/bin/bicep-race-lint");
    for _ in 0..2 {
        let ran = job.run("Build");
        assert_eq!((ran.code, ran.text.as_str()), (0, "bicep-race-lint built (built)\n"));
    }
    assert!(job.read("GITHUB_OUTPUT").starts_with(&format!("binary={}\n", binary.display())));
    let calls = job.read("cargo");
    assert_eq!(calls.lines().count(), 1, "{calls}");
    assert!(calls.contains(&format!("--path {}", crate::runner::here().display())), "{calls}");
}

#[test]
fn another_version_is_built_from_the_registry() {
    for (version, from) in [("v7.8.9", "--version 7.8.9 bicep-race-lint"), (VERSION, "--path ")] {
        let job = Job::new().program("cargo", CARGO).given("version", version);
        assert_eq!(job.run("Build").code, 0);
        assert!(job.read("cargo").contains(from), "{}", job.read("cargo"));
    }
}

#[test]
fn no_build_without_cargo() {
    let job = Job::new();
    let programs = job.folder.path().join("programs");
    for name in ["bash", "dirname"] {
        let found = run(Command::new("sh").args(["-c", &format!("command -v {name}")]));
        std::os::unix::fs::symlink(String::from_utf8(found).unwrap().trim(), programs.join(name)).unwrap();
    }
    let ran = job.variable("PATH", &programs.display().to_string()).run("Build");
    assert_eq!(ran.code, 2, "{}", ran.text);
    assert!(ran.text.contains("::error title=bicep-race-lint::cargo is not here"), "{}", ran.text);
}
