#!/usr/bin/env bash
# Counts the instructions of the release binary for fixed inputs, and compares them with tests/instructions/figures.txt: more
# than 5 % above a figure is a failure, more than 5 % below it asks for a new figure. Load and clock do not change them.
#
#   cargo build --release && tests/instructions/run.sh [BINARY]
#   UPDATE=1 tests/instructions/run.sh [BINARY]     writes the figures
#
# Exit: 0 right, 1 grown, 77 skipped because valgrind is not here or the figures are of another compiler or C library.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
figures="$here/tests/instructions/figures.txt"
binary=$(realpath "${1:-$here/target/release/bicep-race-lint}")
command -v valgrind >/dev/null || { echo "skipped: valgrind is not here"; exit 77; }
made_with="$(rustc --version), $(getconf GNU_LIBC_VERSION), $(uname -m)"
if [ -z "${UPDATE:-}" ] && ! grep -qxF "# $made_with" "$figures"; then
  echo "skipped: the figures are not of $made_with"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Two gateways on each of 500 hubs, every second one ordered.
mkdir hubs
for at in $(seq 500); do
  printf "resource hub%d 'Microsoft.Network/virtualHubs@2024-05-01' existing = {\n  name: 'hub%d'\n}\n" "$at" "$at"
  for side in a b; do
    waits=""
    [ "$side" = b ] && [ $((at % 2)) = 0 ] && waits="dependsOn: [ g${at}a ]"
    printf "resource g%d%s 'Microsoft.Network/vpnGateways@2024-05-01' = {\n  name: 'g%d%s'\n  location: 'x'\n" \
      "$at" "$side" "$at" "$side"
    printf "  properties: { virtualHub: { id: hub%d.id } }\n  %s\n}\n" "$at" "$waits"
  done
done > hubs/main.bicep
mkdir variables
for at in $(seq 5000); do
  printf "var v%d = { name: 'v%d', list: [ %d, 2, 3 ], of: '\${toLower('A')}%d' }\n" "$at" "$at" "$at" "$at"
done > variables/main.bicep
cp -r "$here/fixtures/hub" hub

# Prints the instructions of one run. Exit code 1 is accepted, because it only means findings.
count() {
  local code=0
  env -i RAYON_NUM_THREADS=1 LANG=C.UTF-8 PATH="$PATH" valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    "$binary" "$@" >/dev/null 2>"$work/told" || code=$?
  [ "$code" -le 1 ] || { cat "$work/told" >&2; exit 2; }
  sed -n 's/^==[0-9]*== Collected : //p' "$work/told"
}

wrong=0
new="# $made_with"
while read -r what arguments; do
  # shellcheck disable=SC2086  # several arguments
  now=$(count $arguments)
  [ -n "$now" ] || { echo "$what: nothing was counted"; exit 1; }
  new+=$'\n'"$what $now"
  [ -z "${UPDATE:-}" ] || continue
  was=$(awk -v what="$what" '$1 == what {print $2}' "$figures")
  [ -n "$was" ] || { echo "$what: has no figure"; wrong=1; continue; }
  change=$(awk -v now="$now" -v was="$was" 'BEGIN {printf "%+.2f", (now / was - 1) * 100}')
  echo "$what: $now instructions, $change %"
  if [ $((now * 100)) -gt $((was * 105)) ]; then
    echo "$what: grown by more than 5 %"
    wrong=1
  elif [ $((now * 100)) -lt $((was * 95)) ]; then
    echo "$what: shrunk by more than 5 %; UPDATE=1 keeps it there"
  fi
done <<'RUNS'
start-up --version
hub --level note hub
hubs --level note hubs
variables --level note variables
RUNS
[ -z "${UPDATE:-}" ] || { echo "$new" > "$figures"; echo "$new"; }
exit "$wrong"
