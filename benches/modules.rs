//! Modules that call modules: a diamond of 25 levels, of two calls each, has 2^25 paths and 26 files.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::check::{Request, check};
use bicep_race_lint::workspace::Memory;
use criterion::{Criterion, criterion_group, criterion_main};

const LEVELS: usize = 25;

/// Each level calls the next one twice, for one hub and with a condition of its own; the last one has a gateway.
fn diamond(levels: usize) -> Memory {
    let gateway = "
        param hubName string
        param name string
        resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = { name: hubName }
        resource gateway 'Microsoft.Network/vpnGateways@2024-05-01' = {
          name: name
          properties: { virtualHub: { id: hub.id } }
        }
    ";
    (0..levels).fold(Memory::default().with(format!("/{levels}.bicep"), gateway), |memory, level| {
        let next = level + 1;
        let name = if level == 0 { "main.bicep".to_owned() } else { format!("{level}.bicep") };
        let text = format!(
            "param hubName string\nparam name string\nparam with{level} bool = true\n\
             module left '{next}.bicep' = {{ params: {{ hubName: hubName, name: '${{name}}l' }} }}\n\
             module right '{next}.bicep' = if (with{level}) {{ params: {{ hubName: toLower(hubName), name: '${{name}}r' }} }}\n"
        );
        memory.with(Path::new("/").join(name), text)
    })
}

fn modules(criterion: &mut Criterion) {
    let request =
        Request { named: vec![PathBuf::from("/main.bicep")], base: PathBuf::from("/"), ..Request::default() };
    let catalog = Catalog::default();
    let mut group = criterion.benchmark_group("modules");
    group.sample_size(10);
    for levels in [LEVELS / 2, LEVELS] {
        let files = diamond(levels);
        let found = check(&request, Box::new(files.clone()), &catalog).report.findings.len();
        assert!(found > 0, "the two calls of a level race");
        group.bench_function(format!("diamond of {levels} levels"), |bencher| {
            bencher.iter(|| black_box(check(&request, Box::new(files.clone()), &catalog)));
        });
    }
    group.finish();
}

criterion_group!(benches, modules);
criterion_main!(benches);
