//! A run without a template reports that nothing was checked, and why.

use crate::process::{RACY, folder, read, run, write};

/// An ARM template with two gateways of one hub, and with this name in its `$schema`.
fn arm(schema: &str) -> String {
    let gateway = |ty: &str, name: &str| {
        format!(
            r#"{{ "type": "Microsoft.Network/{ty}", "apiVersion": "2024-05-01", "name": "{name}", "location": "x",
                 "properties": {{ "virtualHub": {{ "id": "[resourceId('Microsoft.Network/virtualHubs', 'hub')]" }} }} }}"#
        )
    };
    format!(
        r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/{schema}.json#", "contentVersion": "1.0.0.0",
             "resources": [{}, {}] }}"#,
        gateway("vpnGateways", "s2s"),
        gateway("expressRouteGateways", "er"),
    )
}

#[test]
fn an_empty_folder_is_reported_and_fails_a_strict_run() {
    let folder = folder();
    write(folder.path(), "infra/notes.txt", "");
    let (text, code) = run(folder.path(), &[]);
    assert_eq!(code, 0);
    assert!(
        text.contains("warning: nothing was checked: there is no Bicep template or parameter file in `.`\n"),
        "{text}"
    );
    assert!(!text.contains("no race found") && text.contains("nothing was checked (0 roots"), "{text}");
    assert_eq!(run(folder.path(), &["--strict"]).1, 3);
    // The paths are named as typed.
    let (text, _) = run(folder.path(), &["infra", "./infra/"]);
    assert!(text.contains("parameter file in `infra`, `./infra/`\n"), "{text}");
    // A missing path is an error, not an empty folder.
    assert_eq!(run(folder.path(), &["gone", "--strict"]).1, 2);
}

#[test]
fn skipped_files_are_reported_with_the_reason() {
    let folder = folder();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    write(folder.path(), ".gitignore", "a.bicep\n");
    write(folder.path(), "a.bicep", RACY);
    write(folder.path(), "b.bicep", RACY);
    write(folder.path(), "c.bicepparam", "using 'b.bicep'\n");
    write(folder.path(), "bicep-race-lint.toml", "exclude = [\"b.bicep\", \"*.bicepparam\"]\n");
    let (text, code) = run(folder.path(), &["--strict"]);
    assert_eq!(code, 3);
    let told = "in `.`; 2 files excluded in `bicep-race-lint.toml`; 1 file ignored by `.gitignore`\n";
    assert!(text.contains(told), "{text}");
    write(folder.path(), "d.bicep", "param p string\n");
    let (text, code) = run(folder.path(), &["--strict"]);
    assert!(code == 0 && !text.contains("nothing was checked"), "{text}");
}

#[test]
fn arm_templates_are_mentioned_and_read_on_request() {
    let folder = folder();
    for (path, schema) in [
        ("main.json", "deploymentTemplate"),
        ("nested/sub.json", "subscriptionDeploymentTemplate"),
        ("main.parameters.json", "deploymentParameters"),
        ("other.json", "schema"),
    ] {
        write(folder.path(), path, arm(schema));
    }
    write(folder.path(), "data.json", "[\"deploymentTemplate.json\"]");
    write(
        folder.path(),
        "policy.json",
        format!("{{ \"name\": \"a\\\"b\", \"then\": {{ \"template\": {} }} }}", arm("deploymentTemplate")),
    );
    write(folder.path(), "remarks.json", format!("// a {{ brace\n/* and [ another */ {}", arm("schema")));
    write(folder.path(), "large.json", format!("{{ \"x\": \"{}\" }}", "x".repeat(5 << 20)));
    let (text, code) = run(folder.path(), &["--strict"]);
    assert_eq!(code, 3);
    assert!(text.contains("in `.`; 2 ARM templates are there, which `--arm` checks\n"), "{text}");
    let (text, code) = run(folder.path(), &["--arm", "--format", "concise"]);
    assert!(code == 1 && text.contains("main.json:") && text.contains("sub.json:"), "{text}");
    // A parameter file is not a template; it is one of the roots.
    assert!(!text.contains("other.json") && !text.contains("parameters.json:"), "{text}");
    assert!(text.contains("(in `main.parameters.json`)"), "{text}");
    // Next to Bicep files, ARM templates are only read on request; the compiled form of a template is never read in
    // addition to it.
    write(folder.path(), "main.bicep", RACY);
    let (text, _) = run(folder.path(), &["--format", "concise"]);
    assert!(text.contains("main.bicep:") && !text.contains(".json:"), "{text}");
    let (text, _) = run(folder.path(), &["--arm", "--format", "concise"]);
    assert!(
        text.contains("main.bicep:") && text.contains("sub.json:") && !text.contains("main.json"),
        "{text}"
    );
    // Ignored files stay ignored.
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    write(folder.path(), ".gitignore", "nested/\n");
    let (text, _) = run(folder.path(), &["--arm", "--format", "concise"]);
    assert!(!text.contains("sub.json"), "{text}");
}

/// An ARM template that a Bicep template calls is analysed through it.
#[test]
fn a_called_arm_template_is_not_a_root() {
    let folder = folder();
    write(folder.path(), "parts/gateways.json", arm("deploymentTemplate"));
    write(folder.path(), "main.bicep", "module gateways 'parts/gateways.json' = {}\n");
    let (text, _) = run(folder.path(), &["--arm", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["summary"]["roots"], 1, "{text}");
}

#[test]
fn a_change_without_roots_is_not_an_empty_run() {
    let folder = folder();
    write(folder.path(), "main.bicep", RACY);
    write(folder.path(), "bicep-race-lint.toml", "exclude = [\"main.bicep\"]\n");
    assert_eq!(run(folder.path(), &["--strict", "--changed", "main.bicep"]).1, 0);
    assert_eq!(run(folder.path(), &["--strict", "--changed", "other.txt"]).1, 0);
    assert_eq!(run(folder.path(), &["--strict"]).1, 3);
}

#[test]
fn no_format_claims_no_race_if_nothing_was_checked() {
    let folder = folder();
    for format in ["markdown", "html", "junit", "json", "sarif"] {
        run(folder.path(), &["--output", &format!("{format}=report")]);
        let report = read(folder.path(), "report").to_lowercase();
        assert!(!report.contains("no race"), "{format}: {report}");
        assert!(
            matches!(format, "junit" | "json" | "sarif") || report.contains("nothing was checked"),
            "{report}"
        );
    }
}
