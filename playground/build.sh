#!/usr/bin/env bash
# Builds the playground into a folder: playground/build.sh OUT. It needs cargo and npm, and a registry of each that answers.
#
# Exit: 0 built, 1 wrong, 77 a registry does not answer.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?where to}
target=${CARGO_TARGET_DIR:-target}
silent() {
  echo "skipped: $1"
  exit 77
}

rustup target add wasm32-unknown-unknown >/dev/null 2>&1 || silent "rustup cannot add wasm32-unknown-unknown"
(cd playground/web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1) || silent "npm's registry does not answer"

export CARGO_TARGET_DIR=$target/playground
build() { cargo build --quiet --locked --manifest-path playground/Cargo.toml "$@"; }
build --release --target wasm32-unknown-unknown --package playground-engine
build --package playground-bind
engine=$target/playground/engine
rm -rf "$engine"
"$target/playground/debug/playground-bind" "$target/playground/wasm32-unknown-unknown/release/playground_engine.wasm" "$engine"
# wasm-opt is not run: with -Oz 3.9 MB become 3.5 MB, but compressed 1.35 MB become 1.43 MB.
node playground/web/build.mjs "$engine" "$out"
(cd playground/web && npm run --silent check)
