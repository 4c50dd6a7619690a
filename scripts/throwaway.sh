#!/bin/sh
# Runs manage.py under the production settings with secrets made for this one run: "throwaway.sh check --deploy".
# For commands that neither serve nor touch a store.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-.venv/bin/python}
secret() { "$PYTHON" -c 'import secrets; print(secrets.token_urlsafe(48))'; }
exec env -i PATH="$PATH" ENV_FILE= DJANGO_SETTINGS_MODULE=settings.production \
  DATA_DIR="${TMPDIR:-/tmp}" SECRET_KEY="$(secret)" JWT_SECRET_KEY="$(secret)" ALLOWED_HOSTS=authgate.example \
  DATABASE_URL=postgresql://nobody@localhost/none REDIS_URL=redis://localhost/0 TRUSTED_PROXIES=1 ADMIN_ENABLED=true \
  JWT_ISSUER=https://authgate.example \
  "$PYTHON" manage.py "$@"
