#!/usr/bin/env bash
# Fetches Prometheus' promtool, for the test that has it read netcd's metrics.
#
#   tools/get-promtool.sh [FOLDER]      FOLDER defaults to ~/.cache/netcd/prometheus (or $XDG_CACHE_HOME/netcd/prometheus)
#
# Prints the program's path. It is of Debian's prometheus package; see tools/get-debian.sh.
set -euo pipefail

folder=$("$(dirname "$0")/get-debian.sh" "${1:-${XDG_CACHE_HOME:-$HOME/.cache}/netcd/prometheus}" promtool prometheus)
echo "$folder/promtool"
