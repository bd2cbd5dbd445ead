#!/usr/bin/env bash
# VS Code as a client, in a browser: builds the extension, installs it in a separate VS Code, and uses it as a user would.
#   tests/editor/vscode.sh [SCREENSHOTS [FOLDER]]
# FOLDER keeps the VS Code for the next time; it takes some minutes to build. Its requirements are installed if possible:
# npm's packages, Debian's chromium and libnode-dev, whose headers VS Code's native modules are built with. Without them it says
# so and exits 77.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
server=""
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
shots=$(mkdir -p "${1:-$work/shots}" && cd "${1:-$work/shots}" && pwd)
code=$(mkdir -p "${2:-$work/code}" && cd "${2:-$work/code}" && pwd)

skip() {
  echo "vscode: skipped, $1"
  exit 77
}
command -v npm >/dev/null || skip "there is no npm"
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ] || [ ! -e /usr/include/node/common.gypi ]; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || skip "there is no Chromium or no libnode-dev"
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium libnode-dev) >/dev/null 2>&1 ||
    skip "Debian's packages cannot be had"
  chromium=$(command -v chromium)
fi
npm_install() {
  npm "$@" --no-audit --no-fund --loglevel=error >/dev/null || skip "the npm packages cannot be had"
}

# The extension, with the server inside.
(cd "$root" && cargo build --locked --quiet)
cp -r "$root/editors/vscode" "$work/extension"
(
  cd "$work/extension"
  rm -rf node_modules dist server
  npm_install ci --ignore-scripts
  mkdir server
  cp "$root/${CARGO_TARGET_DIR:-target}/debug/bicep-race-lint" server/
  strip server/bicep-race-lint 2>/dev/null || true
  npm run --silent check
  npm run --silent build
  npx vsce package --no-dependencies --out "$work/extension.vsix" >/dev/null
)

# VS Code. Its native modules are built for the Node that it runs with.
if [ ! -e "$code/ready" ]; then
  (
    cd "$code"
    echo '{ "private": true }' >package.json
    npm_install install node@24
    PATH="$code/node_modules/.bin:$PATH"
    mkdir -p headers
    cp -r node_modules/node/node_modules/node-linux-*/include headers/
    cp /usr/include/node/common.gypi /usr/include/node/config.gypi headers/include/node/
    npm_install install --ignore-scripts code-server@4.139.1 playwright-core@1.65.1
    gyp=$(dirname "$(readlink -f "$(command -v npm)")")/../node_modules/node-gyp/bin/node-gyp.js
    native() {
      (cd "$1" && node "$gyp" rebuild --nodedir="$code/headers" >"$code/gyp.log" 2>&1) || {
        tail -20 "$code/gyp.log"
        exit 1
      }
    }
    native node_modules/argon2
    cd node_modules/code-server/lib/vscode
    npm_install install --omit=dev --ignore-scripts
    for module in @vscode/spdlog @vscode/sqlite3 @vscode/native-watchdog node-pty @parcel/watcher; do
      native "node_modules/$module"
    done
    cd extensions
    npm_install install --omit=dev --ignore-scripts
  )
  touch "$code/ready"
fi
export PATH="$code/node_modules/.bin:$PATH"
vscode() {
  exec node "$code/node_modules/code-server/out/node/entry.js" --config "$work/config.yaml" --auth none \
    --user-data-dir "$work/user" --extensions-dir "$work/extensions" --disable-telemetry --disable-update-check "$@"
}
echo '{}' >"$work/config.yaml"
mkdir -p "$work/user/User" "$work/story/gateways"
cat >"$work/user/User/settings.json" <<'JSON'
{
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden"
}
JSON
cat >"$work/story/main.bicep" <<'BICEP'
param hubName string

resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: hubName
}

module s2s 'gateways/s2s.bicep' = {
  name: 's2s'
  params: { hubId: hub.id }
}

module er 'gateways/er.bicep' = {
  name: 'er'
  params: { hubId: hub.id }
}
BICEP
for one in s2s:vpnGateways er:expressRouteGateways; do
  cat >"$work/story/gateways/${one%%:*}.bicep" <<BICEP
param hubId string

resource gateway 'Microsoft.Network/${one##*:}@2024-05-01' = {
  name: '${one%%:*}'
  properties: { virtualHub: { id: hubId } }
}
BICEP
done

(vscode --install-extension "$work/extension.vsix") >/dev/null
port=$((20000 + RANDOM % 20000))
vscode --bind-addr "127.0.0.1:$port" "$work/story" >"$work/vscode.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  grep -q "HTTP server listening" "$work/vscode.log" && break
  sleep 0.2
done
cp "$here/vscode.mjs" "$code/"
CHROMIUM=$chromium timeout 400 node "$code/vscode.mjs" "http://127.0.0.1:$port" "$work/story" "$shots"
