// A failover group beside a database of the server.
resource server 'Microsoft.Sql/servers@2023-08-01' existing = {
  name: 'server'
}

resource danonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonenonetabase 'Microsoft.Sql/servers/databases@2023-08-01' = {
  name: 'orders'
  parent: server
  location: resourceGroup().location
}

resource failover 'Microsoft.Sql/servers/failoverGroups@2023-08-01' = {
  name: 'failover'
  parent: server
  prrks/subnets@2024-05-01' = {
  name: 'vnet/apps'
  properties: {
    addressPrefix: '10.0.4.0/24'
  }
  dependsOn: [
    vnet
  ]
}
: [
      resourceId('Microsoft.Sql/servers/databases', 'server', 'orders')
    ]
  }
}
