#!/usr/bin/env bash
# Checks the dependencies against deny.toml and against the Rust version in Cargo.toml.
#
# Exit: 0 right, 1 wrong, 77 not all could be checked because cargo-deny or its advisory database is not here.
set -euo pipefail
cd "$(dirname "$0")/.."

python3 - <<'CHECK'
import json, subprocess, sys
command = ["cargo", "metadata", "--format-version", "1", "--locked"]
packages = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["packages"]
number = lambda package: tuple(int(part) for part in (package["rust_version"] or "1").split("."))
ours = next(package for package in packages if package["name"] == "bicep-race-lint")
highest = max((package for package in packages if package["source"]), key=number)
told = f"{highest['name']} {highest['version']} needs Rust {highest['rust_version']}, Cargo.toml states {ours['rust_version']}"
if number(highest)[:2] > number(ours)[:2]:
    sys.exit("wrong: " + told)
print("rust-version: " + told)
CHECK

if ! command -v cargo-deny > /dev/null; then
  echo "skipped: cargo-deny is not installed (.ci/install)"
  exit 77
fi
cargo deny check bans licenses sources
if ! cargo deny fetch db > /dev/null 2>&1; then
  echo "skipped: the advisory database cannot be fetched"
  exit 77
fi
cargo deny check advisories
