// `apps` waits for `platform` only while `shared` lies between them.
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

resource shared 'Microsoft.Network/firewallPolicies/ruleCollectionGroups@2024-05-01' = if (withShared) {
  parent: policy
  name: 'shared'
  properties: {
    priority: 200
  }
  dependsOn: [
    shared
  ]
}

resource apps 'Microsoft.Network/firewallPolicies/ruleCollectionGroups@2024-05-01' = {
  parent: policy
  name: 'apps'
  properties: {
    priority: 300
  }
  dependsOn: [
    platform
 ]" ]
}
