#!/usr/bin/env bash
# Checks the SARIF output against the official schema, which is fetched because it does not belong to this project.
# Without a network it says so and exits 77.
#   tests/schemas.sh [SCHEMA]
set -euo pipefail
cd "$(dirname "$0")/.."
schema=${1:-}
if [ -z "$schema" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  schema=$work/sarif.json
  address=https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
  if ! curl --silent --fail --location --max-time 20 --output "$schema" "$address"; then
    echo "schemas: skipped, the official schema cannot be had"
    exit 77
  fi
fi
SARIF_SCHEMA=$(realpath "$schema") cargo test --locked --quiet --test outputs official -- --ignored
