//! `environment()` by the cloud of the configuration, and values that differ in each deployment.

use std::path::{Path, PathBuf};

use super::super::evaluator::Evaluator;
use super::{Nothing, are_one, root, shown, variable, workspace};
use crate::workspace::{Memory, Workspace};

/// The variable `v` as it is shown, with a configuration beside the file.
fn shown_in(config: &str, expression: &str) -> String {
    let text = format!("var v = {expression}\n");
    let workspace = workspace(&[("main.bicep", &text), ("bicepconfig.json", config)]);
    let mut evaluator = Evaluator::new(&workspace);
    let value = variable(&mut evaluator, root(&workspace), "v");
    evaluator.terms().show(value)
}

fn profile(name: &str) -> String {
    format!(r#"{{ "cloud": {{ "currentProfile": "{name}" }} }}"#)
}

#[test]
fn without_a_configuration_it_is_the_public_cloud() {
    for (expression, expected) in [
        ("environment().name", "'AzureCloud'"),
        ("az.environment().suffixes.storage", "'core.windows.net'"),
        ("environment().suffixes.keyvaultDns", "'.vault.azure.net'"),
        ("'privatelink${environment().suffixes.sqlServerHostname}'", "'privatelink.database.windows.net'"),
        ("replace(environment().suffixes.acrLoginServer, '.', '')", "'azurecrio'"),
        ("environment().authentication.loginEndpoint", "'https://login.microsoftonline.com/'"),
        ("environment().authentication.audiences[1]", "'https://management.azure.com/'"),
        ("environment().activeDirectoryDataLake", "'https://datalake.azure.net/'"),
        ("environment().SUFFIXES.Storage", "'core.windows.net'"),
    ] {
        assert_eq!(shown(&format!("var v = {expression}\n")), expected, "{expression}");
        assert_eq!(shown_in("{}", expression), expected, "{expression}");
    }
}

#[test]
fn the_profile_of_the_configuration_decides() {
    for (name, storage) in
        [("AzureUSGovernment", "'core.usgovcloudapi.net'"), ("AzureChinaCloud", "'core.chinacloudapi.cn'")]
    {
        assert_eq!(shown_in(&profile(name), "environment().suffixes.storage"), storage);
        assert_eq!(shown_in(&profile(name), "environment().name"), format!("'{name}'"));
        // Microsoft's page lists it only for the public cloud.
        assert_eq!(shown_in(&profile(name), "environment().gallery"), "environment().gallery");
        let suffix = "environment().suffixes.azureFrontDoorEndpointSuffix";
        assert_eq!(shown_in(&profile(name), suffix), suffix);
    }
}

#[test]
fn a_profile_of_the_users_own_is_not_known() {
    assert_eq!(
        shown_in(&profile("Stack"), "environment().suffixes.storage"),
        "environment().suffixes.storage"
    );
    assert_eq!(
        shown_in(&profile("Stack"), "environment().name == 'AzureCloud'"),
        "environment().name == 'AzureCloud'"
    );
}

/// The outputs of a module of one folder in the cloud of its caller.
#[test]
fn the_cloud_is_that_of_the_root() {
    let main = "module names 'modules/names.bicep' = { name: 'names' }\nvar v = names.outputs.zone\n";
    let names = "output zone string = 'blob.${environment().suffixes.storage}'\n";
    let config = profile("AzureUSGovernment");
    let files = [("main.bicep", main), ("modules/names.bicep", names), ("bicepconfig.json", &config)];
    let value = |files: &[(&str, &str)]| {
        let workspace = workspace(files);
        let mut evaluator = Evaluator::new(&workspace);
        let value = variable(&mut evaluator, root(&workspace), "v");
        evaluator.terms().show(value)
    };
    assert_eq!(value(&files), "'blob.core.usgovcloudapi.net'");
    // The configuration in the module's own folder does not count, because the module is deployed with the root.
    let of_module = [files[0], files[1], files[2], ("modules/bicepconfig.json", "{}")];
    assert_eq!(value(&of_module), "'blob.core.usgovcloudapi.net'");
}

#[test]
fn a_module_of_two_clouds_has_no_constants() {
    let call = "module names '../names.bicep' = { name: 'names' }\nvar v = names.outputs.zone\nvar own = environment().name\n";
    let values = |of_b: &str| {
        let files = Memory::default()
            .with("/names.bicep", "output zone string = environment().suffixes.storage\n")
            .with("/a/main.bicep", call)
            .with("/b/main.bicep", call)
            .with("/b/bicepconfig.json", of_b);
        let roots = ["/a/main.bicep", "/b/main.bicep"].map(PathBuf::from);
        let workspace = Workspace::load(&files, &Nothing, &roots, &[], Path::new("/"));
        let mut evaluator = Evaluator::new(&workspace);
        [0, 1].map(|at| {
            let root = workspace.roots[at].1.expect("it can be read");
            ["v", "own"].map(|name| {
                let value = variable(&mut evaluator, root, name);
                evaluator.terms().show(value)
            })
        })
    };
    let (zone, public) = ("environment().suffixes.storage", "'AzureCloud'");
    assert_eq!(values(&profile("AzureChinaCloud")), [[zone, public], [zone, "'AzureChinaCloud'"]]);
    assert_eq!(values("{}"), [["'core.windows.net'", public]; 2]);
}

#[test]
fn what_belongs_to_one_deployment_equals_itself() {
    assert!(are_one("var a = deployer().objectId\nvar b = deployer().objectId"));
    assert!(are_one("var a = utcNow('yyyy')\nvar b = utcNow('yyyy')"));
    assert!(!are_one("var a = utcNow('yyyy')\nvar b = utcNow()"));
}

#[test]
fn a_default_of_new_guid_is_one_value_a_call() {
    let callee = "param id string = newGuid()\noutput first string = id\noutput second string = 'x-${id}'\n";
    let main = "
        module m 'callee.bicep' = { name: 'm' }
        module n 'callee.bicep' = { name: 'n' }
        var once = 'x-${m.outputs.first}'
        var again = m.outputs.second
        var other = n.outputs.second
    ";
    let workspace = workspace(&[("main.bicep", main), ("callee.bicep", callee)]);
    let mut evaluator = Evaluator::new(&workspace);
    let [once, again, other] =
        ["once", "again", "other"].map(|name| variable(&mut evaluator, root(&workspace), name));
    assert_eq!(once, again);
    assert_ne!(again, other);
}
