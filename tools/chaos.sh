#!/usr/bin/env bash
# The long hunts: clusters of real processes under kill -9, SIGSTOP, cut connections and churn (about half an hour), one member
# killed fifty times while it is written to (the test suite does ten), one whose disk fails at some eighty moments (it does six),
# and simulated clusters with new seeds for NETCD_MINUTES (30).
# `tools/chaos.sh simulated` or `tools/chaos.sh processes` runs one of them; what follows goes to the tests:
# `tools/chaos.sh processes --filter-method '*leader_is_killed*'`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
what=${1:-all}
shift || true

run() { # PROJECT ARGUMENTS...
    local project=$1
    shift
    dotnet build "tests/$project" -c Release -v q --nologo
    "tests/$project/bin/Release/net10.0/$project" "$@"
}

case $what in all | simulated) run Netcd.Simulation run --minutes "${NETCD_MINUTES:-30}" ;; esac
case $what in
    all | processes)
        (($#)) || set -- --filter-class '*SurvivalTests' --filter-class '*KillTests' --filter-class '*FaultTests'
        NETCD_LONG_TESTS=1 run Netcd.Interop --show-live-output on "$@"
        ;;
esac
