//! Runs the tool on files in memory.

use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::rules::finding::{Confidence, Finding, Level, Report};
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::Memory;

/// The module cache of the stories.
const CACHE: &str = "/cache";

/// Files in memory, ready for a run.
#[derive(Clone, Default)]
pub(crate) struct Story {
    files: Vec<(String, String)>,
    /// Modules of the user's configuration: path and stub.
    modules: Vec<(String, String)>,
}

impl Story {
    /// A story with this root and an empty module cache.
    pub(crate) fn of(main: &str) -> Self {
        let config = format!(r#"{{ "cacheRootDirectory": "{CACHE}" }}"#);
        Self::default().with("main.bicep", main).with("bicepconfig.json", &config)
    }

    /// Adds a file; a later one replaces an earlier one of the same path.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Adds a module that is restored from the public registry.
    pub(crate) fn restored(self, module: &str, version: &str, template: &str) -> Self {
        let folder = format!("{CACHE}/br/mcr.microsoft.com/bicep${}/{version}$", module.replace('/', "$"));
        let beside = ["manifest", "metadata"];
        let story = beside.iter().fold(self, |story, name| story.with(&format!("{folder}/{name}"), "{}"));
        story.with(&format!("{folder}/main.json"), template)
    }

    /// Adds modules to the user's configuration.
    pub(crate) fn knowing(self, modules: Vec<(String, String)>) -> Self {
        Self { modules, ..self }
    }

    pub(crate) fn report_of(&self, root: &str) -> Report {
        let files = self.files.iter().fold(Memory::default(), |memory, (path, text)| {
            memory.with(Path::new("/work").join(path), text.as_str())
        });
        let roots = Roots {
            named: vec![Path::new("/work").join(root)],
            base: PathBuf::from("/work"),
            ..Roots::default()
        };
        let mut session = Session::new(Catalog::builtin(), Config::default());
        session.know(self.modules.clone());
        session.load(files, roots);
        assert!(session.unreadable().is_empty(), "{:?}", session.unreadable());
        session.check()
    }

    /// The report for `main.bicep`.
    pub(crate) fn report(&self) -> Report {
        self.report_of("main.bicep")
    }

    /// The findings of `main.bicep` at warning level or above, one line each.
    pub(crate) fn told(&self) -> Vec<String> {
        told(&self.report())
    }
}

/// The findings at warning level or above: rule, confidence, object and symbols.
pub(crate) fn told(report: &Report) -> Vec<String> {
    report.findings.iter().filter(|finding| finding.level >= Level::Warning).map(line).collect()
}

fn line(finding: &Finding) -> String {
    let symbols: Vec<&str> = finding.participants.iter().map(|writer| writer.symbol.as_str()).collect();
    let sure = if finding.confidence == Confidence::Proven { "" } else { " (inferred)" };
    format!("{}{sure}: {} of {}", finding.rule, symbols.join(", "), finding.object.name)
}
