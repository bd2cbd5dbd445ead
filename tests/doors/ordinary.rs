//! Ordinary use keeps working.

use std::path::Path;

use crate::tree::{RACY, Tree, call, run, tool};

/// A template that calls a module in a sibling folder.
fn calls_beside(tree: Tree, top: &str) -> Tree {
    tree.file(&format!("{top}/infra/main.bicep"), call("../modules/x.bicep"))
        .file(&format!("{top}/modules/x.bicep"), RACY)
}

fn finds_it(tree: &Tree, folder: &str, arguments: &[&str]) {
    tree.run(folder, arguments)
        .ends_with(1)
        .has("[hub-gateways]")
        .lacks("[unread-file]")
        .lacks("is outside `");
}

#[test]
fn a_repository_is_read_from_everywhere_in_it() {
    let tree = calls_beside(Tree::new().folder("repo/.git"), "repo");
    for (folder, path) in [
        ("repo", "infra/main.bicep"),
        ("repo", "."),
        ("repo", "infra"),
        ("repo/infra", "main.bicep"),
        ("repo/infra", "."),
        ("repo/modules", "../infra"),
        ("", "repo/infra/main.bicep"),
        ("", "."),
    ] {
        finds_it(&tree, folder, &[path]);
        tree.run(folder, &["graph", path]).lacks("is outside `");
    }
    tree.run("repo/infra", &["timeline", "main.bicep"]).ends_with(0).has("vpn");
    // In a work tree, `.git` is a file instead of a folder.
    let tree =
        calls_beside(Tree::new().file("tree/.git", "gitdir: /elsewhere/.git/worktrees/tree\n"), "tree");
    finds_it(&tree, "tree/infra", &["main.bicep"]);
}

#[test]
fn an_unpacked_archive_is_read_from_its_top() {
    let tree = calls_beside(Tree::new(), "archive");
    for path in [".", "infra", "infra/main.bicep"] {
        finds_it(&tree, "archive", &[path]);
    }
    // From elsewhere, the named folder is the top.
    let whole = tree.path("archive");
    finds_it(tree.folder_beside(), "beside", &[whole.to_str().unwrap()]);
    // From inside, the message says what is not read, and which option helps.
    let inside = tree.run("archive/infra", &["main.bicep"]);
    inside.ends_with(1).has("[unread-file]").has("it is outside `.`").has("`--boundary");
    finds_it(&tree, "archive/infra", &["main.bicep", "--boundary", ".."]);
    tree.run("archive", &["--boundary", "nowhere"]).ends_with(2).has("there is no such folder");
    for command in ["graph", "timeline"] {
        tree.run("archive/infra", &[command, "main.bicep", "--boundary", ".."]).ends_with(0);
    }
}

#[test]
fn a_home_folder_behind_a_link_works() {
    let tree = calls_beside(Tree::new().folder("disk/user/repo/.git"), "disk/user/repo");
    let tree = tree.link("home", "disk").link("work", "home/user/repo");
    let tree = tree.file("disk/user/.bicep/br/x.io/a/1$/main.json", "{ \"resources\": [] }");
    let tree = tree.file("disk/user/repo/cached.bicep", call("br:x.io/a:1"));
    for (folder, path) in [
        ("home/user/repo", "infra/main.bicep"),
        ("home/user/repo/infra", "main.bicep"),
        ("work", "."),
        ("work/infra", "../infra/main.bicep"),
        ("", "work/infra/main.bicep"),
        ("", "home/user/repo"),
    ] {
        finds_it(&tree, folder, &[path]);
        // A shell reports the path as it was typed, and tools pass absolute paths.
        let absolute = tree.path(folder).join(path);
        let mut command = tool(&tree.path(folder), &[absolute.to_str().unwrap()]);
        run(command.env("PWD", tree.path(folder))).ends_with(1).has("[hub-gateways]").lacks("is outside `");
    }
    for home in ["home/user", "disk/user"] {
        let mut command = tool(&tree.path("work"), &["cached.bicep", "--strict", "--level", "note"]);
        run(command.env("HOME", tree.path(home))).ends_with(0).lacks("unresolved-module");
    }
}

#[test]
fn links_within_the_repository_are_followed() {
    let tree = Tree::new().folder("repo/.git").file("repo/shared/x.bicep", RACY);
    let tree =
        tree.link("repo/apps/one/lib", "../../shared").link("repo/apps/one/y.bicep", "../../shared/x.bicep");
    let tree = tree.file("repo/apps/one/folder.bicep", call("lib/x.bicep"));
    let tree = tree.file("repo/apps/one/file.bicep", call("y.bicep"));
    let tree = tree.file("repo/apps/one/absolute.bicep", call("z.bicep"));
    let whole = tree.path("repo/shared/x.bicep");
    let tree = tree.link("repo/apps/one/z.bicep", whole);
    for path in ["folder.bicep", "file.bicep", "absolute.bicep"] {
        finds_it(&tree, "repo/apps/one", &[path]);
    }
    // The same for configurations that packages share.
    let tree = tree.file("repo/lint.toml", "fail-on = \"never\"\n");
    let tree = tree.link("repo/apps/one/bicep-race-lint.toml", "../../lint.toml");
    tree.run("repo", &["apps/one/file.bicep"]).ends_with(0).has("[hub-gateways]");
}

#[test]
fn several_repositories_are_read_in_one_run() {
    let tree = calls_beside(calls_beside(Tree::new(), "one"), "two").folder("one/.git").folder("two/.git");
    let said = tree.run("", &["one", "two", "--format", "concise"]);
    assert_eq!(said.count("[hub-gateways]"), 2, "{}", said.text);
    assert_eq!(tree.run("one", &["../two"]).ends_with(1).count("is outside `"), 0);
    // Each repository keeps its own configuration.
    let tree =
        tree.file("one/bicep-race-lint.toml", "exclude = [\"infra\"]\n").file("bicep-race-lint.toml", "?");
    let said = tree.run("", &["one", "two", "--format", "concise"]);
    said.ends_with(1);
    assert_eq!(said.count("[hub-gateways]"), 2, "the module is a root now: {}", said.text);
}

#[test]
fn named_files_may_be_anywhere() {
    let tree = Tree::new().folder("repo/.git").file("repo/main.bicep", RACY);
    let tree = tree.file("team/lint.toml", "extends = \"base.toml\"\n");
    let tree = tree.file("team/base.toml", "fail-on = \"never\"\n").link("team/link.toml", "lint.toml");
    for path in ["../team/lint.toml", "../team/link.toml"] {
        tree.run("repo", &["--config", path]).ends_with(0).has("[hub-gateways]");
    }
    let whole = tree.path("team/lint.toml");
    tree.run("repo", &["--config", whole.to_str().unwrap()]).ends_with(0);
    tree.run("repo", &["--write-baseline", "../team/accepted.json"]).ends_with(0);
    tree.run("repo", &["--baseline", "../team/accepted.json"]).ends_with(0).has("1 in the baseline");
    tree.run("repo", &["--baseline", "/dev/zero"]).ends_with(2).has("it is not a regular file");
    tree.run("repo", &["--config", "/dev/zero"]).ends_with(2).has("it is not a regular file");
    // A template elsewhere has its own boundary there.
    finds_it(&calls_beside(Tree::new().folder("other"), "other"), "", &["other/infra/main.bicep"]);
}

#[test]
fn settings_with_windows_encoding_are_read() {
    let tree = Tree::new().file("main.bicep", RACY.replace('\n', "\r\n"));
    let tree = tree.file("bicep-race-lint.toml", "\u{feff}fail-on = \"never\"\r\n");
    let tree = tree.file("bicepconfig.json", "\u{feff}{\r\n  \"cacheRootDirectory\": \"cache\"\r\n}\r\n");
    tree.run("", &[]).ends_with(0).has("[hub-gateways]").lacks("cannot read");
}

#[test]
fn standard_input_has_the_given_path() {
    let tree = calls_beside(Tree::new().folder("repo/.git"), "repo");
    let input = std::fs::File::open(tree.path("repo/infra/main.bicep")).unwrap();
    let mut command = tool(&tree.path("repo/modules"), &["-", "--stdin-filename", "../infra/new.bicep"]);
    let output = command.stdin(input).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("[hub-gateways]"), "{text}");
}

impl Tree {
    /// The same, with an empty folder `beside`.
    fn folder_beside(&self) -> &Self {
        std::fs::create_dir_all(self.path("beside")).unwrap();
        self
    }
}

#[test]
fn the_library_has_the_same_boundary() {
    use bicep_race_lint::workspace::Disk;
    use bicep_race_lint::{Catalog, Config, Roots, Session};
    let tree =
        calls_beside(Tree::new().folder("repo/.git"), "repo").file("repo/out.bicep", call("../x.bicep"));
    let tree = tree.file("x.bicep", RACY);
    let check = |path: &str, base: &Path| {
        let mut session = Session::new(Catalog::builtin(), Config::default());
        session.load(Disk, Roots::named([tree.path(path)]).shown_from(base));
        let report = session.check();
        (report.findings.len(), report.unread.len())
    };
    assert_eq!(check("repo/infra/main.bicep", &tree.path("repo/infra")), (1, 0));
    assert_eq!(check("repo/out.bicep", &tree.path("repo")), (0, 1));
}
