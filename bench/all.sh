#!/usr/bin/env bash
# Takes every figure of bench/README.md in one run, of one program, and writes the tables and pictures there. See bench/README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: bench/all.sh [VARIABLE=VALUE...]

  RUNS="small cluster growth history defragment tls gateway values large watch lease auth ledger"
                  one after the other, an hour and a half in all; none (RUNS=) writes the documents anew
  RESULTS         where their figures are kept; without it bench/results
  ROUNDS=3        turns of each server for what varies most; the long sections have one
  DOCUMENTS=1     0 leaves the tables of the documents as they are
  NETCD_PROGRAM   a native netcd with its symbols beside it, of this commit; without it one is published
  NETCD_TEST_ETCD the directory of etcd
  BENCH_DIR       where data goes (a real disk, 20 GB); without it a temporary directory

Further variables go to the scripts: see bench/side-by-side.sh --help and bench/cluster.sh --help. What other work the machine does
meanwhile is measured too.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/common.sh"
read_options "$@"
ALL="small cluster growth history defragment tls gateway values large watch lease auth ledger"
RUNS=${RUNS-$ALL}
RESULTS=${RESULTS:-$root/bench/results} ROUNDS=${ROUNDS:-3} DOCUMENTS=${DOCUMENTS:-1}
work=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/netcd-all.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# one RUN: its figures; false where it fails
one() {
    local sections=$1
    [[ $1 != small ]] || sections="saturation latency"
    case $1 in
        ledger) "$root/bench/ledger.sh" >"$work/$1" ;;
        defragment) OUT=$work/$1 "$root/bench/defragment.sh" >&2 ;;
        cluster) OUT=$work/$1 "$root/bench/cluster.sh" "ROUNDS=$ROUNDS" >&2 ;;
        *) OUT=$work/$1 "$root/bench/side-by-side.sh" "ROUNDS=$ROUNDS" "SECTIONS=$sections" >&2 ;;
    esac
}

# place NAME DOCUMENT: puts what comes in between the document's marks
place() {
    awk -v name="$1" -v new="$work/placed" '
        $0 == "<!-- end of " name " -->" { within = 0 }
        !within { print }
        $0 == "<!-- " name " -->" { within = 1; while ((getline line < new) > 0) print line }' "$2" >"$work/document"
    cat "$work/document" >"$2"
}

charts() { dotnet run --no-build --project "$root/bench/Netcd.Charts" -c Release -- "$@"; }

documents() {
    local run
    local -a figures=() drawn=()
    dotnet build "$root/bench/Netcd.Charts" -c Release -v q --nologo -nodeReuse:false >"$work/build.log" 2>&1 || die "$(tail -n 5 "$work/build.log")"
    for run in $ALL; do
        [[ -e $RESULTS/$run.json ]] || continue
        figures+=("$RESULTS/$run.json")
        case $run in small | cluster | tls | gateway | growth) drawn+=("$RESULTS/$run.json") ;; esac
    done
    charts draw "$RESULTS" "${drawn[@]}" >&2
    charts table "${figures[@]}" >"$work/placed"
    place figures "$root/bench/README.md"
    head -n 1 "$work/placed" | sed 's/:$/./' >"$work/origin"
    mv "$work/origin" "$work/placed"
    place origin "$root/README.md"
    if [[ -e $RESULTS/ledger.md ]]; then
        cp "$RESULTS/ledger.md" "$work/placed"
        place ledger "$root/bench/README.md"
    fi
}

mkdir -p "$RESULTS"
failed=()
if [[ -n $RUNS ]]; then
    export NETCD_PROGRAM
    NETCD_PROGRAM=$(find_netcd)
fi
for run in $RUNS; do
    say "run: $run"
    kept=$RESULTS/$run.json
    [[ $run != ledger ]] || kept=$RESULTS/ledger.md
    # The others take an hour: they go on, and this one can be run again by itself.
    if one "$run"; then mv "$work/$run" "$kept"; else failed+=("$run"); say "error: $run failed"; fi
done
if ((${#failed[@]} > 0)); then die "run again, then write the documents with RUNS=: ${failed[*]}"; fi
if [[ $DOCUMENTS == 1 ]]; then documents; fi
