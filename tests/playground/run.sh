#!/usr/bin/env bash
# Builds the playground, serves it on this machine and uses it in Chromium as a person would; holds its reports against those of
# the command line.
#
#   tests/playground/run.sh [SCREENSHOTS]        BUILT=DIR takes what playground/build.sh has made
#
# Exit: 0 right, 1 wrong, 77 a registry does not answer, or there is no Chromium.
set -euo pipefail
shots=${1:+$(mkdir -p "$1" && cd "$1" && pwd)}
cd "$(dirname "$0")/../.."
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ] || ! command -v npm >/dev/null; then
  echo "playground: skipped, there is no Chromium or no npm"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
built=${BUILT:-}
if [ -z "$built" ]; then
  built=$work/playground
  playground/build.sh "$built"
fi
cargo build --locked --quiet
export CHROMIUM=$chromium LINT=${CARGO_TARGET_DIR:-target}/debug/bicep-race-lint MODULES=$PWD/playground/web/node_modules
timeout 500 node tests/playground/drive.mjs "$built" ${shots:+"$shots"}
