#!/bin/sh
# What volumes take, as tables:
#   operations beside those of SimpleITK, where PYTHON has it (pip install SimpleITK), within a minute;
#   slices over HTTP, of the chest CT in DATA, the first one beside pydicom + pylibjpeg + SimpleITK where PYTHON has these;
#   each kernel on the OpenCL device that the gateway uses, when there is one, beside its bytes and the processor.
# Needs target/release/pacs (make build) for the second and third.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
python=${PYTHON:-python3}
pacs=${PACS:-target/release/pacs}
series=${DATA:-${PACS_TEST_DATA:-../shared/data}}/volumes/ct-chest-lidc-0001

$cargo bench --quiet --package compute --bench volume --no-run
"$python" compute/benches/volume/simpleitk.py $cargo bench --quiet --package compute --bench volume -- beside
if [ ! -x "$pacs" ] || [ ! -d "$series" ]; then
    echo "slices over HTTP: not measured, as there is no $pacs or no $series"
    exit 0
fi
echo
PACS=$pacs "$python" tools/slices.py "$series"
echo
if "$pacs" devices --list | grep -q '^\*'; then
    $cargo run --quiet --release --package compute --example device_bench
else
    echo "kernels: not measured, as no OpenCL device is used here (pacs devices)"
fi
