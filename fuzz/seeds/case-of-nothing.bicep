resource a 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: toLower()
}

resource b 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: toUpper()
  properties: {
    virtualHub: {
      id: a.id
    }
  }
}
