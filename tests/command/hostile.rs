//! A hostile environment: the tool runs as a process, with broken folders, files and streams.

#![cfg(unix)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::formats::FORMATS;

/// Two unordered gateways of one hub.
const RACY: &str = "resource hub 'Microsoft.Network/virtualHubs@2024-01-01' existing = {\n  name: 'hub'\n}\n\
resource vpn 'Microsoft.Network/vpnGateways@2024-01-01' = {\n  name: 'vpn'\n  properties: {\n    virtualHub: { id: hub.id }\n  }\n}\n\
resource er 'Microsoft.Network/expressRouteGateways@2024-01-01' = {\n  name: 'er'\n  properties: {\n    virtualHub: { id: hub.id }\n  }\n}\n";

fn tool(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"));
    command.current_dir(folder).stdin(Stdio::null());
    for name in ["GITHUB_ACTIONS", "CI", "FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn write(folder: &Path, path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// The whole output of a run and its exit code. A run that a signal ended has no exit code and fails the test.
fn output_and_code(output: &Output) -> (String, i32) {
    let streams = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8(streams).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    (text, output.status.code().unwrap())
}

fn run(folder: &Path, arguments: &[&str]) -> (String, i32) {
    output_and_code(&tool(folder).args(arguments).output().unwrap())
}

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

#[test]
fn cyclic_links_terminate() {
    let folder = folder();
    write(folder.path(), "a/main.bicep", RACY);
    symlink(folder.path(), folder.path().join("a/up")).unwrap();
    symlink("self.bicep", folder.path().join("self.bicep")).unwrap();
    symlink("nowhere.bicep", folder.path().join("dangling.bicep")).unwrap();
    let (text, code) = run(folder.path(), &["--format", "concise"]);
    assert_eq!(count(&text, "[hub-gateways]"), 1, "{text}");
    assert_eq!(code, 2, "links that lead nowhere are told, with the findings:\n{text}");
    assert!(
        text.contains("cannot read `self.bicep`") && text.contains("cannot read `dangling.bicep`"),
        "{text}"
    );
}

#[test]
fn files_that_change_and_vanish_during_runs_do_no_harm() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let path = folder.path().join("changing.bicep");
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = std::fs::write(&path, RACY);
                let _ = std::fs::write(&path, &RACY[..RACY.len() / 2]);
                let _ = std::fs::remove_file(&path);
            }
        });
        for _ in 0..20 {
            let output = tool(folder.path()).args(["--format", "concise"]).output().unwrap();
            let (text, code) = output_and_code(&output);
            assert!(text.contains("main.bicep") && (code == 1 || code == 2), "exit {code}:\n{text}");
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn unreadable_files_are_reported_and_the_run_is_not_clean() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    write(folder.path(), "main.bicep", "param a string\n");
    write(folder.path(), "closed/main.bicep", RACY);
    let closed = folder.path().join("closed");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    let binds = std::fs::read_dir(&closed).is_err();
    let (text, code) = run(folder.path(), &[]);
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
    if binds {
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("cannot read `closed`"), "{text}");
    } else {
        // No permission stops root from reading a file; a folder in place of a file is unreadable even for root.
        assert_eq!(code, 1, "{text}");
    }
    let (text, code) = run(folder.path(), &["gone.bicep"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cannot read `gone.bicep`"), "{text}");
    std::fs::create_dir(folder.path().join("folder.bicep")).unwrap();
    write(folder.path(), "calls.bicep", "module m 'folder.bicep' = {\n  name: 'm'\n}\n");
    let (text, code) = run(folder.path(), &["calls.bicep", "--strict", "--level", "note"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("it is a folder"), "{text}");
}

#[test]
fn file_names_that_are_not_utf_8_are_read_and_shown() {
    let folder = folder();
    write(folder.path(), OsStr::from_bytes(b"caf\xe9.bicep"), RACY);
    let (text, code) = run(folder.path(), &["--format", "json"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("caf\u{fffd}.bicep"), "{text}");
    let bytes = tool(folder.path()).arg(OsStr::from_bytes(b"caf\xe9.bicep")).output().unwrap();
    assert_eq!(output_and_code(&bytes).1, 1);
}

#[test]
fn line_ends_and_paths_of_windows_change_nothing() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY.replace('\n', "\r\n"));
    let (text, code) = run(folder.path(), &["--format", "concise"]);
    assert_eq!((count(&text, "[hub-gateways]"), code), (1, 1), "{text}");
    let (text, _) = run(folder.path(), &["main.bicep", "--fix"]);
    let fixed = std::fs::read_to_string(folder.path().join("main.bicep")).unwrap();
    assert!(fixed.contains("dependsOn"), "{text}");
    assert_eq!(count(&fixed, "\n"), count(&fixed, "\r\n"), "every line end is as before");
    write(folder.path(), "calls.bicep", "module m '.\\\\modules\\\\hub.bicep' = {\n  name: 'm'\n}\n");
    write(folder.path(), "modules/hub.bicep", RACY);
    let (text, code) = run(folder.path(), &["calls.bicep", "--level", "note", "--strict"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("[unread-file]: module `m` could not be read"), "{text}");
}

#[test]
fn a_module_outside_of_the_repository_shows_nothing_of_its_text() {
    let folder = folder();
    let secret = "root_secret_x:0:0:hidden_word:/bin/none\n";
    write(folder.path(), "outside/passwd", secret);
    write(
        folder.path(),
        "repository/main.bicep",
        "module m '../outside/passwd' = {\n  name: 'm'\n}\nmodule n '../../../../../../../../etc/passwd' = {\n  name: 'n'\n}\n\
         var v = loadTextContent('../outside/passwd')\noutput o string = v\n",
    );
    let repository = folder.path().join("repository");
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    for format in FORMATS {
        let (text, code) = run(&repository, &["--format", format, "--level", "note"]);
        for word in
            ["root_secret_x", "hidden_word"].into_iter().chain(known.lines().filter(|line| line.len() > 8))
        {
            assert!(!text.contains(word), "{format} shows `{word}` (exit {code}):\n{text}");
        }
    }
}

#[test]
fn garbage_in_the_module_cache_is_not_a_module() {
    let home = folder();
    let folder = folder();
    let cached = "br/example.azurecr.io/net$hub/1.0$";
    for (name, content) in [("main.json", &b"\xff\x00{{{"[..]), ("metadata", b"rubbish"), ("lock", b"")] {
        write(home.path(), format!(".bicep/{cached}/{name}"), content);
    }
    write(home.path(), ".bicep/br/rubbish", "x");
    write(folder.path(), "main.bicep", "module m 'br:example.azurecr.io/net/hub:1.0' = {\n  name: 'm'\n}\n");
    let output = tool(folder.path()).args(["--level", "note", "--strict"]).env("HOME", home.path()).output();
    let (text, code) = output_and_code(&output.unwrap());
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("unresolved-module"), "{text}");
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let folder = folder();
    let many: String = (0..2000)
        .map(|at| {
            RACY.replace("'hub'", &format!("'hub{at}'"))
                .replace("hub ", &format!("hub{at} "))
                .replace("hub.id", &format!("hub{at}.id"))
                .replace("vpn '", &format!("vpn{at} '"))
                .replace("er '", &format!("er{at} '"))
        })
        .collect();
    write(folder.path(), "main.bicep", many);
    for arguments in [
        &["--format", "json"][..],
        &["-q", "--format", "concise"],
        &["--format", "json", "--fail-on", "never"],
    ] {
        let mut child = tool(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let (text, code) = output_and_code(&output);
        assert_eq!(text, "", "it is quiet");
        let expected = i32::from(!arguments.contains(&"never"));
        assert_eq!(code, expected, "the exit code says what was found, whoever listens: {arguments:?}");
    }
}

#[test]
fn a_closed_standard_error_is_not_an_error() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let mut child = tool(folder.path())
        .args(["main.bicep", "gone.bicep", "--statistics"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn colour_is_off_if_it_is_not_wanted() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let colored = output_and_code(&tool(folder.path()).env("FORCE_COLOR", "1").output().unwrap()).0;
    assert!(colored.contains('\u{1b}'), "{colored}");
    let plain =
        output_and_code(&tool(folder.path()).env("FORCE_COLOR", "1").env("NO_COLOR", "1").output().unwrap())
            .0;
    assert!(!plain.contains('\u{1b}'), "{plain}");
}

#[test]
fn no_home_and_no_environment_at_all_are_enough() {
    let folder = folder();
    write(
        folder.path(),
        "main.bicep",
        format!("{RACY}module m 'br:a.azurecr.io/b:1' = {{\n  name: 'm'\n}}\n"),
    );
    let output = tool(folder.path()).env_clear().args(["--format", "concise"]).output().unwrap();
    let (text, code) = output_and_code(&output);
    assert_eq!((count(&text, "[hub-gateways]"), code), (1, 1), "{text}");
}

#[test]
fn a_full_disk_is_reported_and_leaves_the_old_files() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    for path in ["/dev/full", "/proc/version", "missing/folder/out.json"] {
        let (text, code) = run(folder.path(), &["--output", &format!("json={path}")]);
        assert_eq!(code, 2, "{path}: {text}");
        assert!(text.contains(&format!("cannot write `{path}`")), "{text}");
    }
    let (text, code) = run(folder.path(), &["--write-baseline", "/proc/baseline.json"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cannot write the baseline"), "{text}");
    assert_eq!(std::fs::read_to_string(folder.path().join("main.bicep")).unwrap(), RACY);
    let full =
        tool(folder.path()).stdout(std::fs::File::options().write(true).open("/dev/full").unwrap()).output();
    let (text, code) = output_and_code(&full.unwrap());
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cannot write to standard output"), "{text}");
}

#[test]
fn endless_and_special_files_are_not_waited_for() {
    let folder = folder();
    write(
        folder.path(),
        "main.bicep",
        "module m 'endless.bicep' = {\n  name: 'm'\n}\nmodule n 'pipe.bicep' = {\n  name: 'n'\n}\n",
    );
    symlink("/dev/zero", folder.path().join("endless.bicep")).unwrap();
    let made = Command::new("mkfifo").arg(folder.path().join("pipe.bicep")).status();
    let begin = Instant::now();
    let mut child = tool(folder.path())
        .args(["--level", "note"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("it waits for a pipe or for the end of an endless file (mkfifo: {made:?})");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let (text, _) = output_and_code(&child.wait_with_output().unwrap());
    for name in ["endless.bicep", "pipe.bicep"] {
        assert!(text.contains(&format!("cannot read `{name}`: it is not a regular file")), "{text}");
    }
    assert_eq!(count(&text, "could not be read: it is not a regular file"), 2, "the modules:\n{text}");
}

#[test]
fn what_is_not_written_yet_is_not_one_object() {
    let folder = folder();
    let begun = "resource one 'Microsoft.Network/virtualHubs@2024-01-01' = {\n}\n";
    write(folder.path(), "main.bicep", [begun, &begun.replace("one", "other")].concat());
    let (text, code) = run(folder.path(), &["--level", "note"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_missing_module_is_named_by_its_symbol() {
    let folder = folder();
    let hub = "module hub 'br:example.azurecr.io/hub:1.0.0' = {\n  name: 'hub'\n}\n";
    let racy = RACY.split_once("}\n").unwrap().1.replace("hub.id", "hub.outputs.id");
    write(folder.path(), "main.bicep", [hub, &racy].concat());
    let (text, code) = run(folder.path(), &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("`hub.outputs.id`"), "{text}");
}

#[test]
fn a_folder_in_place_of_a_file_is_reported() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    for (arguments, what) in [
        (["--baseline", "folder"], "cannot read the baseline `folder`"),
        (["--config", "folder"], "cannot read the configuration"),
        (["--output", "json=folder"], "cannot write `folder`"),
        (["--write-baseline", "folder"], "cannot write the baseline `folder`"),
    ] {
        let (text, code) = run(folder.path(), &arguments);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(what), "{text}");
    }
    std::fs::create_dir(folder.path().join("bicep-race-lint.toml")).unwrap();
    let (text, code) = run(folder.path(), &[]);
    assert_eq!((count(&text, "[hub-gateways]"), code), (1, 1), "{text}");
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let large = std::fs::File::create(folder.path().join("large.bicep")).unwrap();
    // A sparse file: it takes no space on the disk.
    large.set_len(10 << 30).unwrap();
    let (text, code) = run(folder.path(), &["large.bicep", "main.bicep"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cannot read `large.bicep`: it is larger than 64 MiB"), "{text}");
    assert_eq!(count(&text, "[hub-gateways]"), 1, "{text}");
}

#[test]
fn remedies_are_written_whole_or_not_at_all() {
    let folder = folder();
    write(folder.path(), "infra/main.bicep", RACY);
    let infra = folder.path().join("infra");
    let closed = || {
        // Root can write to any folder except an immutable one, and not every file system supports that attribute.
        let set = Command::new("chattr").arg("+i").arg(&infra).stderr(Stdio::null()).status();
        set.is_ok_and(|status| status.success())
    };
    let open = || drop(Command::new("chattr").arg("-i").arg(&infra).stderr(Stdio::null()).status());
    if !closed() {
        eprintln!("not tried: no folder can be made unchangeable here");
        return;
    }
    let output = tool(folder.path()).args(["infra/main.bicep", "--fix"]).output();
    open();
    let (text, code) = output_and_code(&output.unwrap());
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("infra/main.bicep"), "{text}");
    assert_eq!(std::fs::read_to_string(infra.join("main.bicep")).unwrap(), RACY);
    assert_eq!(std::fs::read_dir(&infra).unwrap().count(), 1);
}
