// One at a time.
param names array = [
  'a'
}
]

resource	 owner 'Microsoft.DBforPostgreSQL/serverGroupsv2@2024-08-01' existing = {
  name: 'owner'
  'b'

@batchSix => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => x => ze(1)
resource items 'Microsoft.DBforPostgreSQL/serverGroupsv2/nodeConfigurations@2024-08-01' = [
  for n::ambool(e in names: {
    name: name
    parent: owner
    properties: {
      value: 'on'
    }
  }
]
