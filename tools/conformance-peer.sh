#!/bin/sh
# Asks the gateway and Debian's Orthanc the same questions and writes docs/CONFORMANCE_COMPARISON.md.
#   BENCH=../shared/bench   folder with servers/orthanc.sh    WORK=/tmp/pacs-conformance   data of both, removed first
set -eu
cd "$(dirname "$0")/.."

driver=${BENCH:-../shared/bench}
work=${WORK:-/tmp/pacs-conformance}
profile=${PROFILE:-target/release}
plugins=/usr/share/orthanc/plugins
if ! command -v Orthanc >/dev/null 2>&1 || [ ! -f "$plugins/libOrthancDicomWeb.so" ]; then
    echo "Orthanc is not here (apt-get install orthanc orthanc-dicomweb orthanc-gdcm): nothing is compared."
    exit 0
fi
if [ ! -x "$driver/servers/orthanc.sh" ]; then
    echo "There is no $driver/servers/orthanc.sh; name its folder in BENCH. Nothing is compared."
    exit 0
fi
# Where C-MOVE sends to: the suite itself, by a title and a port that the configuration of Orthanc has.
destination=STORESCP
port=14104
rm -rf "$work"
mkdir -p "$work"

gateway() {
    "$profile/pacs" --data-dir "$work/gateway" serve --http 127.0.0.1:18090 --dimse 127.0.0.1:18122 \
        --set dimse.accept_unknown=true --set log.filter=warn >"$work/gateway.log" 2>&1 &
    pid=$!
    trap 'kill $pid 2>/dev/null || true' EXIT
    for _ in $(seq 300); do grep -q "To let a modality in" "$work/gateway.log" && break; sleep 0.1; done
    CONFORMANCE_PASSWORD=$(sed -n 's/.*user admin  password //p' "$work/gateway.log")
    export CONFORMANCE_PASSWORD
    "$profile/pacs" --data-dir "$work/gateway" ae add "$destination" 127.0.0.1 "$port"
    "$profile/pacs" --data-dir "$work/gateway" ae add CONFORMANCE 127.0.0.1 104 --may store,query,move,worklist
    "$profile/conformance" --dicomweb http://127.0.0.1:18090/dicom-web --dimse 127.0.0.1:18122:PACS --user admin \
        --destination "$destination:$port" \
        --format json --out "$work/gateway.json" || [ $? -eq 1 ]
    unset CONFORMANCE_PASSWORD
    kill "$pid"
    wait "$pid" || true
    trap - EXIT
}

# Orthanc ends at some requests; it is started again on an empty folder, and the suite stores its objects anew.
start="$driver/servers/orthanc.sh stop $work/orthanc; rm -rf $work/orthanc; ORTHANC=$(command -v Orthanc) \
PLUGINS='$plugins/libOrthancDicomWeb.so $plugins/libOrthancGdcm.so' $driver/servers/orthanc.sh start $work/orthanc 18044 18244"

peer() {
    mkdir -p "$work/orthanc"
    sh -c "$start" >/dev/null
    trap '"$driver/servers/orthanc.sh" stop "$work/orthanc"' EXIT
    "$profile/conformance" --dicomweb http://127.0.0.1:18044/dicom-web --dimse 127.0.0.1:18244:ORTHANC \
        --destination "$destination:$port" \
        --restart "$start >/dev/null" --format json --out "$work/orthanc.json" || [ $? -eq 1 ]
    "$driver/servers/orthanc.sh" stop "$work/orthanc"
    trap - EXIT
}

gateway
peer
version=$(Orthanc --version | sed -n '1s/^[^0-9]*\([0-9.]*\).*/\1/p')
"$profile/conformance" --compare "this gateway=$work/gateway.json" "Orthanc $version=$work/orthanc.json" \
    --out docs/CONFORMANCE_COMPARISON.md
echo "docs/CONFORMANCE_COMPARISON.md is written."
