#!/bin/sh
# Sets the version of the tool that these hooks install: ./set-version.sh VERSION
set -eu
cd "$(dirname "$0")"
version=${1:?usage: ./set-version.sh VERSION}
version=${version#v}
case $version in
  [0-9]*.[0-9]*.[0-9]*) ;;
  *)
    echo "not a version: $version" >&2
    exit 2
    ;;
esac
# `sed -i` has no form that both GNU and BSD know.
set_in() {
  sed "$2" "$1" > "$1.new"
  cat "$1.new" > "$1"
  rm "$1.new"
}
set_in pyproject.toml "s/^dependencies = .*/dependencies = [\"bicep-race-lint==$version\"]/"
set_in README.md "s/^\( *rev: \)v.*/\1v$version/"
