#!/usr/bin/env bash
# Shows outputs of the tool in a real browser: pictures, Markdown with its drawings, and pages. Without Chromium, or if its
# packages cannot be installed, it says so and exits 77; a wrong picture fails it, and so does a timeout.
#   tests/browser/run.sh [SCREENSHOTS]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
shots=${1:+$(mkdir -p "$1" && cd "$1" && pwd)}
seconds=${BROWSER_SECONDS:-600}
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ] || ! command -v npm >/dev/null; then
  echo "browser: skipped, there is no Chromium or no npm"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/package.json "$here"/package-lock.json "$here"/check.mjs "$work"
if ! (cd "$work" && timeout 60 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1 --fetch-timeout=20000); then
  echo "browser: skipped, the npm packages cannot be had"
  exit 77
fi

cd "$here/../.."
pictures=$work/pictures
cargo build --locked --quiet --bins --workspace
built=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)
lint=$built/bicep-race-lint
"$built/xtask" pictures "$pictures"
# This checks that every link of the site leads somewhere.
"$built/xtask" site "$work/site" --without-playground
# Findings of the tool are no failure here.
write() {
  "$lint" "$2" --level note --fail-on never "--output=html=$pictures/$1.html" "--output=markdown=$pictures/$1.md" >/dev/null
}
write stories fixtures/outputs
write hub fixtures/hub
write none fixtures/hub/ordered/main.bicep
"$here"/hostile.sh "$work/hostile"
write hostile "$work/hostile/names"
write many "$work/hostile/many"
for story in one-file loop condition through-modules; do
  "$lint" graph "fixtures/outputs/$story.bicep" --format mermaid >"$pictures/$story-graph.mmd"
  "$lint" timeline "fixtures/outputs/$story.bicep" --format mermaid >"$pictures/$story-timeline.mmd"
done

code=0
CHROMIUM=$chromium timeout "$seconds" node "$work/check.mjs" "$pictures" ${shots:+"$shots"} || code=$?
if [ "$code" = 124 ]; then
  echo "browser: not finished within $seconds seconds; BROWSER_SECONDS gives it more"
  exit 1
fi
exit "$code"
