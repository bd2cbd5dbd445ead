//! The graph and the schedule of a race as SVG in the page.

use maud::{Markup, PreEscaped, html};

use crate::report::picture;
use crate::report::scene::{Scene, Scenes};
use crate::rules::finding::Finding;
use crate::timeline;

/// Maximum size of all pictures in bytes, so that a page with hundreds of findings can still be opened and sent.
const MAX_BYTES: usize = 4 << 20;

/// The pictures of a page.
pub(super) struct Pictures<'s> {
    scenes: &'s Scenes,
    drawn: usize,
    bytes: usize,
}

impl<'s> Pictures<'s> {
    pub(super) fn new(scenes: &'s Scenes) -> Self {
        Self { scenes, drawn: 0, bytes: 0 }
    }

    /// The pictures of a finding or, if there are none, how to get them.
    pub(super) fn of(&mut self, finding: &Finding, number: usize) -> Markup {
        match self.scenes.of(finding) {
            Some(scene) if self.bytes < MAX_BYTES => self.drawn(scene, number),
            Some(_) => left_out("The page has reached its limit for pictures; ", finding),
            None if self.scenes.lacks(finding) => {
                left_out("The page has no room for this picture; ", finding)
            }
            None => html! {},
        }
    }

    fn drawn(&mut self, scene: &Scene, number: usize) -> Markup {
        self.drawn += 1;
        // This program draws the SVG and escapes all text in it; ids and classes are its own.
        let graph = picture::inline(&scene.picture, &format!("g{}", self.drawn));
        let schedule = timeline::svg::inline(&scene.timeline, &format!("t{}", self.drawn));
        self.bytes += graph.len() + schedule.len();
        html! {
            section.picture {
                h4 { "Graph" }
                (hint())
                div.sheet tabindex="0" role="group" aria-label={ "Graph of finding " (number) } { (PreEscaped(graph)) }
            }
            section.picture {
                h4 { "Predicted schedule" }
                (hint())
                div.sheet tabindex="0" role="group" aria-label={ "Schedule of finding " (number) } { (PreEscaped(schedule)) }
            }
        }
    }
}

/// The script shows this hint if the picture is wider than its frame.
fn hint() -> Markup {
    html! { p.hint { "← Wider than the page: scroll sideways →" } }
}

fn left_out(why: &str, finding: &Finding) -> Markup {
    html! {
        p.left-out {
            (why)
            code { "bicep-race-lint graph --format svg --finding " (finding.fingerprint) }
            " draws this one."
        }
    }
}
