#!/bin/sh
# How long searches take over many studies, by HTTP as a viewer waits for them and by C-FIND as a workstation does: fills the
# databases of a gateway of its own with rows and asks what they ask.
#   tools/searches.sh [STUDIES]      STUDIES=10000
#   WORK=/tmp/pacs-searches  where the gateway's data are while it runs (1.5 GB for a million studies)
set -eu
cd "$(dirname "$0")/.."

studies=${1:-10000}
work=${WORK:-/tmp/pacs-searches}
rows=schema/examples/ingest_rate
pacs=${PACS:-target/release/pacs}
psql=$(command -v psql || ls /usr/lib/postgresql/*/bin/psql | tail -1)

rm -rf "$work"
mkdir -p "$work"
"$pacs" --data-dir "$work" serve --http 127.0.0.1:18090 --dimse 127.0.0.1:18122 --set log.filter=warn --set dimse.accept_unknown=true >"$work/gateway.log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 300); do grep -q "To let a modality in" "$work/gateway.log" && break; sleep 0.1; done
password=$(sed -n 's/.*user admin  password //p' "$work/gateway.log")

socket=$(dirname "$(find "$work" -name .s.PGSQL.5432)")
echo "filling $studies studies (some minutes for a million)"
for database in index identity; do
    sed "s/{studies}/$studies/g" "$rows/$database.sql" |
        "$psql" --quiet --no-psqlrc -v ON_ERROR_STOP=1 -h "$socket" -U pacs -d "$database"
    "$psql" --quiet --no-psqlrc -h "$socket" -U pacs -d "$database" -c 'VACUUM ANALYZE'
done
python3 tools/searches.py "http://127.0.0.1:18090/dicom-web" "admin:$password" "$studies"
python3 tools/finds.py 127.0.0.1 18122 PACS "$studies"
