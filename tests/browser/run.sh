#!/usr/bin/env bash
# Draws what the tool writes in a real browser. Where there is no Chromium, or its packages cannot be had, it says so and
# exits 77; a picture that is wrong fails it.
#   tests/browser/run.sh [SCREENSHOTS]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
shots=${1:+$(mkdir -p "$1" && cd "$1" && pwd)}
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ] || ! command -v npm >/dev/null; then
  echo "browser: skipped, there is no Chromium or no npm"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/package.json "$here"/package-lock.json "$here"/check.mjs "$work"
if ! (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); then
  echo "browser: skipped, the npm packages cannot be had"
  exit 77
fi
(cd "$here/../.." && cargo run --quiet --example pictures -- "$work/pictures")
CHROMIUM=$chromium node "$work/check.mjs" "$work/pictures" ${shots:+"$shots"}
