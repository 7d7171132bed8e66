#!/bin/sh
# Volume operations beside those of SimpleITK, where PYTHON has it (pip install SimpleITK): a table, within a minute.
set -eu
cd "$(dirname "$0")/.."
${CARGO:-cargo} bench --quiet --package compute --bench volume --no-run
exec "${PYTHON:-python3}" compute/benches/volume/simpleitk.py \
    ${CARGO:-cargo} bench --quiet --package compute --bench volume -- beside
