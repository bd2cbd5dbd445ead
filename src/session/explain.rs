//! Explains why two declarations of the loaded templates race or do not.

use super::Session;
use crate::race::analysis::analyse_whole;
use crate::rules::explained::{Explained, Verdict, explain};
use crate::workspace::TemplateId;
use crate::workspace::declared::UnknownName;

impl Session {
    /// Explains two declarations of a root, named `symbol`, `parent::child`, or `module.symbol` for a declaration in a module.
    /// For a parameter file, the names are those of its template, which is judged with the file's values.
    ///
    /// # Errors
    ///
    /// A name without a declaration, with suggestions.
    ///
    /// ```
    /// use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
    ///
    /// let text = "
    /// resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: 'hub', location: 'x' }
    /// resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
    ///   name: 's2s'
    ///   properties: { virtualHub: { id: hub.id } }
    /// }
    /// resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
    ///   name: 'er'
    ///   properties: { virtualHub: { id: hub.id } }
    ///   dependsOn: [ s2s ]
    /// }";
    /// let mut session = Session::new(Catalog::builtin(), Config::default());
    /// session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
    /// let root = session.template_at("/main.bicep").unwrap();
    /// let explained = session.explain(root, "s2s", "er").unwrap();
    /// assert_eq!(explained.message, "`er` waits for `s2s`; both write virtual hub `hub`");
    /// assert!(session.explain(root, "s2s", "err").unwrap_err().near.contains(&"er".to_owned()));
    /// ```
    pub fn explain(&self, root: TemplateId, one: &str, other: &str) -> Result<Explained, UnknownName> {
        let workspace = &self.workspace;
        let deployed = workspace.deployed_by(root).unwrap_or(root);
        let ways = [workspace.declaration(deployed, one)?, workspace.declaration(deployed, other)?];
        let mut analysis = analyse_whole(workspace, &self.catalog, &[root]);
        let mut explained = explain(&mut analysis, &ways[0], &ways[1]);
        if explained.verdict == Verdict::Race {
            self.add_what_is_told(root, &mut explained);
        }
        Ok(explained)
    }

    /// Adds the results of a check to the races: the remedy, and the setting or directive that hides the finding.
    fn add_what_is_told(&self, root: TemplateId, explained: &mut Explained) {
        let mut check = self.examine();
        check.settle();
        let shown = self.shown(root);
        for meeting in &explained.meetings {
            let is_raced = meeting.objects.iter().any(|object| object.verdict == Verdict::Race);
            let is_between = |symbols: [&str; 2]| {
                let [one, other] = [&meeting.symbols[0], &meeting.symbols[1]];
                symbols == [one, other] || symbols == [other, one]
            };
            let found = check.report.findings.iter().filter(|finding| {
                let symbol = |at: usize| finding.participants[at].symbol.as_str();
                self.shown(finding.race.template) == meeting.file
                    && finding.roots.iter().any(|root| root == shown)
                    && finding.pairs.iter().any(|&(one, other)| is_between([symbol(one), symbol(other)]))
            });
            let mut is_told = false;
            for finding in found.filter(|_| is_raced) {
                is_told = true;
                explained.notes.push(match &finding.suppression {
                    None => format!("to fix it: {}", finding.help),
                    Some(suppression) => {
                        let file = check.report.sources.file(suppression.place.file);
                        let line = file.position(suppression.place.span.start).line;
                        let why = suppression.reason.as_deref().unwrap_or("no reason is given");
                        format!("suppressed in {}:{line}: {why}", file.path)
                    }
                });
            }
            if is_raced && !is_told {
                explained
                    .notes
                    .push("a check does not report it: its rule is off in the configuration".to_owned());
            }
        }
    }
}
