#!/bin/sh
# Checks every shell script of the repository, and JavaScript and TypeScript where the tools of clients/js are installed.
set -eu
cd "$(dirname "$0")/.."

git grep --untracked -lzE '^#!.*[/ ](ba)?sh( |$)' | xargs -0 .venv/bin/shellcheck

if [ -x clients/js/node_modules/.bin/biome ] && command -v node >/dev/null; then
  cd clients/js
  exec npm run --silent lint
fi
echo "lint: JavaScript and TypeScript are NOT checked: run 'make test-js', which installs biome, or 'npm ci' in clients/js" >&2
