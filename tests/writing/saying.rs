//! No text from files, names or configuration can act on a terminal, a CI log or a reader of the output.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;

use crate::formats::FORMATS;
use crate::process::{RACY, folder, run, said, tool, write};

/// File names that try to clear the terminal, set a pipeline variable, reverse the text direction, or add an annotation.
const NAMES: [&str; 5] = [
    "\u{1b}[2J\u{1b}[31m.bicep",
    "##vso[task.setvariable variable=x]y.bicep",
    "\u{FFFF}\u{1FFFE}\u{FDD0}.bicep",
    "\u{202e}\u{2066}\u{9b}31m.bicep",
    "::error::a\r\n::warning::b.bicep",
];

/// Asserts that a text has no control characters and no commands other than those that the tool writes itself.
fn assert_harmless(text: &str, what: &str) {
    let own = ["::error file=", "::warning file=", "::notice file=", "##vso[task.logissue type="];
    let plain = own.iter().fold(text.to_owned(), |text, command| text.replace(command, ""));
    for character in plain.chars().filter(|character| *character != '\n' && *character != '\t') {
        assert!(!character.is_control(), "{what}: {character:?} in {text:?}");
        assert!(u32::from(character) & 0xFFFE != 0xFFFE, "{what}: {character:?} in {text:?}");
        assert!(
            !matches!(character, '\u{202e}' | '\u{2066}' | '\u{FDD0}'),
            "{what}: {character:?} in {text:?}"
        );
    }
    assert!(!plain.contains("##vso[") && !plain.contains("##["), "{what}: {text:?}");
    let commands = plain.lines().filter(|line| line.trim_start().starts_with("::")).count();
    assert_eq!(commands, 0, "{what}: {text:?}");
}

#[test]
fn names_of_files_have_no_effect_in_any_output() {
    for name in NAMES {
        let folder = folder();
        write(folder.path(), name, RACY);
        for format in FORMATS {
            let (text, code) = run(folder.path(), &["--format", format, "--level", "note"]);
            assert_eq!(code, 1, "{name:?}, {format}: {text}");
            assert_harmless(&text, format);
        }
        for picture in [
            &["graph"][..],
            &["timeline"],
            &["graph", "--format", "mermaid"],
            &["timeline", "--format", "svg"],
        ] {
            let (text, _) = run(folder.path(), &[picture, &[name]].concat());
            assert_harmless(&text, picture[0]);
        }
        for arguments in
            [&["--show-config", name][..], &["--config", name], &["--baseline", name], &[name, "--fix"]]
        {
            let (text, _) = run(folder.path(), arguments);
            assert_harmless(&text, arguments[0]);
        }
        for arguments in [
            &["--output", name][..],
            &["--select", name],
            &["graph", "no", name],
            &["--no-such", name],
            &["--format", name],
        ] {
            let (text, code) = run(folder.path(), arguments);
            assert_eq!(code, 2, "{arguments:?}: {text}");
            assert_harmless(&text, arguments[0]);
        }
    }
}

#[test]
fn non_characters_are_replaced_in_xml() {
    let folder = folder();
    write(folder.path(), "a\u{FFFF}b\u{FFFE}.bicep", RACY);
    let (text, _) = run(folder.path(), &["--format", "junit"]);
    assert!(text.contains("a&lt;U+FFFF&gt;b&lt;U+FFFE&gt;.bicep"), "{text}");
}

#[test]
fn text_from_a_configuration_has_no_effect() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    let toml = "exclude = [\"a\\n##vso[task.setvariable variable=x]y\"]\n[minutes]\n\"Microsoft.\\u001b[31m/x\" = 5\n\
        \"Microsoft.\\n::error::/x\" = 6\n[[path]]\nglob = [\"main.bicep\", \"\\u202e##[error]x\"]\nrules = { hub-gateways = \"note\" }\n";
    write(folder.path(), "bicep-race-lint.toml", toml);
    let (text, code) = run(folder.path(), &["--show-config", "main.bicep"]);
    assert_harmless(&text, "--show-config");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("microsoft.<U+001B>[31m/x") && text.contains("#'#vso["), "{text}");
    // Messages about invalid values quote them, so they have to be escaped too.
    for wrong in [
        "\"\\u001b[2J##vso[x]\" = 1\n",
        "fail-on = \"\\u001b[2J##vso[x]\\n::error::\"\n",
        "extends = \"\\u001b##[error]\\n::error::\"\n",
        "[rules]\n\"\\u202e\\u001b\" = \"error\"\n",
        "\u{1b}[31m = ##vso[x]",
    ] {
        write(folder.path(), "bicep-race-lint.toml", wrong);
        let (text, code) = run(folder.path(), &["main.bicep"]);
        assert_eq!(code, 2, "{wrong:?}: {text}");
        assert_harmless(&text, wrong);
    }
}

#[test]
fn only_the_tool_sets_colours() {
    let folder = folder();
    let name = "\u{1b}[5;31mx\u{1b}[2J.bicep";
    write(folder.path(), name, format!("// \u{1b}[5m\n{RACY}"));
    let (text, _) = said(&tool(folder.path()).args([name, "--color", "always"]).output().unwrap());
    assert!(
        text.contains("\u{1b}[") && !text.contains("\u{1b}[5;31m") && !text.contains("\u{1b}[2J"),
        "{text:?}"
    );
}

#[test]
fn a_patch_applies_where_a_program_reads_it_and_is_harmless_in_a_log() {
    let folder = folder();
    let text = RACY.trim_end().strip_suffix("  }\n}").unwrap();
    write(folder.path(), "main.bicep", format!("{text}  }} // \u{1b}[31m ##vso[x]\n}}\n"));
    let patch = tool(folder.path()).arg("--diff").output().unwrap().stdout;
    assert!(String::from_utf8_lossy(&patch).contains("\u{1b}[31m ##vso[x]"));
    let mut child = std::process::Command::new("patch")
        .args(["-p1", "--dry-run"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &patch).unwrap();
    assert!(child.wait().unwrap().success());
    let (log, _) = said(&tool(folder.path()).arg("--diff").env("CI", "true").output().unwrap());
    assert_harmless(&log, "--diff in a pipeline");
    assert!(log.contains("cannot be applied"), "{log}");
}

#[test]
fn paths_that_are_not_valid_text_are_shown() {
    let folder = folder();
    let name = OsStr::from_bytes(b"\xff\x1b[2J\xfe.bicep");
    write(folder.path(), name, RACY);
    let output = tool(folder.path()).arg(name).args(["--fix", "--format", "concise"]).output();
    let (text, _) = said(&output.unwrap());
    assert_harmless(&text, "--fix");
}

#[test]
fn only_escaped_text_is_written_to_a_stream() {
    let mut wrong = Vec::new();
    let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in walkdir::WalkDir::new(&src).into_iter().map(Result::unwrap) {
        let inside = entry.path().strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        // The language server writes JSON messages, in which no text is a command.
        let may_write = inside == "cli/mod.rs" || inside == "lsp/server.rs";
        if entry.path().extension().is_none_or(|end| end != "rs") || may_write {
            continue;
        }
        for (at, line) in std::fs::read_to_string(entry.path()).unwrap().lines().enumerate() {
            let writes = ["stdout()", "stderr()"].iter().any(|stream| line.contains(stream));
            let asks = line.contains("is_terminal()") || line.contains("ProgressDrawTarget::stderr()");
            if writes && !asks {
                wrong.push(format!("src/{inside}:{}: {line}", at + 1));
            }
            // Unescaped output is reserved for our own pages and scripts, and for patches.
            if (line.contains("Shown::own(") || line.contains("raw_for_a_program("))
                && !inside.starts_with("cli/checking")
            {
                wrong.push(format!("src/{inside}:{}: {line}", at + 1));
            }
        }
    }
    wrong.retain(|line| !line.contains("escape.rs"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
