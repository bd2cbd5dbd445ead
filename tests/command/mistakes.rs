//! Errors in a command line or a configuration: each message has a next step, and the run exits with 2.

use crate::process::{RACY, folder, run, write};

/// Command lines with the parts of the expected message: the error and the next step.
const TYPED: &[(&[&str], &[&str])] = &[
    // Options.
    (&["--selct", "hub-gateways"], &["--selct", "a similar argument exists: '--select'"]),
    (&["--select", "hub-gatways"], &["no rule or entry `hub-gatways`", "did you mean `hub-gateways`?"]),
    (&["--select", "vnet-subnet"], &["did you mean `vnet-subnets`?"]),
    (&["--ignore", "parallel-writer"], &["did you mean `parallel-writers`?"]),
    (&["--ignore", "no-unused-params"], &["`bicep-race-lint rules` lists the rules"]),
    (&["--level", "loud"], &["'loud'", "note, warning, error"]),
    (&["--fail-on", "errors"], &["a similar value exists: 'error'"]),
    (&["-f", "jsn"], &["a similar value exists: 'json'"]),
    (&["--format"], &["a value is required", "human, concise"]),
    (&["-f", "main.bicep"], &["hint: a template is named by itself, `bicep-race-lint main.bicep`"]),
    (&["--output", "races.sarif"], &["expected FORMAT=PATH, such as `sarif=races.sarif`"]),
    (&["--output", "srif=x"], &["there is no format `srif`", "did you mean `sarif`?"]),
    (&["--output", "docx=x"], &["there is no format `docx`", "available: human, concise"]),
    (&["--output", "sarif=gone/x"], &["cannot write `gone/x`"]),
    (&["--output", "sarif=a", "--output", "json=a"], &["two outputs go to one file: `a` and `a`"]),
    (&["--profile", "loud"], &["strict, default, calm"]),
    (&["--confidence", "sure"], &["inferred, proven"]),
    (&["--color", "yes"], &["auto, always, never"]),
    (&["--config", "gone.toml"], &["cannot read the configuration", "gone.toml", "there is no such file"]),
    (&["--config", "wrong.toml", "--no-config"], &["cannot be used with '--no-config'"]),
    (&["--baseline", "gone.json"], &["cannot read the baseline `gone.json`"]),
    (&["--baseline", "other.json"], &["`other.json` is not a baseline", "unknown field `a`"]),
    (&["--prune-baseline"], &["--baseline <FILE>"]),
    (&["--boundary", "gone"], &["`--boundary gone`: there is no such folder"]),
    (&["--changed-from", "gone.txt"], &["`--changed-from gone.txt`: it cannot be read"]),
    (&["--allow-unread", "[z-a]"], &["`--allow-unread [z-a]`: it is not a glob"]),
    (&["--parameters", "gone.bicepparam"], &["`--parameters gone.bicepparam`: there is no such file"]),
    (&["--template", "gone.bicep", "main.bicep"], &["`--template gone.bicep`: there is no such file"]),
    // Files and subcommands.
    (&["gone.bicep"], &["cannot read `gone.bicep`: there is no such file"]),
    (&["grph"], &["cannot read `grph`", "did you mean the command `graph`?"]),
    (&["explain"], &["Usage: bicep-race-lint explain <WHAT>..."]),
    (&["explain", "vnet-subnet"], &["did you mean `vnet-subnets`?"]),
    (&["explain", "no-such-thing"], &["known error", "`bicep-race-lint rules` lists the rules"]),
    (&["explain", "--pair", "main.bicep", "vpn"], &["3 values required for '--pair <FILE> <A> <B>'"]),
    (&["explain", "--pair", "main.bicep", "vpn", "era"], &["`main.bicep` declares no `era`"]),
    (&["graph"], &["Usage: bicep-race-lint graph <PATH>"]),
    (&["graph", "."], &["`.` is a folder; name a file in it: `main.bicep`"]),
    (
        &["graph", "main.bicep", "-f", "json", "--finding", "00"],
        &["`--finding` is for the formats mermaid, dot and svg"],
    ),
    (
        &["graph", "main.bicep", "--finding", "00", "--format", "svg"],
        &["no finding has the fingerprint `00`", "`--format json`"],
    ),
    (&["completions", "tcsh"], &["bash, elvish, fish, nushell, powershell, zsh"]),
    (&["rules", "--format", "yaml"], &["human, json"]),
    (&["timeline", "README.md"], &["`README.md` is not a template: it does not end in `.bicep`"]),
    (&["graph", "README.md"], &["`README.md` is not a template"]),
    (&["explain", "--pair", "README.md", "a", "b"], &["`README.md` is not a template"]),
    (&["explain", "AnotherOperationInProgress", "--in", "README.md"], &["`README.md` is not a template"]),
    (&["graph", "main.bicep", "main.bicep"], &["hint: `graph` takes a single path; run it once for each"]),
    (&["timeline", "folder"], &["`folder` is a folder without Bicep files; name a file"]),
    (&["timeline", "gone.bicep"], &["cannot read `gone.bicep`: there is no such file"]),
    // Options in the wrong place.
    (
        &["--select", "hub-gateways", "graph", "main.bicep"],
        &[
            "hint: `--select` is an option of the check, `bicep-race-lint --select … PATH`; `graph` has `--format`",
        ],
    ),
    (&["timeline", "main.bicep", "-v"], &["hint: `-v` is an option of the check"]),
    (&["-f", "sarif", "graph", "main.bicep"], &["'sarif'", "json, mermaid, dot, svg"]),
    (&["--config", "gone.toml", "graph", "main.bicep"], &["cannot read the configuration", "gone.toml"]),
    (
        &["graph", "main.bicep", "--config", "wrong.toml", "--no-config"],
        &["cannot be used with '--no-config'"],
    ),
    (&["graph", "main.bicep", "--config", "mistaken.toml"], &["unknown rule or entry `hub-gatways`"]),
    (&["explain", "hub-gateways", "--config", "mistaken.toml"], &["unknown rule or entry `hub-gatways`"]),
    (&["--redact", "lsp"], &["`lsp` redacts nothing", "leave `--redact` out"]),
    (&["--format", "json", "--format", "sarif"], &["cannot be used multiple times"]),
    // Options of other linters.
    (&["--exit-zero"], &["hint: here the equivalent of `--exit-zero` is `--fail-on never`"]),
    (&["--min-severity", "error"], &["`--level LEVEL`"]),
    (&["-o", "races.sarif"], &["`--output FORMAT=PATH`"]),
    (&["--json"], &["`--format json`"]),
    (&["fix", "."], &["cannot read `fix`", "`bicep-race-lint --fix PATH`"]),
    (&["explain", "409"], &["`409` says only that something failed", "paste the whole text"]),
    (&["check", "."], &["cannot read `check`", "the check needs no subcommand: `bicep-race-lint PATH`"]),
    (&["rules", "hub-gateways"], &["`bicep-race-lint explain hub-gateways` shows one"]),
    (&["explain", "hub-gateways", "--format", "json"], &["is for `--pair`", "rules --format json"]),
    // Values.
    (&["--select", ""], &["there is no rule or entry ``", "`bicep-race-lint rules` lists the rules"]),
    (&["--output", ""], &["expected FORMAT=PATH"]),
    (&["--output", "sarif="], &["`--output sarif=`: there is no path"]),
    (&["--output", "sarif=folder"], &["cannot write `folder`"]),
    (&["--config", ""], &["a value is required for '--config <FILE>'"]),
    (&["--baseline", "folder"], &["cannot read the baseline `folder`"]),
    (&["--fix", "-", "main.bicep"], &["cannot take standard input (`-`) and files in one run"]),
    (&["graph", "-"], &["only the check reads standard input, `-`; name a file"]),
    (&["timeline", "package.json"], &["`package.json` declares nothing: this is not an ARM template"]),
    (&["graph", "Makefile"], &["`Makefile` declares nothing: "]),
    (&[""], &["a value is required for '[PATHS]...'"]),
    (&["init", "gone"], &["cannot write `gone/bicep-race-lint.toml`"]),
    (&["observed", "main.bicep"], &["main.bicep"]),
];

/// Configurations with the expected message. It starts with the place.
const WRITTEN: &[(&str, &str)] = &[
    ("fail-on = 'errors'", "1:11: unknown level `errors`; did you mean `error`?"),
    ("excludes = ['a']", "1:1: unknown key `excludes`; did you mean `exclude`?"),
    ("exclude = 'a'", "1:11: expected a list of strings, found string"),
    ("exclude = ['a[z-a]']", "`a[z-a]` is not a valid glob"),
    ("profile = 'loud'", "unknown profile `loud`; expected one of `strict`, `default`, `calm`"),
    ("confidence = 'sure'", "unknown confidence `sure`; expected one of `inferred`, `proven`"),
    ("levels = '0.2'", "can only be `0.1`"),
    ("require-reasons = 'yes'", "expected true or false, found string"),
    ("extends = 'gone.toml'", "cannot read `gone.toml`"),
    (
        "[rules]\nhub-gatways = 'off'",
        "2:1: unknown rule or entry `hub-gatways`; did you mean `hub-gateways`?",
    ),
    ("[rules]\nhub-gateways = 'of'", "unknown level `of`; did you mean `off`?"),
    ("[rules]\nno-such-name = 'off'", "`bicep-race-lint rules` lists the rules"),
    ("[entries]\nparallel-loop = 'off'", "it is a rule, whose level belongs in `[rules]`"),
    ("[[path]]\nglob = 'x'", "a path has `glob` and `rules`"),
    ("[minutes]\nvnet = 3", "a type is `Provider.Name/type`, without version"),
    ("[minutes]\n'A.B/c' = 'x'", "expected whole minutes, found string"),
    ("[[entry]]\nid = 'x'", "the key `title` is missing"),
    ("[[entry]]\nid = 'x'\ntitel = 'x'", "3:1: unknown key `titel`; did you mean `title`?"),
    ("[[entry]]\nid = 'x'\ncodes = 'Busy'", "3:9: expected a list, found string \"Busy\""),
    ("fail-on", "expected `=`"),
];

#[test]
fn every_mistake_has_a_next_step() {
    assert!(TYPED.len() + WRITTEN.len() >= 40);
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    write(folder.path(), "wrong.toml", "fail-on = 'error'\n");
    write(folder.path(), "mistaken.toml", "[rules]\nhub-gatways = 'off'\n");
    write(folder.path(), "README.md", "# Read me\n");
    write(folder.path(), "package.json", "{ \"name\": \"x\" }\n");
    write(folder.path(), "Makefile", "all: x\n");
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    write(folder.path(), "other.json", "{ \"a\": 1 }\n");
    let mut wrong = Vec::new();
    for (arguments, parts) in TYPED {
        let (told, code) = run(folder.path(), arguments);
        if code != 2 || parts.iter().any(|part| !told.contains(part)) {
            wrong.push(format!("{arguments:?} ends with {code} and says {told}"));
        }
    }
    for (text, part) in WRITTEN {
        write(folder.path(), "bicep-race-lint.toml", text);
        let (told, code) = run(folder.path(), &["main.bicep"]);
        if code != 2 || !told.contains(part) || !told.contains("bicep-race-lint.toml:") {
            wrong.push(format!("{text:?} ends with {code} and says {told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_of_another_kind_is_reported() {
    let folder = folder();
    write(folder.path(), "README.md", "# Read me\n");
    write(folder.path(), "main.bicep", RACY);
    let told = run(folder.path(), &["README.md"]).0;
    assert!(
        told.contains("note: reading `README.md` as Bicep, because it does not end in `.bicep`"),
        "{told}"
    );
    assert!(!run(folder.path(), &["main.bicep"]).0.contains("as Bicep"));
}

/// A week of a team: adopt the tool with a baseline, lower an entry, suppress a pair, meet a new race, upgrade the
/// baseline.
#[test]
fn a_week_of_a_team() {
    let folder = folder();
    let here = folder.path();
    std::fs::create_dir(here.join(".git")).unwrap();
    let subnets = "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'net' }\n\
                   resource a 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { parent: net, name: 'a' }\n\
                   resource b 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = { parent: net, name: 'b' }\n";
    let subnets = subnets.replace(", name", "\n  name");
    write(here, "hub.bicep", RACY);
    write(here, "net.bicep", &subnets);
    // Monday: existing findings are accepted.
    assert_eq!(run(here, &[]).1, 1);
    assert!(run(here, &["--write-baseline", "races.json"]).0.contains("wrote 2 findings"));
    let check = |more: &[&str]| run(here, &[&["--baseline", "races.json"], more].concat());
    assert_eq!(check(&[]).1, 0);
    // Tuesday: an entry is lowered by the id that its finding shows.
    write(here, "bicep-race-lint.toml", "[rules]\nvnet-subnets = \"note\"\n");
    let (told, code) = run(here, &["net.bicep"]);
    assert!(code == 0 && told.contains("given a lower level in bicep-race-lint.toml"), "{told}");
    // Wednesday: a pair is fine as it is. The reason follows the directive, and appears in SARIF.
    let directive = "#disable-next-line hub-gateways // the second is deployed once, by hand\nresource er ";
    write(here, "hub.bicep", RACY.replace("resource er ", directive));
    let (told, code) = run(here, &["hub.bicep", "--output", "sarif=races.sarif"]);
    assert!(code == 0 && told.contains("1 suppressed"), "{told}");
    assert!(crate::process::read(here, "races.sarif").contains("the second is deployed once, by hand"));
    // Thursday: a pull request adds a race, and only that race fails.
    write(here, "new.bicep", RACY.replace("'hub'", "'other'"));
    let (told, code) = check(&["--format", "concise"]);
    assert!(code == 1 && told.contains("new.bicep:") && !told.contains("net.bicep:"), "{told}");
    // It is fixed before the merge.
    assert_eq!(run(here, &["new.bicep", "--fix"]).1, 0);
    assert_eq!(check(&[]).1, 0);
    // Friday: the baseline is rewritten without obsolete entries; nothing new is accepted.
    let (told, code) = check(&["--write-baseline", "races.json"]);
    assert_eq!(code, 0, "{told}");
    write(here, "later.bicep", RACY.replace("'hub'", "'later'"));
    assert_eq!(check(&[]).1, 1);
}
