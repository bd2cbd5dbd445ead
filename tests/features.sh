#!/usr/bin/env bash
# Checks that the library builds with each set of features that is used; that it stays small without features; and that a program
# outside the package can use it in that form.
set -euo pipefail
cd "$(dirname "$0")/.."

check() {
  echo "cargo check $*"
  cargo check --locked -q "$@"
}

check --lib --no-default-features
# All features together are the default, with which everything else is built.
for features in parallel lsp cli; do
  check --no-default-features --features "$features"
done
if rustup target add wasm32-unknown-unknown > /dev/null 2>&1; then
  check --lib --no-default-features --target wasm32-unknown-unknown
  # The features of the playground.
  check --lib --no-default-features --features pictures --target wasm32-unknown-unknown
else
  echo "left out: rustup cannot add wasm32-unknown-unknown"
fi

crates=$(cargo tree --locked --no-default-features -e normal --prefix none | sed 's/ (\*)$//' | sort -u)
count=$(wc -l <<< "$crates")
echo "$count crates without features"
[ "$count" -le 60 ] || { echo "more than 60"; exit 1; }
if grep -E '^(clap|miette|rayon|indicatif) ' <<< "$crates"; then
  echo "belongs to a feature"
  exit 1
fi

cp Cargo.lock tests/embedding/Cargo.lock
found=$(CARGO_TARGET_DIR=target/embedding cargo run -q --offline --manifest-path tests/embedding/Cargo.toml << 'BICEP'
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: 'hub', location: 'x' }
resource s2s 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 's2s'
  properties: { virtualHub: { id: hub.id } }
}
resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'er'
  properties: { virtualHub: { id: hub.id } }
}
BICEP
)
echo "$found"
[ "$(grep -c '^error: ' <<< "$found")" = 1 ] || { echo "not what is there"; exit 1; }
