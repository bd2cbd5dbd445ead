//! Completions for shells: each knows every command and option, and a shell that is there can read its own.

use std::process::{Command, Stdio};

fn tool(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The long options that `--help` names.
fn options() -> Vec<String> {
    let help = tool(&["--help"]);
    let words =
        help.lines().filter(|line| line.trim_start().starts_with('-')).flat_map(str::split_whitespace);
    let mut options: Vec<String> = words
        .filter_map(|word| word.strip_prefix("--"))
        .map(|word| word.trim_end_matches([',', '.']).split(['=', '[']).next().unwrap().to_owned())
        .filter(|word| !word.is_empty())
        .collect();
    options.sort();
    options.dedup();
    options
}

#[test]
fn every_shell_knows_every_option_and_command() {
    let options = options();
    assert!(options.len() > 15, "{options:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = tool(&["completions", shell]);
        for option in &options {
            assert!(script.contains(option.as_str()), "{shell} does not know --{option}");
        }
        for command in ["graph", "timeline", "explain", "rules", "completions"] {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
        // The others complete no values.
        let formats: &[&str] =
            if matches!(shell, "bash" | "zsh" | "fish") { &["sarif", "html", "gitlab", "svg"] } else { &[] };
        for format in formats {
            assert!(script.contains(format), "{shell} does not know {format}");
        }
    }
}

/// A shell that is not on this machine cannot be asked; bash is on every machine that runs these tests under Unix.
#[cfg(unix)]
#[test]
fn a_shell_reads_its_own_script() {
    let folder = tempfile::tempdir().unwrap();
    let mut asked = Vec::new();
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let path = folder.path().join(shell);
        std::fs::write(&path, tool(&["completions", shell])).unwrap();
        let status = Command::new(shell).arg(check).arg(&path).stderr(Stdio::null()).status();
        if let Ok(status) = status {
            assert!(status.success(), "{shell} cannot read its script");
            asked.push(shell);
        }
    }
    assert!(asked.contains(&"bash"), "{asked:?}");
}

/// What bash offers after some words.
#[cfg(unix)]
#[test]
fn bash_completes_formats_and_commands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("completions.bash");
    std::fs::write(&path, tool(&["completions", "bash"])).unwrap();
    let offered = |words: &str, at: usize, current: &str, previous: &str| {
        let script = format!(
            "source '{}'; COMP_WORDS=({words}); COMP_CWORD={at}; \
             $(complete -p bicep-race-lint | grep -o '_[a-z_]*lint') bicep-race-lint '{current}' '{previous}'; echo \"${{COMPREPLY[@]}}\"",
            path.display()
        );
        let output = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let formats = offered("bicep-race-lint --format ''", 2, "", "--format");
    assert!(formats.contains("sarif") && formats.contains("html"), "{formats}");
    let commands = offered("bicep-race-lint ti", 1, "ti", "bicep-race-lint");
    assert_eq!(commands.trim(), "timeline");
}
