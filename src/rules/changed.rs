//! Which roots a change touches, and which findings are about it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::rules::finding::Finding;
use crate::source::Sources;

/// The files of a change, and how to tell that a file is one of them.
#[derive(Debug, Default)]
pub struct Changed {
    paths: BTreeSet<PathBuf>,
}

impl Changed {
    /// These files; both they and what they are compared with are made the same by `resolve` (absolute, links followed). A
    /// file that is gone stays what it was called: a root that still names it is touched by its removal.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a Path>, resolve: impl Fn(&Path) -> PathBuf) -> Self {
        Self { paths: paths.into_iter().map(resolve).collect() }
    }

    /// Whether a file is one of them.
    pub fn contains(&self, path: &Path) -> bool {
        self.paths.contains(path)
    }

    /// Whether a root is touched: it or a file that it reaches, through modules, imports or loaded contents, has changed.
    pub fn touches<'a>(&self, reached: impl IntoIterator<Item = &'a Path>) -> bool {
        reached.into_iter().any(|path| self.contains(path))
    }

    /// Whether a finding is about the change: a writer, or a step on the way down to one, or the object, stands in a changed
    /// file. `path_of` gives the resolved path of a displayed one.
    pub fn involves(&self, finding: &Finding, sources: &Sources, path_of: impl Fn(&str) -> PathBuf) -> bool {
        let writers = finding
            .participants
            .iter()
            .flat_map(|writer| std::iter::once(writer.place).chain(writer.via.iter().map(|step| step.place)));
        let mut files: Vec<_> = writers
            .chain(finding.object.declared_at)
            .map(|place| sources.file(place.file).path.as_str())
            .collect();
        files.extend(finding.roots.iter().map(String::as_str));
        files.sort_unstable();
        files.dedup();
        files.into_iter().any(|path| self.contains(&path_of(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::finding::{RuleId, Via, test_finding};
    use crate::source::{FileId, Place, SourceFile, Span};
    use crate::template::NodeId;
    use crate::workspace::TemplateId;

    fn absolute(path: &Path) -> PathBuf {
        Path::new("/repo").join(path)
    }

    fn changed(path: &str) -> Changed {
        Changed::new([Path::new(path)], absolute)
    }

    #[test]
    fn a_root_is_touched_by_what_it_reaches() {
        let reached = [Path::new("/repo/main.bicep"), Path::new("/repo/modules/vpn.bicep")];
        assert!(changed("modules/vpn.bicep").touches(reached));
        assert!(!changed("modules/other.bicep").touches(reached));
        assert!(!changed("vpn.bicep").touches(reached));
    }

    #[test]
    fn a_finding_is_about_the_files_of_its_writers() {
        let mut sources = Sources::default();
        let files = ["main.bicep", "modules/vpn.bicep", "modules/other.bicep"];
        let ids: Vec<FileId> = files.iter().map(|path| sources.add(SourceFile::new(*path, ""))).collect();
        let place = |at: usize| Place { file: ids[at], span: Span::default() };
        let mut finding = test_finding(RuleId::HubGateways, [place(0), place(0)]);
        finding.participants[0].via.push(Via {
            template: TemplateId(1),
            node: NodeId(0),
            symbol: "gw".to_owned(),
            place: place(1),
        });
        let involves =
            |path: &str| changed(path).involves(&finding, &sources, |path| absolute(Path::new(path)));
        assert!(involves("main.bicep") && involves("modules/vpn.bicep"));
        assert!(!involves("modules/other.bicep"));
    }
}
