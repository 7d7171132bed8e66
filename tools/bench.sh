#!/bin/sh
# Measures the gateway with the load driver, beside Orthanc (on PostgreSQL) when it is installed, and compares.
#   BENCH=../shared/bench  the driver            BENCH_WORK=/tmp/pacs-bench  data and results (13 GB at full scale)
#   SCALE=small|full       how much              ROWS=store,stow,…           only these rows
#   PEER=no                without Orthanc       LIMITS=no                   without the machine's own limits
set -eu
cd "$(dirname "$0")/.."

driver=${BENCH:-../shared/bench}
work=${BENCH_WORK:-/tmp/pacs-bench}
scale=${SCALE:-small}
rows=${ROWS:-store,stow,load.archive,qido,wado.metadata,big.stow,big.retrieve}
results=$work/results
[ -f "$driver/bench.py" ] || { echo "The load driver is not in $driver; name its folder in BENCH." >&2; exit 1; }
mkdir -p "$results"

measure() { # name, then the driver's own arguments
    name=$1; shift
    python3 "$driver/bench.py" run --name "$name" --work "$work" --scale "$scale" --only "$rows" \
        --server-tree --out "$results/$name.json" "$@"
}

# ext4 passes over inodes that were freed within the last minutes, one by one, whenever it makes a file: folders of
# earlier runs are removed when all is measured, and a run that follows at once is slower than it would be.
old=$(ls -d "$work"/run.* 2>/dev/null || true)
run=$work/run.$$
trap 'rm -rf $old' EXIT

gateway() {
    folder=$run/gateway
    mkdir -p "$folder"
    ${PACS:-target/release/pacs} --data-dir "$folder" serve --http 127.0.0.1:18080 --dimse 127.0.0.1:18112 \
        --set dimse.accept_unknown=true --set log.filter=warn >"$work/gateway.log" 2>&1 &
    pid=$!
    trap 'kill $pid 2>/dev/null || true; rm -rf $old' EXIT
    for _ in $(seq 300); do grep -q "To let a modality in" "$work/gateway.log" && break; sleep 0.1; done
    password=$(sed -n 's/.*user admin  password //p' "$work/gateway.log")
    # Where the driver's C-MOVE sends to.
    pacs() { ${PACS:-target/release/pacs} --data-dir "$folder" "$@"; }
    pacs ae add STORESCP 127.0.0.1 14104
    pacs ae add BENCH 127.0.0.1 14105 --may store,query,move
    measure gateway --dicomweb http://127.0.0.1:18080/dicom-web --dimse 127.0.0.1:18112:PACS \
        --auth "admin:$password" --pid "$pid" || true
    kill "$pid"
    wait "$pid" || true
    trap 'rm -rf $old' EXIT
}

peer() {
    plugins=/usr/share/orthanc/plugins
    folder=$run/orthanc
    mkdir -p "$run"
    pids=$(ORTHANC=$(command -v Orthanc) \
        PLUGINS="$plugins/libOrthancDicomWeb.so $plugins/libOrthancGdcm.so $plugins/libOrthancPostgreSQLIndex.so" \
        "$driver/servers/orthanc.sh" start "$folder" 18042 18242 postgres)
    measure orthanc --dicomweb http://127.0.0.1:18042/dicom-web --dimse 127.0.0.1:18242:ORTHANC --pid "$pids" || true
    "$driver/servers/orthanc.sh" stop "$folder"
}

[ "${GATEWAY:-yes}" = no ] || gateway
set -- "$results/gateway.json"
if [ "${PEER:-yes}" != no ] && command -v Orthanc >/dev/null 2>&1; then peer; set -- "$results/orthanc.json" "$@"; fi
if [ "${LIMITS:-yes}" != no ] && command -v nginx >/dev/null 2>&1; then
    python3 "$driver/bench.py" limits --name limits --work "$work" --scale "$scale" --out "$results/limits.json"
    set -- "$@" "$results/limits.json"
fi
python3 "$driver/bench.py" compare "$@"
