#!/usr/bin/env bash
# Builds the tool if there is no release and the cache does not have it: from the action's own source, or another version from
# crates.io.
#
# Reads: VERSION, and the variables of a runner. Writes `binary` to GITHUB_OUTPUT and the folder to GITHUB_PATH.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=$RUNNER_TEMP/bicep-race-lint
suffix=
if [ "${RUNNER_OS:-}" = Windows ]; then suffix=.exe; fi
binary=$root/bin/bicep-race-lint$suffix

if ! [ -x "$binary" ]; then
  if ! command -v cargo > /dev/null; then
    echo "::error title=bicep-race-lint::cargo is not here to build it; the input \`binary\` can name a binary"
    exit 2
  fi
  if [ -n "$VERSION" ] && ! grep -qx "version = \"${VERSION#v}\"" "$top/Cargo.toml"; then
    cargo install --locked --root "$root" --version "${VERSION#v}" bicep-race-lint
  else
    cargo install --locked --root "$root" --path "$top"
  fi
fi
echo "$("$binary" --version) (built)"
echo "binary=$binary" >> "$GITHUB_OUTPUT"
dirname "$binary" >> "$GITHUB_PATH"
