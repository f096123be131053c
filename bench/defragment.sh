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
server_pid=

stop_server() {
    [[ -n $server_pid ]] || return 0
    kill -TERM "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
}
trap 'stop_server; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

etcd=$(find_etcd) || die "there is no etcd: set NETCD_TEST_ETCD"
netcd=$(find_netcd)
load_program=$(build_load)

ctl() { "$(dirname "$etcd")/etcdctl" --endpoints "$endpoint" --command-timeout 1800s "$@"; }
load() { "$load_program" "$@" --endpoint "$endpoint" --keys "$KEYS" --value-size "$VALUE_SIZE"; }
file_mib() { awk -v b="$(stat -c %s "$work/$1.data/member/snap/db")" 'BEGIN { printf "%.0f", b / 1048576 }'; }

# tell SERVER PHASE LINE...: rate and longest pause over the lines of netcd-load
tell() {
    local server=$1 phase=$2 line
    shift 2
    for line in "$@"; do printf '%s %s %s\n' "$(field calls "$line")" "$(field seconds "$line")" "$(field max_us "$line")"; done |
        awk -v s="$server" -v p="$phase" '{ calls += $1; seconds += $2; if ($3 > max) max = $3 }
            END { printf "%s\t%s\t%.0f puts/s\tlongest %.1f ms\n", s, p, calls / seconds, max / 1000 }'
}

measure() {
    local server=$1 program=$2 port=$((20000 + RANDOM % 12000)) revision defrag began lines=()
    endpoint=http://127.0.0.1:$port
    "$program" --data-dir "$work/$server.data" --listen-client-urls "$endpoint" --advertise-client-urls "$endpoint" \
        --listen-peer-urls "http://127.0.0.1:$((port + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$((port + 1))" \
        --initial-cluster "default=http://127.0.0.1:$((port + 1))" --quota-backend-bytes $((16 << 30)) >"$work/$server.log" 2>&1 &
    server_pid=$!
    until ctl endpoint health >/dev/null 2>&1; do sleep 0.1; done
    load fill >/dev/null
    load fill >/dev/null
    revision=$(ctl get nothing -w json | sed -n 's/.*"revision":\([0-9]*\).*/\1/p')
    ctl compact --physical "$revision" >/dev/null
    tell "$server" before "$(load run put --clients "$CLIENTS" --rate "$RATE" --duration "$DURATION")"
    printf '%s\tfile before\t%s MiB\n' "$server" "$(file_mib "$server")"
    began=$(date +%s%N)
    # Puts have begun when the defragmentation does.
    (sleep 2; ctl defrag >/dev/null) &
    defrag=$!
    while kill -0 "$defrag" 2>/dev/null; do
        lines+=("$(load run put --clients "$CLIENTS" --rate "$RATE" --duration 5 || true)")
    done
    wait "$defrag"
    tell "$server" during "${lines[@]}"
    printf '%s\tdefragmentation\t%s s at the most\n' "$server" $((($(date +%s%N) - began) / 1000000000))
    printf '%s\tfile after\t%s MiB\n' "$server" "$(file_mib "$server")"
    tell "$server" after "$(load run put --clients "$CLIENTS" --rate "$RATE" --duration "$DURATION")"
    stop_server
}

measure etcd "$etcd"
measure netcd "$netcd"
