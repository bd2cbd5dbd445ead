resource outer 'Microsoft.Cdn/profiles@2024-09-01' existing = {@batchSize(1)
resource items 'Microsoft.Cdn/profiles/endpoints@2024-09-01' = [for take(one in names: {
  name: one
}]
