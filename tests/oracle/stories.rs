//! Tests of the reference itself, on deployments with an obvious result.

use std::collections::BTreeSet;

use crate::model::{
    Atom, By, Call, Condition, Copy, Count, Deployment, Flag, Kind, Name, Names, Node, Note, Over, Role,
    Settings, Target, Template, Test, Truth, Wait, What,
};
use crate::schedule::{stopped, truths};

fn writer(role: Role) -> Node {
    let target = Target::Existing(Name::Literal("hub1"));
    Node { what: What::Writer { role, target }, condition: None, copy: None, waits: Vec::new() }
}

fn call(hub: Name) -> Node {
    let call = Call {
        callee: 1,
        p: Truth::Constant(true),
        q: Truth::Constant(true),
        kind: Kind::Parameter,
        hub,
        hub_id: Target::Given,
        names: Names::Parameter,
        count: Count::Parameter,
        flag: Flag::Parameter,
        note: Note::Parameter,
        settings: Settings::Parameter,
        is_elsewhere: false,
    };
    Node { what: What::Call(Box::new(call)), condition: None, copy: None, waits: Vec::new() }
}

impl Node {
    fn after(mut self, on: usize) -> Self {
        self.waits.push(Wait { on, by: By::Whole });
        self
    }

    fn when(mut self, atom: Atom) -> Self {
        self.condition = Some(Condition::One(Test { is_negated: false, atom }));
        self
    }

    fn copied(mut self, count: usize, batch: Option<usize>) -> Self {
        self.copy = Some(Copy { over: Over::Range(Count::Literal(count)), batch });
        self
    }

    fn into_parameter(mut self) -> Self {
        if let What::Writer { target, .. } = &mut self.what {
            *target = Target::Existing(Name::Parameter);
        }
        self
    }
}

fn deployment(templates: impl IntoIterator<Item = Vec<Node>>) -> Deployment {
    let template = |nodes| Template { nodes, ..Template::default() };
    Deployment { templates: templates.into_iter().map(template).collect() }
}

/// The pairs that may overlap, as `file: one other`.
fn overlaps(deployment: &Deployment) -> BTreeSet<String> {
    truths(deployment)
        .overlaps
        .into_keys()
        .map(|(file, one, other)| format!("{file}: {one} {other}"))
        .collect()
}

fn pairs<const N: usize>(pairs: [&str; N]) -> BTreeSet<String> {
    pairs.into_iter().map(str::to_owned).collect()
}

#[test]
fn three_unordered_gateways_overlap_pairwise() {
    let all = deployment([vec![writer(Role::S2s), writer(Role::P2s), writer(Role::ExpressRoute)]]);
    let expected = ["main.bicep: p2s1 s2s0", "main.bicep: er2 s2s0", "main.bicep: er2 p2s1"];
    assert_eq!(overlaps(&all), pairs(expected));
}

#[test]
fn a_gateway_outside_the_chain_overlaps_with_both() {
    let partly =
        deployment([vec![writer(Role::S2s), writer(Role::P2s).after(0), writer(Role::ExpressRoute)]]);
    assert_eq!(overlaps(&partly), pairs(["main.bicep: er2 s2s0", "main.bicep: er2 p2s1"]));
}

#[test]
fn a_chain_overlaps_nowhere() {
    let chain = deployment([vec![
        writer(Role::S2s),
        writer(Role::P2s).after(0),
        writer(Role::ExpressRoute).after(1),
    ]]);
    assert_eq!(truths(&chain), crate::schedule::Truths::default());
}

#[test]
fn resources_that_are_not_deployed_pass_the_order_on() {
    let through = |links: Vec<Node>| {
        let last = links.len();
        let mut nodes = vec![writer(Role::S2s)];
        nodes.extend(links);
        nodes.push(writer(Role::ExpressRoute).after(last));
        overlaps(&deployment([nodes]))
    };
    let conditional = || writer(Role::P2s).when(Atom::P);
    // One false condition, and two of them in a row.
    assert_eq!(through(vec![conditional().after(0)]), pairs([]));
    assert_eq!(through(vec![conditional().after(0), conditional().after(1)]), pairs([]));
    // A loop over an empty list, and a loop whose elements are all left out.
    let link = || Node { what: What::Link, ..writer(Role::S2s) };
    for count in [0, 1, 2] {
        assert_eq!(through(vec![link().copied(count, None).after(0)]), pairs([]));
        assert_eq!(through(vec![link().copied(count, None).when(Atom::P).after(0)]), pairs([]));
    }
    // A node without dependencies passes on nothing.
    assert_eq!(through(vec![link().when(Atom::P)]), pairs(["main.bicep: er2 s2s0"]));
}

/// Whether exactly these writers do not start if the first node fails, in every world.
fn stops<const N: usize>(nodes: Vec<Node>, expected: [&str; N]) -> bool {
    let worlds = stopped(&deployment([nodes]), 0);
    assert!(!worlds.is_empty());
    worlds.iter().all(|world| *world == pairs(expected))
}

#[test]
fn resources_that_are_not_deployed_pass_failures_on() {
    let link = || Node { what: What::Link, ..writer(Role::S2s) };
    let through = |links: Vec<Node>| {
        let last = links.len();
        let mut nodes = vec![writer(Role::S2s)];
        nodes.extend(links);
        nodes.push(writer(Role::ExpressRoute).after(last));
        nodes
    };
    assert!(stops(through(vec![link().when(Atom::P).after(0)]), ["er2"]));
    assert!(stops(through(vec![link().when(Atom::P).after(0), link().when(Atom::Q).after(1)]), ["er3"]));
    assert!(stops(through(vec![link().copied(0, None).after(0)]), ["er2"]));
    assert!(stops(through(vec![link().copied(2, None).when(Atom::P).after(0)]), ["er2"]));
    // A node without dependencies passes on nothing.
    assert!(stops(through(vec![link().when(Atom::P)]), []));
}

#[test]
fn independent_writers_run_after_a_failure() {
    let nodes = vec![
        writer(Role::S2s),
        writer(Role::P2s),
        writer(Role::ExpressRoute).after(1),
        writer(Role::Subnet).after(0),
        writer(Role::RuleGroup).after(3),
    ];
    assert!(stops(nodes, ["group4", "subnet3"]));
}

#[test]
fn a_failed_batch_stops_the_batches_after_it() {
    let instances = |batch| vec![writer(Role::S2s).copied(4, batch)];
    assert!(stops(instances(Some(2)), ["s2s0"]));
    assert!(stops(instances(None), []));
}

#[test]
fn only_batches_of_one_order_a_loop() {
    let batched = |batch| deployment([vec![writer(Role::S2s).copied(2, batch)]]);
    assert_eq!(overlaps(&batched(None)), pairs(["main.bicep: s2s0 s2s0"]));
    assert_eq!(overlaps(&batched(Some(1))), pairs([]));
    assert_eq!(overlaps(&batched(Some(2))), pairs(["main.bicep: s2s0 s2s0"]));
    let halves = writer(Role::S2s).copied(3, Some(2)).when(Atom::IndexIs(2));
    assert_eq!(overlaps(&deployment([vec![halves]])), pairs([]));
}

#[test]
fn two_loops_with_batches_of_one_still_overlap() {
    let loops = vec![writer(Role::S2s).copied(2, Some(1)), writer(Role::P2s).copied(2, Some(1))];
    assert_eq!(overlaps(&deployment([loops])), pairs(["main.bicep: p2s1 s2s0"]));
}

#[test]
fn a_module_called_twice_races_with_itself_only_on_one_hub() {
    let inside = vec![writer(Role::S2s).into_parameter()];
    let of = |one, other| {
        let main = vec![call(Name::Literal(one)), call(Name::Literal(other))];
        overlaps(&deployment([main, inside.clone()]))
    };
    assert_eq!(of("hub1", "HUB1"), pairs(["main.bicep: call0 call1"]));
    assert_eq!(of("hub1", "hub2"), pairs([]));
}

#[test]
fn a_module_exists_even_if_everything_inside_is_skipped() {
    let inside = vec![writer(Role::P2s).into_parameter().when(Atom::P)];
    let mut link = call(Name::Literal("hub1")).after(0);
    if let What::Call(call) = &mut link.what {
        call.p = Truth::Constant(false);
    }
    let main = vec![writer(Role::S2s), link, writer(Role::ExpressRoute).after(1)];
    assert_eq!(overlaps(&deployment([main, inside])), pairs([]));
}

#[test]
fn pairs_inside_a_module_are_reported_there() {
    let inside = vec![writer(Role::S2s).into_parameter(), writer(Role::P2s).into_parameter()];
    let main = vec![call(Name::Literal("hub1"))];
    assert_eq!(overlaps(&deployment([main, inside])), pairs(["modules/a.bicep: p2s1 s2s0"]));
}

#[test]
fn routing_intent_comes_last() {
    let reversed = deployment([vec![writer(Role::Intent), writer(Role::S2s).after(0)]]);
    assert_eq!(overlaps(&reversed), pairs([]));
    assert_eq!(truths(&reversed).reversed.len(), 1);
}

#[test]
fn a_null_flag_is_neither_true_nor_false() {
    let of = |one, other| {
        let main = vec![writer(Role::S2s).when(one), writer(Role::P2s).when(other)];
        overlaps(&deployment([main]))
    };
    let both = pairs(["main.bicep: p2s1 s2s0"]);
    assert_eq!(of(Atom::FlagIs(None), Atom::FlagIs(Some(false))), pairs([]));
    assert_eq!(of(Atom::FlagIs(None), Atom::FlagOr(true)), both);
    assert_eq!(of(Atom::FlagIs(None), Atom::FlagOr(false)), pairs([]));
    assert_eq!(of(Atom::FlagIs(Some(false)), Atom::FlagOr(true)), pairs([]));
    assert_eq!(of(Atom::NoSettings, Atom::SettingOr(true)), both);
    assert_eq!(of(Atom::EmptySettings, Atom::SettingOr(false)), pairs([]));
}
