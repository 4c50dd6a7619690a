#!/bin/sh
# Checks the npm package in clients/js: lint, types, tests, what is packed, and its examples against a real server.
set -eu
cd "$(dirname "$0")/.."

missing=
for tool in node npm; do
  command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  echo "test-js: missing:$missing; install Node 20 or later, or leave clients/js unchecked" >&2
  exit 1
fi
if [ "$(node -p 'process.versions.node.split(".")[0] >= 20')" != true ]; then
  echo "test-js: Node 20 or later is needed, this is $(node --version)" >&2
  exit 1
fi

cd clients/js
npm ci --no-audit --no-fund
npm run check
cd ../..
sh examples/chat/node/install.sh
exec .venv/bin/python -m pytest tests/e2e/clients_js
