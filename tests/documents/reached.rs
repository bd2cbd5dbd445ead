//! For each limit, an input that reaches it; the report must name the limit. A new limit without a case here does not
//! compile.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::limit::{Limit, Told};
use bicep_race_lint::rules::finding::RuleId;
use bicep_race_lint::session::{Checked, Roots, check};
use bicep_race_lint::workspace::{Disk, FileSystem as _, Memory};

/// An input that reaches a limit.
enum Case {
    /// A Bicep file.
    Bicep(String),
    /// Several files, the first of which is the root.
    Files(Vec<(String, String)>),
    /// A test next to the code that uses a small budget: file and function.
    Beside(&'static str, &'static str),
    /// A file on disk.
    Disk,
}

fn gateway(name: &str, condition: &str, hub: &str) -> String {
    format!(
        "resource {name} 'Microsoft.Network/vpnGateways@2024-01-01' = {condition}{{\n  name: '{name}'\n  \
         properties: {{ virtualHub: {{ id: {hub} }} }}\n}}\n"
    )
}

fn two(hub: &str) -> String {
    gateway("a", "", hub) + &gateway("b", "", hub)
}

/// Two gateways of a hub whose name is the given expression.
fn named(declarations: &str, name: &str) -> Case {
    let hub = format!("resourceId('Microsoft.Network/virtualHubs', {name})");
    Case::Bicep(format!("{declarations}\n{}", two(&hub)))
}

/// Numbered lines.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        let _ = writeln!(text, "{}", line(at));
        text
    })
}

fn joined(count: usize, by: &str, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(by)
}

/// Two gateways with a condition.
fn when(declarations: &str, condition: &str) -> Case {
    let condition = format!("if ({condition}) ");
    Case::Bicep(format!(
        "{declarations}\n{}{}",
        gateway("a", &condition, "'hub'"),
        gateway("b", &condition, "'hub'")
    ))
}

/// An ARM template of two hubs; the second waits for the first by this `dependsOn` entry.
fn arm(variables: &str, name: &str, entry: &str) -> Case {
    let hub = |name: &str, waits: &str| {
        format!(
            "{{ \"type\": \"Microsoft.Network/virtualHubs\", \"apiVersion\": \"2024-01-01\", \"name\": \"{name}\", \
             \"dependsOn\": [{waits}] }}"
        )
    };
    let text = format!(
        "{{ \"parameters\": {{ \"p\": {{ \"type\": \"string\" }} }}, \"variables\": {{ {variables} }}, \"resources\": [ {}, {} ] }}",
        hub(name, ""),
        hub("other", &format!("\"{entry}\""))
    );
    Case::Files(vec![("main.json".to_owned(), text)])
}

fn hub_id(name: &str) -> String {
    format!("[resourceId('Microsoft.Network/virtualHubs', {name})]")
}

#[allow(clippy::too_many_lines, reason = "one case for each limit")]
fn case(limit: Limit) -> Case {
    let number = limit.number() as usize;
    match limit {
        Limit::FileBytes => Case::Disk,
        Limit::ExtendsChain => Case::Beside("src/config/tests.rs", "a_chain_beyond_the_limit_is_told"),
        Limit::ExtendedFiles => {
            Case::Beside("src/config/tests.rs", "of_a_thousand_files_that_are_not_there_the_first_are_told")
        }
        Limit::Scenes => {
            Case::Beside("src/session/pictures.rs", "findings_beyond_the_limit_lack_their_picture")
        }
        Limit::Causes => Case::Beside("src/cli/explain.rs", "causes_beyond_the_limit_are_counted"),
        Limit::ExplainedErrors => Case::Beside("src/cli/explain.rs", "errors_beyond_the_limit_are_counted"),
        Limit::CallConditions => {
            Case::Beside("src/race/deployable.rs", "beyond_the_limit_a_template_is_judged_by_itself")
        }
        Limit::ObservedOperations => {
            Case::Beside("src/observed/tests.rs", "operations_beyond_the_limit_are_counted")
        }
        Limit::ObservedLevels => {
            Case::Beside("src/observed/tests.rs", "a_deployment_nested_beyond_the_limit_is_a_run_of_its_own")
        }
        Limit::ObservedInstances => {
            Case::Beside("src/observed/tests.rs", "instances_beyond_the_limit_are_told")
        }
        Limit::ObservedPairs => Case::Beside("src/observed/tests.rs", "pairs_beyond_the_limit_are_told"),
        Limit::ObservedOverlaps => {
            Case::Beside("src/observed/tests.rs", "overlaps_beyond_the_limit_are_counted")
        }
        Limit::ObservedRows => Case::Beside("src/observed/tests.rs", "rows_beyond_the_limit_are_counted"),
        Limit::MessageBytes => Case::Beside("src/lsp/wire.rs", "a_length_without_bytes_takes_no_memory"),
        Limit::RelatedPlaces => Case::Beside("src/lsp/diagnostics.rs", "places_beyond_the_limit_are_counted"),
        Limit::SarifResults => Case::Beside("src/report/sarif.rs", "results_beyond_the_limit_are_counted"),
        Limit::Files => Case::Beside("src/workspace/tests.rs", "files_beyond_the_limit_are_told"),
        Limit::RunBytes => Case::Beside("src/workspace/tests.rs", "bytes_beyond_the_limit_are_told"),
        Limit::SettingsBytes => {
            Case::Beside("src/workspace/walk.rs", "a_gitignore_beyond_the_limit_is_left_out")
        }
        Limit::ModuleLevels => {
            let call = |level: usize| {
                let text = format!("module a 'm{}.bicep' = {{\n  name: 'a'\n}}\n", level + 1);
                (format!("m{level}.bicep"), text)
            };
            let last = (format!("m{}.bicep", number + 1), two("'hub'"));
            Case::Files((0..=number).map(call).chain([last]).collect())
        }
        Limit::Nesting => Case::Bicep(format!("var v = {}{}\n", "[".repeat(300), "]".repeat(300))),
        Limit::Chain => Case::Bicep(format!("var v = 1{}\n", " + 1".repeat(310))),
        Limit::Height => {
            let high = (0..3).fold("1".to_owned(), |inner, _| format!("({inner}{})", " + 1".repeat(180)));
            Case::Bicep(format!("var v = {high}\n"))
        }
        Limit::JsonNesting => {
            let text = format!("{{ \"resources\": {}{} }}", "[".repeat(300), "]".repeat(300));
            Case::Files(vec![("main.json".to_owned(), text)])
        }
        Limit::ArmNesting => arm("", "hub", &format!("[{}'x'{}]", "concat(".repeat(120), ")".repeat(120))),
        Limit::SyntaxErrors => Case::Bicep("var\n".repeat(number + 1)),
        Limit::Mistakes => Case::Bicep(lines(number + 1, |at| format!("var v{at} = nothing"))),
        Limit::TypeDepth => {
            let aliases = lines(40, |at| format!("type t{} = t{at}", at + 1));
            Case::Bicep(format!("type t0 = string\n{aliases}param p t40\n{}", two("p")))
        }
        Limit::TypeParts => {
            let unions =
                lines(5, |at| format!("type t{} = {}", at + 1, joined(10, " | ", |_| format!("t{at}"))));
            Case::Bicep(format!("type t0 = 'a' | 'b'\n{unions}param p t5\n{}", two("p")))
        }
        Limit::ConfigurationChain => {
            let config = |at: usize| {
                let name = if at == 0 { "bicepconfig.json".to_owned() } else { format!("c{at}.json") };
                (name, format!("{{ \"extends\": \"c{}.json\" }}", at + 1))
            };
            let root = ("main.bicep".to_owned(), two("'hub'"));
            Case::Files([root].into_iter().chain((0..=number).map(config)).collect())
        }
        Limit::ArmDefinitions => {
            let definitions = joined(number + 2, ", ", |at| {
                format!("\"d{at}\": {{ \"$ref\": \"#/definitions/d{}\" }}", at + 1)
            });
            let text = format!(
                "{{ \"definitions\": {{ {definitions} }}, \"parameters\": {{ \"p\": {{ \"$ref\": \"#/definitions/d0\" }} }}, \
                 \"resources\": [] }}"
            );
            Case::Files(vec![("main.json".to_owned(), text)])
        }
        Limit::ArmDependency => {
            let ids = joined(number + 1, ", ", |_| format!("\"{}\"", hub_id("'hub'")));
            arm(&format!("\"all\": [{ids}]"), "hub", "[variables('all')]")
        }
        Limit::ArmVariables => {
            let chain = joined(number + 3, ", ", |at| format!("\"v{}\": \"[variables('v{at}')]\"", at + 1));
            let name = format!("variables('v{}')", number + 3);
            arm(&format!("\"v0\": \"[parameters('p')]\", {chain}"), &format!("[{name}]"), &hub_id(&name))
        }
        Limit::ArmNameParts => {
            let name = format!("concat(parameters('p'), {})", joined(number, ", ", |_| "'x'".to_owned()));
            arm("", &format!("[{name}]"), &hub_id(&name))
        }
        Limit::ArmComparison => {
            let name = |own: &str| {
                format!(
                    "string(createArray({own}, {}))",
                    joined(number, ", ", |_| "parameters('p')".to_owned())
                )
            };
            arm("", &format!("[{}]", name("'x'")), &hub_id(&name("'x'")))
        }
        Limit::ArmComparisonDepth => {
            let nested = |inner: &str| format!("{}{inner}{}", "string(array(".repeat(20), "))".repeat(20));
            let chain = |name: &str| {
                joined(4, ", ", |at| {
                    let inner = nested(&format!("variables('{name}{at}')"));
                    format!("\"{name}{}\": \"[{inner}]\"", at + 1)
                })
            };
            let variables = format!(
                "\"v0\": \"[string(parameters('p'))]\", \"w0\": \"[string(parameters('p'))]\", {}, {}",
                chain("v"),
                chain("w")
            );
            arm(&variables, "[variables('v4')]", &hub_id("variables('w4')"))
        }
        Limit::DeclarationChain => {
            let hub = |at: usize| {
                let name = if at == 0 { "'hub'".to_owned() } else { format!("e{}.name", at - 1) };
                format!(
                    "resource e{at} 'Microsoft.Network/virtualHubs@2024-01-01' existing = {{\n  name: {name}\n}}"
                )
            };
            let all = lines(number + 20, |at| hub(number + 19 - at));
            Case::Bicep(format!("type t = string?\n{all}{}", two(&format!("e{}.id", number + 19))))
        }
        Limit::ParentVariables => {
            let chain = lines(number + 2, |at| format!("var v{} = v{at}", at + 1));
            Case::Bicep(format!(
                "resource hub 'Microsoft.Network/virtualHubs@2024-01-01' = {{\n  name: 'hub'\n}}\nvar v0 = hub\n{chain}\
                 resource table 'Microsoft.Network/virtualHubs/hubRouteTables@2024-01-01' = {{\n  parent: v{}\n  name: 't'\n}}\n",
                number + 2
            ))
        }
        Limit::TextBytes => named("", &format!("'{}'", "x".repeat(number + 1))),
        Limit::TextParts => named("param p string", &format!("'{}'", "${p}-".repeat(number / 2 + 10))),
        Limit::ReplacedBytes => {
            named("", &format!("replace('{}', 'a', '{}')", "a".repeat(2000), "b".repeat(2000)))
        }
        Limit::PaddedCharacters => named("", &format!("padLeft('x', {}, 'y')", number + 1)),
        Limit::ListElements => named(
            "var l = range(0, 4096)",
            &format!("string(concat({})[0])", joined(17, ", ", |_| "l".to_owned())),
        ),
        Limit::WrittenElements => {
            named("", &format!("string(filter(range(0, {}), x => x == 7)[0])", number + 1))
        }
        Limit::ComparedElements => {
            named("", &format!("string(sort(range(0, {}), (a, b) => a < b)[0])", number + 1))
        }
        Limit::ConditionalLists => {
            let lists = joined(number + 1, ", ", |at| format!("c{at} ? ['x{at}'] : []"));
            named(&lines(number + 1, |at| format!("param c{at} bool")), &format!("concat({lists})[0]"))
        }
        Limit::Operands => {
            let all = lines(number / 200 + 1, |at| {
                format!(
                    "var w{at} = {}",
                    joined(200, " || ", |inner| format!("l[{}] == 'x'", at * 200 + inner))
                )
            });
            let any = joined(number / 200 + 1, " || ", |at| format!("w{at}"));
            when(&format!("param l array\n{all}"), &any)
        }
        Limit::AllTextBytes => {
            named("", &format!("map(range(0, 3000), at => '{}${{at}}')[2999]", "x".repeat(60_000)))
        }
        Limit::AllElements => Case::Beside("src/eval/tests/bounds.rs", "all_lists_share_room"),
        Limit::ValueDepth => {
            // In stages, so that no single expression is too deep.
            let chain = lines(450, |at| format!("var v{} = reference(v{at})", at + 1));
            Case::Bicep(format!(
                "param p string\nvar v0 = p\n{chain}{}",
                gateway("a", "if (v150.x == 'y') ", "v450.x")
                    + &gateway("b", "if (v300.x == 'y') ", "v450.x")
            ))
        }
        Limit::ExpressionDepth => {
            let chain = lines(number + 10, |at| format!("var v{} = reference(v{at})", at + 1));
            named(&format!("param p string\nvar v0 = p\n{chain}"), &format!("v{}.x", number + 10))
        }
        Limit::ExpressionBinders => {
            let inner = format!("'{}'", joined(number + 2, "", |at| format!("${{a{at}}}")));
            let nested = (0..number + 2).rev().fold(inner, |inner, at| format!("map(l, a{at} => {inner})"));
            named("param l array", &format!("string({nested})"))
        }
        Limit::ValueBinders => Case::Beside("src/eval/tests/bounds.rs", "binders_beyond_the_limit_are_told"),
        Limit::ExpressionSteps => {
            named("var l = range(0, 1000)", "string([for i in l: [for j in l: i + j]][0][1])")
        }
        Limit::LambdaVisits => {
            let rows = "[for i in range(0, 600): map(range(0, 600), j => toUpper('${p}${i}${j}'))]";
            named(&format!("param p string\nvar rows = {rows}"), "rows[0][1]")
        }
        Limit::YamlNodes => {
            let deep = (0..80).fold(String::new(), |text, at| format!("{text}{}a:\n", " ".repeat(at)));
            let Case::Bicep(text) = named("", "loadYamlContent('deep.yaml').a.b") else { unreachable!() };
            Case::Files(vec![("main.bicep".to_owned(), text), ("deep.yaml".to_owned(), deep)])
        }
        Limit::RootWork => Case::Beside(
            "src/race/analysis.rs",
            "a_root_that_takes_too_much_work_is_told_and_others_have_work_of_their_own",
        ),
        Limit::IdAlternatives => {
            let name = joined(9, "", |at| format!("${{c{at} ? 'x' : 'y'}}"));
            named(&lines(9, |at| format!("param c{at} bool")), &format!("'{name}'"))
        }
        Limit::Assumptions => {
            // The pigeonhole problem with eight pigeons and seven holes, which takes long to refute.
            let parameters = lines(56, |at| format!("param p{at} bool"));
            let somewhere = joined(8, " && ", |pigeon| {
                format!("({})", joined(7, " || ", |hole| format!("p{}", pigeon * 7 + hole)))
            });
            let mut alone = Vec::new();
            for hole in 0..7 {
                for one in 0..8 {
                    for other in one + 1..8 {
                        alone.push(format!("!(p{} && p{})", one * 7 + hole, other * 7 + hole));
                    }
                }
            }
            when(&parameters, &format!("{somewhere} && {}", alone.join(" && ")))
        }
        Limit::OpenChoices => {
            let parameters = lines(2 * number + 20, |at| format!("param p{at} bool"));
            let all = joined(number + 10, " && ", |at| format!("(p{} || p{})", 2 * at, 2 * at + 1));
            when(&parameters, &all)
        }
        Limit::ConditionVisits => {
            Case::Beside("src/eval/tests/feasibility.rs", "visits_beyond_the_budget_leave_it_undecided")
        }
        Limit::KnownInstances | Limit::ToldElements => Case::Bicep(format!(
            "param flag int\nresource a 'Microsoft.Network/vpnGateways@2024-01-01' = [for i in range(0, {}): if (i == flag) {{\n  \
             name: 'a${{i}}'\n  properties: {{ virtualHub: {{ id: 'hub' }} }}\n}}]\n{}",
            number + 1,
            gateway("b", "", "'hub'")
        )),
        Limit::UnknownInstances => Case::Bicep(format!(
            "param l array\nresource a 'Microsoft.Network/vpnGateways@2024-01-01' = [for (x, i) in l: if (i == 50) {{\n  \
             name: 'a${{i}}'\n  properties: {{ virtualHub: {{ id: 'hub' }} }}\n}}]\n{}",
            gateway("b", "", "'hub'")
        )),
        Limit::CallEffects => {
            let module = lines(number + 1, |at| gateway(&format!("g{at}"), "", &format!("'hub{at}'")));
            let calls = lines(2, |at| format!("module m{at} 'm.bicep' = {{\n  name: 'm{at}'\n}}"));
            Case::Files(vec![("main.bicep".to_owned(), calls), ("m.bicep".to_owned(), module)])
        }
        Limit::CallPairs => {
            let parameters = lines(2, |at| format!("param hub{at} string"));
            let writers =
                |hub: usize| lines(120, move |at| gateway(&format!("g{hub}_{at}"), "", &format!("hub{hub}")));
            let call = "module all 'm.bicep' = {\n  name: 'all'\n  params: { hub0: 'hub', hub1: 'hub' }\n}\n";
            let module = parameters + &writers(0) + &writers(1);
            Case::Files(vec![("main.bicep".to_owned(), call.to_owned()), ("m.bicep".to_owned(), module)])
        }
        Limit::PairConditions => {
            let calls = lines(number + 1, |at| {
                format!("param c{at} bool\nmodule m{at} 'm.bicep' = if (c{at}) {{\n  name: 'm{at}'\n}}")
            });
            Case::Files(vec![("main.bicep".to_owned(), calls), ("m.bicep".to_owned(), two("'hub'"))])
        }
        Limit::PropertyAlternatives => {
            let subnets = joined(number + 1, "\n", |at| {
                format!("    {{ properties: {{ subnet: {{ id: 'vnet/s{at}' }} }} }}")
            });
            let ty = "Microsoft.Network/virtualNetworkGateways";
            Case::Bicep(format!(
                "resource a '{ty}@2024-01-01' = {{\n  name: 'a'\n  properties: {{ ipConfigurations: [\n{subnets}\n  ] }}\n}}\n"
            ))
        }
        Limit::ObjectEffects => {
            // Loops of unknown length are compared pairwise.
            let loops = lines(460, |at| {
                format!(
                    "resource a{at} 'Microsoft.Network/vpnGateways@2024-01-01' = [for x in l: {{\n  name: 'a{at}${{x}}'\n  \
                     properties: {{ virtualHub: {{ id: 'hub' }} }}\n}}]"
                )
            });
            Case::Bicep(format!("param l array\n{loops}"))
        }
        Limit::ObjectPairs => Case::Bicep(lines(20, |at| gateway(&format!("g{at}"), "", "'hub'"))),
        Limit::OrderedGateways => {
            let before = "resource s 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 's'\n}\n";
            let of_type = |ty: &str, depends: &str| {
                lines(330, |at| {
                    format!(
                        "resource {ty}{at} 'Microsoft.Network/{ty}@2024-01-01' = {{\n  name: '{ty}{at}'\n  properties: {{ \
                         virtualHub: {{ id: 'hub' }} }}\n{depends}}}"
                    )
                })
            };
            let late = of_type("vpnGateways", "  dependsOn: [ s ]\n");
            Case::Bicep(format!("{before}{late}{}", of_type("expressRouteGateways", "")))
        }
        Limit::OrderPairs => {
            Case::Beside("tests/verdicts/needless.rs", "orders_beyond_the_limit_are_reported")
        }
        Limit::RootFindings => Case::Bicep(lines(number + 1, |at| {
            gateway(&format!("a{at}"), "", &format!("'hub{at}'"))
                + &gateway(&format!("b{at}"), "", &format!("'hub{at}'"))
        })),
    }
}

fn checked(files: &[(String, String)]) -> Checked {
    let memory = files.iter().fold(Memory::default(), |memory, (path, text)| {
        memory.with(Path::new("/w").join(path), text.as_str())
    });
    let named = vec![Path::new("/w").join(&files[0].0)];
    let roots = Roots { named, base: PathBuf::from("/w"), ..Roots::default() };
    check(&roots, memory, &Catalog::default())
}

/// Whether the limit is reported at its documented place; otherwise the actual messages.
fn is_told(limit: Limit, files: &[(String, String)]) -> Result<(), String> {
    let Checked { report, unreadable, .. } = checked(files);
    let mut said = Vec::new();
    let of_rule = |rule: RuleId| report.diagnostics.iter().filter(move |one| one.rule == rule);
    let told = match limit.told() {
        Told::Warning(_) => {
            said.extend(of_rule(RuleId::LimitReached).map(|one| one.message.clone()));
            said.iter().any(|message| limit.is_told_by(message))
        }
        Told::Syntax => {
            said.extend(of_rule(RuleId::Syntax).map(|one| format!("{} {:?}", one.message, one.help)));
            said.iter().any(|message| message.contains(&limit.number().to_string()))
        }
        Told::Unreadable => {
            said.extend(of_rule(RuleId::UnreadFile).map(|one| one.message.clone()));
            said.iter().any(|message| limit.is_told_by(message))
        }
        Told::Output(_) => {
            said.extend(unreadable.into_iter().map(|(_, why)| why));
            report.findings.iter().any(|finding| finding.pairs_omitted == 90)
                || said.iter().any(|why| limit.is_told_by(why))
        }
    };
    said.truncate(5);
    if told {
        Ok(())
    } else {
        Err(format!(
            "the input for {limit:?} does not reach it, or the report does not show it; it shows {said:?}"
        ))
    }
}

#[test]
fn every_limit_is_reached_and_reported() {
    let mut wrong = Vec::new();
    for &limit in Limit::ALL {
        let found = match case(limit) {
            Case::Bicep(text) => is_told(limit, &[("main.bicep".to_owned(), text)]),
            Case::Files(files) => is_told(limit, &files),
            Case::Beside(file, test) => {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
                let code = std::fs::read_to_string(path).unwrap_or_default();
                let body = code.split_once(&format!("fn {test}(")).map(|(_, rest)| rest);
                let names = body.is_some_and(|body| body.contains(&format!("Limit::{limit:?}")));
                if names { Ok(()) } else { Err(format!("{file} has no test `{test}` that names {limit:?}")) }
            }
            Case::Disk => {
                let path = std::env::temp_dir().join(format!("limit-{}.bicep", std::process::id()));
                std::fs::File::create(&path).unwrap().set_len(limit.number() + 1).unwrap();
                let error = Disk.read(&path).unwrap_err().to_string();
                std::fs::remove_file(&path).unwrap();
                if limit.is_told_by(&error) { Ok(()) } else { Err(error) }
            }
        };
        wrong.extend(found.err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
