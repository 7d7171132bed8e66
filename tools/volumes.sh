#!/bin/sh
# What volumes take, as tables:
#   operations beside those of SimpleITK, where PYTHON has it, within a minute;
#   slices over HTTP, of the chest CT in DATA, the first one beside pydicom + pylibjpeg + SimpleITK where PYTHON has these;
#   each kernel on the OpenCL device that the gateway uses, when there is one, beside its bytes and the processor.
# Needs target/release/pacs (make build) for the second and third. What is missing is said, and the rest measured:
#   python3 -m venv beside && beside/bin/pip install numpy pydicom pylibjpeg pylibjpeg-libjpeg SimpleITK
#   PYTHON=beside/bin/python tools/volumes.sh
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
python=${PYTHON:-python3}
pacs=${PACS:-target/release/pacs}
series=${DATA:-${PACS_TEST_DATA:-../shared/data}}/volumes/ct-chest-lidc-0001

missing=""
command -v "$python" >/dev/null 2>&1 || missing="$python"
$cargo bench --quiet --package compute --bench volume --no-run
if [ -z "$missing" ]; then
    "$python" compute/benches/volume/simpleitk.py $cargo bench --quiet --package compute --bench volume -- beside
else
    echo "operations beside those of SimpleITK: not measured, as there is no $python; alone they take"
    $cargo bench --quiet --package compute --bench volume -- slice
fi
echo
[ -x "$pacs" ] || missing="$missing $pacs"
[ -d "$series" ] || missing="$missing $series"
if [ -z "$missing" ]; then
    PACS=$pacs "$python" tools/slices.py "$series"
else
    echo "slices over HTTP: not measured, as these are missing:$missing"
fi
echo
if [ -x "$pacs" ] && "$pacs" devices --list | grep -q '^\*'; then
    $cargo run --quiet --release --package compute --example device_bench
else
    echo "kernels: not measured, as no OpenCL device is used here (pacs devices), or there is no $pacs"
fi
