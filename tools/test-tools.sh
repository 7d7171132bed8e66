#!/bin/sh
# Puts the clients that tests drive into .tools: a Python environment, and Playwright for Chromium.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .tools

# Decoders of other people, each asked by itself: without the package pylibjpeg, pydicom does not use the last three.
decoders="av==18.1.0 imagecodecs==2026.3.6 pylibjpeg-libjpeg==2.5.0 pylibjpeg-openjpeg==2.6.0 pylibjpeg-rle==2.2.0"
wanted="pydicom==3.0.2 pynetdicom==3.0.4 dicomweb-client numpy dicom3tools $decoders"
if [ "$(cat .tools/venv/installed 2>/dev/null || true)" != "$wanted" ]; then
    echo "Installing the Python clients into .tools/venv"
    python3 -m venv .tools/venv
    # shellcheck disable=SC2086
    .tools/venv/bin/pip install -q $wanted
    echo "$wanted" >.tools/venv/installed
fi
if command -v npm >/dev/null 2>&1 && [ ! -d .tools/browser/node_modules/playwright-core ]; then
    echo "Installing the browser driver into .tools/browser"
    mkdir -p .tools/browser
    npm install --silent --no-audit --no-fund --prefix .tools/browser playwright-core@1.64.1
fi
