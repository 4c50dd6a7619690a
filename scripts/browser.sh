#!/bin/sh
# Drives the demo page in a real Chromium, against a real server: what `make test-browser` runs.
# Needs Node.js 20.19 or newer with npm, and Chromium (or CHROMIUM=/its/path). On Debian as root it installs Chromium.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "test-browser: $1" >&2; exit 1; }

command -v node >/dev/null || fail "node is missing: install Node.js 20.19 or newer, and run this again"
command -v npm >/dev/null || fail "npm is missing: it comes with Node.js; install it, and run this again"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "Node.js $(node --version) is too old: 20.19 or newer is needed"

find_chromium() {
  for name in chromium chromium-browser google-chrome; do
    CHROMIUM=$(command -v "$name") && return
  done
  { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || fail "Chromium is missing: install it, or set CHROMIUM to its path"
  echo "test-browser: installing chromium" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o Acquire::Retries=3 update -q >/dev/null && apt-get -o Acquire::Retries=3 install -q -y --no-install-recommends chromium >/dev/null
  CHROMIUM=$(command -v chromium)
}

[ -n "${CHROMIUM:-}" ] || find_chromium
export CHROMIUM

# As the lock files say, and only when they say something new.
install() {
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed" 2>/dev/null && return
  (cd "$1" && npm ci --no-audit --no-fund --silent)
  cp "$1/package-lock.json" "$1/node_modules/.installed"
}

install examples/spa
install tests/e2e/browser
(cd examples/spa && npm run --silent fresh)
cd tests/e2e/browser && npm test --silent
