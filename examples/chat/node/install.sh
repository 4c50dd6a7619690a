#!/bin/sh
# Installs what the chat in Node needs: ws, and the npm package of clients/js from its tarball, as its users get it.
set -eu
cd "$(dirname "$0")"

command -v npm >/dev/null || { echo "chat: npm is missing; install Node 20 or later, and run this again" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }

(
  cd ../../../clients/js
  [ -d node_modules ] || quietly npm ci --no-audit --no-fund
  quietly npm pack --pack-destination "$work"
)
quietly npm ci --no-audit --no-fund
quietly npm install --no-save --no-audit --no-fund "$work"/authgate-*.tgz
