//! Generates random deployments. A node is drawn as a few numbers, and every combination of numbers is a valid node. So
//! proptest can shrink numbers and lists freely, and a shrunk case is still a valid deployment.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Strategy, any};

use crate::model::{
    Atom, By, Call, Condition, Copy, Count, Deployment, ELEMENTS, Family, Flag, KINDS, Kind, LITERALS, Name,
    Names, Node, Note, ObjectName, Over, Role, Settings, Target, Template, Test, Truth, Wait, What,
};

/// The random numbers from which one node is built.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    what: u8,
    role: u8,
    target: u8,
    condition: Option<[u8; 3]>,
    copy: Option<[u8; 3]>,
    waits: Vec<[u8; 2]>,
    arguments: [u8; 11],
}

/// The random numbers from which one template is built.
#[derive(Clone, Debug)]
pub(crate) struct DraftedTemplate {
    nodes: Vec<Draft>,
    is_reversed: bool,
    is_kind_bounded: bool,
    /// Selects the parameters that may be `null`. The root's value is used in all templates, to keep the number of worlds
    /// small.
    nullable: u8,
}

fn draft() -> impl Strategy<Value = Draft> {
    let byte = || any::<u8>();
    let drawn = (
        byte(),
        byte(),
        byte(),
        weighted(0.5, [byte(), byte(), byte()]),
        weighted(0.4, [byte(), byte(), byte()]),
        vec([byte(), byte()], 0..3),
        proptest::array::uniform11(byte()),
    );
    drawn.prop_map(|(what, role, target, condition, copy, waits, arguments)| Draft {
        what,
        role,
        target,
        condition,
        copy,
        waits,
        arguments,
    })
}

/// A strategy for deployments of one to three templates with one to five nodes each.
pub(crate) fn deployments() -> impl Strategy<Value = Deployment> {
    let template = (vec(draft(), 1..6), any::<bool>(), any::<bool>(), any::<u8>()).prop_map(
        |(nodes, is_reversed, is_kind_bounded, nullable)| DraftedTemplate {
            nodes,
            is_reversed,
            is_kind_bounded,
            nullable,
        },
    );
    vec(template, 1..4).prop_map(|drafts| build(&drafts))
}

/// Builds the deployment from its numbers.
pub(crate) fn build(drafts: &[DraftedTemplate]) -> Deployment {
    let mut deployment = Deployment { templates: vec![Template::default(); drafts.len()] };
    // Callees come first, because a call needs to know whether its callee has an output.
    for at in (0..drafts.len()).rev() {
        let draft = &drafts[at];
        deployment.templates[at].is_reversed = draft.is_reversed;
        deployment.templates[at].is_kind_bounded = at == 0 && draft.is_kind_bounded;
        for node in &draft.nodes {
            let nullable = drafts[0].nullable;
            let node = Drafting { deployment: &deployment, at, draft: node, nullable }.node();
            deployment.templates[at].nodes.push(node);
        }
    }
    deployment
}

fn pick<T: Clone>(from: &[T], number: u8) -> T {
    from[usize::from(number) % from.len()].clone()
}

struct Drafting<'d> {
    deployment: &'d Deployment,
    at: usize,
    draft: &'d Draft,
    nullable: u8,
}

impl Drafting<'_> {
    fn before(&self) -> &[Node] {
        &self.deployment.templates[self.at].nodes
    }

    fn node(&self) -> Node {
        let draft = self.draft;
        let copy = draft.copy.map(|[over, length, batch]| Copy {
            over: match over % 4 {
                0 => Over::Names(Names::Literal(usize::from(length) % 4)),
                1 => Over::Range(Count::Literal(usize::from(length) % 4)),
                2 => Over::Names(Names::Parameter),
                _ => Over::Range(Count::Parameter),
            },
            batch: pick(&[None, None, None, Some(1), Some(2)], batch),
        });
        let can_call = self.at + 1 < self.deployment.templates.len();
        let what = match draft.what % 10 {
            0..=4 => self.writer(copy.as_ref()),
            5 => What::Link,
            6 => self.object(copy.as_ref()),
            _ if can_call => What::Call(Box::new(self.call(copy.as_ref()))),
            _ => self.writer(copy.as_ref()),
        };
        let condition = draft.condition.map(|[how, one, other]| {
            let test = |number| self.test(number, copy.as_ref());
            let one = test(one);
            match how % 4 {
                0 | 1 => Condition::One(one),
                2 => Condition::Both(one, test(other)),
                _ => Condition::Either(one, test(other)),
            }
        });
        let waits = if self.before().is_empty() { Vec::new() } else { self.waits(copy.as_ref()) };
        Node { what, condition, copy, waits }
    }

    fn waits(&self, copy: Option<&Copy>) -> Vec<Wait> {
        let mut waits: Vec<Wait> = Vec::new();
        for &[on, by] in &self.draft.waits {
            // Chains matter most, so a node waits for the one just before it at least half of the time.
            let count = self.before().len();
            let on = if on < 128 { count - 1 } else { usize::from(on) % count };
            if waits.iter().any(|wait| wait.on == on) {
                continue;
            }
            let target = &self.before()[on];
            let is_loop = target.copy.is_some();
            let is_alike = copy.is_some_and(|own| target.copy.as_ref().is_some_and(|it| it.over == own.over));
            let is_seen = !is_loop && !matches!(target.what, What::Call(_));
            let has_first = target.copy.as_ref().is_some_and(|copy| {
                matches!(copy.over, Over::Names(Names::Literal(1..)) | Over::Range(Count::Literal(1..)))
            });
            let by = match by % 10 {
                0..=3 if is_alike => By::Same,
                4 if has_first => By::First,
                5 | 6 if is_alike || !is_loop => By::Mention,
                7 => By::ThroughExisting,
                8 if is_seen => By::OnExisting,
                _ => By::Whole,
            };
            waits.push(Wait { on, by });
        }
        waits
    }

    fn writer(&self, copy: Option<&Copy>) -> What {
        let roles = [
            Role::S2s,
            Role::P2s,
            Role::ExpressRoute,
            Role::Intent,
            Role::S2s,
            Role::P2s,
            Role::Subnet,
            Role::RuleGroup,
        ];
        let role = pick(&roles, self.draft.role);
        What::Writer { role, target: self.target(role.family(), role.is_gateway(), copy, self.draft.target) }
    }

    fn target(&self, family: Family, by_id: bool, copy: Option<&Copy>, number: u8) -> Target {
        let mut targets = vec![
            Target::Existing(Name::Literal(LITERALS[0])),
            Target::Existing(Name::Literal(LITERALS[0])),
            Target::ById(Name::Literal(LITERALS[1])),
            Target::Existing(Name::Literal(LITERALS[2])),
            Target::Existing(Name::Parameter),
            Target::ById(Name::Parameter),
        ];
        if copy.is_some() {
            targets.push(Target::Existing(Name::Element));
            targets.push(Target::ById(Name::Element));
            targets.push(Target::Existing(Name::Element));
        }
        if by_id {
            targets.push(Target::Given);
            targets.push(Target::Given);
        }
        for (at, node) in self.before().iter().enumerate() {
            let is_reachable = match (&node.copy, copy) {
                (None, _) => true,
                (Some(its), Some(own)) => its.over == own.over,
                (Some(_), None) => false,
            };
            match &node.what {
                What::Object { family: its, .. } if *its == family && is_reachable => {
                    targets.extend(std::iter::repeat_n(Target::Deployed(at), 4));
                }
                What::Call(call)
                    if by_id && node.copy.is_none() && self.deployment.output(call.callee).is_some() =>
                {
                    targets.extend(std::iter::repeat_n(Target::Output(at), 4));
                }
                _ => {}
            }
        }
        pick(&targets, number)
    }

    fn object(&self, copy: Option<&Copy>) -> What {
        let family = pick(&[Family::Hub, Family::Hub, Family::Network, Family::Policy], self.draft.role);
        let literal = pick(&LITERALS, self.draft.target);
        let is_taken = self.before().iter().any(|node| {
            matches!(&node.what, What::Object { family: its, name: ObjectName::Literal(name) }
                if *its == family && name.eq_ignore_ascii_case(literal))
        });
        let is_own = self.at > 0 || copy.is_some() || is_taken || self.draft.arguments[0] < 64;
        let name = if is_own { ObjectName::Own } else { ObjectName::Literal(literal) };
        What::Object { family, name }
    }

    fn call(&self, copy: Option<&Copy>) -> Call {
        let [callee, p, q, kind, hub, hub_id, names, count, flag, note, settings] = self.draft.arguments;
        let later = self.deployment.templates.len() - self.at - 1;
        let truth = |number: u8| match number % 4 {
            0 => Truth::Constant(number >= 128),
            _ => Truth::Test(self.test(number / 4, copy)),
        };
        let mut kinds = vec![Kind::Parameter, Kind::Constant(KINDS[0]), Kind::Constant(KINDS[1])];
        if self.nullable().1 {
            kinds.extend(KINDS.map(Kind::Noted));
        }
        let mut hubs = vec![
            Name::Literal(LITERALS[0]),
            Name::Literal(LITERALS[1]),
            Name::Literal(LITERALS[2]),
            Name::Parameter,
            Name::Parameter,
        ];
        if copy.is_some() {
            hubs.extend([Name::Element, Name::Element]);
        }
        Call {
            callee: self.at + 1 + usize::from(callee) % later,
            p: truth(p),
            q: truth(q),
            kind: pick(&kinds, kind),
            hub: pick(&hubs, hub),
            hub_id: self.target(Family::Hub, true, copy, hub_id),
            names: pick(&[Names::Parameter, Names::Parameter, Names::Literal(2), Names::Literal(0)], names),
            count: pick(&[Count::Parameter, Count::Parameter, Count::Literal(2), Count::Literal(0)], count),
            flag: pick(
                &[
                    Flag::Parameter,
                    Flag::Missing,
                    Flag::Setting,
                    Flag::P,
                    Flag::Null,
                    Flag::Constant(flag >= 128),
                ],
                flag,
            ),
            note: pick(&[Note::Parameter, Note::Missing, Note::Kind, Note::Constant(KINDS[0])], note),
            settings: pick(
                &[Settings::Parameter, Settings::Missing, Settings::OfFlag, Settings::OfP, Settings::Empty],
                settings,
            ),
            is_elsewhere: self.draft.role.is_multiple_of(8),
        }
    }

    /// Which of the parameters `flag`, `note` and `settings` the conditions test.
    fn nullable(&self) -> (bool, bool, bool) {
        match self.nullable % 6 {
            0 => (true, false, false),
            1 => (false, true, false),
            2 => (false, false, true),
            3 => (true, false, true),
            4 => (true, true, false),
            _ => (false, false, false),
        }
    }

    /// A random test. With `copy` the test may use the loop's index and element.
    fn test(&self, number: u8, copy: Option<&Copy>) -> Test {
        let mut atoms =
            vec![Atom::P, Atom::Q, Atom::P, Atom::KindIs(KINDS[0]), Atom::KindIs(KINDS[1]), Atom::NoNames];
        let (flag, note, settings) = self.nullable();
        if flag {
            atoms.extend([None, Some(true), Some(false)].map(Atom::FlagIs));
            atoms.extend([true, false].map(Atom::FlagOr));
        }
        if note {
            atoms.extend([None, Some(KINDS[0])].map(Atom::NoteIs));
            atoms.extend([Atom::NoteOr(KINDS[0], KINDS[0]), Atom::NoteOr(KINDS[0], KINDS[1])]);
        }
        if settings {
            atoms.extend([Atom::NoSettings, Atom::EmptySettings]);
            atoms.extend([None, Some(true)].map(Atom::SettingIs));
            atoms.extend([true, false].map(Atom::SettingOr));
        }
        if flag && settings {
            atoms.extend([true, false].map(Atom::FlagOrSetting));
        }
        match copy.map(|copy| &copy.over) {
            Some(Over::Names(Names::Literal(_))) => {
                atoms.extend([Atom::IndexIs(0), Atom::ElementIs(ELEMENTS[0]), Atom::ElementIs(ELEMENTS[1])]);
            }
            Some(_) => atoms.extend([Atom::IndexIs(0), Atom::IndexIs(1)]),
            None => {}
        }
        Test { is_negated: number % 2 == 1, atom: pick(&atoms, number / 2) }
    }
}
