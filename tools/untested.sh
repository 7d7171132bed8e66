#!/bin/sh
# Says what `make test` leaves out on this machine, a line each. The tests that leave it out say so too, but nobody sees
# what a test printed that passed.
set -eu
cd "$(dirname "$0")/.."

data=${PACS_TEST_DATA:-../shared/data}
[ -d "$data" ] || echo "NOT TESTED: there is no folder $data of real DICOM files (PACS_TEST_DATA names another):" \
    "reading, character sets, decoders, rendering, volumes and de-identification see objects made by the tests only."

disk=$(mktemp -d)
if mount -t tmpfs -o size=1m tmpfs "$disk" 2>/dev/null; then
    umount "$disk"
else
    echo "NOT TESTED: a small file system cannot be mounted (only root may): a full disk."
fi
rmdir "$disk"
