#!/usr/bin/env bash
# Runs the check, and puts reports where GitHub shows them.
#
# Reads: BINARY, one variable for each input, and the variables of a runner. Writes to GITHUB_OUTPUT `sarif` and `html` if these
# files exist, and always `exit-code`. Ends with the exit code of the tool.
set -euo pipefail

# A printed value may contain line ends; the text after one must not be read as a command by the runner.
shown() { printf '%s' "$1" | tr '\r\n' '  '; }
warn() { echo "::warning title=bicep-race-lint::$(shown "$1")"; }
fail() {
  echo "::error title=bicep-race-lint::$(shown "$1")"
  echo "exit-code=2" >> "$GITHUB_OUTPUT"
  exit 2
}

# split TEXT: writes its words into `words`. Blanks and line ends separate them; double quotes keep them together.
split() {
  local text=$1 word='' has_word=false is_quoted=false sign i
  words=()
  for ((i = 0; i < ${#text}; i++)); do
    sign=${text:i:1}
    if [ "$sign" = '"' ]; then
      has_word=true
      if $is_quoted; then is_quoted=false; else is_quoted=true; fi
    elif ! $is_quoted && [[ $sign == [[:space:]] ]]; then
      if $has_word; then words+=("$word"); fi
      word='' has_word=false
    else
      has_word=true
      word+=$sign
    fi
  done
  if $has_word; then words+=("$word"); fi
  if $is_quoted; then fail "a double quote is not closed: $text"; fi
}

# is_on NAME VALUE: succeeds if the input is `true`; fails the step if it is neither `true` nor `false`.
is_on() {
  case $2 in
    true) return 0 ;;
    false | '') return 1 ;;
    *) fail "the input \`$1\` is true or false, not $2" ;;
  esac
}

# placed PATH: the path relative to the top of the checkout. Annotations and SARIF name files from there, so the tool runs there.
placed() {
  case "$FOLDER:$1" in
    .:* | *:/* | *:[A-Za-z]:[\\/]*) printf '%s' "$1" ;;
    *) printf '%s/%s' "${FOLDER%/}" "$1" ;;
  esac
}

# commits A B: lists the files in which two commits differ, with both names of a renamed file.
commits() { git diff --no-renames --name-only -z "$1" "$2" -- > "$list" 2> /dev/null; }

# Writes the files that the event changed into $list. If they cannot be determined, it prints the reason and fails.
changed() {
  local from
  list=$RUNNER_TEMP/bicep-race-lint.changed
  case $EVENT in
    pull_request | pull_request_target | merge_group | push) ;;
    *)
      warn "\`changed-only\`: the event $EVENT has no changed files; all is checked"
      return 1
      ;;
  esac
  # A checkout of a pull request is its merge with the base, which is one step back. It is not in a checkout of depth 1.
  if [ "$EVENT" = pull_request ] && [ "$(git rev-parse HEAD 2> /dev/null)" = "$GITHUB_SHA" ] &&
    git rev-parse --quiet --verify 'HEAD^2' > /dev/null && commits 'HEAD^1' HEAD; then
    return 0
  fi
  from=$BEFORE
  if [[ $from =~ ^[0-9a-f]{40,64}$ ]] && ! [[ $from =~ ^0*$ ]] &&
    # With `pull_request_target` the base itself may be checked out; it does not differ from itself.
    [ "$(git rev-parse HEAD 2> /dev/null)" != "$from" ]; then
    git cat-file -e "$from^{commit}" 2> /dev/null || git fetch --quiet --no-tags --depth=1 origin "$from" 2> /dev/null || true
    if commits "$from" HEAD; then return 0; fi
  fi
  if [ -n "$PULL" ] && [ -n "$GH_TOKEN" ] && command -v gh > /dev/null &&
    gh api --paginate "repos/$GITHUB_REPOSITORY/pulls/$PULL/files" \
      --jq '.[] | .filename, (.previous_filename // empty)' > "$list" 2> /dev/null &&
    # GitHub's interface lists at most 3,000 files.
    [ "$(wc -l < "$list")" -lt 3000 ]; then
    return 0
  fi
  warn "\`changed-only\`: what was changed cannot be found out (is \`contents: read\` given, and the code checked out by Git?); all is checked"
  return 1
}

[ -d "$FOLDER" ] || fail "the input \`working-directory\` is no folder: $FOLDER"
summary=$RUNNER_TEMP/bicep-race-lint.md
sarif=$RUNNER_TEMP/bicep-race-lint.sarif
if [ -n "$SARIF" ]; then sarif=$(placed "$SARIF"); fi
html=
if [ -n "$HTML" ]; then html=$(placed "$HTML"); fi
# Files of an earlier run are not results of this one.
rm -f "$summary" "$sarif"
if [ -n "$html" ]; then rm -f "$html"; fi

options=("--output=markdown=$summary" "--output=sarif=$sarif")
if [ -n "$LEVEL" ]; then options+=("--level=$LEVEL"); fi
if [ -n "$FAIL_ON" ]; then options+=("--fail-on=$FAIL_ON"); fi
if [ -n "$html" ]; then options+=("--output=html=$html"); fi
if [ -n "$CONFIG" ]; then options+=("--config=$(placed "$CONFIG")"); fi
if [ -n "$BASELINE" ]; then options+=("--baseline=$(placed "$BASELINE")"); fi
if is_on strict "$STRICT"; then options+=(--strict); fi
if ! is_on annotations "$ANNOTATIONS"; then options+=(--no-annotations); fi
split "${SELECT//,/ }"
for word in ${words[@]+"${words[@]}"}; do options+=("--select=$word"); done
split "${IGNORE//,/ }"
for word in ${words[@]+"${words[@]}"}; do options+=("--ignore=$word"); done
split "$ARGUMENTS"
options+=(${words[@]+"${words[@]}"})
if is_on changed-only "$CHANGED_ONLY" && changed; then options+=("--changed-from=$list"); fi
split "$GIVEN"
paths=()
for word in ${words[@]+"${words[@]}"}; do paths+=("$(placed "$word")"); done
# Without a path the current folder is checked.
if [ "${#paths[@]}" = 0 ]; then paths=("$FOLDER"); fi

code=0
"$BINARY" "${options[@]}" -- "${paths[@]}" || code=$?
if [ -f "$summary" ]; then
  cat "$summary" >> "$GITHUB_STEP_SUMMARY"
else
  echo "**bicep-race-lint ended with exit code $code before it had a report.**" >> "$GITHUB_STEP_SUMMARY"
fi
{
  if [ -f "$sarif" ]; then echo "sarif=$sarif"; fi
  if [ -n "$html" ] && [ -f "$html" ]; then echo "html=$html"; fi
  echo "exit-code=$code"
} >> "$GITHUB_OUTPUT"
exit "$code"
