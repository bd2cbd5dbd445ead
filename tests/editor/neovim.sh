#!/usr/bin/env bash
# Neovim as a client of the language server. Without Neovim it says so and exits 77.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v nvim >/dev/null; then
  echo "neovim: skipped, there is no nvim"
  exit 77
fi
cd "$here/../.."
cargo build --locked --quiet
server=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)/bicep-race-lint
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/main.bicep" <<'BICEP'
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: 'hub'
}

/* 𝄞 */ resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 's2s'
  properties: { virtualHub: { id: hub.id } }
}

resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'er'
  properties: { virtualHub: { id: hub.id } }
}
BICEP
HOME=$work SERVER=$server FILE=$work/main.bicep timeout 120 \
  nvim --headless -u NONE -i NONE -n -c 'luafile tests/editor/neovim.lua'
