#!/usr/bin/env bash
# Runs the hooks of the mirror by the real pre-commit in a new repository; they install from a folder of wheels. Prints the seconds
# of the first commit and of a later one.
#
#   tests/packaging/mirror.sh WHEELS
#
# Exit: 0 right, 1 wrong, 77 pre-commit cannot be installed.
set -Eeuo pipefail
trap 'echo "wrong: ${BASH_SOURCE[0]}:$LINENO"' ERR
here=$(cd "$(dirname "$0")/../.." && pwd)
wheels=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/wheels"
cp "$wheels"/*.whl "$work/wheels/"
python3 -m venv "$work/venv"
# The folder also needs the package that builds the mirror's own package.
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pre-commit &&
  "$work/venv/bin/pip" download --quiet --disable-pip-version-check --dest "$work/wheels" setuptools || {
  echo "skipped: pre-commit cannot be installed here"
  exit 77
}
export PRE_COMMIT_HOME="$work/cache" GIT_CONFIG_GLOBAL=/dev/null PIP_NO_INDEX=1 PIP_FIND_LINKS="$work/wheels"
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com

mirror=$work/mirror
cp -r "$here/pre-commit/mirror" "$mirror"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/Cargo.toml" | head -n 1)
(
  cd "$mirror"
  ./set-version.sh "v$version"
  git init --quiet .
  git add .
  git commit --quiet --message "Version $version"
  git tag "v$version"
)

repository=$work/repository
mkdir -p "$repository/modules" "$repository/hub"
cd "$repository"
git init --quiet .
cp "$here"/fixtures/hub/modules/*.bicep modules/
cp "$here/fixtures/hub/ordered/main.bicep" hub/main.bicep
# No template uses this file, and it cannot be parsed.
printf 'resource {\n' > broken.bicep
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
cat > .pre-commit-config.yaml <<END
repos:
  - repo: $mirror
    rev: v$version
    hooks:
      - id: bicep-race-lint
        args: [--strict, --level, note]
      - id: bicep-race-lint-all
        stages: [manual]
END
git add .
git commit --quiet --message "Before the hook"
"$work/venv/bin/pre-commit" install > /dev/null
fail() {
  echo "wrong: $1"
  cat "$work/output"
  exit 1
}
# commit NAME: commits the staged changes, and writes the seconds into `seconds`.
commit() {
  local begin=$EPOCHREALTIME code=0
  git commit --message "$1" > "$work/output" 2>&1 || code=$?
  seconds=$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
  return "$code"
}

printf '# Read me\n' > README.md
git add README.md
commit "A page" || fail "a page that nothing loads is stopped"
first=$seconds
printf '// changed\n' >> modules/s2s-gateway.bicep
git add modules
commit "A module of an ordered hub" || fail "an ordered hub is stopped, or the broken file beside it counts"
later=$seconds
cp "$here/fixtures/hub/partly-ordered/main.bicep" hub/main.bicep
git add hub
if commit "No longer ordered"; then fail "the race in hub/main.bicep does not stop the commit"; fi
grep -q 'hub-gateways' "$work/output" || fail "the race is not shown"
git reset --quiet --hard
printf '["one", "two"]\n' > names.json
git add names.json
if commit "A name"; then fail "the race in loop.bicep does not stop the commit"; fi
grep -q 'parallel-loop' "$work/output" || fail "the race of the loop is not shown"
git reset --quiet --hard
if "$work/venv/bin/pre-commit" run --hook-stage manual bicep-race-lint-all > "$work/output" 2>&1; then
  fail "the broken file passes where all is checked"
fi
grep -q 'broken.bicep' "$work/output" || fail "the broken file is not named"
sed -i 's/stages: \[manual\]/stages: [pre-commit]/' .pre-commit-config.yaml
git add .pre-commit-config.yaml
git commit --quiet --no-verify --message "All, with each commit"
git rm --quiet names.json
if commit "Only gone"; then fail "a commit that only deletes what a template loads passes"; fi
grep -q 'unread-file' "$work/output" || fail "the file that is gone is not named"
echo "the mirror of pre-commit: first commit $first s, a later one $later s"
awk -v first="$first" -v later="$later" 'BEGIN { exit !(first <= 15 && later <= 1) }' ||
  fail "the first commit is to take 15 s at most, a later one 1 s"
