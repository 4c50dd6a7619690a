#!/bin/sh
# Rewrites requirements/*.txt from pyproject.toml: newest releases, hashes, no registry address.
set -eu
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
cd "$(dirname "$0")/.."
UV=$(command -v uv || echo .tools/bin/uv)
compile() {
  "$UV" pip compile -q --universal --python-version 3.12 --generate-hashes --no-header --no-annotate --upgrade "$@"
}
compile pyproject.toml -o requirements/run.txt
compile pyproject.toml --group dev -o requirements/dev.txt
compile --group proxies -o requirements/proxies.txt
