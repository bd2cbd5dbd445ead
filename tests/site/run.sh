#!/usr/bin/env bash
# Builds the site with the playground, serves it on this machine and uses it in Chromium as a person would; compares the reports of
# the playground with those of the command line.
#
#   tests/site/run.sh [SCREENSHOTS]        BUILT=DIR uses the output of `cargo xtask site DIR`; TREE=DIR compares the reports on its
#                                          templates too
#
# Exit: 0 right, 1 wrong, 77 a registry does not answer, or there is no Chromium.
set -euo pipefail
shots=${1:+$(mkdir -p "$1" && cd "$1" && pwd)}
cd "$(dirname "$0")/../.."
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ] || ! command -v npm >/dev/null; then
  echo "site: skipped, there is no Chromium or no npm"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
built=${BUILT:-}
if [ -z "$built" ]; then
  built=$work/site
fi
cargo build --locked --quiet --bins --workspace
[ -e "$built" ] || "${CARGO_TARGET_DIR:-target}/debug/xtask" site "$built"
export CHROMIUM=$chromium LINT=${CARGO_TARGET_DIR:-target}/debug/bicep-race-lint MODULES=$PWD/playground/web/node_modules
timeout 500 node tests/site/drive.mjs "$built" ${shots:+"$shots"}
