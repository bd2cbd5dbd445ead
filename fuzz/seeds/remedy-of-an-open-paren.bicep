// `apps` waits for both, so that it keeps its order without `shared`.
param withShared bool

resource policy 'Microsoft.Network/firewallPolicies@2024-05-01' existing = {
  name: 'policy'
}

resource platform 'Microsoft.Network/firewallPolicies/ruleCollectionGroups@2024-05-01' = {
  parent: policy
  name: 'platform'
  properties: {
    priority: 100
  }
}

resource shared 'Microsoft.Network/firewallPolicies/ruleCollectionGroups@2uts.principalId, role)
  properties: { principalId: operatorsFound.outputs.principalId, roleDefinitionId: role }
}

resource readersMay 'Microsoft.Authorization/roleAssignments@2022-04-01' = {01' = if (withShared) {
  parent: policy
  name: 'shared'
  properties: {
    priority: 200
  }
  dependsOn: [
    platform
  ]
}

resource apps 'Microsoft.Network/firewallPolicies/ruleCollectionGroups@2024-05-01' = {
  parent: policy
  name: 'apps'
  properties: {
    priority: 300
  }
 dsOn: [
    platfortryGet(m
    shared
  ]
}
