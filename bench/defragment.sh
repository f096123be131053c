#!/usr/bin/env bash
# What clients feel of a defragmentation, netcd and etcd in turns. See bench/README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: bench/defragment.sh [VARIABLE=VALUE...]

  KEYS=500000       keys, each written twice and compacted: half of the file is free then
  VALUE_SIZE=900    bytes of a value (1 GB of file with 500,000 keys)
  CLIENTS=100       clients that put all the while
  RATE=5000         puts a second of all clients together; 0: as many as are answered
  DURATION=10       seconds of puts before and after
  OUT               a file for the figures as JSON
  NETCD_PROGRAM     the netcd to measure; without it the Native AOT binary is published
  NETCD_TEST_ETCD   the directory of etcd and etcdctl
  BENCH_DIR         where data goes (a real disk, not memory)
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/common.sh"
read_options "$@"
KEYS=${KEYS:-500000} VALUE_SIZE=${VALUE_SIZE:-900} CLIENTS=${CLIENTS:-100} RATE=${RATE:-5000} DURATION=${DURATION:-10}
work=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/netcd-defrag.XXXXXX")
results=$work/results
server_pid=

stop_server() {
    [[ -n $server_pid ]] || return 0
    kill -TERM "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
}
trap 'stop_server; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

declare -A program_of
program_of[etcd]=$(find_etcd) || die "there is no etcd: set NETCD_TEST_ETCD"
program_of[netcd]=$(find_netcd)
load_program=$(build_load)

ctl() { "$(dirname "${program_of[etcd]}")/etcdctl" --endpoints "$endpoint" --command-timeout 1800s "$@"; }
load() { "$load_program" "$@" --endpoint "$endpoint" --keys "$KEYS" --value-size "$VALUE_SIZE"; }
file_mib() { awk -v b="$(stat -c %s "$work/$1.data/member/snap/db")" 'BEGIN { printf "%.0f", b / 1048576 }'; }

# note SERVER PHASE LINE...: rate and longest put over the lines of netcd-load
note() {
    local server=$1 phase=$2 line sums
    shift 2
    sums=$(for line in "$@"; do printf '%s %s %s\n' "$(field calls "$line")" "$(field seconds "$line")" "$(field max_us "$line")"; done |
        awk '{ calls += $1; seconds += $2; if ($3 > max) max = $3 } END { printf "%.1f %.1f", calls / seconds, max / 1000 }')
    record "$server" 'op/s' "${sums% *}" "$phase: puts"
    record "$server" 'ms' "${sums#* }" "$phase: longest put"
}

now() { date -u +%Y-%m-%dT%H:%M:%S; }

# standstill FROM UNTIL: the longest step of a stage that puts wait for, by netcd's flight recorder
standstill() {
    curl -sf "$metrics/debug/netcd/flight" | grep -E '"stage":"(consensus|log|apply)"' |
        sed -n 's/.*"ts":"\([^"]*\)".*"longest-ms":\([0-9.]*\).*/\1 \2/p' |
        awk -v from="$1" -v until="$2" '$1 >= from && $1 <= until && $2 > most { most = $2 } END { printf "%.0f ms", most }'
}

measure() {
    local server=$1 port=$((20000 + RANDOM % 12000)) revision defrag began lines=() times=()
    endpoint=http://127.0.0.1:$port metrics=http://127.0.0.1:$((port + 2))
    "${program_of[$server]}" --data-dir "$work/$server.data" --listen-client-urls "$endpoint" --advertise-client-urls "$endpoint" \
        --listen-peer-urls "http://127.0.0.1:$((port + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$((port + 1))" \
        --initial-cluster "default=http://127.0.0.1:$((port + 1))" --quota-backend-bytes $((16 << 30)) \
        --listen-metrics-urls "$metrics" >"$work/$server.log" 2>&1 &
    server_pid=$!
    until ctl endpoint health >/dev/null 2>&1; do sleep 0.1; done
    load fill >/dev/null
    load fill >/dev/null
    revision=$(ctl get nothing -w json | sed -n 's/.*"revision":\([0-9]*\).*/\1/p')
    ctl compact --physical "$revision" >/dev/null
    times+=("$(now)")
    note "$server" 'before a defragmentation' "$(load run put --clients "$CLIENTS" --rate "$RATE" --duration "$DURATION")"
    record "$server" 'MiB' "$(file_mib "$server")" 'before a defragmentation: file'
    began=$(date +%s%N)
    times+=("$(now)")
    # Puts have begun when the defragmentation does.
    (sleep 2; ctl defrag >/dev/null; date +%s%N >"$work/ended") &
    defrag=$!
    while kill -0 "$defrag" 2>/dev/null; do
        lines+=("$(load run put --clients "$CLIENTS" --rate "$RATE" --duration 5 || true)")
    done
    wait "$defrag"
    times+=("$(now)")
    note "$server" 'during it' "${lines[@]}"
    record "$server" 's' "$(awk -v b="$began" -v e="$(cat "$work/ended")" 'BEGIN { printf "%.1f", (e - b) / 1e9 - 2 }')" 'the defragmentation'
    record "$server" 'MiB' "$(file_mib "$server")" 'after it: file'
    note "$server" 'after it' "$(load run put --clients "$CLIENTS" --rate "$RATE" --duration "$DURATION")"
    times+=("$(now)")
    if [[ $server == netcd ]]; then
        steps="before $(standstill "${times[0]}" "${times[1]}"), during it $(standstill "${times[1]}" "${times[2]}")"
        steps+=", after it $(standstill "${times[2]}" "${times[3]}")"
    fi
    stop_server
}

for server in etcd netcd; do say "$server"; measure "$server"; done
report
echo "the longest step of netcd's own stages: $steps"
