#!/bin/sh
# Attacks a server of its own with Debian's slowhttptest in each of its four modes: what `make test-slow` runs.
# Fails when the tool's own probe, or a request of ours beside it, ever waits longer than 2 seconds for its answer.
set -eu
cd "$(dirname "$0")/.."
PORT="${PORT:-8055}"
CONNECTIONS="${CONNECTIONS:-500}"
SECONDS_EACH="${SECONDS_EACH:-25}"
DATA=$(mktemp -d)
SERVER=

fail() { echo "test-slow: $1" >&2; exit 1; }

finish() {
  if [ -n "$SERVER" ]; then kill "$SERVER" 2>/dev/null || true; wait "$SERVER" 2>/dev/null || true; fi
  rm -rf "$DATA"
}
trap finish EXIT
trap 'exit 130' INT TERM

install_tool() {
  command -v slowhttptest >/dev/null && return
  { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || fail "slowhttptest is missing. Install it, and run this again"
  DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -q -y --no-install-recommends slowhttptest >/dev/null
}

answers() { curl -sf -o /dev/null --max-time "$1" "http://127.0.0.1:$PORT/health/live"; }

serve() {
  HOST=127.0.0.1 WORKERS=1 PORT="$PORT" DATA_DIR="$DATA" ENV_FILE='' DATABASE_URL='' REDIS_URL='' \
    .venv/bin/python -m app.launch.serve >"$DATA/log" 2>&1 &
  SERVER=$!
  for _ in $(seq 60); do answers 1 && return; sleep 1; done
  tail -n 20 "$DATA/log" >&2
  fail "the server does not answer"
}

# The largest resident memory so far of the process that serves, in MiB.
peak() {
  for process in $(pgrep -P "$SERVER"); do
    grep -q uvicorn "/proc/$process/cmdline" && awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$process/status"
  done
}

# name, path, options of slowhttptest
attack() {
  name=$1 path=$2
  shift 2
  slowhttptest "$@" -c "$CONNECTIONS" -r 200 -l "$SECONDS_EACH" -p 2 -u "http://127.0.0.1:$PORT$path" -g -o "$DATA/$name" \
    >"$DATA/$name.txt" 2>&1 &
  tool=$!
  missed=0
  while kill -0 "$tool" 2>/dev/null; do answers 2 || missed=$((missed + 1)); sleep 0.2; done
  # columns: seconds, closed, pending, connected, service available
  down=$(awk -F, 'NR > 1 && $5 == 0' "$DATA/$name.csv" | wc -l)
  held=$(awk -F, 'NR > 1 && $4 > most { most = $4 } END { print most + 0 }' "$DATA/$name.csv")
  echo "$name: $held connections at most, $down seconds unavailable by its probe, $missed requests of ours over 2 s, $(peak) MiB"
  [ "$down" = 0 ] && [ "$missed" = 0 ] || fail "$name held up others"
}

install_tool
serve
echo "at rest: $(peak) MiB"
attack headers /.well-known/jwks.json -H -i 2 -x 24
attack body /api/auth/login -B -i 2 -s 8192 -x 10 -f application/json
attack range /.well-known/jwks.json -R -a 1 -b 3000
attack read /api/openapi.json -X -k 4 -w 10 -y 20 -n 2 -z 16
