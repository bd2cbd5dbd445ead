#!/usr/bin/env bash
# Packs the extension, with the server inside, for one platform.
#   editors/vscode/package.sh BINARY PLATFORM OUT       PLATFORM is VS Code's name of it, such as linux-x64
#   editors/vscode/package.sh --all BINARIES OUT        every target of packaging/targets.json that npm has a package for
# Needs npm, and its registry. The largest that is right is 10 MB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
most=10000000

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here" "$work/extension"

pack() {
  local binary=$1 platform=$2 out=$3 name=bicep-race-lint bytes
  case $platform in win32-*) name=bicep-race-lint.exe ;; esac
  rm -rf server
  mkdir server
  cp "$binary" "server/$name"
  chmod 755 "server/$name"
  npx vsce package --no-dependencies --target "$platform" --out "$out/bicep-race-lint-$platform.vsix" >/dev/null
  bytes=$(wc -c <"$out/bicep-race-lint-$platform.vsix")
  echo "bicep-race-lint-$platform.vsix: $bytes bytes"
  [ "$bytes" -le "$most" ] || {
    echo "larger than $most bytes" >&2
    exit 1
  }
}

absolute() {
  mkdir -p "$(dirname "$1")"
  echo "$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
}

out=$(absolute "${3:?usage: package.sh BINARY PLATFORM OUT | --all BINARIES OUT}")
mkdir -p "$out"
if [ "$1" = --all ]; then binaries=$(absolute "$2"); else binary=$(absolute "$1"); fi
cd "$work/extension"
rm -rf node_modules dist server
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
npm run --silent check
npm run --silent build
if [ "$1" = --all ]; then
  targets='for (const one of JSON.parse(require("fs").readFileSync(0, "utf8"))) if (one.npm) console.log(one.target, one.npm)'
  node -e "$targets" <"$here/../../packaging/targets.json" | while read -r target platform; do
    for binary in "$binaries/$target"/bicep-race-lint*; do
      pack "$binary" "$platform" "$out" </dev/null
    done
  done
else
  pack "$binary" "$2" "$out"
fi
