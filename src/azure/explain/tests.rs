use super::*;

/// The first answer, as a word: the id of the entry, `no:` with the id of an answer, `common`, `unknown` or `nothing`.
fn first(pasted: &str) -> String {
    let catalog = Catalog::builtin();
    let explained = explain(&catalog, pasted);
    match explained.errors.first().map(|answered| &answered.verdict) {
        Some(Verdict::Races(causes)) => causes[0].entry.id.to_string(),
        Some(Verdict::Common(_)) => "common".to_owned(),
        Some(Verdict::Other(answer)) => format!("no:{}", answer.id),
        Some(Verdict::Unknown) => "unknown".to_owned(),
        None => "nothing".to_owned(),
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|&(expected, pasted)| (expected, first(pasted), pasted))
        .filter(|(expected, found, _)| expected != found)
        .map(|(expected, found, pasted)| format!("{expected}, found {found}: {pasted}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

const RG: &str = "/subscriptions/0/resourceGroups/rg/providers";

/// Errors of one operation, as `az` prints them with `az deployment group create`.
fn az(code: &str, message: &str, target: &str) -> String {
    let inner = format!(r#"{{"code":"{code}","target":"{target}","message":"{message}"}}"#);
    format!(
        r#"ERROR: {{"status":"Failed","error":{{"code":"DeploymentFailed","target":"{RG}/Microsoft.Resources/deployments/main","message":"At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.","details":[{inner}]}}}}"#
    )
}

/// The same error in the plain lines of `az`, without JSON.
fn lines(code: &str, message: &str, target: &str) -> String {
    format!(
        "ERROR: (DeploymentFailed) At least one resource deployment operation failed. Please list deployment operations for details.\n\
         Code: DeploymentFailed\nMessage: At least one resource deployment operation failed. Please list deployment operations for \
         details.\nTarget: {RG}/Microsoft.Resources/deployments/main\nException Details:\t({code}) {message}\n\tCode: {code}\n\tMessage: \
         {message}\n\tTarget: {target}\n"
    )
}

/// Output of `az deployment operation group list`: a succeeded operation, then a failed one.
fn operations(code: &str, message: &str, target: &str) -> String {
    let (rest, ty) = (target.strip_prefix(RG).unwrap(), "x");
    format!(
        r#"[{{"id":"1","properties":{{"provisioningState":"Succeeded","targetResource":{{"id":"{RG}/Microsoft.Network/networkSecurityGroups/nsg"}}}}}},
           {{"id":"2","properties":{{"provisioningState":"Failed","statusCode":"Conflict","statusMessage":{{"status":"Failed","error":{{"code":"{code}","message":"{message}"}}}},
           "targetResource":{{"id":"{RG}{rest}","resourceType":"{ty}"}}}}}}]"#
    )
}

#[test]
fn the_sentences_of_azure_lead_to_their_races() {
    check(&[
        ("federated-credentials", "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"),
        (
            "federated-credentials",
            "Too many Federated Identity Credentials are written concurrently for the managed identity (Code: ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity)",
        ),
        ("app-configuration-replicas", "Only one replica may be provisioned at a time. (Code:Conflict)"),
        ("sql-auditing-and-databases", "ServerBlobAuditingPolicyInProgress"),
        (
            "model-deployments",
            "RequestConflict: Another operation is being performed on the parent resource. Please try again later.",
        ),
        ("hub-routing-state", "HubBgpConnectionParentHubMustHaveProvisionedRoutingState"),
        ("cluster-extensions", "{not json} EtagMismatch"),
        (
            "redis-access",
            "The resource 'cache' is busy processing a previous update request or is undergoing system maintenance.",
        ),
        (
            "cosmos-roles",
            "There is already an operation in progress, another operation requires an exclusive lock, please retry later",
        ),
        (
            "storage-account-settings",
            "An operation is currently performing on this storage account that requires exclusive access.",
        ),
        (
            "deployment-name-twice",
            &az(
                "DeploymentActive",
                "The deployment with resource id '/x' cannot be saved, because this would overwrite an existing deployment which is still active.",
                &format!("{RG}/Microsoft.Resources/deployments/default"),
            ),
        ),
        (
            "monitor-scope-members",
            &lines(
                "BadRequest",
                "Cannot modify resource while in provisioning state: 'Provisioning'",
                &format!("{RG}/Microsoft.Insights/privateLinkScopes/scope/scopedResources/audit"),
            ),
        ),
    ]);
}

#[test]
fn a_common_code_is_told_apart_by_what_it_names() {
    let busy = "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: https://westeurope.management.azure.com/subscriptions/0/providers/Microsoft.Network/locations/westeurope/operations/1?api-version=2024-05-01.";
    for (entry, target) in [
        ("vnet-subnets", "Microsoft.Network/virtualNetworks/vnet/subnets/apps"),
        (
            "express-route-connections",
            "Microsoft.Network/expressRouteGateways/er/expressRouteConnections/one",
        ),
        ("firewall-policy-groups", "Microsoft.Network/firewallPolicies/policy/ruleCollectionGroups/net"),
    ] {
        let target = format!("{RG}/{target}");
        for text in [
            az("AnotherOperationInProgress", busy, &target),
            lines("AnotherOperationInProgress", busy, &target),
            operations("AnotherOperationInProgress", busy, &target),
            format!("AnotherOperationInProgress: {busy} ({target})"),
        ] {
            assert_eq!(first(&text), entry, "{text}");
        }
    }
    check(&[
        ("common", "AnotherOperationInProgress"),
        (
            "hub-gateways",
            "Conflicting gateway operations of /subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/p2sVpnGateways/p2s",
        ),
        ("common", busy),
        (
            "routing-intent-last",
            r#"Deployment failed. {"code":"DeploymentFailed","message":"See details.","details":[{"code":"Conflict","message":"{\"error\":{\"code\":\"ReferencedResourceNotProvisioned\",\"message\":\"Cannot proceed with /subscriptions/1/resourceGroups/r/providers/Microsoft.Network/virtualHubs/hub/routingIntent/x\"}}"}]}"#,
        ),
        (
            "postgresql-configurations",
            &operations(
                "ServerIsBusy",
                "Cannot complete operation because server 'pg' is busy processing another operation. Please try again later.",
                &format!("{RG}/Microsoft.DBforPostgreSQL/flexibleServers/pg/configurations/x"),
            ),
        ),
        (
            "agent-pools",
            &az(
                "OperationNotAllowed",
                "Operation is not allowed because there's an in progress PutAgentPoolHandler.PUT operation on the managed cluster",
                &format!("{RG}/Microsoft.ContainerService/managedClusters/aks/agentPools/two"),
            ),
        ),
        (
            "peering-and-subnets",
            &az(
                "ReferencedResourceNotProvisioned",
                &format!(
                    "Cannot proceed with operation because resource {RG}/Microsoft.Network/virtualNetworks/spoke used by resource {RG}/Microsoft.Network/virtualNetworks/hub/virtualNetworkPeerings/to-spoke is not in Succeeded state. Resource is in Updating state and the last operation that updated/is updating the resource is PutSubnetOperation."
                ),
                &format!("{RG}/Microsoft.Network/virtualNetworks/hub/virtualNetworkPeerings/to-spoke"),
            ),
        ),
        (
            "machine-extensions",
            "OperationPreempted: Operation execution has been preempted by a more recent operation. /subscriptions/0/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm/extensions/script",
        ),
    ]);
}

#[test]
fn errors_that_no_order_fixes_are_named() {
    check(&[
        (
            "no:another-run",
            r#"{"error":{"code":"DeploymentActive","message":"The deployment with resource id 'main' cannot be saved, because this would overwrite an existing deployment which is still active."}}"#,
        ),
        (
            "no:soft-deleted",
            &az(
                "FlagMustBeSetForRestore",
                "An existing resource with ID 'x' has been soft-deleted. To restore the resource, you must specify 'restore' to be 'true'.",
                &format!("{RG}/Microsoft.CognitiveServices/accounts/ai"),
            ),
        ),
        (
            "no:network-intent-policy",
            &az(
                "ConflictWithNetworkIntentPolicy",
                "Found conflicts with NetworkIntentPolicy. Details: Subnet or Virtual Network cannot have resources or properties which conflict with network intent policy.",
                &format!("{RG}/Microsoft.Network/virtualNetworks/vnet/subnets/mi"),
            ),
        ),
        (
            "no:new-identity",
            &az(
                "PrincipalNotFound",
                "Principal 1 does not exist in the directory 2.",
                &format!("{RG}/Microsoft.Authorization/roleAssignments/x"),
            ),
        ),
        (
            "no:quota",
            &az(
                "InsufficientQuota",
                "This operation require 10 new capacity in quota Tokens Per Minute, which is bigger than the current available capacity 0.",
                &format!("{RG}/Microsoft.CognitiveServices/accounts/ai/deployments/gpt"),
            ),
        ),
        (
            "no:own-upgrade",
            &az(
                "OperationNotAllowed",
                "Operation is not allowed because there's an in-progress upgrade of the managed cluster",
                &format!("{RG}/Microsoft.ContainerService/managedClusters/aks/agentPools/one"),
            ),
        ),
        (
            "no:still-deleting",
            &az(
                "ResourceGroupBeingDeleted",
                "The resource group 'rg' is in deprovisioning state and cannot perform this operation.",
                RG,
            ),
        ),
        (
            "no:still-deleting",
            &az(
                "Conflict",
                "Vault 'kv' is currently being deleted",
                &format!("{RG}/Microsoft.KeyVault/vaults/kv"),
            ),
        ),
    ]);
}

#[test]
fn missing_prerequisites_are_named() {
    check(&[
        (
            "no:missing-prerequisite",
            &az(
                "BadRequest",
                "The document cannot be created since referenced LinkedService 'blob' is not found.",
                &format!("{RG}/Microsoft.DataFactory/factories/f/datasets/d"),
            ),
        ),
        (
            "no:missing-prerequisite",
            &az(
                "InvalidResourceReference",
                "Resource /x/virtualNetworks/vnet referenced by resource /x/networkInterfaces/nic was not found.",
                &format!("{RG}/Microsoft.Network/networkInterfaces/nic"),
            ),
        ),
        (
            "no:missing-permission",
            &az(
                "AuthorizationFailed",
                "The client does not have authorization to perform action 'Microsoft.Network/virtualNetworks/subnets/write'",
                &format!("{RG}/Microsoft.Network/virtualNetworks/vnet/subnets/a"),
            ),
        ),
        ("no:throttled", "TooManyRequests"),
        ("no:name-taken", "StorageAccountAlreadyTaken: The storage account named data is already taken."),
        ("no:stuck", "VirtualHubFailed: The virtual hub is in a failed state"),
        ("no:in-use", "InUseSubnetCannotBeUpdated"),
        (
            "no:wrong-template",
            "InvalidTemplate: Deployment template validation failed: 'The template variable x is not found'.",
        ),
        (
            "no:extension-failed",
            "VMExtensionProvisioningError: VM has reported a failure when processing extension 'joindomain'.",
        ),
        (
            "no:wrong-template",
            "Message: Deployment template validation failed: 'The resource 'x' at line 1 is defined multiple times in a template",
        ),
        (
            "no:wrong-template",
            "ValidationError: Endpoint resources are no longer supported, and have been migrated to connections.",
        ),
        ("no:item-busy", "Another operation is in progress on the selected item."),
        ("unknown", "all is well"),
        ("unknown", "MyNewerDataExistsNow"),
    ]);
}

/// A tool that prints only the innermost error does not say which deployment is active, so both answers are given.
#[test]
fn a_deployment_that_is_active_may_be_another_run() {
    let catalog = Catalog::builtin();
    let text = "Unable to edit or replace deployment 'main': previous deployment from '4/1/2026 7:23:01 PM' is still active. (Code:DeploymentActive)";
    let explained = explain(&catalog, text);
    let or_else = explained.errors[0].or_else.map(|answer| answer.id);
    assert_eq!((first(text).as_str(), or_else), ("deployment-name-twice", Some("another-run")));
    let locked = explain(&catalog, "ScopeLocked");
    let or_else = locked.errors[0].or_else.map(|answer| answer.id);
    assert_eq!((first("ScopeLocked").as_str(), or_else), ("read-only-lock", Some("locked")));
    let inside =
        az("DeploymentActive", "it is still active", &format!("{RG}/Microsoft.Resources/deployments/a"));
    let explained = explain(&catalog, &inside);
    assert!(explained.errors[0].or_else.is_none());
}

/// With several errors, the best known comes first, and none is dropped.
#[test]
fn every_innermost_error_is_answered() {
    let catalog = Catalog::builtin();
    let two = format!(
        r#"{{"error":{{"code":"DeploymentFailed","details":[{{"code":"QuotaExceeded","message":"Operation could not be completed as it results in exceeding approved quota"}},
           {{"code":"Conflict","message":"{{\"error\":{{\"code\":\"AnotherOperationInProgress\",\"message\":\"busy\",\"target\":\"{RG}/Microsoft.Network/virtualNetworks/v/subnets/a\"}}}}"}}]}}}}"#
    );
    let explained = explain(&catalog, &two);
    let codes: Vec<&str> = explained.errors.iter().map(|answered| answered.said.code.as_str()).collect();
    assert_eq!(codes, ["AnotherOperationInProgress", "QuotaExceeded"]);
    assert_eq!(first(&two), "vnet-subnets");
}

#[test]
fn an_ambiguous_code_needs_a_resource() {
    check(&[
        ("common", "OperationNotAllowed"),
        ("common", "RetryableError"),
        (
            "agent-pools",
            &az(
                "OperationNotAllowed",
                "Operation is not allowed: Another agentpool operation (nodepool1 - Creating) is in progress. See https://aka.ms/aks-pending-operation for more details",
                &format!("{RG}/Microsoft.ContainerService/managedClusters/aks/agentPools/two"),
            ),
        ),
        (
            "iot-hub-event-subscriptions",
            r#"{"code": "Publisher Provider Error", "message": "failed with status code: Conflict, code: and message: ."}"#,
        ),
    ]);
}

/// Each form in which tools and pipelines show one error, with the same answer.
#[test]
fn the_forms_of_an_error_have_one_answer() {
    let busy = "Another operation on this or dependent resource is in progress.";
    let target = format!("{RG}/Microsoft.Network/virtualNetworks/vnet/subnets/apps");
    let json = az("AnotherOperationInProgress", busy, &target);
    let pretty = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text.strip_prefix("ERROR: ").unwrap()).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let each_line = |before: &str, text: &str| {
        text.lines().map(|line| format!("{before}{line}")).collect::<Vec<_>>().join("\n")
    };
    let timed = |text: &str| each_line("2026-05-14T13:49:32.9659077Z ", text);
    let lines = lines("AnotherOperationInProgress", busy, &target);
    let activity = serde_json::json!([
        { "status": { "value": "Failed" }, "resourceId": target, "properties": {
            "statusCode": "Conflict", "statusMessage": r#"{"error":{"code":"AnotherOperationInProgress","message":"busy"}}"#
        } },
        { "status": { "value": "Succeeded" }, "resourceId": format!("{RG}/Microsoft.Cache/redis/c"), "properties": {} }
    ]);
    let shown = serde_json::json!({ "id": format!("{RG}/Microsoft.Resources/deployments/main"), "properties": {
        "provisioningState": "Failed", "error": { "code": "DeploymentFailed", "message": "At least one resource deployment operation failed.",
        "details": [{ "code": "AnotherOperationInProgress", "message": busy, "target": target }] } } });
    for text in [
        format!("\u{1b}[31m{json}\u{1b}[0m"),
        format!("\u{1b}[91m{}\u{1b}[0m", lines.replace('\n', "\u{1b}[0m\n\u{1b}[91m")),
        timed(&format!("##[error]{json}")),
        timed(&pretty(&json)),
        timed(&lines),
        each_line("deploy\tRun az\t2026-05-14T13:49:32.9659077Z ", &pretty(&json)),
        json[..json.rfind(&target).unwrap() + target.len()].to_owned(),
        json.replace('\"', "\\\""),
        format!(
            "ERROR: deployment failed: error deploying infrastructure: deploying to subscription:\n\nDeployment Error Details:\nAnotherOperationInProgress: {busy} ({target})"
        ),
        format!(
            "PUT https://management.azure.com{target}\n--------\nRESPONSE 409: 409 Conflict\nERROR CODE: AnotherOperationInProgress\n--------\n{{\"error\": {{\"code\": \"AnotherOperationInProgress\", \"message\": \"{busy}\"}}}}\n"
        ),
        format!(
            "\u{2577}\n│ Error: creating/updating Resource: (ResourceId\n│ \"{target}\"\n│ / Api Version \"2024-05-01\"): PUT\n│ RESPONSE 409: 409 Conflict\n│ ERROR CODE: AnotherOperationInProgress\n│ {{\n│   \"error\": {{\n│     \"code\": \"AnotherOperationInProgress\",\n│     \"message\": \"{busy}\"\n│   }}\n│ }}\n\u{2575}"
        ),
        format!(
            "Error: creating Subnet (Subscription: \"0\"): performing CreateOrUpdate: unexpected status 409 (409 Conflict) with error: AnotherOperationInProgress: {busy} ({target})"
        ),
        format!(
            "New-AzResourceGroupDeployment: /work/deploy.ps1:12\nLine |\n  12 |  New-AzResourceGroupDeployment `\n     |  ~~~~~~~~\n     | 12:00:23 - The deployment 'main' failed with error(s).\n     | Status Message: {busy} (Code:AnotherOperationInProgress)\n     |  - on {target}\n"
        ),
        format!("{busy} (Code: AnotherOperationInProgress, Target: {target})"),
        activity.to_string(),
        shown.to_string(),
    ] {
        assert_eq!(first(&text), "vnet-subnets", "{text}");
    }
}

#[test]
fn wrappers_alone_say_nothing() {
    for text in [
        "DeploymentFailed",
        "Conflict",
        "BadRequest",
        "InternalServerError",
        "DeploymentFailed: At least one resource deployment operation failed. Please list deployment operations for details.",
    ] {
        assert_eq!(first(text), "unknown", "{text}");
    }
}

/// A log that was cut off inside its JSON still contains the codes.
#[test]
fn json_that_was_cut_off_is_read_as_far_as_it_goes() {
    let whole = az(
        "ServerBlobAuditingPolicyInProgress",
        "wait",
        &format!("{RG}/Microsoft.Sql/servers/s/auditingSettings/default"),
    );
    for cut in (whole.find("wait").unwrap()..whole.len()).step_by(7) {
        assert_eq!(first(&whole[..cut]), "sql-auditing-and-databases", "{}", &whole[..cut]);
    }
}

#[test]
fn deep_or_malformed_input_is_handled() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(first(&deep), "unknown");
    let mut nested = "ServerIsBusy".to_owned();
    for _ in 0..12 {
        nested = serde_json::json!({ "error": { "code": "Conflict", "message": nested } }).to_string();
    }
    assert_eq!(first(&nested), "postgresql-configurations");
    for strange in ["", "{", "}{", "\\", "\u{0}", "(Code) ", "Code:", "{\"code\": 3}", "[null]"] {
        let found = first(strange);
        assert!(["unknown", "nothing"].contains(&found.as_str()), "{strange:?}: {found}");
    }
}

#[test]
fn the_user_of_a_resource_failed_not_the_used_resource() {
    let used = |of: &str, by: &str| {
        format!(
            "ReferencedResourceNotProvisioned: Cannot proceed with operation because resource {RG}/Microsoft.Network/{of} used by \
             resource {RG}/Microsoft.Network/{by} is not in Succeeded state. Resource is in Updating state and the last operation that \
             updated/is updating the resource is PutSubnetOperation."
        )
    };
    check(&[
        ("subnet-and-its-users", &used("virtualNetworks/v/subnets/s", "networkInterfaces/n")),
        ("subnet-and-its-users", &used("virtualNetworks/v/subnets/s", "privateEndpoints/e")),
        ("peering-and-subnets", &used("virtualNetworks/v", "virtualNetworks/w/virtualNetworkPeerings/p")),
    ]);
}

#[test]
fn a_phrase_of_one_service_does_not_match_another() {
    check(&[
        ("recovery-vault-settings", "A conflicting operation is in progress."),
        (
            "redis-access",
            &az(
                "Conflict",
                "A conflicting operation is in progress.",
                &format!("{RG}/Microsoft.Cache/redis/c/accessPolicyAssignments/a"),
            ),
        ),
        // A code is better evidence than names around it.
        (
            "federated-credentials",
            &az(
                "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
                "Too many.",
                &format!("{RG}/Microsoft.Cache/redis/c/accessPolicyAssignments/a"),
            ),
        ),
    ]);
}

#[test]
fn a_code_in_the_lines_and_in_the_json_is_one_error() {
    let text = "RESPONSE 409: 409 Conflict\nERROR CODE: DeploymentActive\n{\"error\": {\"code\": \"DeploymentActive\", \"message\": \
                \"Unable to edit or replace deployment 'dev': previous deployment is still active.\"}}";
    let catalog = Catalog::builtin();
    assert_eq!(explain(&catalog, text).errors.len(), 1);
    check(&[("no:another-run", text)]);
}

#[test]
fn text_around_an_error_names_its_resource() {
    let bare = r#"{"code": "AnotherOperationInProgress", "message": "Another operation on this or dependent resource is in progress."}"#;
    check(&[
        ("common", bare),
        ("vnet-subnets", &format!("{bare}\nof Microsoft.Network/virtualNetworks/subnets")),
        (
            "express-route-connections",
            &format!("Microsoft.Network/expressRouteGateways/expressRouteConnections: {bare}"),
        ),
    ]);
}

#[test]
fn a_shared_code_of_another_service_gives_way_to_the_named_type() {
    let text = |id: &str| {
        format!(
            "RequestConflict: Cannot modify resource with id '{RG}/{id}' because the resource entity provisioning state is not terminal."
        )
    };
    check(&[
        ("netapp-volumes", &text("Microsoft.NetApp/netAppAccounts/a/capacityPools/p/volumes/v")),
        ("model-deployments", &text("Microsoft.CognitiveServices/accounts/a/deployments/d")),
        ("account-children", &text("Microsoft.CognitiveServices/accounts/a/raiPolicies/p")),
    ]);
}

#[test]
fn a_sentence_without_its_code_is_known() {
    check(&[
        (
            "key-vault-access-policies",
            "The operation failed because the Key Vault 'kv' changed from the point the operation began.",
        ),
        (
            "federated-credentials",
            "Too many Federated Identity Credentials are written concurrently for the managed identity",
        ),
        (
            "postgresql-configurations",
            &format!(
                "Server 's' is busy with another operation. ({RG}/Microsoft.DBforPostgreSQL/flexibleServers/s/configurations/c)"
            ),
        ),
    ]);
}

#[test]
fn a_margin_before_the_lines_is_not_part_of_the_message() {
    check(&[
        (
            "subscription-placements",
            "     | error(s). Status Message: Failed to add\n     | subscription to management group (Code:Conflict)",
        ),
        (
            "subscription-placements",
            "  29 | Failed to add subscription to\n  30 | management group (Code:Conflict)",
        ),
        ("subscription-placements", "│ Failed to add subscription\n│ to management group (Code:Conflict)"),
        ("subscription-placements", "Failed to add subscription to management group (Code:Conflict)"),
    ]);
}

#[test]
fn text_before_a_wrapping_code_is_used() {
    let target = format!("{RG}/Microsoft.DBforPostgreSQL/flexibleServers/s/configurations/c");
    let busy = "Server 's' is busy with another operation. Please try again later.";
    check(&[
        (
            "postgresql-configurations",
            &format!("{busy}\n\n (Code: ResourceDeploymentFailure, Target: {target})"),
        ),
        ("postgresql-configurations", &format!("{busy} (Code: Conflict, Target: {target})")),
        ("unknown", &format!("Something failed. (Code: ResourceDeploymentFailure, Target: {target})")),
    ]);
}

#[test]
fn among_equals_the_race_with_most_evidence_is_first() {
    let cut = "Resource is in Updating state and the last operation that updated/is updating the resource is PutSubnetOperation.";
    check(&[
        ("peering-and-subnets", cut),
        ("peering-and-subnets", &format!("ReferencedResourceNotProvisioned: {cut}")),
        ("subnet-and-its-users", &format!("{cut} ({RG}/Microsoft.Network/networkInterfaces/n)")),
    ]);
}

#[test]
fn a_shared_code_does_not_match_another_service() {
    let refused = |id: &str| {
        format!(r#"{{"code": "PreconditionFailed", "message": "It was refused.", "target": "{RG}/{id}"}}"#)
    };
    check(&[
        ("netapp-volumes", &refused("Microsoft.NetApp/netAppAccounts/a/capacityPools/p/volumes/v")),
        ("cosmos-roles", &refused("Microsoft.DocumentDB/databaseAccounts/a/sqlRoleAssignments/r")),
        ("dns-zone-links", &refused("Microsoft.Network/privateDnsZones/z/virtualNetworkLinks/l")),
        ("unknown", &refused("Microsoft.Maps/accounts/a")),
        (
            "netapp-volumes",
            "PreconditionFailed: Volume Cannot be created in a pool that is not in state succeded.",
        ),
    ]);
}

/// Tools name what failed without an id: by their own name for its type, by a label, or by words that only its errors have.
#[test]
fn what_failed_is_known_by_the_names_of_tools() {
    let busy = "Another operation on this or dependent resource is in progress.";
    let changed = "Call to Microsoft.KeyVault/vaults failed. Error message: A conflict occurred. The operation failed because the Key \
                   Vault 'kv' changed from the point the operation began.";
    check(&[
        (
            "express-route-connections",
            &format!("AnotherOperationInProgress: {busy}\n  with azurerm_express_route_connection.a,"),
        ),
        (
            "express-route-circuit-children",
            &format!(
                "azure-native:network:ExpressRouteCircuitPeering (a): error: Code=\"AnotherOperationInProgress\" Message=\"{busy}\""
            ),
        ),
        (
            "private-endpoints-of-one-target",
            &az("ConflictError", changed, &format!("{RG}/Microsoft.Resources/deployments/d")),
        ),
        (
            "no:still-deleting",
            "New-AzSqlServer : 45157: Server 'sql' is busy with another operation. Please try your operation later.",
        ),
        (
            "no:still-deleting",
            "Code=\"RetryableError\" Message=\"A retryable error occurred.\" Details=[{\"code\":\"ReferencedResourceNotProvisioned\",\"message\":\"Cannot proceed with operation because resource /subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/n is not in Succeeded state. Resource is in Deleting state and the last operation that updated/is updating the resource is DeleteNicOperation.\"}]",
        ),
        (
            "no:changed-since-read",
            "Etag provided in if-match header W/\"0\" does not match etag W/\"1\" of resource",
        ),
    ]);
}

/// A conflict of a service without an entry is answered as one, whatever its words; errors that only sound similar are not.
#[test]
fn a_conflict_of_any_service_is_recognised() {
    for text in [
        "Conflict: The request for the resource conflicted with an ongoing operation.",
        "(Conflict) An operation is already in progress on the environment 'env2'.",
        "BadRequest: Resource cannot be updated during provisioning",
        "cannot update build definition because it is in Updating State",
        "Invalid state i.e. should be active, IotDpsState: Transitioning",
        "The pool is still under updating",
        "Code: AnotherOperationInProgress\nMessage: The resource '/subscriptions/0/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/s' is currently being updated.",
    ] {
        assert_eq!(first(text), "no:another-operation", "{text}");
    }
    for (expected, text) in [
        ("no:missing-prerequisite", "NetworkProfileNotFound: 'p' is unavailable to the group"),
        (
            "no:still-deleting",
            "(OperationNotAllowed) 'Update VM' is not allowed, since the VM is marked for deletion.",
        ),
        ("no:in-use", "ErrorCode: OperationNotAllowed\nErrorMessage: Disk d is attached to VM v."),
        ("no:quota", "The number of routes exceeds the maximum"),
        ("no:wrong-template", "BadRequest: the value must have five letters"),
        ("no:only-failed", "Code=\"150261\" Message=\"Replication policy creation failed.\""),
    ] {
        assert_eq!(first(text), expected, "{text}");
    }
}

/// A code that several errors of a service have is a race only in the words of a conflict.
#[test]
fn a_shared_code_needs_the_words_of_a_conflict() {
    let of_pool = |message: &str| {
        format!(
            "azure-native:containerservice:AgentPool (a): Code=\"OperationNotAllowed\" Message=\"{message}\""
        )
    };
    check(&[
        ("agent-pools", &of_pool("Another agentpool operation is in progress")),
        ("no:wrong-template", &of_pool("There has to be at least one agent pool.")),
    ]);
}

/// azd prints its own guess above each conflict.
#[test]
fn the_advice_of_azd_does_not_count() {
    let text = "ERROR: A resource with this name already exists or is in a conflicting state.\nSuggestion: Check for existing or \
                soft-deleted resources in the Azure portal.\n\nDeployment Error Details:\nAccountProvisioningStateInvalid: Call to \
                Microsoft.CognitiveServices/accounts failed.";
    assert_eq!(first(text), "private-endpoint-and-model-deployments");
}
