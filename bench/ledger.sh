#!/usr/bin/env bash
# Where a call's processor time goes in netcd, layer by layer: put, linearizable get, watch event and keep-alive, alone and in a cluster of
# three, at saturation on this machine. See bench/README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: bench/ledger.sh [VARIABLE=VALUE...]

  ROWS="put get watch lease put3 get3"   what is measured; 3: in a cluster of three, all members counted
  SECONDS_EACH=5   seconds of each profile
  TRACE=1          0 leaves out the system calls
  NETCD_PROGRAM    a native netcd with its symbols beside it (netcd.dbg); without it one is published
  BENCH_DIR        where data goes (a real disk); without it a temporary directory

It needs perf (Debian's linux-perf), strace, h2load and curl, and the right to profile (root, or kernel.perf_event_paranoid below 2).
Written to standard output is a table in Markdown; to standard error what is being done.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/common.sh"
read_options "$@"
ROWS=${ROWS:-put get watch lease put3 get3} SECONDS_EACH=${SECONDS_EACH:-5} TRACE=${TRACE:-1}
work=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/netcd-ledger.XXXXXX")
results=$work/results
pids=() generators=()
: >"$results"

end() {
    local pid
    for pid in "$@"; do kill -KILL "$pid" 2>/dev/null || true; done
    for pid in "$@"; do wait "$pid" 2>/dev/null || true; done
}
trap 'end "${generators[@]}" "${pids[@]}"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for tool in perf strace h2load curl; do command -v "$tool" >/dev/null || die "$tool is missing"; done

NETCD_PROGRAM=$(find_netcd)
load=$(build_load)

# ---- servers

# start MEMBERS
start() {
    local number cluster=
    base=$((20000 + RANDOM % 10000))
    rm -rf "$work/data"
    pids=()
    for ((number = 0; number < $1; number++)); do cluster+=${cluster:+,}m$number=$(peer_of "$number"); done
    for ((number = 0; number < $1; number++)); do
        "$NETCD_PROGRAM" --name "m$number" --data-dir "$work/data/m$number" --listen-client-urls "$(client_of "$number")" \
            --advertise-client-urls "$(client_of "$number")" --listen-peer-urls "$(peer_of "$number")" \
            --initial-advertise-peer-urls "$(peer_of "$number")" --initial-cluster "$cluster" >>"$work/log" 2>&1 &
        pids+=($!)
    done
    for ((number = 0; number < 300; number++)); do
        if timeout 10 "$load" call put --endpoint "$(client_of 0)" >/dev/null 2>&1; then break; fi
        ((number < 299)) || die "no put succeeds: $(tail -n 3 "$work/log")"
        sleep 0.1
    done
    "$load" fill --keys 10000 --endpoint "$(client_of 0)" >/dev/null
}

stop() {
    end "${generators[@]}"
    generators=()
    end "${pids[@]}"
    pids=()
}

# ---- load, for as long as it is left alone

h2() {
    h2load -D 600 -c "$3" -m 10 -d "$work/$1.frame" -H 'content-type: application/grpc' -H 'te: trailers' \
        "$(client_of "$4")/etcdserverpb.KV/$2" >/dev/null 2>&1 &
    generators+=($!)
}

generate() {
    case $1 in
        put) h2 put Put 10 0 ;;
        get) h2 get Range 10 0 ;;
        put3) for number in 0 1 2; do h2 put Put 4 "$number"; done ;;
        get3) for number in 0 1 2; do h2 get Range 4 "$number"; done ;;
        watch)
            "$load" watch --clients 1000 --connections 10 --count 100000000 --writers 20 --endpoint "$(client_of 0)" >/dev/null 2>&1 &
            generators+=($!)
            ;;
        lease)
            "$load" lease --clients 1000 --connections 10 --duration 600 --endpoint "$(client_of 0)" >/dev/null 2>&1 &
            generators+=($!)
            ;;
        *) die "there is no row $1" ;;
    esac
}

# ---- counters of all members

# The metric that counts what is measured.
metric_of() {
    case $1 in
        put*) echo 'grpc_server_handled_total\{.*grpc_code="OK".*grpc_method="Put"' ;;
        get*) echo 'grpc_server_handled_total\{.*grpc_code="OK".*grpc_method="Range"' ;;
        watch) echo 'etcd_debugging_mvcc_events_total' ;;
        lease) echo 'grpc_server_msg_sent_total\{.*grpc_method="LeaseKeepAlive"' ;;
    esac
}

# sum FUNCTION ARGUMENT...: over the members
sum() {
    local number total=0
    for number in "${!pids[@]}"; do total=$((total + $("$1" "$number" "${@:2}"))); done
    echo "$total"
}

counted() { curl -s "$(client_of "$1")/metrics" | awk -v name="^$2" '$0 ~ name { total += $NF } END { printf "%d", total }'; }
allocated() { curl -s "$(client_of "$1")/debug/vars" | sed -n 's/.*"TotalAlloc":\([0-9]*\).*/\1/p'; }
ticks() { sed 's/^.*) //' "/proc/${pids[$1]}/stat" | awk '{ printf "%d", $12 + $13 }'; }
switches() { cat /proc/"${pids[$1]}"/task/*/status | awk -v name="^$2" '$0 ~ name { total += $2 } END { printf "%d", total }'; }

counters() {
    echo "$(sum counted "$1") $(sum ticks) $(sum allocated) $(sum switches voluntary) $(sum switches nonvoluntary)"
}

# profile ROW
profile() {
    local row=$1 before after members=1 metric joined
    [[ $row != *3 ]] || members=3
    metric=$(metric_of "$row")
    start "$members"
    generate "$row"
    sleep 3
    joined=$(IFS=,; echo "${pids[*]}")
    say "$row: counting"
    before=$(counters "$metric")
    sleep "$SECONDS_EACH"
    after=$(counters "$metric")
    echo "$row counters $before $after" >>"$results"
    say "$row: sampling"
    perf record -q -F 1999 -g -p "$joined" -o "$work/perf.data" -- sleep "$SECONDS_EACH" >/dev/null 2>>"$work/perf.log" || die "perf: $(tail -n 3 "$work/perf.log")"
    perf script -i "$work/perf.data" -F comm,tid,ip,sym,dso 2>/dev/null | awk -f "$root/bench/ledger.awk" | sed "s/^/$row\t/" >>"$results.samples"
    if [[ $TRACE == 1 ]]; then
        say "$row: tracing"
        before=$(sum counted "$metric")
        timeout -s INT "$SECONDS_EACH" strace -c -f -o "$work/strace" ${pids[@]/#/-p } >/dev/null 2>&1 || true
        after=$(sum counted "$metric")
        awk -v row="$row" -v n="$((after - before))" '
            $1 ~ /^[0-9.]+$/ && NF >= 5 && $NF != "total" { printf "%s\t%s\t%d\t%d\n", row, $NF, $4, n }' "$work/strace" >>"$results.calls"
    fi
    stop
}

"$load" frame put --keys 10000 --out "$work/put.frame"
"$load" frame get --keys 10000 --out "$work/get.frame"
: >"$results.samples"
: >"$results.calls"
for row in $ROWS; do profile "$row"; done
awk -v rows="$ROWS" -v hz="$(getconf CLK_TCK)" -f "$root/bench/ledger-table.awk" "$results" "$results.samples" "$results.calls"
