#!/bin/sh
# How long searches take over many studies, by HTTP as a viewer waits for them and by C-FIND as a workstation does: fills the
# databases of a gateway of its own with rows and asks what they ask.
#   tools/searches.sh [STUDIES]      STUDIES=10000
#   WORK=/tmp/pacs-searches  where the gateway's data are while it runs (8 GB for a million studies)
#   KEEP=yes                 keeps them, and the next run with as many studies does not fill them again
set -eu
cd "$(dirname "$0")/.."

studies=${1:-10000}
work=${WORK:-/tmp/pacs-searches}
rows=schema/examples/ingest_rate
pacs=${PACS:-target/release/pacs}
psql=$(command -v psql || ls /usr/lib/postgresql/*/bin/psql | tail -1)

[ "$(cat "$work/filled" 2>/dev/null)" = "$studies" ] || rm -rf "$work"
mkdir -p "$work"
"$pacs" --data-dir "$work" serve --http 127.0.0.1:18090 --dimse 127.0.0.1:18122 --set log.filter=warn --set dimse.accept_unknown=true >"$work/gateway.log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; [ "${KEEP:-no}" = yes ] || rm -rf "$work"' EXIT
for _ in $(seq 300); do curl -s http://127.0.0.1:18090/health/live >/dev/null && break; sleep 0.1; done

socket=$(dirname "$(find "$work" -name .s.PGSQL.5432)")
ask() { "$psql" --quiet --no-psqlrc --tuples-only --no-align -v ON_ERROR_STOP=1 -h "$socket" -U pacs -d "$@"; }
fill() { # Rows first, then the indexes that do not hold constraints: much faster than both at once.
    ask "$1" -c "SELECT indexdef || ';' FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN
        (SELECT conname FROM pg_constraint)" >"$work/indexes.sql"
    ask "$1" -c "SELECT 'DROP INDEX ' || indexname || ';' FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN
        (SELECT conname FROM pg_constraint)" | ask "$1"
    sed "s/{studies}/$studies/g" "$rows/$1.sql" | ask "$1"
    { echo "SET maintenance_work_mem = '1GB';"; cat "$work/indexes.sql"; } | ask "$1"
    ask "$1" -c 'VACUUM ANALYZE'
}
if [ ! -f "$work/filled" ]; then
    password=$(sed -n 's/.*user admin  password //p' "$work/gateway.log")
    echo "admin:$password" >"$work/user"
    echo "filling $studies studies (some minutes for a million)"
    fill index
    fill identity
    echo "$studies" >"$work/filled"
fi
python3 tools/searches.py "http://127.0.0.1:18090/dicom-web" "$(cat "$work/user")" "$studies"
python3 tools/finds.py 127.0.0.1 18122 PACS "$studies"
