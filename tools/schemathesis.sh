#!/bin/sh
# Sends a running gateway requests that Schemathesis makes of its own OpenAPI description, good ones and bad ones, and counts
# the answers. Ends with 1 when one was a server's error: a status of 500 or more but for 501, and 503 with words.
#   tools/schemathesis.sh [REQUESTS [URL]]   REQUESTS: 10000; URL: http://127.0.0.1:8080/dicom-web
#   PACS_USER=admin PACS_PASSWORD=...        who asks         SEED=1   other requests
# It stores, replaces and deletes what it likes: give it a gateway on a data directory of its own.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .tools

wanted="schemathesis==4.32.5 hypothesis==6.170.17"
if [ "$(cat .tools/schemathesis/installed 2>/dev/null || true)" != "$wanted" ]; then
    echo "Installing Schemathesis into .tools/schemathesis"
    python3 -m venv .tools/schemathesis
    # shellcheck disable=SC2086
    .tools/schemathesis/bin/pip install -q $wanted
    echo "$wanted" >.tools/schemathesis/installed
fi
: "${PACS_PASSWORD:?says the password of PACS_USER (admin)}"
export PACS_PASSWORD
exec .tools/schemathesis/bin/python tools/schemathesis_requests.py \
    "${2:-http://127.0.0.1:8080/dicom-web}" "${1:-10000}" "${PACS_USER:-admin}" "${SEED:-1}"
