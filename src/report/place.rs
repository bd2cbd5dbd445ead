//! Paths relative to the top of the repository, wherever the run was started: services that host a repository expect
//! these.

use crate::rules::finding::Report;
use crate::source::FileId;

/// The path of a file from the top of the repository of the working folder. Without a repository, or for a file outside
/// it, the path from the working folder.
pub(super) fn from_top(report: &Report, file: FileId) -> String {
    let path = report.sources.file(file).path.trim_start_matches("./");
    let is_relative = !path.starts_with('/') && !path.contains(':');
    if report.below_top.is_empty() || !is_relative {
        return path.to_owned();
    }
    let (mut above, mut rest): (Vec<&str>, &str) = (report.below_top.split('/').collect(), path);
    while let Some(left) = rest.strip_prefix("../") {
        if above.pop().is_none() {
            return path.to_owned();
        }
        rest = left;
    }
    above.push(rest);
    above.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn a_path_begins_at_the_top_of_the_repository() {
        let of = |below_top: &str, path: &str| {
            let mut report = Report { below_top: below_top.to_owned(), ..Report::default() };
            let file = report.sources.add(SourceFile::new(path.to_owned(), String::new()));
            from_top(&report, file)
        };
        assert_eq!(of("", "infra/main.bicep"), "infra/main.bicep");
        assert_eq!(of("", "./main.bicep"), "main.bicep");
        assert_eq!(of("infra", "main.bicep"), "infra/main.bicep");
        assert_eq!(of("infra/prod", "../main.bicep"), "infra/main.bicep");
        assert_eq!(of("infra/prod", "../../shared/a.bicep"), "shared/a.bicep");
        assert_eq!(of("infra", "../../elsewhere/a.bicep"), "../../elsewhere/a.bicep");
        assert_eq!(of("infra", "/tmp/a.bicep"), "/tmp/a.bicep");
    }
}
