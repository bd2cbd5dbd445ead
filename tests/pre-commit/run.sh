#!/usr/bin/env bash
# Runs the hook by the real pre-commit in a new repository: a staged change of a module, or of a file that a template loads, shows
# the race in the root that uses it, also with `args:`; a change that affects no race passes.
#
#   tests/pre-commit/run.sh [BINARY]    the hook of .pre-commit-hooks.yaml, with a binary that is built already
#   FULL=1 tests/pre-commit/run.sh      as a user has it: pre-commit builds the tool itself (minutes)
#
# Exit: 0 right, 1 wrong, 77 skipped because pre-commit cannot be installed.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check pre-commit || {
  echo "skipped: pre-commit cannot be installed here"
  exit 77
}
export PRE_COMMIT_HOME="$work/cache" GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com

repository="$work/repository"
mkdir -p "$repository/modules"
cd "$repository"
git init --quiet .
cp "$here"/fixtures/hub/modules/*.bicep modules/
mkdir hub && sed "s#'../modules/#'../modules/#" "$here/fixtures/hub/ordered/main.bicep" > hub/main.bicep
printf '// nothing here\n' > other.bicep

if [ -n "${FULL:-}" ]; then
  printf 'repos:\n  - repo: %s\n    rev: %s\n    hooks: [{id: bicep-race-lint}]\n' \
    "$here" "$(git -C "$here" rev-parse HEAD)" > .pre-commit-config.yaml
else
  binary=$(realpath "${1:-$here/target/debug/bicep-race-lint}")
  {
    printf 'repos:\n  - repo: local\n    hooks:\n'
    awk '/^- id: /{ours = $3 == "bicep-race-lint"} ours' "$here/.pre-commit-hooks.yaml" \
      | sed -e "s#entry: bicep-race-lint#entry: $binary#" -e 's/language: rust/language: system/' -e 's/^/      /'
  } > .pre-commit-config.yaml
fi
git add . && git commit --quiet --message "Ordered"
"$work/venv/bin/pre-commit" install >/dev/null

fail() { echo "wrong: $1"; cat "$work/output"; exit 1; }

# The hub's gateways lose their order, which is committed without the hook; then only a module changes.
cp "$here/fixtures/hub/partly-ordered/main.bicep" hub/main.bicep
git add . && git commit --quiet --no-verify --message "No longer ordered"
printf '\n// a change of a module\n' >> modules/s2s-gateway.bicep
git add modules
if git commit --message "A module" > "$work/output" 2>&1; then fail "the race in hub/main.bicep does not stop the commit"; fi
grep -q 'hub-gateways' "$work/output" && grep -q 'hub/main.bicep' "$work/output" || fail "the race is not shown"

# A list that a template loads gets a second name, so that its loop races with itself. Here the hook has its own options.
git reset --quiet --hard
printf '["one"]\n' > names.json
cat > loop.bicep <<'END'
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: 'hub'
}
resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = [for name in loadJsonContent('names.json'): {
  name: name
  properties: { virtualHub: { id: hub.id } }
}]
END
sed -i 's/^\( *\)require_serial: true/&\n\1args: [--strict, --level, note]/' .pre-commit-config.yaml
git add . && git commit --quiet --no-verify --message "A list"
printf '["one", "two"]\n' > names.json
git add names.json
if git commit --message "A name" > "$work/output" 2>&1; then fail "the race in loop.bicep does not stop the commit"; fi
grep -q 'parallel-loop' "$work/output" && grep -q 'loop.bicep' "$work/output" || fail "the race of the loop is not shown"

git reset --quiet --hard
printf '# Read me\n' > README.md
git add README.md
git commit --message "A page" > "$work/output" 2>&1 || fail "a page that nothing loads is stopped"
printf '// still nothing\n' > other.bicep
git add other.bicep
git commit --message "Something else" > "$work/output" 2>&1 || fail "a change that no race is about is stopped"
echo "pre-commit: a changed module or list is stopped by the race in its root, other changes pass"
