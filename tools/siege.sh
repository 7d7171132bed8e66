#!/bin/sh
# How many objects a second one peer stores alone, and while hostile peers besiege the gateway: the test of it, with a
# release build on both sides. The last line it prints has the middle of all rounds.
#   PACS=target/release/pacs  the gateway
#   PROFILE=release           how the peers are built: dev is built sooner, and its peer is slower
set -eu
cd "$(dirname "$0")/.."

PACS=$(realpath "${PACS:-target/release/pacs}")
export PACS
[ -x "$PACS" ] || { echo "$PACS is missing: cargo build --release --package pacs" >&2; exit 1; }
exec "${CARGO:-cargo}" test --quiet --profile "${PROFILE:-release}" --package e2e --test siege -- --nocapture
