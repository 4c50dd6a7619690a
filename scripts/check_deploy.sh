#!/bin/sh
# Django's own checks of the production settings. A warning is a failure.
set -eu
exec sh "$(dirname "$0")/throwaway.sh" check --deploy --fail-level WARNING
