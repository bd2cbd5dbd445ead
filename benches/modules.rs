//! Modules that call modules: a diamond of 25 levels with two calls each has 26 files but 2^25 paths.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Memory;
use criterion::{Criterion, criterion_group, criterion_main};

const LEVELS: usize = 25;

/// The difference between the two calls of a level.
#[derive(Clone, Copy)]
struct Shape {
    what: &'static str,
    /// The arguments of both calls.
    arguments: [&'static str; 2],
    /// Whether the second call has a condition.
    conditional: bool,
}

const SHAPES: [Shape; 3] = [
    Shape { what: "one gateway", arguments: ["name", "toLower(name)"], conditional: false },
    Shape { what: "one gateway, conditions", arguments: ["name", "toLower(name)"], conditional: true },
    // One gateway per path.
    Shape { what: "many gateways, conditions", arguments: ["'${name}l'", "'${name}r'"], conditional: true },
];

/// Each level calls the next one twice for the same hub; the last one has a gateway.
fn diamond(levels: usize, shape: Shape) -> Memory {
    let gateway = "
        param hubName string
        param name string
        resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: hubName }
        resource gateway 'Microsoft.Network/vpnGateways@2024-05-01' = {
          name: name
          properties: { virtualHub: { id: hub.id } }
        }
    ";
    let Shape { arguments: [left, right], conditional, .. } = shape;
    (0..levels).fold(Memory::default().with(format!("/{levels}.bicep"), gateway), |memory, level| {
        let next = level + 1;
        let name = if level == 0 { "main.bicep".to_owned() } else { format!("{level}.bicep") };
        let condition = if conditional { format!("if (with{level}) ") } else { String::new() };
        let text = format!(
            "param hubName string\nparam name string\nparam with{level} bool = true\n\
             module left '{next}.bicep' = {{ params: {{ hubName: hubName, name: {left} }} }}\n\
             module right '{next}.bicep' = {condition}{{ params: {{ hubName: hubName, name: {right} }} }}\n"
        );
        memory.with(Path::new("/").join(name), text)
    })
}

fn modules(criterion: &mut Criterion) {
    let roots =
        Roots { named: vec![PathBuf::from("/main.bicep")], base: PathBuf::from("/"), ..Roots::default() };
    let catalog = Catalog::default();
    let mut group = criterion.benchmark_group("modules");
    group.sample_size(10);
    for (levels, shape) in SHAPES.iter().flat_map(|shape| [(LEVELS / 2, shape), (LEVELS, shape)]) {
        let files = diamond(levels, *shape);
        let found = check(&roots, files.clone(), &catalog).report.findings.len();
        assert!(found > 0, "the two calls of a level race");
        group.bench_function(format!("diamond of {levels} levels, {}", shape.what), |bencher| {
            bencher.iter(|| black_box(check(&roots, files.clone(), &catalog)));
        });
    }
    group.finish();
}

criterion_group!(benches, modules);
criterion_main!(benches);
