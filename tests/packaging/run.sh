#!/usr/bin/env bash
# Installs the packages of a release, each in a clean environment without a network, and checks that they find the race of the hub
# story. Prints the seconds of each.
#
#   tests/packaging/run.sh                                packs from a wheel that is built first (minutes)
#   tests/packaging/run.sh --wheels DIR --dist DIR        uses the outputs of `maturin build` and packaging/pack.py
#   FULL=1 tests/packaging/run.sh …                       also `cargo install --path .`, and a new Debian (debootstrap, root)
#
# Exit: 0 right, 1 wrong, 77 a registry does not answer.
set -Eeuo pipefail
trap 'echo "wrong: ${BASH_SOURCE[0]}:$LINENO"' ERR
cd "$(dirname "$0")/../.."
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wheels=
dist=
while [ "$#" != 0 ]; do
  case $1 in
    --wheels) wheels=$(realpath "$2") ;;
    --dist) dist=$(realpath "$2") ;;
    *) echo "not an option: $1" && exit 2 ;;
  esac
  shift 2
done
story=$here/fixtures/hub/partly-ordered/main.bicep
case $(uname -m) in
  x86_64) machine=x86_64 node=x64 ;;
  aarch64) machine=aarch64 node=arm64 ;;
  *) echo "skipped: no release for $(uname -m)" && exit 77 ;;
esac

if [ -z "$wheels" ] || [ -z "$dist" ]; then
  python3 -m venv "$work/build"
  "$work/build/bin/pip" install --quiet --disable-pip-version-check maturin==1.16.0 ziglang==0.17.1 || {
    echo "skipped: maturin cannot be installed here"
    exit 77
  }
  wheels=$work/wheels
  dist=$work/dist
  for library in gnu:manylinux2014 musl:musllinux_1_2; do
    target=$machine-unknown-linux-${library%:*}
    rustup target add "$target" > /dev/null 2>&1 || {
      echo "skipped: rustup cannot add $target"
      exit 77
    }
    PATH="$work/build/bin:$PATH" maturin build --quiet --release --locked --target "$target" --zig --compatibility "${library#*:}" \
      --out "$work/$target"
    python3 packaging/from_wheel.py "$work/$target" "$work/binaries" "$target"
    mkdir -p "$wheels"
    cp "$work/$target"/*.whl "$wheels"
  done
  "$work/build/bin/maturin" sdist --out "$wheels"
  cargo xtask pages "$work/pages"
  python3 packaging/pack.py "$work/binaries" "$work/pages" "$dist"
fi

table=
# timed NAME COMMAND…: runs it in an environment with a path and an empty home, in which no registry can be asked.
timed() {
  local name=$1 begin=$EPOCHREALTIME
  shift
  mkdir -p "$work/home"
  env -i HOME="$work/home" PATH="$PATH" PIP_NO_INDEX=1 PIP_FIND_LINKS="$wheels" PIP_DISABLE_PIP_VERSION_CHECK=1 UV_OFFLINE=1 \
    UV_FIND_LINKS="$wheels" npm_config_offline=true npm_config_update_notifier=false npm_config_audit=false \
    npm_config_fund=false "$@" > "$work/output" 2>&1 || {
    echo "wrong: $name"
    cat "$work/output"
    exit 1
  }
  table+=$(awk -v a="$begin" -v b="$EPOCHREALTIME" -v name="$name" 'BEGIN { printf "%7.1f s  %s", b - a, name }')$'\n'
  rm -rf "${work:?}/home"
}
# finds COMMAND…: succeeds if the command ends with 1 and names the race.
finds() {
  local code=0
  "$@" "$STORY" > "$WORK/found" 2>&1 || code=$?
  [ "$code" = 1 ] && grep -q 'error\[hub-gateways\]' "$WORK/found" || {
    cat "$WORK/found"
    echo "ended with $code"
    return 1
  }
}
# run NAME COMMANDS: runs them in a shell with the function `finds`.
run() { timed "$1" env STORY="$story" WORK="$work" bash -euo pipefail -c "$(declare -f finds)"$'\n'"$2"; }

# The source distribution has everything that a build needs. Its lock file is that of the repository, which has more packages.
for source in "$wheels"/*.tar.gz; do
  [ -e "$source" ] || continue
  mkdir "$work/source"
  tar --strip-components=1 -xzf "$source" -C "$work/source"
  cargo metadata --format-version 1 --manifest-path "$work/source/Cargo.toml" > /dev/null
  test -s "$work/source/build.rs" && test -s "$work/source/src/main.rs"
done

run "new venv" "python3 -m venv '$work/venv'"
run "wheel: pip install, check" "'$work/venv/bin/pip' install bicep-race-lint; finds '$work/venv/bin/bicep-race-lint'"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check uv || {
  echo "skipped: uv cannot be installed here"
  exit 77
}
run "wheel: uvx" "finds '$work/venv/bin/uvx' --python $(command -v python3) bicep-race-lint"

mkdir "$work/npm"
run "npm: install from packed files, npx" "cd '$work/npm'; npm init --yes > /dev/null
  npm install '$dist'/npm/bicep-race-lint-[0-9]*.tgz '$dist'/npm/bicep-race-lint-linux-$node-*.tgz
  finds npx bicep-race-lint"
run "npm: npx from packed files, nothing installed" "cd '$work'
  finds npx --yes --package \"\$(echo '$dist'/npm/bicep-race-lint-[0-9]*.tgz)\" \
    --package \"\$(echo '$dist'/npm/bicep-race-lint-linux-$node-*.tgz)\" bicep-race-lint"

archive=$(echo "$dist"/archives/bicep-race-lint-*-$machine-unknown-linux-musl.tar.gz)
mkdir "$work/archive"
run "archive: checksum, unpack, check" "cd '$work/archive'
  (cd '$dist/archives' && sha256sum --quiet --check --ignore-missing SHA256SUMS)
  tar --strip-components=1 -xzf '$archive'
  finds ./bicep-race-lint"
grep -q '^\.TH BICEP-RACE-LINT 1' "$work/archive/man/bicep-race-lint.1"
bash -n "$work/archive/completions/bicep-race-lint.bash"
grep -q '^#compdef bicep-race-lint' "$work/archive/completions/_bicep-race-lint"
bytes=$(stat --format %s "$work/archive/bicep-race-lint")
echo "the static binary: $bytes bytes"
[ "$bytes" -le 10000000 ] || {
  echo "wrong: more than 10,000,000"
  exit 1
}

# The file system of the container: the binary in its place, and nothing else; the user is not root.
if [ "$(id -u)" = 0 ]; then
  image=$work/image
  mkdir -p "$image/usr/local/bin" "$image/work"
  cp "$dist/container/$([ "$machine" = x86_64 ] && echo amd64 || echo arm64)/bicep-race-lint" "$image/usr/local/bin/"
  cp -r "$here/fixtures/hub/." "$image/work/"
  chmod 755 "$work"
  run "container: its file system, as its user" "STORY=partly-ordered/main.bicep
    cd /; finds python3 -c 'import os, sys
os.chroot(\"$image\"); os.chdir(\"/work\"); os.setgroups([]); os.setgid(65532); os.setuid(65532)
os.execv(\"/usr/local/bin/bicep-race-lint\", [\"bicep-race-lint\", *sys.argv[1:]])'"
fi

# Binaries for other processors, if qemu can emulate them.
for binary in "$dist"/container/*/bicep-race-lint; do
  kind=$(basename "$(dirname "$binary")")
  qemu=$(command -v "qemu-$([ "$kind" = arm64 ] && echo aarch64 || echo x86_64)-static" || true)
  if [ -n "$qemu" ]; then run "container binary of $kind under qemu" "finds '$qemu' '$binary'"; fi
done

tests/packaging/mirror.sh "$wheels"

if [ "${FULL:-}" = 1 ]; then
  run "cargo install --path ." "export PATH='$PATH' CARGO_HOME='${CARGO_HOME:-$HOME/.cargo}' RUSTUP_HOME='${RUSTUP_HOME:-$HOME/.rustup}'
    cargo install --quiet --locked --path '$here' --root '$work/installed' --target-dir '$here/target'
    finds '$work/installed/bin/bicep-race-lint'"
  if command -v debootstrap > /dev/null && [ "$(id -u)" = 0 ]; then
    debootstrap --variant=minbase --include=python3-venv,nodejs stable "$work/debian" > "$work/output" 2>&1 || {
      cat "$work/output"
      echo "skipped: debootstrap"
      exit 77
    }
    mkdir "$work/debian/wheels"
    cp "$wheels"/*.whl "$work/debian/wheels/"
    cp -r fixtures/hub "$work/debian/hub"
    mkdir "$work/debian/archive" "$work/debian/npm"
    tar -xzf "$archive" --strip-components=1 -C "$work/debian/archive"
    # The packages that npm installed above, because the chroot has Node.js but no npm.
    cp -r "$work/npm/node_modules" "$work/debian/npm/"
    run "new Debian: archive" "STORY=/hub/partly-ordered/main.bicep
      finds chroot '$work/debian' /archive/bicep-race-lint"
    run "new Debian: npm package" "STORY=/hub/partly-ordered/main.bicep
      finds chroot '$work/debian' /usr/bin/node /npm/node_modules/bicep-race-lint/bin/bicep-race-lint.js"
    run "new Debian: wheel" "STORY=/hub/partly-ordered/main.bicep
      chroot '$work/debian' /usr/bin/python3 -m venv /venv
      chroot '$work/debian' env PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels /venv/bin/pip install bicep-race-lint
      finds chroot '$work/debian' /venv/bin/bicep-race-lint"
  fi
fi
printf '\n%s' "$table"
