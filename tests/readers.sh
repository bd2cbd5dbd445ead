#!/usr/bin/env bash
# Reads outputs with readers of other projects: SARIF with the SARIF multitool (npm), JUnit with junitparser (PyPI),
# Checkstyle's XML with Python's own reader. If a registry does not answer, it says so and exits 77.
#   tests/readers.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-}
if [ -z "$binary" ]; then
  cargo build --locked --quiet
  binary=target/debug/bicep-race-lint
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for format in sarif junit checkstyle; do
  "$binary" fixtures/outputs fixtures/hub fixtures/catalog --level note --fail-on never --format "$format" > "$work/races.$format"
done
# Versions are pinned, because another version may be stricter.
if ! { timeout 300 npm install --silent --no-audit --no-fund --prefix "$work" @microsoft/sarif-multitool@5.7.0 \
  && python3 -m venv "$work/venv" && timeout 120 "$work/venv/bin/pip" install --quiet junitparser==5.0.3; } > "$work/log" 2>&1; then
  echo "readers: skipped, the readers cannot be had: $(tail -n 1 "$work/log")"
  exit 77
fi
validate="$work/node_modules/.bin/sarif-multitool"
"$validate" validate "$work/races.sarif" --log ForceOverwrite -o "$work/validated.sarif" > "$work/log"
"$work/venv/bin/python" - "$work" << 'END'
import json
import sys
from pathlib import Path
from xml.etree.ElementTree import parse

from junitparser import JUnitXml

work = Path(sys.argv[1])
validated = json.loads((work / "validated.sarif").read_text())
wrong = [f"{one['ruleId']}: {one['message']}" for run in validated["runs"] for one in run["results"]]
results = json.loads((work / "races.sarif").read_text())["runs"][0]["results"]
suites = JUnitXml.fromfile(str(work / "races.junit"))
count = 0
for suite in suites:
    names = [case.name for case in suite]
    count += len(names)
    if len(set(names)) != len(names):
        wrong.append(f"{suite.name}: cases of one name")
told = [error.attrib for file in parse(work / "races.checkstyle").iterfind("file") for error in file.iterfind("error")]
if not told or any(int(one["line"]) < 1 or not one["message"] for one in told):
    wrong.append("Checkstyle's results are not whole")
if not results or not count:
    wrong.append("nothing was read")
print(f"readers: {len(results)} results of SARIF, {count} cases of JUnit, {len(told)} of Checkstyle")
for one in wrong:
    print(one)
sys.exit(1 if wrong else 0)
END
