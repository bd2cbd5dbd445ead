use std::collections::BTreeMap;

use super::*;
use crate::level::Level;
use crate::limit::Limit;

/// Loads a configuration from files in memory. Returns it with its sources and its mistakes, each with the text at its place.
fn load(files: &[(&str, &str)]) -> (Config, Sources, Vec<(String, String)>) {
    let files: BTreeMap<PathBuf, String> =
        files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let read = |path: &Path| files.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
    let shown = |path: &Path| path.display().to_string();
    let loader = Loader { read: &read, shown: &shown };
    let (mut sources, mut wrong) = (Sources::default(), Vec::new());
    let mut above = Path::new("/repo/infra/prod").ancestors();
    let path = above.find_map(|folder| own_file(folder, read).unwrap()).unwrap();
    let config = Config::load(&path, &loader, &mut sources, &mut wrong).unwrap();
    let told = |mistake: &Mistake| {
        let text = &sources.file(mistake.place.file).text;
        (mistake.message.clone(), mistake.place.span.of(text).to_owned())
    };
    let mistakes = wrong.iter().map(told).collect();
    (config, sources, mistakes)
}

fn one(text: &str) -> (Config, Vec<(String, String)>) {
    let (config, _, mistakes) = load(&[("/repo/bicep-race-lint.toml", text)]);
    (config, mistakes)
}

#[test]
fn levels_are_of_rules_and_of_paths() {
    let (config, mistakes) = one(
        "[rules]\nhub-gateways = 'warning'\n[[path]]\nglob = 'sandbox/**'\nrules = { hub-gateways = 'off' }\n\
         [[path]]\nglob = ['keep.bicep']\nrules = { hub-gateways = 'error' }\n",
    );
    assert_eq!(mistakes, []);
    let level = |path: &str| config.level(RuleId::HubGateways, Path::new(path));
    assert_eq!(level("/repo/main.bicep"), Some(RuleLevel::Level(Level::Warning)));
    assert_eq!(level("/repo/sandbox/a/main.bicep"), Some(RuleLevel::Off));
    assert_eq!(level("/repo/sandbox/keep.bicep"), Some(RuleLevel::Level(Level::Error)));
    assert_eq!(level("/elsewhere/sandbox/a.bicep"), Some(RuleLevel::Level(Level::Warning)));
    assert_eq!(config.level(RuleId::ParallelWriters, Path::new("/repo/main.bicep")), None);
}

#[test]
fn a_folder_is_excluded_with_everything_in_it() {
    let (config, _) = one("exclude = ['legacy', '*.test.bicep']");
    assert!(config.excludes(Path::new("/repo/legacy/deep/main.bicep")));
    assert!(config.excludes(Path::new("/repo/infra/../legacy/main.bicep")));
    assert!(config.excludes(Path::new("/repo/x.test.bicep")));
    assert!(!config.excludes(Path::new("/repo/main.bicep")));
    assert!(!config.excludes(Path::new("/legacy/main.bicep")));
}

#[test]
fn the_nearest_wins_and_extends_what_it_says() {
    let (config, sources, mistakes) = load(&[
        (
            "/repo/bicep-race-lint.toml",
            "fail-on = 'error'\n[rules]\nhub-gateways = 'note'\ngateway-order = 'off'\n",
        ),
        (
            "/repo/infra/bicep-race-lint.toml",
            "extends = '../bicep-race-lint.toml'\n[rules]\nhub-gateways = 'error'\n",
        ),
    ]);
    assert_eq!(mistakes, []);
    let path = Path::new("/repo/infra/prod/main.bicep");
    assert_eq!(config.level(RuleId::HubGateways, path), Some(RuleLevel::Level(Level::Error)));
    assert_eq!(config.level(RuleId::GatewayOrder, path), Some(RuleLevel::Off));
    assert_eq!(config.fail_on(), Some(FailOn::Level(Level::Error)));
    insta::assert_snapshot!(show(&config, path, "infra/prod/main.bicep", &sources), @r#"
    # what applies to infra/prod/main.bicep
    # from /repo/bicep-race-lint.toml
    # from /repo/infra/bicep-race-lint.toml
    fail-on = "error"  # /repo/bicep-race-lint.toml:1

    [rules]
    hub-gateways = "error"  # /repo/infra/bicep-race-lint.toml:3
    gateway-order = "off"  # /repo/bicep-race-lint.toml:4
    "#);
}

#[test]
fn files_that_links_give_paths_without_end_are_not_all_read() {
    // As with a link `a` to its own folder: every path leads to the one file, and each extends three more.
    let reads = std::cell::Cell::new(0);
    let read = |_: &Path| {
        reads.set(reads.get() + 1);
        Ok("extends = ['a/x.toml', 'a/y.toml', 'a/z.toml']".to_owned())
    };
    let loader = Loader { read: &read, shown: &|path| path.display().to_string() };
    let (mut sources, mut wrong) = (Sources::default(), Vec::new());
    let path = Path::new("/repo/bicep-race-lint.toml");
    Config::load(path, &loader, &mut sources, &mut wrong).unwrap();
    assert!(reads.get() <= 64, "{} files were read", reads.get());
    let told = wrong.iter().filter(|one| one.message == "a configuration extends more than 64 files");
    assert_eq!(told.count(), 1, "once is enough");
}

#[test]
fn of_a_thousand_files_that_are_not_there_the_first_are_told() {
    let names: Vec<String> = (0..1000).map(|at| format!("'{at}.toml'")).collect();
    let (_, _, mistakes) =
        load(&[("/repo/bicep-race-lint.toml", &format!("extends = [{}]", names.join(", ")))]);
    assert_eq!(mistakes.len() as u64, Limit::ExtendedFiles.number() + 1);
    let last = &mistakes[64];
    assert_eq!(
        (last.0.as_str(), last.1.as_str()),
        ("a configuration extends more than 64 files", "'64.toml'")
    );
}

#[test]
fn a_chain_beyond_the_limit_is_told() {
    let chain = |length: u64| {
        let mut files: Vec<(String, String)> = (1..length)
            .map(|at| (format!("/repo/{at}.toml"), format!("extends = '{}.toml'\n", at + 1)))
            .collect();
        files.push(("/repo/bicep-race-lint.toml".to_owned(), "extends = '1.toml'".to_owned()));
        files.push((format!("/repo/{length}.toml"), "fail-on = 'never'".to_owned()));
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        load(&files).2
    };
    let most = Limit::ExtendsChain.number();
    assert_eq!(chain(most - 1), []);
    let told = ("more than 32 configurations extend each other".to_owned(), format!("'{most}.toml'"));
    assert_eq!(chain(most), [told]);
}

#[test]
fn a_circle_of_extends_is_told() {
    let (_, _, mistakes) = load(&[
        ("/repo/bicep-race-lint.toml", "extends = 'other.toml'"),
        ("/repo/other.toml", "extends = ['bicep-race-lint.toml', 'gone.toml']"),
    ]);
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    assert!(
        mistakes[0]
            .0
            .starts_with("a configuration extends itself: /repo/bicep-race-lint.toml → /repo/other.toml")
    );
    assert_eq!(mistakes[0].1, "'bicep-race-lint.toml'");
    assert!(mistakes[1].0.starts_with("cannot read `gone.toml`"), "{mistakes:?}");
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let (config, mistakes) = one(
        "fail-on = 'errors'\nexcludes = []\nexclude = ['a[z-a]']\n[rules]\nhub-gateway = 'error'\nparallel-writers = 3\n\
         gateway-order = 'note'\n[minutes]\nvnet = 3\n'A.B/c' = 'x'\n[[path]]\nglob = 'x'\n",
    );
    let told: Vec<_> = mistakes.iter().map(|(message, at)| (message.as_str(), at.as_str())).collect();
    assert_eq!(told[0], ("unknown level `errors`; did you mean `error`?", "'errors'"));
    assert_eq!(told[1], ("unknown key `excludes`; did you mean `exclude`?", "excludes"));
    assert!(told[2].0.starts_with("`a[z-a]` is not a valid glob") && told[2].1 == "'a[z-a]'", "{told:?}");
    assert_eq!(told[3], ("unknown rule or entry `hub-gateway`; did you mean `hub-gateways`?", "hub-gateway"));
    assert_eq!(told[4], ("expected a string, found integer", "3"));
    assert_eq!(told[5], ("a type is `Provider.Name/type`, without version", "vnet"));
    assert_eq!(told[6], ("expected whole minutes, found string", "'x'"));
    assert!(told[7].0 == "a path has `glob` and `rules`", "{told:?}");
    assert_eq!(told.len(), 8, "{told:?}");
    let level = config.level(RuleId::GatewayOrder, Path::new("/repo/a.bicep"));
    assert_eq!(level, Some(RuleLevel::Level(Level::Note)), "what is right still applies");
}

#[test]
fn broken_toml_is_told_and_does_not_hide_the_rest() {
    let (_, mistakes) = one("fail-on = \nexclude = 3\n");
    assert!(
        mistakes.iter().any(|(message, _)| message == "expected a list of strings, found integer"),
        "{mistakes:?}"
    );
    assert!(mistakes.len() > 1, "{mistakes:?}");
}

const ENTRY: &str = "[[entry]]\nid = 'ours'\ntitle = 'Ours'\nlevel = 'error'\nobject-type = 'A.B/c'\nwhy = 'write it'\n\
                     [[entry.writer]]\nrole = 'x'\nlabel = 'an x'\ntypes = ['A.B/c/d']\nobjects = ['parent']\n";
const MODULE: &str = "[[module]]\npath = 'ours/vpn'\nparams = ['hubId string']\n[[module.resource]]\nsymbol = 'gw'\n\
                      type = 'Microsoft.Network/vpnGateways'\nname = \"'gw'\"\n";

#[test]
fn entries_modules_and_minutes_are_read() {
    let (config, mistakes) =
        one(&format!("[minutes]\n'Microsoft.Network/virtualHubs' = 20\n{ENTRY}{MODULE}"));
    assert_eq!(mistakes, []);
    assert_eq!(config.entries()[0].id, "ours");
    assert_eq!(config.modules()[0].0, "ours/vpn");
    assert!(
        config.modules()[0].1.contains("resource gw 'Microsoft.Network/vpnGateways@"),
        "{:?}",
        config.modules()
    );
    assert_eq!(config.minutes("microsoft.network/VIRTUALHUBS"), Some(Typical::of(20)));
}

#[test]
fn minutes_may_have_a_range() {
    let (config, mistakes) = one("[minutes]\n'A.B/c' = { likely = 30, low = 20, high = 40 }\n");
    assert_eq!(mistakes, []);
    assert_eq!(config.minutes("a.b/c"), Some(Typical { likely: 30, low: 20, high: 40 }));
    let tells = |range: &str, message: &str| {
        let (_, mistakes) = one(&format!("[minutes]\n'A.B/c' = {range}\n"));
        mistakes.iter().any(|(told, _)| told.as_str() == message)
    };
    assert!(tells("{ likely = 30 }", "minutes are a number, or `likely`, `low` and `high`"));
    assert!(tells("{ likely = 3, low = 20, high = 40 }", "`likely` must be between `low` and `high`"));
    assert!(tells("{ likely = 3, lo = 2, high = 4 }", "unknown key `lo`; did you mean `low`?"));
    assert!(tells("{ likely = 3, low = 2, high = 20000 }", "minutes are from 0 to 10080, a week"));
}

fn level_of(config: &Config, id: &str) -> Option<Level> {
    let catalog = Catalog::builtin().and(config.entries());
    config.level_of(catalog.entry(id).unwrap(), None)
}

#[test]
fn an_entry_has_another_level_by_its_id() {
    let text = format!(
        "[entries]\nhub-gateways = 'note'\nvnet-subnets = 'off'\nip-groups = 'error'\nours = 'warning'\n{ENTRY}"
    );
    let (config, mistakes) = one(&text);
    assert_eq!(mistakes, []);
    for (id, level) in [
        ("hub-gateways", Some(Level::Note)),
        ("vnet-subnets", None),
        ("ip-groups", Some(Level::Error)),
        ("ours", Some(Level::Warning)),
        ("vnet-peerings", Some(Level::Warning)),
    ] {
        assert_eq!(level_of(&config, id), level, "{id}");
    }
    let (_, mistakes) = one("[entries]\nhub-gateway = 'note'\nvnet-subnets = 'loud'\nmine = 'note'\n");
    let told: Vec<&str> = mistakes.iter().map(|(message, _)| message.as_str()).collect();
    assert!(told.contains(&"unknown entry `hub-gateway`; did you mean `hub-gateways`?"), "{told:?}");
    let loud = "unknown level `loud`; expected one of `off`, `note`, `warning`, `error`";
    assert!(told.contains(&loud), "{told:?}");
    assert!(told.iter().any(|message| message.starts_with("unknown entry `mine`")), "{told:?}");
}

#[test]
fn an_entry_has_its_level_among_rules_and_for_paths() {
    let (config, mistakes) = one(
        "[rules]\nvnet-subnets = 'note'\nhub-connections = 'off'\n[entries]\nhub-connections = 'error'\n\
         [[path]]\nglob = 'sandbox'\nrules = { vnet-subnets = 'off', ip-groups = 'warning', parallel-writers = 'note' }\n",
    );
    assert_eq!(mistakes, []);
    let catalog = Catalog::builtin();
    let level = |id: &str, path: &str| {
        let path = (!path.is_empty()).then(|| Path::new(path));
        config.level_of(catalog.entry(id).unwrap(), path)
    };
    assert_eq!(level("vnet-subnets", "/repo/main.bicep"), Some(Level::Note));
    assert_eq!(level("vnet-subnets", "/repo/sandbox/main.bicep"), None);
    assert_eq!(level("vnet-subnets", ""), Some(Level::Note));
    assert_eq!(level("ip-groups", "/repo/sandbox/main.bicep"), Some(Level::Warning));
    assert_eq!(level("ip-groups", ""), None);
    assert_eq!(level("hub-connections", ""), Some(Level::Error), "`[entries]` comes before `[rules]`");
    assert_eq!(config.highest_of(catalog.entry("ip-groups").unwrap()), Some(Level::Warning));
    assert_eq!(config.highest_of(catalog.entry("vnet-subnets").unwrap()), Some(Level::Note));
    let (_, mistakes) = one(
        "[rules]\nvnet-subnet = 'off'\n[entries]\nlost-update = 'off'\n[[path]]\nglob = 'x'\nrules = { zzz = 'off' }\n",
    );
    let told: Vec<&str> = mistakes.iter().map(|(message, _)| message.as_str()).collect();
    assert_eq!(
        told,
        [
            "unknown rule or entry `vnet-subnet`; did you mean `vnet-subnets`?",
            "unknown entry `lost-update`; it is a rule, whose level belongs in `[rules]`",
            "unknown rule or entry `zzz`; `bicep-race-lint rules` lists the rules, `docs/rules/catalog.md` the entries",
        ]
    );
}

#[test]
fn a_profile_and_a_confidence_are_of_the_later_file() {
    let (config, _, mistakes) = load(&[
        ("/repo/infra/bicep-race-lint.toml", "extends = '../base.toml'\nprofile = 'strict'\n"),
        ("/repo/base.toml", "profile = 'calm'\nconfidence = 'proven'\n"),
    ]);
    assert_eq!(mistakes, []);
    assert_eq!(config.profile_from().map(|(profile, _)| profile), Some(Profile::Strict));
    assert_eq!(config.confidence_from().map(|(confidence, _)| confidence), Some(Confidence::Proven));
    let (_, mistakes) = one("profile = 'strikt'\nconfidence = 'sure'\n");
    assert_eq!(mistakes[0].0, "unknown profile `strikt`; did you mean `strict`?");
    assert_eq!(mistakes[1].0, "unknown confidence `sure`; expected one of `inferred`, `proven`");
}

#[test]
fn levels_of_version_0_1_come_back_and_an_id_still_wins() {
    let (config, mistakes) = one(
        "levels = '0.1'\nprofile = 'calm'\nconfidence = 'proven'\n[entries]\nhub-connections = 'error'\n",
    );
    assert_eq!(mistakes, []);
    for (id, level) in [
        ("app-configuration-replicas", Some(Level::Note)),
        ("postgresql-firewall-rules", None),
        ("monitor-scope-members", None),
        ("hub-connections", Some(Level::Error)),
        ("hub-gateways", Some(Level::Error)),
    ] {
        assert_eq!(level_of(&config, id), level, "{id}");
    }
    let many = |config: &Config| {
        config.counts_many(Catalog::builtin().entry("private-endpoints-in-one-subnet").unwrap(), None)
    };
    assert!(!many(&config));
    assert!(many(&one("").0));
    assert!(!many(&one("[entries]\nprivate-endpoints-in-one-subnet = 'note'\n").0));
    assert_eq!(one("levels = '0.2'").1.len(), 1);
}

#[test]
fn a_later_file_gives_an_entry_its_level() {
    let (config, _, mistakes) = load(&[
        ("/repo/infra/bicep-race-lint.toml", "extends = '../base.toml'\n[entries]\nvnet-subnets = 'note'\n"),
        (
            "/repo/base.toml",
            "levels = '0.1'\nprofile = 'calm'\nconfidence = 'proven'\n[entries]\nvnet-subnets = 'off'\nhub-gateways = 'warning'\n",
        ),
    ]);
    assert_eq!(mistakes, []);
    assert_eq!(level_of(&config, "vnet-subnets"), Some(Level::Note));
    assert_eq!(level_of(&config, "hub-gateways"), Some(Level::Warning));
    assert_eq!(level_of(&config, "hub-connections"), Some(Level::Note));
}

#[test]
fn a_mistake_in_an_entry_points_into_the_file() {
    let (_, mistakes) =
        one(&format!("fail-on = 'note'\n{}", ENTRY.replace("level = 'error'", "level = 'errror'")));
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert_eq!(mistakes[0].1, "'errror'");
    let (_, mistakes) = one(&ENTRY.replace("why =", "whyy ="));
    assert_eq!(mistakes[0].1, "whyy", "{mistakes:?}");
}

#[test]
fn the_schema_is_as_committed_and_accepts_what_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/bicep-race-lint.toml.schema.json");
    let schema = schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &schema).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), schema, "stale: run `.ci/derive`");
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let mut keys: Vec<_> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut known = written::Reading::KEYS.to_vec();
    keys.sort_unstable();
    known.sort_unstable();
    assert_eq!(keys, known);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let valid = |text: &str| {
        let (_, mistakes) = one(text);
        let value: serde_json::Value = toml::from_str(text).unwrap();
        (mistakes.is_empty(), validator.is_valid(&value))
    };
    let good = format!(
        "extends = []\nexclude = ['a']\nfail-on = 'never'\nlevels = '0.1'\nprofile = 'calm'\nconfidence = 'proven'\n[entries]\nvnet-subnets = 'off'\n[rules]\nhub-gateways = 'off'\n[[path]]\nglob = 'x'\n\
         rules = {{ gateway-order = 'note' }}\n[minutes]\n'A.B/c' = 3\n{ENTRY}{MODULE}"
    );
    assert_eq!(valid(&good), (true, true));
    for bad in [
        "fail-on = 'off'",
        "other = 1",
        "[rules]\nhub-gateways = 'never'",
        "[[path]]\nglob = 'x'",
        "exclude = 'a'",
        "levels = '0.2'",
        "profile = 'loud'",
        "confidence = 'sure'",
        "[entries]\nvnet-subnets = 'never'",
        "[minutes]\n'A.B/c' = 20000",
        &ENTRY.replace("why =", "whyy ="),
        &ENTRY.replace("'error'", "'errror'"),
        &MODULE.replace("path =", "pathh ="),
    ] {
        assert_eq!(valid(bad), (false, false), "{bad}");
    }
    let types = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for ty in types {
        for (key, form) in ty["properties"].as_object().into_iter().flatten() {
            assert!(form["description"].is_string(), "`{key}` is not described: {form}");
        }
    }
}
