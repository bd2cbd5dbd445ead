//! `--fix`: which files are changed, and which of their properties are preserved.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{RACY, folder, read, run, said, tool, write};

/// Asserts that the tool has left no temporary files in the folder.
fn assert_nothing_left(folder: &Path) {
    for entry in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!name.starts_with(".bicep-race-lint"), "{}", entry.path().display());
    }
}

fn is_fixed(text: &str) -> bool {
    text.matches("dependsOn").count() == 1
}

#[test]
fn paths_out_of_the_given_folder_are_refused() {
    let folder = folder();
    let top = folder.path();
    for module in ["b.bicep", "lib/x.bicep"] {
        write(top, "outside.bicep", RACY);
        write(top, "outlib/x.bicep", RACY);
        let _ = std::fs::remove_dir_all(top.join("w"));
        std::fs::create_dir_all(top.join("w/.git")).unwrap();
        write(top, "w/infra/own.bicep", RACY);
        symlink("../../outside.bicep", top.join("w/infra/b.bicep")).unwrap();
        symlink("../../outlib", top.join("w/infra/lib")).unwrap();
        write(top, "w/infra/main.bicep", format!("module m '{module}' = {{\n  name: 'm'\n}}\n"));
        let (text, code) = run(&top.join("w"), &["infra", "--fix"]);
        assert_eq!(read(top, "outside.bicep"), RACY, "{text}");
        assert_eq!(read(top, "outlib/x.bicep"), RACY, "{text}");
        assert!(is_fixed(&read(top, "w/infra/own.bicep")), "the others are mended:\n{text}");
        // It is either not read at all, or not changed.
        let is_told = text.contains(&format!("`infra/{module}` is not changed: it leads out"))
            || text.contains("is outside `");
        assert!(is_told, "{module}: {text}");
        assert!(code == 2 || !text.contains("is not changed"), "exit {code}: {text}");
        assert_nothing_left(top);
    }
}

#[test]
fn a_folder_is_given_by_its_real_path() {
    let folder = folder();
    write(folder.path(), "real/infra/main.bicep", RACY);
    symlink("real/infra", folder.path().join("alias")).unwrap();
    symlink("real", folder.path().join("home")).unwrap();
    for (given, code) in [("alias", 0), ("home/infra", 0), ("home/infra/main.bicep", 0)] {
        write(folder.path(), "real/infra/main.bicep", RACY);
        let (text, found) = run(folder.path(), &[given, "--fix"]);
        assert_eq!(found, code, "{given}: {text}");
        assert!(is_fixed(&read(folder.path(), "real/infra/main.bicep")), "{given}: {text}");
    }
}

#[test]
fn links_to_one_template_are_one_file_fixed_once() {
    let folder = folder();
    let top = folder.path();
    for own in ["infra/t.bicep", "infra/sub/t.bicep", "infra/t.txt"] {
        let _ = std::fs::remove_dir_all(top.join("infra"));
        write(top, own, RACY);
        let target = own.strip_prefix("infra/").unwrap();
        symlink(target, top.join("infra/x.bicep")).unwrap();
        symlink(target, top.join("infra/y.bicep")).unwrap();
        let (text, code) = run(top, &["infra", "--fix"]);
        assert_eq!(code, 0, "{own}: {text}");
        assert!(text.contains("changed 1 file"), "{own}: {text}");
        assert!(is_fixed(&read(top, own)), "{own}: {text}");
        for link in ["infra/x.bicep", "infra/y.bicep"] {
            assert!(
                std::fs::symlink_metadata(top.join(link)).unwrap().is_symlink(),
                "{link} is still a link"
            );
        }
        assert_nothing_left(top);
    }
}

#[test]
fn names_that_differ_in_case_are_two_files_if_the_system_says_so() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    write(folder.path(), "Main.bicep", RACY);
    let count = std::fs::read_dir(folder.path()).unwrap().count();
    let (text, code) = run(folder.path(), &[".", "--fix"]);
    assert_eq!(code, 0, "{text}");
    let told = if count == 1 { "changed 1 file\n" } else { "changed 2 files" };
    assert!(text.contains(told), "{text}");
    assert!(is_fixed(&read(folder.path(), "main.bicep")) && is_fixed(&read(folder.path(), "Main.bicep")));
}

#[test]
fn an_unchangeable_file_does_not_stop_the_others() {
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(RACY.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let refused = |make: &dyn Fn(&Path), why: &str, expected: i32| {
        let folder = folder();
        write(folder.path(), "ok.bicep", RACY);
        write(folder.path(), "other.bicep", RACY);
        make(&folder.path().join("other.bicep"));
        let before = std::fs::read(folder.path().join("other.bicep"));
        let (text, code) = run(folder.path(), &[".", "--fix"]);
        assert_eq!(code, expected, "{why}: {text}");
        assert!(is_fixed(&read(folder.path(), "ok.bicep")), "{why}: {text}");
        assert!(text.contains("other.bicep") && text.contains(why), "{text}");
        assert_eq!(std::fs::read(folder.path().join("other.bicep")).ok(), before.ok());
        assert!(!text.contains(folder.path().to_str().unwrap()), "paths are shown as everywhere: {text}");
        assert_nothing_left(folder.path());
    };
    refused(&|path| std::fs::write(path, &utf16).unwrap(), "it is encoded in UTF-16", 1);
    let read_only = std::fs::Permissions::from_mode(0o444);
    refused(&|path| std::fs::set_permissions(path, read_only.clone()).unwrap(), "it is read-only", 2);
    let linked = |path: &Path| std::fs::hard_link(path, path.with_extension("txt")).unwrap();
    refused(&linked, "the file has 2 names (hard links)", 2);
    refused(&|path| std::fs::write(path, b"\xFF\xFF").unwrap(), "cannot read `other.bicep`", 2);
    let dangling = |path: &Path| {
        std::fs::remove_file(path).unwrap();
        symlink("nowhere", path).unwrap();
    };
    refused(&dangling, "cannot read `other.bicep`", 2);
}

#[test]
fn everything_but_the_text_stays() {
    let folder = folder();
    let path = folder.path().join("main.bicep");
    let crlf = RACY.replace('\n', "\r\n");
    std::fs::write(&path, format!("\u{feff}{crlf}")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o2750)).unwrap();
    // As far as the system and the permissions of this process allow.
    let does = |program: &str, arguments: &[&str]| {
        let done = Command::new(program).args(arguments).arg(&path).stderr(Stdio::null()).output();
        done.is_ok_and(|done| done.status.success())
    };
    let is_owned = does("chown", &["65534:65534"]);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o2750)).unwrap();
    let attributes = [("user.note", "kept"), ("user.empty", "")];
    let has_attributes = attributes.map(|(name, value)| does("setfattr", &["-n", name, "-v", value]));
    let has_access = does("setfacl", &["-m", "u:12345:rw"]);
    let known = |program: &str, arguments: &[&str]| {
        Command::new(program)
            .args(arguments)
            .arg(&path)
            .output()
            .map(|output| output.stdout)
            .unwrap_or_default()
    };
    let all = || (known("getfattr", &["-d", "-m", "-"]), known("getfacl", &["-n"]));
    let (before, all_before) = (std::fs::metadata(&path).unwrap(), all());
    let (text, code) = run(folder.path(), &["--fix"]);
    assert_eq!(code, 0, "{text}");
    let (after, all_after) = (std::fs::metadata(&path).unwrap(), all());
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()), "owner set: {is_owned}");
    assert_eq!(all_after, all_before, "attributes set: {has_attributes:?}, access list set: {has_access}");
    let mended = read(folder.path(), "main.bicep");
    assert!(mended.starts_with('\u{feff}') && is_fixed(&mended), "{mended}");
    assert_eq!(mended.matches('\n').count(), mended.matches("\r\n").count());
}

#[test]
fn a_signal_leaves_nothing_half_done_and_the_changed_files_are_listed() {
    const FILES: usize = 800;
    for signal in ["INT", "TERM", "HUP"] {
        let folder = folder();
        for at in 0..FILES {
            write(folder.path(), format!("f{at:03}.bicep"), RACY);
        }
        let mut child = tool(folder.path())
            .args([".", "--fix", "--format", "concise"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // As soon as one file has changed, the tool is writing.
        let begin = Instant::now();
        while !is_fixed(&read(folder.path(), "f000.bicep")) && begin.elapsed() < Duration::from_mins(1) {
            std::thread::yield_now();
        }
        let id = child.id().to_string();
        Command::new("kill").args(["-s", signal, &id]).status().unwrap();
        let status = child.wait().unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_nothing_left(folder.path());
        let mut changed = 0;
        for at in 0..FILES {
            let name = format!("f{at:03}.bicep");
            let now = read(folder.path(), &name);
            let is_told = text.contains(&format!("changed `{name}`"));
            assert!(now == RACY || is_fixed(&now), "{name} is half done");
            if status.code().is_none() {
                assert_eq!(is_fixed(&now), is_told, "{name}: {text}");
            }
            changed += usize::from(is_fixed(&now));
        }
        // The run may have finished before the signal.
        if status.code().is_none() {
            assert!(
                text.contains(&format!("stopped by a signal; changed {changed} of {FILES} files")),
                "{text}"
            );
        } else {
            assert_eq!(changed, FILES, "{text}");
        }
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let folder = folder();
    for at in 0..200 {
        write(folder.path(), format!("f{at:03}.bicep"), RACY);
    }
    let mut child = Command::new("bash")
        .args(["-c", "trap '' HUP; exec \"$0\" . --fix", env!("CARGO_BIN_EXE_bicep-race-lint")])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() {
        // Before the first file is changed, the shell may not have set the ignored signals yet.
        if !is_fixed(&read(folder.path(), "f000.bicep")) {
            std::thread::yield_now();
            continue;
        }
        let _ =
            Command::new("kill").args(["-s", "HUP", &child.id().to_string()]).stderr(Stdio::null()).status();
    }
    let (text, code) = said(&child.wait_with_output().unwrap());
    assert!(code == 0 && text.contains("changed 200 files"), "exit {code}: {text}");
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let folder = folder();
    let large = format!("{RACY}// {}\n", "x".repeat(20_000));
    write(folder.path(), "large.bicep", &large);
    write(folder.path(), "small.bicep", RACY);
    // The limit is 8 kB per file; a larger file gives an error, or a signal that ends an unprepared process.
    for trap in ["", "trap '' XFSZ; "] {
        write(folder.path(), "small.bicep", RACY);
        let command = format!("{trap}ulimit -f 8; exec \"$0\" . --fix");
        let output = Command::new("bash")
            .args(["-c", &command, env!("CARGO_BIN_EXE_bicep-race-lint")])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let (text, code) = said(&output);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("`large.bicep` is not changed: File too large"), "{text}");
        assert_eq!(read(folder.path(), "large.bicep"), large);
        assert!(is_fixed(&read(folder.path(), "small.bicep")), "{text}");
        assert_nothing_left(folder.path());
    }
}

#[test]
fn a_diff_shows_what_would_be_written_and_changes_nothing() {
    let folder = folder();
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(RACY.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    write(folder.path(), "a.bicep", RACY);
    write(folder.path(), "b.bicep", RACY);
    write(folder.path(), "u.bicep", utf16);
    let (text, code) = run(folder.path(), &[".", "--diff"]);
    assert_eq!(code, 1, "{text}");
    // As with other linters, `--fix --diff` is `--diff`.
    assert_eq!(run(folder.path(), &[".", "--fix", "--diff"]), (text.clone(), code));
    assert!(text.contains("+++ b/a.bicep") && text.contains("+++ b/b.bicep"), "{text}");
    assert!(text.contains("`u.bicep` is not changed: it is encoded in UTF-16"), "{text}");
    assert_eq!((read(folder.path(), "a.bicep"), read(folder.path(), "b.bicep")), (RACY.into(), RACY.into()));
}

/// Only given files are changed, and a module is not given just because a given template calls it: the message says how
/// to include it.
#[test]
fn a_module_outside_the_given_paths_is_named_with_its_folder() {
    let folder = folder();
    write(folder.path(), "modules/net/hub.bicep", RACY);
    write(folder.path(), "main.bicep", "module m 'modules/net/hub.bicep' = {\n  name: 'm'\n}\n");
    let (text, code) = run(folder.path(), &["main.bicep", "--diff"]);
    assert_eq!(code, 1, "{text}");
    let told = "`modules/net/hub.bicep` is not changed: it is outside the given paths; give its folder too: `modules/net`";
    assert!(text.contains(told) && !text.contains("+++"), "{text}");
    let (text, code) = run(folder.path(), &["main.bicep", "modules/net", "--diff"]);
    assert!(code == 1 && text.contains("+++ b/modules/net/hub.bicep"), "{text}");
}

#[test]
fn many_conditional_gateways_of_one_hub_are_fixed() {
    for count in [3, 14, 15, 16, 17, 40, 120, 256] {
        for condition in [true, false] {
            let folder = folder();
            write(folder.path(), "main.bicep", gateways(count, condition));
            let (text, code) = run(folder.path(), &["main.bicep", "--fix"]);
            assert_eq!(code, 0, "{count}, {condition}: {text}");
            let mended = read(folder.path(), "main.bicep");
            // Each gateway except the first waits for its predecessor; with few gateways, for all before it.
            let expected = if condition && count <= 4 { 3 } else { count - 1 };
            let edges = mended.lines().filter(|line| is_edge(line)).count();
            assert_eq!(edges, expected, "{count}, {condition}: {mended}");
        }
    }
}

fn is_edge(line: &str) -> bool {
    let line = line.trim();
    line.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Gateways of three kinds on one hub.
fn gateways(count: usize, is_conditional: bool) -> String {
    let kinds = ["vpnGateways", "p2sVpnGateways", "expressRouteGateways"];
    let parameters = (0..count).map(|at| format!("param p{at} bool\n"));
    let hub = "resource hub 'Microsoft.Network/virtualHubs@2024-01-01' existing = {\n  name: 'hub'\n}\n";
    let one = |at: usize| {
        let (kind, condition) =
            (kinds[at % 3], if is_conditional { format!("if (p{at}) ") } else { String::new() });
        format!(
            "resource v{at} 'Microsoft.Network/{kind}@2024-01-01' = {condition}{{\n  name: 'v{at}'\n  \
             properties: {{\n    virtualHub: {{ id: hub.id }}\n  }}\n}}\n"
        )
    };
    parameters.chain([hub.to_owned()]).chain((0..count).map(one)).collect()
}
