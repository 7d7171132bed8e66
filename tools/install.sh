#!/bin/sh
# Installs the Debian packages that are missing for a purpose: build, run or test (each includes the one before).
#   tools/install.sh build|run|test
set -eu

build="gcc g++ make pkg-config cmake nasm libssl-dev libpq-dev libopenjph-dev libjxl-dev"
run="$build postgresql ca-certificates"
# An OpenCL that runs on the processor, and libOpenCL.so, for the kernels.
# Orthanc is another archive to talk to; tests start it themselves.
test="$run curl dcmtk orthanc orthanc-dicomweb python3 python3-venv openssl chromium pocl-opencl-icd ocl-icd-opencl-dev"

case ${1:-} in
build) wanted=$build ;;
run) wanted=$run ;;
test) wanted=$test ;;
*) echo "usage: tools/install.sh build|run|test" >&2; exit 2 ;;
esac

if ! command -v cargo >/dev/null 2>&1; then
    echo "The Rust toolchain is missing. Install it from https://rustup.rs (1.95 or later) and run this again." >&2
    exit 1
fi
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is no Debian; make sure that these are installed: $wanted" >&2
    exit 0
fi

missing=""
for package in $wanted; do
    status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
    case $status in *" installed") continue ;; esac
    # A server of any version will do, and so will tools that came from elsewhere.
    case $package in
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && continue ;;
    orthanc) [ -x /usr/sbin/Orthanc ] || [ -x /usr/local/sbin/Orthanc ] && continue ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null && continue ;;
    python3 | cmake | nasm | make | gcc | g++ | openssl) command -v "$package" >/dev/null 2>&1 && continue ;;
    pkg-config) command -v pkg-config >/dev/null 2>&1 && continue ;;
    esac
    missing="$missing $package"
done
# npm fetches the viewer; whatever brought it will do. Tests look at the viewer; a gateway runs without.
wished=""
if ! command -v npm >/dev/null 2>&1; then
    case ${1} in
    run) wished=" nodejs npm" ;;
    test) missing="$missing nodejs npm" ;;
    esac
fi

[ -n "$missing$wished" ] || exit 0
echo "Installing:$missing$wished"
without_viewer() {
    echo "npm could not be installed: the gateway will start without the viewer." >&2
    exit 0
}
sudo=""
if [ "$(id -u)" -ne 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null 2>&1; then
        [ -n "$missing" ] || without_viewer
        echo "Run this as root: apt-get install$missing" >&2
        exit 1
    fi
fi
# Debian's postgresql package starts a server of its own, which nobody here needs.
case "$missing " in *" postgresql "*)
    $sudo mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
    ;;
esac
# Nor does anybody need Debian's Orthanc as a service that listens: not now, and not after the next start of the machine.
case "$missing " in *" orthanc "*)
    if [ ! -e /etc/systemd/system/orthanc.service ]; then
        $sudo mkdir -p /etc/systemd/system
        $sudo ln -s /dev/null /etc/systemd/system/orthanc.service
    fi
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' | $sudo tee /usr/sbin/policy-rc.d >/dev/null
        $sudo chmod 755 /usr/sbin/policy-rc.d
        trap '$sudo rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    ;;
esac
add() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}
# Without fresh lists, the ones that are there may do for npm.
$sudo apt-get update -qq || [ -z "$missing" ]
# shellcheck disable=SC2086
[ -z "$missing" ] || add $missing
# shellcheck disable=SC2086
[ -z "$wished" ] || add $wished || without_viewer
