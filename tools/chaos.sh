#!/usr/bin/env bash
# The long hunts: clusters of real processes under kill -9, SIGSTOP, cut connections and churn (about half an hour), one member
# killed fifty times while it is written to (KillTests; the test suite does ten), and the
# simulated clusters with a hundred times the seeds. `tools/chaos.sh simulated` or `tools/chaos.sh processes` runs one of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
what=${1:-all}

run() { # PROJECT ARGUMENTS...
    local project=$1
    shift
    dotnet build "tests/$project" -c Release -v q --nologo
    "tests/$project/bin/Release/net10.0/$project" "$@"
}

case $what in all | simulated) NETCD_SEEDS=${NETCD_SEEDS:-100} run Netcd.Engine.Tests --filter-class '*ClusterTests' ;; esac
case $what in all | processes) NETCD_LONG_TESTS=1 run Netcd.Interop --filter-class '*SurvivalTests' --filter-class '*KillTests' ;; esac
