//! Plays one world of a deployment to its end.

// A test reports a failure by a panic.
#![allow(clippy::unwrap_used)]

use crate::model::{Deployment, Family, Parameter, What, symbol};
use crate::observed::{Played, difference};
use crate::print::{family_type, parameter_name, print, role_type};
use crate::schedule::{
    COUNTED, Held, Instance, Object, Running, World, disturb, given, own_name, run, worlds,
};

const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";

const DEPLOYMENTS: &str = "/providers/Microsoft.Resources/deployments/";

/// Pseudo-random numbers: xorshift64*, <https://doi.org/10.1145/2845077>.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D);
        u32::try_from((mixed >> 33) % u64::from(bound)).unwrap()
    }
}

/// Plays a world of a deployment. Returns the number of overlapping pairs if `observed` finds the same ones; otherwise
/// the difference.
pub(crate) fn observe(deployment: &Deployment, seed: u64) -> Result<usize, String> {
    let mut numbers = Numbers(seed | 1);
    let worlds = worlds(deployment);
    let world = &worlds[numbers.below(u32::try_from(worlds.len()).unwrap()) as usize];
    let running = run(deployment, 0, &given(world));
    let mut playing = Playing { deployment, numbers: &mut numbers, played: Vec::new() };
    let scope = format!("{SUBSCRIPTION}/resourceGroups/{}", group_id("own group"));
    playing.template(&running, 0, &format!("{scope}{DEPLOYMENTS}root"), "");
    let played = std::mem::take(&mut playing.played);
    let files = print(deployment);
    let parameters = parameters(deployment, world);
    let mut number = |bound: u32| numbers.below(bound);
    difference(deployment, (&files, &parameters), &played, disturb, &mut number)
}

/// The parameter file of a world.
fn parameters(deployment: &Deployment, world: &World) -> String {
    let mut text = "using 'main.bicep'\n".to_owned();
    let or_null = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
    for parameter in deployment.parameters(0) {
        let value = match parameter {
            Parameter::P => world.p.to_string(),
            Parameter::Q => world.q.to_string(),
            Parameter::Kind => format!("'{}'", world.kind),
            Parameter::Hub => "'given hub'".to_owned(),
            Parameter::HubId => format!(
                "'{}'",
                object_id(&Object {
                    group: "given group".to_owned(),
                    family: Family::Hub,
                    name: "given by id".to_owned(),
                })
            ),
            Parameter::Names => {
                let names: Vec<String> = (0..world.names).map(|at| format!("'given {at}'")).collect();
                format!("[{}]", names.join(", "))
            }
            Parameter::Count => world.count.to_string(),
            Parameter::Flag => or_null(world.flag.map(|flag| flag.to_string())),
            Parameter::Note => or_null(world.note.map(|note| format!("'{note}'"))),
            Parameter::Settings => or_null(world.settings.map(|settings| match settings {
                Held { on: Some(on), .. } => format!("{{ on: {on} }}"),
                Held { is_empty: true, .. } => "{}".to_owned(),
                Held { .. } => "{ other: true }".to_owned(),
            })),
        };
        text.push_str(&format!("param {} = {value}\n", parameter_name(parameter)));
    }
    text
}

/// The name of a resource group as Azure writes it; templates only name the second group.
fn group_id(group: &str) -> String {
    if group == "another group" { "another".to_owned() } else { group.replace(' ', "-") }
}

fn object_id(object: &Object) -> String {
    let (provider, kind) = family_type(object.family).split_once('/').unwrap();
    let name = object.name.trim_end_matches(COUNTED);
    format!("{SUBSCRIPTION}/resourceGroups/{}/providers/{provider}/{kind}/{name}", group_id(&object.group))
}

struct Playing<'p> {
    deployment: &'p Deployment,
    numbers: &'p mut Numbers,
    played: Vec<Played>,
}

impl Playing<'_> {
    /// Plays a template from a start minute. Returns the minute of its end, and whether something in it failed.
    fn template(&mut self, running: &Running, start: u32, name: &str, way: &str) -> (u32, bool) {
        let count = running.instances.len();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&at| (0..count).filter(|&early| running.before[early][at]).count());
        let mut ends = vec![start; count];
        let mut has_failed = vec![false; count];
        let mut is_stopped = vec![false; count];
        for at in order {
            let before: Vec<usize> = (0..count).filter(|&early| running.before[early][at]).collect();
            let ready = before.iter().map(|&early| ends[early]).max().unwrap_or(start);
            is_stopped[at] = before.iter().any(|&early| has_failed[early] || is_stopped[early]);
            ends[at] = ready;
            let instance = &running.instances[at];
            if instance.is_deployed && !is_stopped[at] {
                (ends[at], has_failed[at]) = self.instance(running, instance, ready, name, way);
            }
        }
        (ends.into_iter().max().unwrap_or(start), has_failed.contains(&true))
    }

    fn instance(
        &mut self,
        running: &Running,
        instance: &Instance,
        start: u32,
        deployment: &str,
        way: &str,
    ) -> (u32, bool) {
        let template = &self.deployment.templates[running.template];
        let own = own_name(&instance.tag, template, instance.node, instance.index.unwrap_or_default());
        let declaration = format!("{way}{}", symbol(template, instance.node));
        let group = format!("{SUBSCRIPTION}/resourceGroups/{}", group_id(&running.group));
        let (target, writes) = match (&instance.writes, &instance.is_object) {
            (Some((role, object)), _) if role.is_gateway() => {
                let (provider, kind) = role_type(*role).split_once('/').unwrap();
                (format!("{group}/providers/{provider}/{kind}/{own}"), Some((*role, object_id(object))))
            }
            (Some((role, object)), _) => {
                let kind = role_type(*role).rsplit('/').next().unwrap();
                (format!("{}/{kind}/{own}", object_id(object)), Some((*role, object_id(object))))
            }
            (None, Some(object)) => (object_id(object), None),
            (None, None) => (format!("{group}/providers/Microsoft.Network/publicIPAddresses/{own}"), None),
        };
        if let (What::Call(_), Some(inner)) = (&template.nodes[instance.node].what, &instance.inner) {
            let to = format!("{SUBSCRIPTION}/resourceGroups/{}", group_id(&inner.group));
            let target = format!("{to}{DEPLOYMENTS}d-{own}");
            let (end, is_failed) = self.template(inner, start, &target, &format!("{declaration}."));
            self.played.push(Played {
                declaration,
                deployment: deployment.to_owned(),
                target,
                writes: None,
                attempts: vec![(start, end.max(start + 1), is_failed)],
            });
            return (end.max(start + 1), is_failed);
        }
        let start = start + self.numbers.below(3);
        let end = start + 1 + self.numbers.below(30);
        let attempts = match self.numbers.below(8) {
            0 => vec![(start, end, true)],
            1 => vec![(start, end, true), (end + 3, end + 7, false)],
            _ => vec![(start, end, false)],
        };
        let last = attempts.last().map(|&(_, end, is_failed)| (end, is_failed)).unwrap();
        self.played.push(Played { declaration, deployment: deployment.to_owned(), target, writes, attempts });
        last
    }
}
