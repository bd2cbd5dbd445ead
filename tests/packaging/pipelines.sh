#!/usr/bin/env bash
# Runs the scripts of GitLab's component and of the template for Azure Pipelines, with a pip that installs BINARY.
#
#   tests/packaging/pipelines.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work" /tmp/bicep-race-lint' EXIT
wrong() {
  echo "wrong: $1"
  cat "$work/output"
  exit 1
}
mkdir -p "$work/repository/my infra" "$work/programs"
cp fixtures/outputs/one-file.bicep "$work/repository/my infra/main.bicep"

# With this `python3`, `python3 -m venv DIR` creates an environment whose pip records its arguments and installs the binary.
real=$(command -v python3)
cat > "$work/programs/python3" <<END
#!/bin/sh
if [ "\$1 \$2" != "-m venv" ]; then exec "$real" "\$@"; fi
mkdir -p "\$3/bin"
cat > "\$3/bin/python" <<PYTHON
#!/bin/sh
if [ "\\\$1 \\\$2" != "-m pip" ]; then exec "$real" "\\\$@"; fi
exec "\$3/bin/pip"
PYTHON
printf '#!/bin/sh\necho "pip %s" >> "$work/pip"\nln -sf "$binary" "%s/bin/bicep-race-lint"\n' '\$*' "\$3" > "\$3/bin/pip"
chmod +x "\$3/bin/python" "\$3/bin/pip"
END
chmod +x "$work/programs/python3"

# steps FILE: writes each script of a template into a file, with a value for each parameter in the environment.
"$real" - "$work" <<'CHECK'
import re, sys
from pathlib import Path
work = Path(sys.argv[1])
def blocks(text, key):
    """The block scalars `- KEY: |` and `- |` of a YAML text."""
    lines, found = text.splitlines(), []
    for at, line in enumerate(lines):
        if re.fullmatch(rf" *- {key}\|", line):
            inside = line.index("-") + (3 if key else 2)
            body = []
            for following in lines[at + 1:]:
                if following.strip() and len(following) - len(following.lstrip()) < inside:
                    break
                body.append(following)
            cut = min(len(row) - len(row.lstrip()) for row in body if row.strip())
            found.append("\n".join(row[cut:] for row in body) + "\n")
    return found
azure = blocks(Path("azure-pipelines/bicep-race-lint.yml").read_text(), "bash: ")
assert len(azure) == 2
for number, script in enumerate(azure):
    # Parameters must come through the environment: in the text of a script they could be read as commands.
    assert "${{" not in script
    (work / f"azure-{number}").write_text(script)
text = Path("templates/bicep-race-lint.yml").read_text()
(script,) = blocks(text, "")
commands = re.findall(r"^    - (?!\|$|#)(.*)$", text, re.MULTILINE)
assert len(commands) == 2 and "$[[" not in script + "".join(commands)
(work / "gitlab").write_text("\n".join(["set -e", *commands, script]))
CHECK

gitlab() {
  code=0
  (
    cd "$work/repository"
    PATH="$work/programs:$PATH" BICEP_RACE_LINT_VERSION=1.2.3 BICEP_RACE_LINT_ARGUMENTS=$1 BICEP_RACE_LINT_PATHS=$2 \
      sh "$work/gitlab"
  ) > "$work/output" 2>&1 || code=$?
}
azure() {
  code=0
  (
    cd "$work/repository"
    export PATH="$work/programs:$PATH" AGENT_TEMPDIRECTORY=$work/agent VERSION=1.2.3 ARGUMENTS=$1 PATHS=$2
    mkdir -p "$AGENT_TEMPDIRECTORY"
    bash "$work/azure-0" && PATH="$AGENT_TEMPDIRECTORY/bicep-race-lint/bin:$PATH" bash "$work/azure-1"
  ) > "$work/output" 2>&1 || code=$?
}

gitlab '' '"my infra" '
[ "$code" = 1 ] && grep -q hub-gateways "$work/output" || wrong "GitLab: $code, not the race"
grep -q 'bicep-race-lint==1.2.3' "$work/pip" || wrong "GitLab: not the version"
grep -q hub-gateways "$work/repository/gl-code-quality-report.json" || wrong "GitLab: no report"
gitlab '--fail-on never' "'my infra'"
[ "$code" = 0 ] || wrong "GitLab: $code with --fail-on never"
gitlab '' '$(touch hacked) ; touch hacked'
[ "$code" = 2 ] && [ ! -e "$work/repository/hacked" ] || wrong "GitLab: $code, a path is a command"

azure '[]' '["my infra"]'
[ "$code" = 1 ] && grep -q hub-gateways "$work/output" || wrong "Azure Pipelines: $code, not the race"
grep -q '##vso\[task.uploadsummary\]' "$work/output" || wrong "Azure Pipelines: no summary"
grep -q hub-gateways "$work/agent/bicep-race-lint-results/CodeAnalysisLogs/races.sarif" || wrong "Azure Pipelines: no SARIF"
azure '["--fail-on", "never"]' '["."]'
[ "$code" = 0 ] || wrong "Azure Pipelines: $code with --fail-on never"
azure '[]' '["$(touch hacked)", "; touch hacked"]'
[ "$code" = 2 ] && [ ! -e "$work/repository/hacked" ] || wrong "Azure Pipelines: $code, a path is a command"
echo "pipelines: GitLab and Azure Pipelines find the race, and pass the exit code on"
