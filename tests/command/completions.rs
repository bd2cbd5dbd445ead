//! Shell completion: each script asks the tool, which knows every command, option, value and id; and each installed
//! shell can load its own script.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{folder, write};

const SHELLS: [&str; 6] = ["bash", "elvish", "fish", "nushell", "powershell", "zsh"];

fn tool_in(folder: &Path, arguments: &[&str]) -> String {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"));
    let output = tool.current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn tool(arguments: &[&str]) -> String {
    tool_in(Path::new("."), arguments)
}

/// The candidates after some words, the last of which is incomplete, without descriptions.
fn offered_in(folder: &Path, words: &[&str]) -> Vec<String> {
    let (current, before) = words.split_last().unwrap();
    let current = format!(".{current}");
    let told = tool_in(folder, &[&["completions", "bash", "--"], before, &[&current]].concat());
    told.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

fn offered(words: &[&str]) -> Vec<String> {
    offered_in(Path::new("."), words)
}

/// The long options in the help of a command.
fn options(command: &[&str]) -> Vec<String> {
    let help = tool(&[command, &["--help"]].concat());
    let words =
        help.lines().filter(|line| line.trim_start().starts_with('-')).flat_map(str::split_whitespace);
    let mut options: Vec<String> = words
        .filter(|word| word.starts_with("--"))
        .map(|word| word.trim_end_matches([',', '.']).split(['=', '[']).next().unwrap().to_owned())
        .collect();
    options.sort();
    options.dedup();
    options
}

#[test]
fn every_option_and_command_is_offered() {
    assert!(options(&[]).len() > 15);
    for command in [&[][..], &["graph"], &["timeline"], &["explain"], &["observed"], &["rules"]] {
        let mut found = offered(&[command, &["--"]].concat());
        found.sort();
        assert_eq!(found, options(command), "{command:?}");
    }
    let commands = offered(&[""]);
    for command in
        ["graph", "timeline", "observed", "explain", "init", "rules", "completions", "man", ":files"]
    {
        assert!(commands.iter().any(|known| known == command), "{commands:?} lacks {command}");
    }
}

#[test]
fn values_and_ids_are_offered_where_they_are_valid() {
    for (words, expected) in [
        (&["--format", "sa"][..], &["sarif"][..]),
        (&["-f", "sa"], &["sarif"]),
        (&["--format=sa"], &["--format=sarif"]),
        (&["--format", "=", "sa"], &["sarif"]),
        (&["graph", "-f", ""], &["json", "mermaid", "dot", "svg"]),
        (&["-q", "timeline", "--format", "s"], &["svg"]),
        (&["ti"], &["timeline", ":files"]),
        (&["a.bicep", "ti"], &[":files"]),
        (&["--select", "vnet-inline"], &["vnet-inline-and-child-subnets"]),
        (&["--ignore", "hub-gateways,vnet-inline"], &["hub-gateways,vnet-inline-and-child-subnets"]),
        (&["--ignore", "routing-int"], &["routing-intent-last"]),
        (&["explain", "vnet-inline"], &["vnet-inline-and-child-subnets", ":files"]),
        (&["explain", "--pair", "main.bicep", ""], &[":files"]),
        (&["completions", "nu"], &["nushell"]),
        (&["--config", ""], &[":files"]),
        (&["--", "--sel"], &[":files"]),
        (&["--quiet", "--stat"], &["--statistics"]),
        (&["--select", "no-such"], &[]),
    ] {
        assert_eq!(offered(words), expected, "{words:?}");
    }
}

#[test]
fn entries_of_the_configuration_are_offered() {
    let folder = folder();
    let own = "[[entry]]\nid = 'contoso-racks'\ntitle = 'Servers of one rack'\nlevel = 'error'\n\
               object-type = 'Contoso.Hardware/racks'\nwhy = 'change the wiring'\n[[entry.writer]]\nrole = 'server'\n\
               label = 'a server'\ntypes = ['Contoso.Hardware/racks/servers']\nobjects = ['parent']\n";
    write(folder.path(), "bicep-race-lint.toml", own);
    assert_eq!(offered_in(folder.path(), &["--select", "contoso"]), ["contoso-racks"]);
    // Every offered id is known.
    assert!(tool_in(folder.path(), &["explain", "contoso-racks"]).starts_with("# Servers of one rack"));
}

/// A shell that is not installed is skipped; bash is available wherever these tests run on Unix.
#[cfg(unix)]
#[test]
fn a_shell_reads_its_own_script() {
    let folder = tempfile::tempdir().unwrap();
    let mut asked = Vec::new();
    for shell in SHELLS {
        let path = folder.path().join(shell);
        std::fs::write(&path, tool(&["completions", shell])).unwrap();
        let (program, check): (&str, &[&str]) = match shell {
            "bash" | "zsh" => (shell, &["-n"]),
            "fish" => (shell, &["--no-execute"]),
            _ => continue,
        };
        let status = Command::new(program).args(check).arg(&path).stderr(Stdio::null()).status();
        if let Ok(status) = status {
            assert!(status.success(), "{shell} cannot read its script");
            asked.push(shell);
        }
    }
    assert!(asked.contains(&"bash"), "{asked:?}");
}

/// The candidates of bash after some words.
#[cfg(unix)]
#[test]
fn bash_offers_what_the_tool_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("completions.bash");
    std::fs::write(&path, tool(&["completions", "bash"])).unwrap();
    std::fs::write(folder.path().join("main one.bicep"), "").unwrap();
    let offered = |words: &str, at: usize| {
        let script = format!(
            "source '{}'; COMP_WORDS=('{}' {words}); COMP_CWORD={at}; _bicep_race_lint; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            path.display(),
            env!("CARGO_BIN_EXE_bicep-race-lint"),
        );
        let mut bash = Command::new("bash");
        let output = bash.current_dir(folder.path()).args(["--norc", "-c", &script]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let formats = offered("--format ''", 2);
    assert!(formats.contains("sarif\n") && formats.contains("html\n"), "{formats}");
    assert_eq!(offered("ti", 1), "timeline\n");
    assert_eq!(offered("graph main", 2), "main one.bicep\n");
    assert_eq!(offered("--ignore vnet-inline", 2), "vnet-inline-and-child-subnets\n");
    let all = offered("''", 1);
    assert!(all.contains("timeline\n") && all.contains("main one.bicep\n"), "{all}");
}
