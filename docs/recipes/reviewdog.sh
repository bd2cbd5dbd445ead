#!/bin/sh
# Comments of reviewdog with suggestions that can be taken over. The exit code is that of the check.
set -eu
code=0
bicep-race-lint . --format rdjson > races.json || code=$?
reviewdog -f=rdjson -name=bicep-race-lint -reporter=github-pr-review < races.json
exit "$code"
