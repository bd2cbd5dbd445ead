// Routing intent waits neither for the gateway nor for the firewall.
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: 'hub'
}

resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 's2s'
  location: resourceGroup().location
  properties: {
    virtualHub: {
      id: hub.id
    }
  }
}

resource firewall 'Microsoft.Network/azureFirewalls@2024-05-01' = {
  name: 'firewall'
  location: resourceGroup().location
  properties: {
    sku: {
      name: 'AZFW_Hub'
      tier: 'Standard'
    }
    virtualHub: {
      id: hub.id
    }
  }
}

resource intent 'Microsoft.Network/virtualHubs/routingIntent@2024-05-01' = {
  name: 'routing'
  parent: hub
  properties: {
    routingPolicies: [
      {
        name: 'private'
        destinations: [
          'PrivateTraffic'
        ]
        nextHop: resourceId('Microsoft.Network/azureFirewalls', 'firewall')
      }
    ]