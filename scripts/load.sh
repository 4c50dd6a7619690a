#!/bin/sh
# Runs the drivers of load/ against real servers: what `make test-load` runs.
# Locust comes as locked packages into .tools/load, autocannon into load/node_modules, wrk from the system (on Debian as
# root it is installed). What cannot be installed is reported, and its driver not tested. k6 is used if it is there.
set -eu
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
cd "$(dirname "$0")/.."
TOOLS=.tools/load
LOCK=load/requirements-locust.txt

skip() { echo "test-load: $1; what needs it is NOT tested" >&2; }

install_locust() {
  cmp -s "$LOCK" "$TOOLS/.lock" && return
  UV=$(command -v uv || echo .tools/bin/uv)
  [ -x "$UV" ] || return 1
  echo "test-load: installing $LOCK into $TOOLS" >&2
  "$UV" venv -q --clear --python .venv/bin/python "$TOOLS" &&
    VIRTUAL_ENV="$PWD/$TOOLS" "$UV" pip sync -q --require-hashes "$LOCK" &&
    cp "$LOCK" "$TOOLS/.lock"
}

# As the lock file says, and only when it says something new.
install_autocannon() {
  command -v npm >/dev/null || return 1
  cmp -s load/package-lock.json load/node_modules/.installed 2>/dev/null && return
  npm ci --no-audit --no-fund --silent --prefix load && cp load/package-lock.json load/node_modules/.installed
}

install_wrk() {
  command -v wrk >/dev/null && return
  { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || return 1
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o Acquire::Retries=3 update -q >/dev/null && apt-get -o Acquire::Retries=3 install -q -y --no-install-recommends wrk >/dev/null
}

install_locust || skip "locust cannot be installed"
install_autocannon || skip "autocannon and the types of k6 cannot be installed (npm, Node.js 20)"
install_wrk || skip "wrk cannot be installed"
command -v k6 >/dev/null || skip "k6 is not installed: its script runs in a stand-in"
TEST_LOAD=1 TEST_DATABASE=sqlite exec .venv/bin/python -m pytest --numprocesses 2 --dist loadfile tests/e2e/load/test_locust*.py tests/e2e/load/test_driver*.py
