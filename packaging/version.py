#!/usr/bin/env python3
"""The version, wherever it is written.

packaging/version.py            says where it is not that of Cargo.toml; exit code 1 where there is such a place
packaging/version.py VERSION    writes it everywhere
packaging/version.py --notes    prints the changelog's section of the version; exit code 1 where there is none
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NUMBER = r"[0-9]+\.[0-9]+\.[0-9]+(?:-(?:[0-9A-Za-z]+\.)*[0-9]+)?"

# A file, and the text before the version in it. Each pattern must match at least once in its file.
PLACES = [
    ("Cargo.toml", r'^version = "'),
    ("Cargo.lock", r'^name = "bicep-race-lint"\nversion = "'),
    ("npm/package.json", r'^  "version": "'),
    ("editors/vscode/package.json", r'^  "version": "'),
    ("npm/package.json", r'"@bicep-race-lint/[a-z0-9-]+": "'),
    ("pre-commit/mirror/pyproject.toml", r'"bicep-race-lint=='),
    ("pre-commit/mirror/README.md", r"^ *rev: v"),
    ("templates/bicep-race-lint.yml", r"^ {6}default: '(?=[0-9])"),
    ("azure-pipelines/bicep-race-lint.yml", r"^ {4}default: '(?=[0-9])"),
    ("Dockerfile", r"/bicep-race-lint:v"),
    ("README.md", r"^ *rev: v"),
    ("README.md", r"/bicep-race-lint[@:]v"),
    ("docs/ci.md", r"^ *rev: v"),
    ("docs/ci.md", r"/bicep-race-lint[@:/]v"),
    ("docs/ci.md", r"\bref: refs/tags/v"),
    ("docs/ci.md", r"\bbicep-race-lint-(?:linux-x64-)?(?=[0-9][^ ]*tgz)"),
]

def places():
    """Each place: file, what stands there, and where in the text it stands."""
    for name, before in PLACES:
        text = (ROOT / name).read_text()
        found = [match.span(1) for match in re.finditer(f"{before}({NUMBER})", text, re.MULTILINE)]
        if not found:
            sys.exit(f"{name}: no version behind `{before}`")
        for begin, end in found:
            yield name, text, begin, end


def version():
    return next(text[begin:end] for _, text, begin, end in places())


def write(new):
    if not re.fullmatch(NUMBER, new):
        sys.exit(f"not a version: {new}")
    for name, before in PLACES:
        path = ROOT / name
        text = re.sub(f"({before}){NUMBER}", rf"\g<1>{new}", path.read_text(), flags=re.MULTILINE)
        path.write_text(text)
    subprocess.run([ROOT / "pre-commit/mirror/set-version.sh", new], check=True)


def mistakes():
    ours = version()
    for name, text, begin, end in places():
        if text[begin:end] != ours:
            yield f"{name}:{text.count(chr(10), 0, begin) + 1}: {text[begin:end]}, Cargo.toml has {ours}"
    # The platforms whose packages are built.
    built = {f"@bicep-race-lint/{row['npm']}" for row in json.loads((ROOT / "packaging/targets.json").read_text()) if "npm" in row}
    named = set(json.loads((ROOT / "npm/package.json").read_text())["optionalDependencies"])
    for name in sorted(built ^ named):
        yield f"npm/package.json: {name} is in only one of optionalDependencies and packaging/targets.json"
    ours = (ROOT / ".pre-commit-hooks.yaml").read_text().replace("language: rust", "language: python")
    if ours != (ROOT / "pre-commit/mirror/.pre-commit-hooks.yaml").read_text():
        yield "pre-commit/mirror/.pre-commit-hooks.yaml: not the hooks of .pre-commit-hooks.yaml with `language: python`"
    description = re.search(r'^description = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
    for name in ["pyproject.toml", "npm/package.json"]:
        if description not in (ROOT / name).read_text():
            yield f"{name}: not the description of Cargo.toml"


def notes():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    section = re.search(rf"^## {re.escape(version())}\b.*\n((?:(?!## ).*\n)*)", changelog, re.MULTILINE)
    if not section:
        sys.exit(f"CHANGELOG.md has no section {version()}")
    return section[1].strip()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments == ["--notes"]:
        print(notes())
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        write(arguments[0].removeprefix("v"))
    elif not arguments:
        found = list(mistakes())
        print("\n".join(found) if found else f"version: {version()} in {len(list(places()))} places")
        sys.exit(1 if found else 0)
    else:
        sys.exit(__doc__)
