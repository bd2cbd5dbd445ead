//! Paths that are not regular files, have no end, or are outside the boundary.

use std::os::unix::net::UnixListener;

use crate::tree::{RACY, SECRET, Tree, call, run, tool};

/// Endless devices and pipes, as targets of links.
const ENDLESS: [&str; 2] = ["/dev/zero", "/dev/stdin"];

#[test]
fn a_configuration_that_is_not_a_file_is_an_immediate_error() {
    for device in ENDLESS {
        let link = Tree::new().folder(".git").file("main.bicep", RACY).link("bicep-race-lint.toml", device);
        link.run("", &[]).ends_with(2).has("cannot read the configuration").has("not a regular file");
        let text = format!("extends = \"{device}\"\n");
        let extends = Tree::new().folder(".git").file("main.bicep", RACY).file("bicep-race-lint.toml", text);
        let said = extends.run("", &[]);
        said.ends_with(2).has("the configuration is wrong").has(device).has("not a regular file");
        // A link in the repository leads there; the name in `extends` itself looks harmless.
        let text = "extends = \"base.toml\"\n";
        let extends = Tree::new().folder(".git").file("main.bicep", RACY).file("bicep-race-lint.toml", text);
        extends.link("base.toml", device).run("", &[]).ends_with(2).has("not a regular file");
    }
    let pipe = Tree::new().folder(".git").file("main.bicep", RACY).pipe("bicep-race-lint.toml");
    pipe.run("", &[]).ends_with(2).has("not a regular file");
}

#[test]
fn a_compiler_configuration_that_is_not_a_file_is_reported() {
    for device in ENDLESS {
        let tree = Tree::new().folder(".git").file("main.bicep", RACY);
        let tree = tree.file("bicepconfig.json", format!("{{ \"extends\": \"{device}\" }}"));
        let said = tree.run("", &[]);
        said.ends_with(2).has("[hub-gateways]").has("is not used").has("not a regular file");
        let tree = Tree::new().folder(".git").file("main.bicep", RACY).link("bicepconfig.json", device);
        tree.run("", &[]).ends_with(2).has("not a regular file").has("[hub-gateways]");
    }
    Tree::new().file("main.bicep", RACY).pipe("bicepconfig.json").run("", &[]).has("not a regular file");
}

#[test]
fn a_gitignore_that_is_not_a_file_is_skipped_with_a_message() {
    for device in ENDLESS {
        let tree = Tree::new().folder(".git").file("main.bicep", RACY).link(".gitignore", device);
        let said = tree.run("", &[]);
        said.ends_with(1).has("`.gitignore` is not used").has("not a regular file").has("[hub-gateways]");
        // The `.gitignore` of a folder above is read too, and those further down.
        let tree = Tree::new().folder(".git").link(".gitignore", device).file("a/b/main.bicep", RACY);
        tree.run("a", &["b"]).ends_with(1).has("/.gitignore` is not used");
        let tree = Tree::new().file("a/b/c/d/e/main.bicep", RACY).link("a/b/c/d/e/.gitignore", device);
        tree.run("", &[]).ends_with(1).has("`a/b/c/d/e/.gitignore` is not used");
    }
    let pipe = Tree::new().file("main.bicep", RACY).pipe(".gitignore");
    pipe.run("", &[]).ends_with(1).has("not a regular file");
    let folder = Tree::new().file("main.bicep", RACY).folder(".gitignore");
    folder.run("", &[]).ends_with(1).lacks("left out");
}

#[test]
fn a_gitignore_outside_ignores_nothing() {
    let tree = Tree::with_repository().file("rules", "*.bicep\n").file("repo/main.bicep", RACY);
    let tree = tree.link("repo/.gitignore", "../rules");
    tree.run("repo", &[]).ends_with(1).has("`.gitignore` is not used").has("outside `.`");
}

#[test]
fn a_gitignore_with_a_byte_order_mark_and_other_line_ends_works() {
    let tree = Tree::new().file("main.bicep", RACY).file("a.tmp.bicep", RACY).file("b.old.bicep", RACY);
    let tree = tree.file(".gitignore", "\u{feff}*.tmp.bicep\r\n*.old.bicep\r\n");
    let said = tree.run("", &["--format", "concise"]);
    assert_eq!(said.count("[hub-gateways]"), 1, "{}", said.text);
}

#[test]
fn a_module_that_is_not_a_file_does_not_block() {
    let tree = Tree::new().folder(".git").file("main.bicep", call("/proc/kmsg"));
    let said = tree.run("", &["main.bicep"]);
    said.ends_with(1).has("[unread-file]").has("module `m` could not be read: it is outside `.`");
    for target in ["/proc/kmsg", "/proc/self/environ", "/proc/self/mem", "/etc/hostname"] {
        let tree = Tree::new().folder(".git").file("main.bicep", call("m.bicep")).link("m.bicep", target);
        tree.run("", &["main.bicep"]).ends_with(1).has("it is outside `.`");
        // The root itself may be such a link.
        tree.run("", &["m.bicep"]).ends_with(2).has("cannot read `m.bicep`: it is outside `.`");
        tree.run("", &[]).ends_with(2).has("cannot read `m.bicep`: it is outside `.`");
    }
    for device in ENDLESS {
        let tree = Tree::new().folder(".git").file("main.bicep", call("m.bicep")).link("m.bicep", device);
        tree.run("", &["main.bicep"]).ends_with(1).has("[unread-file]").has("not a regular file");
        tree.run("", &["m.bicep"]).ends_with(2).has("cannot read `m.bicep`: it is not a regular file");
    }
    let pipe = Tree::new().file("main.bicep", call("m.bicep")).pipe("m.bicep");
    pipe.run("", &["main.bicep", "--level", "note"]).has("not a regular file");
    pipe.run("", &["m.bicep"]).ends_with(2).has("not a regular file");
    let socket = Tree::new().file("main.bicep", call("m.bicep"));
    let _listener = UnixListener::bind(socket.path("m.bicep")).unwrap();
    socket.run("", &["main.bicep", "--level", "note"]).has("not a regular file");
    socket.run("", &[]).ends_with(2).has("cannot read `m.bicep`: it is not a regular file");
}

#[test]
fn virtual_files_are_read_to_their_end() {
    // The file system root is the boundary, so everything is inside.
    let tree = Tree::new().file("main.bicep", call("/proc/kmsg")).link("cmdline.bicep", "/proc/self/cmdline");
    let boundary = ["main.bicep", "cmdline.bicep", "--boundary", "/", "--level", "note"];
    tree.run("", &boundary).lacks("is outside `");
}

#[test]
fn loaded_files_must_be_regular_and_inside() {
    for function in ["loadTextContent", "loadFileAsBase64", "loadJsonContent", "loadYamlContent"] {
        let text = |path: &str| format!("var v = {function}('{path}')\noutput o string = string(v)\n");
        let tree = Tree::with_repository().file("repo/main.bicep", text("../secret"));
        let said = tree.run("repo", &["--format", "json"]);
        said.ends_with(1).has("the content of `../secret` is not known: it is outside `.`");
        said.has("\"kind\": \"load\"").lacks(SECRET);
        let tree = Tree::with_repository().file("repo/main.bicep", text("pipe")).pipe("repo/pipe");
        tree.run("repo", &[]).ends_with(1).has("[unread-file]").has("it is not a regular file");
        let tree =
            Tree::with_repository().file("repo/main.bicep", text("link")).link("repo/link", "../secret");
        tree.run("repo", &[]).ends_with(1).has("[unread-file]").has("outside `");
        tree.keeps_secret("repo", &[]);
        let tree = Tree::with_repository().file("repo/main.bicep", text("not-there"));
        tree.run("repo", &[]).ends_with(1).has("[unread-file]").has("there is no such file");
    }
}

#[test]
fn messages_quote_no_module_outside() {
    // It looks like a template but is invalid; an error message once quoted its line.
    let broken = format!("{{ \"resources\": [ \"{SECRET}\", \"x\" ], \"token\": \"{SECRET}\" }}");
    // A valid template is not quoted either.
    let valid = RACY.replace("hub", SECRET);
    for (name, text) in [("s.json", broken.as_str()), ("s.bicep", valid.as_str())] {
        for git in ["repo/.git", "repo/x"] {
            let tree =
                Tree::new().folder(git).file(name, text).file("repo/main.bicep", call(&format!("../{name}")));
            tree.run("repo", &[]).ends_with(1).has("[unread-file]").has("outside `.`").has("`--boundary");
            tree.keeps_secret("repo", &["main.bicep"]);
            tree.run("repo", &["--strict", "--fail-on", "never"]).ends_with(3);
            // The user may decide otherwise.
            tree.run("repo", &["--boundary", ".."]).lacks("[unread-file]").has(SECRET);
        }
    }
}

#[test]
fn every_reference_ends_at_the_boundary() {
    let tree = Tree::with_repository().file("types.bicep", format!("@export()\nvar {SECRET} = 1\n"));
    let tree = tree.file("base.bicepparam", format!("using none\nparam {SECRET} = 1\n"));
    let tree = tree
        .file("repo/import.bicep", format!("import {{ {SECRET} }} from '../types.bicep'\n"))
        .file(
            "repo/all.bicep",
            "import * as all from '../types.bicep'\nimport { a, b } from '../types.bicep'\n",
        )
        .file("repo/using.bicepparam", "using '../main.bicep'\n")
        .file("repo/extends.bicepparam", "using none\nextends '../base.bicepparam'\n");
    tree.run("repo", &["import.bicep"])
        .ends_with(1)
        .has("what is imported from `../types.bicep` is not known");
    let all = tree.run("repo", &["all.bicep", "--format", "concise"]);
    assert_eq!(all.count("[unread-file]"), 2, "one a file that is imported: {}", all.text);
    tree.run("repo", &["using.bicepparam"])
        .ends_with(1)
        .has("the template `../main.bicep` could not be read");
    tree.run("repo", &["extends.bicepparam"]).ends_with(1).has("the parameter file `../base.bicepparam`");
    let json = tree.run("repo", &["--format", "json"]).text;
    for kind in ["import", "using", "extends"] {
        assert!(json.contains(&format!("\"kind\": \"{kind}\"")), "{json}");
    }
}

#[test]
fn the_existence_of_outside_files_is_not_revealed() {
    let there = Tree::with_repository().file("repo/main.bicep", call("../secret"));
    let not_there = Tree::with_repository().file("repo/main.bicep", call("../absent"));
    let said = [&there, &not_there].map(|tree| tree.run("repo", &[]).text);
    assert_eq!(said[0].replace("secret", "absent"), said[1]);
    let there = there.link("repo/link.bicep", "../secret");
    let not_there = not_there.link("repo/link.bicep", "../absent");
    let said = [&there, &not_there].map(|tree| tree.run("repo", &["link.bicep"]).text);
    assert_eq!(said[0], said[1]);
}

#[test]
fn a_configuration_extends_nothing_outside() {
    let secret = format!("{SECRET}_key = \"v\"\nfail-on = \"{SECRET}_value\"\n");
    for git in ["repo/.git", "repo/x"] {
        let tree = Tree::new().folder(git).file("s.toml", &secret).file("repo/main.bicep", RACY);
        let tree = tree.file("repo/bicep-race-lint.toml", "extends = \"../s.toml\"\n");
        tree.run("repo", &[]).ends_with(2).has("cannot read `../s.toml`: it is outside `.`").lacks(SECRET);
        let tree = tree.link("repo/link.toml", "../s.toml");
        let tree = tree.file("repo/bicep-race-lint.toml", "extends = \"link.toml\"\n");
        tree.run("repo", &[]).ends_with(2).has("outside `.`").lacks(SECRET);
    }
    let link = Tree::new().folder("repo/.git").file("s.toml", &secret).file("repo/main.bicep", RACY);
    let link = link.link("repo/bicep-race-lint.toml", "../s.toml");
    link.run("repo", &[]).ends_with(2).has("it is outside `.`").lacks(SECRET);
    // A name on the command line is still a name in the repository, where someone untrusted may have put a link.
    link.run("repo", &["--config", "bicep-race-lint.toml"]).ends_with(2).has("outside `").lacks(SECRET);
    link.run("repo", &["--baseline", "bicep-race-lint.toml"]).ends_with(2).lacks(SECRET);
}

#[test]
fn no_configuration_is_searched_above_the_repository() {
    let tree = Tree::with_repository().file("bicep-race-lint.toml", format!("{SECRET} = 1\n"));
    let tree = tree.file("repo/infra/main.bicep", RACY);
    for (folder, path) in [("repo", "."), ("repo/infra", "main.bicep"), ("", "repo/infra/main.bicep")] {
        tree.run(folder, &[path]).ends_with(1).lacks(SECRET);
    }
    // The user can widen the boundary.
    tree.run("repo", &["--boundary", ".."]).ends_with(2).has("the configuration is wrong");
}

#[test]
fn a_compiler_configuration_above_is_used_and_not_quoted() {
    let tree = Tree::with_repository().file("repo/main.bicep", call("br/ours:m"));
    let mocks = "{ \"moduleAliasesMock\": { \"br\": { \"ours\": { \"mapToFilePath\": \"repo/mocks\" } } } }";
    let tree = tree.file("bicepconfig.json", mocks).file("repo/mocks/m.bicep", RACY);
    tree.run("repo", &["main.bicep"]).ends_with(1).has("[hub-gateways]");
    let tree = tree.file("bicepconfig.json", format!("{{ \"{SECRET}\" {SECRET} }}"));
    tree.run("repo", &["main.bicep", "--level", "note"]).ends_with(2).has("it is not JSON");
    tree.keeps_secret("repo", &["main.bicep"]);
    // A configuration inside the repository works as usual.
    let inside = Tree::with_repository().file("repo/main.bicep", RACY).file("other.json", "{}");
    let inside = inside.file("repo/bicepconfig.json", "{ \"extends\": \"../other.json\" }");
    inside.run("repo", &[]).ends_with(2).has("it is outside `.`");
    let link =
        Tree::with_repository().file("repo/main.bicep", RACY).link("repo/bicepconfig.json", "../secret");
    link.run("repo", &[]).ends_with(2).has("it is outside `.`");
    // Mocks of the repository lead nowhere else.
    let mocks = mocks.replace("repo/mocks", "../mocks");
    let mocked = Tree::with_repository().file("repo/main.bicep", call("br/ours:m"));
    let mocked =
        mocked.file("repo/bicepconfig.json", mocks).file("mocks/m.bicep", RACY.replace("hub", SECRET));
    mocked.run("repo", &[]).ends_with(1).has("outside `.`");
    mocked.keeps_secret("repo", &[]);
}

#[test]
fn a_cache_from_the_repository_must_be_inside() {
    let cached = "br/x.io/a/1$/main.json";
    let broken = format!("{{\"{SECRET}\": {SECRET} }}");
    let valid = format!("{{ \"resources\": [], \"outputs\": {{ \"{SECRET}\": {{}} }} }}");
    let module = call("br:x.io/a:1");
    for text in [broken, valid] {
        for written in ["../cache", "repo-cache", "~/cache"] {
            let tree = Tree::with_repository()
                .file("repo/main.bicep", &module)
                .file(&format!("cache/{cached}"), &text);
            let tree = tree.link("repo/repo-cache", "../cache").link("repo/no-home/cache", "../../cache");
            let tree =
                tree.file("repo/bicepconfig.json", format!("{{\"cacheRootDirectory\":\"{written}\"}}"));
            let said = tree.run("repo", &["main.bicep", "--level", "note"]);
            said.ends_with(1).has("[unread-file]").has("the module cache is outside `.`").lacks("found `");
            tree.keeps_secret("repo", &["main.bicep"]);
        }
    }
    // A cache inside the repository is used, and a broken copy in it is not quoted.
    let tree = Tree::with_repository().file("repo/main.bicep", &module);
    let tree = tree.file("repo/bicepconfig.json", "{\"cacheRootDirectory\":\"cache\"}");
    let tree = tree.file(&format!("repo/cache/{cached}"), "{ \"resources\": [] }");
    tree.run("repo", &["--strict"]).ends_with(0);
    let tree = tree.file(&format!("repo/cache/{cached}"), "{ X");
    tree.run("repo", &["--level", "note"]).has("its copy in the module cache is broken").lacks("found `X`");
    // Parts of a reference cannot lead elsewhere.
    let tree = Tree::with_repository().file("repo/main.bicep", call("ts:../../x:v"));
    let tree = tree.file("repo/bicepconfig.json", "{\"cacheRootDirectory\":\".\"}").folder("repo/ts");
    let tree = tree.file("x/v/main.json", format!("{{ {SECRET} }}"));
    tree.run("repo", &["--level", "note"]).has("not restored");
    tree.keeps_secret("repo", &[]);
}

#[test]
fn links_to_one_template_are_one_template() {
    let tree = Tree::new().file("a.bicep", RACY).link("b.bicep", "a.bicep").hard_link("c.bicep", "a.bicep");
    let said = tree.run("", &["--format", "json"]);
    assert_eq!(said.count("\"rule\": \"hub-gateways\""), 1, "{}", said.text);
    said.has("\"roots\": 1").has("\"files\": 1");
    tree.run("", &["a.bicep", "b.bicep", "--format", "json"]).has("\"roots\": 1");
    tree.run("", &["b.bicep", "--format", "json"]).has("\"root\": \"b.bicep\"");
    // In another folder, the same text refers to other files.
    let main = call("m.bicep");
    let tree = Tree::new().file("a/main.bicep", main).file("a/m.bicep", RACY).file("b/m.bicep", "");
    let tree = tree.link("b/main.bicep", "../a/main.bicep");
    let said = tree.run("", &["--format", "json"]);
    said.has("\"roots\": 2");
    assert_eq!(said.count("\"rule\": \"hub-gateways\""), 1, "{}", said.text);
}

#[test]
fn names_that_differ_in_case_are_two_files() {
    let tree = Tree::new().file("main.bicep", RACY).file("Main.bicep", RACY).file("MAIN.bicep", "");
    let files = std::fs::read_dir(tree.path("")).unwrap().count();
    tree.run("", &["--format", "json"]).has(&format!("\"roots\": {files}"));
}

#[test]
fn folders_in_place_of_files_are_reported() {
    let tree = Tree::new().file("main.bicep/main.bicep", RACY).folder("bicepconfig.json");
    let tree = tree.folder("bicep-race-lint.toml");
    tree.run("", &[]).ends_with(1).has("main.bicep/main.bicep");
    let calls = Tree::new().file("calls.bicep", call("main.bicep")).folder("main.bicep");
    calls.run("", &["calls.bicep"]).ends_with(1).has("it is a folder");
}

#[test]
fn cyclic_links_terminate() {
    let tree = Tree::new().file("main.bicep", call("one.bicep")).link("one.bicep", "two.bicep");
    let tree = tree.link("two.bicep", "one.bicep").link("lib", "lib").link(".gitignore", "one.bicep");
    tree.run("", &["main.bicep"]).ends_with(1).has("[unread-file]");
    tree.run("", &[]).ends_with(2).has("cannot read `one.bicep`").has("`.gitignore` is not used");
    let tree = Tree::new().file("main.bicep", call("lib/a/b.bicep")).link("lib", "bil").link("bil", "lib");
    tree.run("", &["main.bicep"]).has("[unread-file]");
    let chain = (0..60)
        .fold(Tree::new().file("main.bicep", call("0.bicep")).file("60.bicep", RACY), |tree, at| {
            tree.link(&format!("{at}.bicep"), format!("{}.bicep", at + 1))
        });
    chain.run("", &["main.bicep"]).ends_with(1).has("[unread-file]");
}

#[test]
fn the_size_limit_of_a_file_is_exact() {
    const LARGEST: u64 = 64 << 20;
    let tree =
        Tree::new().file("main.bicep", RACY).holes("exact.bicep", LARGEST).holes("more.bicep", LARGEST + 1);
    let said = tree.run("", &[]);
    said.ends_with(2).has("[hub-gateways]").has("cannot read `exact.bicep`: it is binary");
    said.has("cannot read `more.bicep`: it is larger than 64 MiB");
    let settings = |bytes: usize| format!("#{}\n", " ".repeat(bytes - 2));
    let tree = Tree::new().file("main.bicep", RACY).file("bicep-race-lint.toml", settings(4 << 20));
    tree.run("", &[]).ends_with(1);
    let tree = tree.file("bicep-race-lint.toml", settings((4 << 20) + 1));
    tree.run("", &[]).ends_with(2).has("settings of more than 4194304 bytes are not read");
}

#[test]
fn standard_input_is_limited() {
    let tree = Tree::new().holes("large", (64 << 20) + 1);
    let mut command = tool(&tree.path(""), &["-"]);
    let output = command.stdin(std::fs::File::open(tree.path("large")).unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot read `-`: it is larger than 64 MiB"));
    let mut command = tool(&tree.path(""), &["-"]);
    let output = command.stdin(std::fs::File::open("/dev/zero").unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_total_size_of_a_run_is_limited() {
    // 16 files of 64 MiB make 1 GiB, and the 17th is too much. Names in different folders count separately.
    let tree = Tree::new().file("a/main.bicep", RACY).holes("b/main.bicep", 64 << 20);
    let tree = (0..16).fold(tree, |tree, at| tree.hard_link(&format!("c{at:02}/main.bicep"), "b/main.bicep"));
    let said = tree.run("", &[]);
    said.ends_with(2).has("[hub-gateways]").has("a/main.bicep:1:1").has("[limit-reached]");
    said.has("a run reads at most 1073741824 bytes");
    said.has("cannot read `c15/main.bicep`: a run reads at most 1073741824 bytes");
    said.has("cannot read `c14/main.bicep`");
}

#[test]
fn a_folder_link_outside_is_outside() {
    let tree = Tree::with_repository().file("lib/m.bicep", RACY.replace("hub", SECRET));
    let tree = tree.link("repo/lib", "../lib").file("repo/main.bicep", call("lib/m.bicep"));
    tree.run("repo", &[]).ends_with(1).has("[unread-file]").has("outside `.`");
    tree.keeps_secret("repo", &[]);
    // `..` after a link is resolved as text, as the compiler does: `lib/..` is the repository.
    let tree = tree.file("repo/main.bicep", call("lib/../inside.bicep")).file("repo/inside.bicep", RACY);
    tree.run("repo", &["main.bicep"]).ends_with(1).has("[hub-gateways]").lacks("[unread-file]");
}

#[test]
fn a_stream_from_the_shell_is_read() {
    let tree = Tree::new().file("main.bicep", RACY).folder(".git");
    let mut command = std::process::Command::new("bash");
    let line = format!("{} <(cat main.bicep)", env!("CARGO_BIN_EXE_bicep-race-lint"));
    run(command.args(["-c", &line]).current_dir(tree.path(""))).ends_with(1).has("[hub-gateways]");
    let line = format!(
        "{0} --write-baseline b.json; {0} --baseline <(cat b.json) --config <(echo 'fail-on = \"note\"')",
        env!("CARGO_BIN_EXE_bicep-race-lint")
    );
    run(command_in(&tree, &line).current_dir(tree.path(""))).ends_with(0).has("1 in the baseline");
}

fn command_in(tree: &Tree, line: &str) -> std::process::Command {
    let mut command = std::process::Command::new("bash");
    command.args(["-c", line]).current_dir(tree.path(""));
    command
}

#[test]
fn a_named_folder_does_not_leave_its_repository_through_a_link() {
    let tree =
        Tree::with_repository().file("other/.git", "").file("other/main.bicep", RACY.replace("hub", SECRET));
    let tree = tree.link("repo/infra", "../other").link("repo/deep", "infra/").file("repo/main.bicep", RACY);
    for (folder, path) in [
        ("repo", "infra"),
        ("repo", "infra/main.bicep"),
        ("repo", "deep"),
        ("", "repo/infra"),
        ("other", "../repo/infra/main.bicep"),
    ] {
        tree.run(folder, &[path]).ends_with(2).has("it is outside `").lacks(SECRET);
    }
    tree.run("repo", &[".", "infra"])
        .has("cannot read `infra/main.bicep`: it is outside `.`")
        .has("[hub-gateways]");
    // The user's own links are outside any repository, and `--boundary` is given by the user.
    let tree = tree.link("work", "repo").link("elsewhere", "other");
    tree.run("", &["work/main.bicep"]).ends_with(1).has("[hub-gateways]").lacks("is outside `");
    tree.run("", &["elsewhere"]).ends_with(1).has(SECRET).lacks("is outside `");
    tree.run("repo", &["infra", "--boundary", "../other"]).ends_with(1).has(SECRET).lacks("is outside `");
}

#[test]
fn a_target_that_exists_only_as_text_is_missing() {
    // For the operating system, `gone/..` does not exist as long as `gone` does not.
    let tree =
        Tree::new().file("n.bicep", RACY).link("m.bicep", "gone/../n.bicep").link("lib", "gone/../other");
    let tree = tree.file("other/n.bicep", RACY).file("main.bicep", call("lib/n.bicep"));
    tree.run("", &["m.bicep"]).ends_with(2).has("cannot read `m.bicep`: there is no such file");
    tree.run("", &["main.bicep"]).ends_with(1).has("there is no such file");
}

#[test]
fn an_endless_path_terminates() {
    // Each call has a different path, and every path leads to the same file.
    let tree = Tree::new().file("m.bicep", [&call("a/m.bicep"), RACY].concat()).folder("a/x");
    let tree = tree.link("a/a", "..").link("a/m.bicep", "../m.bicep").link("a/x/back", "../..");
    tree.run("", &["m.bicep", "--level", "note"]).has("its path contains too many links");
    let tree = Tree::new().file("m.bicep", call("self/m.bicep")).link("self", ".");
    tree.run("", &["m.bicep", "--level", "note"]).has("its path contains too many links");
}
