#!/usr/bin/env bash
# Templates for the browser: names that try to be markup, script or Mermaid, and more findings than anybody can read.
#   tests/browser/hostile.sh FOLDER
set -euo pipefail
mkdir -p "$1/names" "$1/many"
hub() {
  cat <<BICEP
resource a$1 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: '$2' // <script>alert(2)</script>
  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', '$2') } }
}
resource b$1 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'b' /* "><img src=x onerror=alert(3)> */
  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', '$2') } }
}
BICEP
}
{
  hub 1 '<script>alert(1)</script>'
  hub 2 '"><img src=x onerror=alert(1)>'
  hub 3 '`]|%%{init: {}}%% click a call alert(1)'
  hub 4 '```</code></summary></details><svg onload=alert(1)>'
  hub 5 '\u{202e}rtl \u{1b}[31m ##vso[a]'
} >"$1/names/<img src=x onerror=alert(4)>.bicep"
cat >"$1/names/azuredeploy.json" <<'JSON'
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0", "languageVersion": "2.0",
  "resources": {
    "<svg onload=alert(5)>": { "type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "2024-05-01", "name": "net/<b>" },
    "\"]; click n0 call alert(6)": { "type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "2024-05-01", "name": "net/c" },
    "end": { "type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "2024-05-01", "name": "net/section" }
  }
}
JSON
for at in $(seq 250); do hub "$at" "hub$at"; done >"$1/many/main.bicep"
