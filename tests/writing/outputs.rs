//! The destinations of `--output` and `--write-baseline`, and destinations that are refused.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{RACY, folder, read, run, said, tool, write};

/// A folder with a repository `w`, and `outside.txt` next to it.
fn repository() -> tempfile::TempDir {
    let folder = folder();
    std::fs::create_dir_all(folder.path().join("w/.git")).unwrap();
    write(folder.path(), "w/main.bicep", RACY);
    write(folder.path(), "w/infra/main.bicep", RACY);
    write(folder.path(), "outside.txt", "mine");
    folder
}

fn is_json(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|json| json["schemaVersion"] == 1)
}

#[test]
fn a_link_in_a_checked_folder_is_refused() {
    let folder = repository();
    let w = folder.path().join("w");
    symlink("../outside.txt", w.join("races.html")).unwrap();
    symlink("..", w.join("up")).unwrap();
    symlink("infra", w.join("own")).unwrap();
    symlink("../new.txt", w.join("dangling")).unwrap();
    for given in [&["."][..], &["main.bicep"], &["infra"], &["infra/main.bicep"], &[]] {
        for path in [
            "races.html",
            "up/outside.txt",
            "up/new.txt",
            "own/report.html",
            "dangling",
            "./infra/../races.html",
        ] {
            let html = format!("html={path}");
            for option in [["--output", &html], ["--write-baseline", path]] {
                let (text, code) = run(&w, &[given, &option].concat());
                assert_eq!(code, 2, "{given:?} {option:?}: {text}");
                assert!(text.contains(path) && text.contains("its path is a link"), "{option:?}: {text}");
                assert!(!text.contains("[hub-gateways]"), "it is told before anything else: {text}");
            }
        }
    }
    assert_eq!(read(folder.path(), "outside.txt"), "mine");
    assert!(!folder.path().join("new.txt").exists() && !w.join("infra/report.html").exists());
    // The baseline can only be pruned at its real place.
    let (text, code) = run(&w, &["--baseline", "up/outside.txt", "--prune-baseline"]);
    assert_eq!(code, 2, "{text}");
    assert_eq!(read(folder.path(), "outside.txt"), "mine");
}

#[test]
fn outside_destinations_may_be_links_pipes_or_devices() {
    let folder = repository();
    let w = folder.path().join("w");
    symlink("outside.txt", folder.path().join("link")).unwrap();
    symlink("w", folder.path().join("home")).unwrap();
    for path in ["../link", "../home/report.json", "report.json", "../another.json", "infra/report.json"] {
        let (text, code) = run(&w, &["--output", &format!("json={path}")]);
        assert_eq!(code, 1, "{path}: {text}");
        assert!(is_json(&w.join(path)), "{path}: {text}");
    }
    assert!(std::fs::symlink_metadata(folder.path().join("link")).unwrap().is_symlink());
    assert!(is_json(&folder.path().join("outside.txt")), "the link is followed");
    let (text, code) = run(&w, &["--output", "json=/dev/null"]);
    assert_eq!(code, 1, "{text}");
    let (text, code) = run(&w, &["--output", "json=/dev/full", "--output", "sarif=after.sarif"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cannot write `/dev/full`"), "{text}");
    assert!(w.join("after.sarif").exists(), "the others are written");
}

#[test]
fn streams_of_the_process_are_written_to_and_not_replaced() {
    let folder = repository();
    let w = folder.path().join("w");
    for path in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let output = tool(&w).args(["--format", "concise", "--output", &format!("jsonl={path}")]).output();
        let text = String::from_utf8(output.unwrap().stdout).unwrap();
        assert!(
            text.contains("[hub-gateways]") && text.contains("{\"rule\":\"hub-gateways\""),
            "{path}: {text}"
        );
        // The same if standard output is a file: nothing in it is overwritten.
        let file = std::fs::File::create(folder.path().join("all.txt")).unwrap();
        let mut command = tool(&w);
        command.args(["--format", "concise", "--output", &format!("jsonl={path}")]).stdout(file);
        assert_eq!(command.status().unwrap().code(), Some(1));
        assert_eq!(read(folder.path(), "all.txt"), text, "{path}");
    }
    let output = tool(&w).args(["--output", "json=/dev/stderr"]).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("\"schemaVersion\": 1"));
    let command = "exec \"$0\" --output json=/dev/fd/3 3> ../third.json";
    let run = Command::new("bash")
        .args(["-c", command, env!("CARGO_BIN_EXE_bicep-race-lint")])
        .current_dir(&w)
        .stdin(Stdio::null())
        .output();
    assert_eq!(said(&run.unwrap()).1, 1);
    assert!(is_json(&folder.path().join("third.json")));
}

#[test]
fn a_pipe_is_written_outside_and_refused_inside() {
    let folder = repository();
    let w = folder.path().join("w");
    for path in ["pipe", "w/pipe"] {
        assert!(Command::new("mkfifo").arg(folder.path().join(path)).status().unwrap().success());
    }
    let (text, code) = run(&w, &["--output", "json=pipe"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cannot write `pipe`: it is not a regular file"), "{text}");
    let reader = Command::new("cat").arg(folder.path().join("pipe")).stdout(Stdio::piped()).spawn().unwrap();
    let (text, code) = run(&w, &["--output", "json=../pipe"]);
    assert_eq!(code, 1, "{text}");
    let read = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    assert!(read.contains("\"schemaVersion\": 1"), "{read}");
}

#[test]
fn two_outputs_to_one_file_are_an_error() {
    let folder = repository();
    let w = folder.path().join("w");
    symlink("w/a.json", folder.path().join("alias")).unwrap();
    for other in ["a.json", "./a.json", "infra/../a.json", "../w/a.json"] {
        let (text, code) = run(&w, &["--output", "json=a.json", "--output", &format!("sarif={other}")]);
        assert_eq!(code, 2, "{other}: {text}");
        assert!(text.contains("two outputs go to one file"), "{text}");
        assert!(!w.join("a.json").exists());
    }
    let (text, code) = run(&w, &["--output", "json=a.json", "--output", "sarif=A.sarif"]);
    assert_eq!(code, 1, "{text}");
    let (text, code) = run(&w, &["--output", "json=../alias", "--output", "sarif=a.json"]);
    assert_eq!(code, 2, "{text}");
}

#[test]
fn reports_and_baselines_are_replaced_atomically() {
    let folder = repository();
    let w = folder.path().join("w");
    for option in [["--output", "json=old"], ["--write-baseline", "old"]] {
        write(&w, "old", "old".repeat(10_000));
        let (text, _) = run(&w, &option);
        assert!(is_json(&w.join("old")) || read(&w, "old").contains("\"schemaVersion\": 2"), "{text}");
        // A disk without free space.
        write(&w, "old", "old");
        let output = Command::new("bash")
            .args(["-c", "ulimit -f 0; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_bicep-race-lint")])
            .args(option)
            .current_dir(&w)
            .stdin(Stdio::null())
            .output();
        let (text, code) = said(&output.unwrap());
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("cannot write") && text.contains("File too large"), "{text}");
        assert_eq!(read(&w, "old"), "old");
        // A read-only file, and a file with two names.
        let file = w.join("old");
        let mode = std::fs::metadata(&file).unwrap().permissions();
        let mut closed = mode.clone();
        closed.set_readonly(true);
        std::fs::set_permissions(&file, closed).unwrap();
        let (text, code) = run(&w, &option);
        assert!(code == 2 && text.contains("it is read-only"), "{text}");
        std::fs::set_permissions(&file, mode).unwrap();
        std::fs::hard_link(&file, w.join("twin")).unwrap();
        let (text, code) = run(&w, &option);
        assert!(code == 2 && text.contains("the file has 2 names"), "{text}");
        assert_eq!(read(&w, "twin"), "old");
        std::fs::remove_file(w.join("twin")).unwrap();
        let left: Vec<_> = std::fs::read_dir(&w).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".bicep-race-lint")), "{left:?}");
    }
}
