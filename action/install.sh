#!/usr/bin/env bash
# Puts the tool on the path of a job: a binary that is given, an installed one if it has the requested version, or the binary of
# the release. A download is verified before it runs; the tool is built only if the release does not exist.
#
# Reads: BINARY, VERSION, RELEASES, REF (the text after `@` in the workflow), GH_TOKEN, and the variables of a runner.
# Writes to GITHUB_OUTPUT: `binary`, or `build` and `key` if it must be built first; to GITHUB_PATH the folder.
set -euo pipefail

repository=bicep-race-lint/bicep-race-lint
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A printed value may contain line ends; the text after one must not be read as a command by the runner.
shown() { printf '%s' "$1" | tr '\r\n' '  '; }
warn() { echo "::warning title=bicep-race-lint::$(shown "$1")"; }
fail() {
  echo "::error title=bicep-race-lint::$(shown "$1")"
  exit 2
}

# use BINARY: later steps find it by its path and by its name.
use() {
  local path=$1
  # Steps in other shells do not understand the paths of Git's bash.
  if command -v cygpath > /dev/null; then path=$(cygpath --mixed "$path"); fi
  echo "$("$path" --version) ($2)"
  echo "binary=$path" >> "$GITHUB_OUTPUT"
  dirname "$path" >> "$GITHUB_PATH"
  exit 0
}

# build WHY: asks the next steps of the action to build the tool, with a cache.
build() {
  warn "$1; it is built from source, which takes minutes"
  {
    echo "build=true"
    if [ "$wanted" = "$ours" ]; then
      echo "key=$(sources | sum_of_input)"
    else
      echo "key=$wanted"
    fi
  } >> "$GITHUB_OUTPUT"
  exit 0
}

# All files that are compiled, one after the other.
sources() {
  (cd "$top" && find Cargo.lock Cargo.toml build.rs src -type f | LC_ALL=C sort | while read -r file; do cat "$file"; done)
}

sum_of_input() {
  if command -v sha256sum > /dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

# fetch NAME: downloads a file of the release, and writes the HTTP status into `status`.
fetch() {
  local address="${RELEASES%/}/v$wanted/$1" code=0
  status=$(curl --silent --show-error --location --retry 3 --max-time 300 --output "$work/$1" \
    --write-out '%{http_code}' "$address") || code=$?
  [ "$code" = 0 ] || fail "$address cannot be downloaded (curl ended with $code); where there is no way out, the input \`binary\` names one that is here"
  case $status in
    200 | 404) ;;
    *) fail "$address answers with $status; the input \`binary\` can name a binary that is here" ;;
  esac
}

target() {
  case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
    Linux-X64) echo x86_64-unknown-linux-musl ;;
    Linux-ARM64) echo aarch64-unknown-linux-musl ;;
    macOS-X64) echo x86_64-apple-darwin ;;
    macOS-ARM64) echo aarch64-apple-darwin ;;
    Windows-X64) echo x86_64-pc-windows-msvc ;;
    Windows-ARM64) echo aarch64-pc-windows-msvc ;;
  esac
}

if [ -n "$BINARY" ]; then
  case $("$BINARY" --version 2> /dev/null || true) in
    "bicep-race-lint "*) use "$(cd "$(dirname "$BINARY")" && pwd)/$(basename "$BINARY")" "given" ;;
    *) fail "the input \`binary\` is no bicep-race-lint that runs here: $BINARY" ;;
  esac
fi

ours=$(sed -n 's/^version = "\(.*\)"/\1/p' "$top/Cargo.toml" | head -n 1)
wanted=${VERSION#v}
if [ -z "$wanted" ]; then
  wanted=$ours
  # A tag of a version, or a commit. Any other text after `@` is a branch, and means its current content.
  if ! [[ $REF =~ ^v?[0-9]+(\.[0-9]+)*$|^v?[0-9]+\.[0-9]+\.[0-9]+-[0-9A-Za-z.]+$|^[0-9a-f]{40}$ ]]; then
    build "the action is used by a branch or a folder, not by the tag or commit of a release"
  fi
elif ! [[ $wanted =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
  fail "the input \`version\` is no version: $VERSION"
fi

installed=$(command -v bicep-race-lint || true)
if [ -n "$installed" ] && [ "$("$installed" --version 2> /dev/null || true)" = "bicep-race-lint $wanted" ]; then
  use "$installed" "installed"
fi

target=$(target)
[ -n "$target" ] || build "there is no release for ${RUNNER_OS:-} on ${RUNNER_ARCH:-}"
name=bicep-race-lint-$wanted-$target
archive=$name.tar.gz
binary=bicep-race-lint
case $target in
  *windows*)
    archive=$name.zip
    binary=bicep-race-lint.exe
    ;;
esac
work=$RUNNER_TEMP/bicep-race-lint-$wanted
rm -rf "$work"
mkdir -p "$work"

fetch "$archive"
[ "$status" = 200 ] || build "the release $wanted is not there for $target"
fetch SHA256SUMS
[ "$status" = 200 ] || fail "the release $wanted has no checksums"
expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/SHA256SUMS")
found=$(sum_of_input < "$work/$archive")
[ "$expected" = "$found" ] || fail "$archive is not what the release says: its SHA-256 is $found, expected ${expected:-none}"

if [ "${GITHUB_SERVER_URL:-https://github.com}" != https://github.com ]; then
  warn "where $archive was built is not checked: the token of this server is not known to github.com"
elif ! gh attestation --help > /dev/null 2>&1; then
  warn "where $archive was built is not checked: \`gh\` is not here, or is older than 2.49"
elif ! gh attestation verify "$work/$archive" --repo "$repository" \
  --signer-workflow "$repository/.github/workflows/release.yml" > "$work/attestation" 2>&1; then
  cat "$work/attestation"
  fail "$archive has no attestation that it was built by the release of $repository"
fi

case $archive in
  *.zip) unzip -q "$work/$archive" -d "$work" ;;
  *) tar -xzf "$work/$archive" -C "$work" ;;
esac
# The version is checked too, because an archive of another version also has a valid attestation.
told=$("$work/$name/$binary" --version 2>&1 || true)
[ "$told" = "bicep-race-lint $wanted" ] || fail "$archive has another version in it: $told"
use "$work/$name/$binary" "release, checked"
