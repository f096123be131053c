#!/usr/bin/env bash
# Measures three members of netcd against three of etcd on this machine, in turns, and prints etcd / netcd / ratio: failover
# after kill -9 of the leader, puts with 1, 100 and 1000 clients, linearizable gets. See bench/README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: bench/cluster.sh [VARIABLE=VALUE...]

  ROUNDS=2        turns of each for throughput; medians are told
  FAILOVERS=10    kills of the leader, in one turn of each
  DURATION=5      seconds of each workload
  CLIENTS="1 100 1000"
  SPREAD_GETS=40000  gets at each member, all three at once
  OUT             a file for the figures as JSON
  NETCD_PROGRAM   the netcd to measure; without it the Native AOT binary is published
  NETCD_TEST_ETCD the directory of etcd
  BENCH_DIR       where data goes (a real disk); without it a temporary directory
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/common.sh"
read_options "$@"
ROUNDS=${ROUNDS:-2} FAILOVERS=${FAILOVERS:-10} DURATION=${DURATION:-5} CLIENTS=${CLIENTS:-1 100 1000} SPREAD_GETS=${SPREAD_GETS:-40000}
work=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/netcd-cluster.XXXXXX")
results=$work/results
pids=(0 0 0)
: >"$results"

stop_all() {
    local pid
    for pid in "${pids[@]}"; do ((pid)) && kill -KILL "$pid" 2>/dev/null; done || true
    wait 2>/dev/null || true
    pids=(0 0 0)
}
trap 'stop_all; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# run_member SERVER NUMBER
run_member() {
    local client peer
    client=$(client_of "$2") peer=$(peer_of "$2")
    "${program_of[$1]}" --name "m$2" --data-dir "$work/data/m$2" --listen-client-urls "$client" --advertise-client-urls "$client" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
        --initial-cluster "m0=$(peer_of 0),m1=$(peer_of 1),m2=$(peer_of 2)" >>"$work/$1.log" 2>&1 &
    pids[$2]=$!
}

# start_cluster SERVER: sets base and pids, and returns when a put succeeds
start_cluster() {
    base=$((20000 + RANDOM % 10000))
    rm -rf "$work/data"
    local number
    for number in 0 1 2; do run_member "$1" "$number"; done
    wait_served 0
}

wait_served() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        if timeout 10 "$load" call put --endpoint "$(client_of "$1")" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    die "no put succeeds: $(tail -n 3 "$work"/*.log)"
}

# leader: the number of the member that leads
leader() {
    local number tries
    for ((tries = 0; tries < 100; tries++)); do
        for number in 0 1 2; do
            if [[ $(curl -s --max-time 2 "$(client_of "$number")/metrics" || true) == *$'\n''etcd_server_is_leader 1'* ]]; then echo "$number"; return; fi
        done
        sleep 0.1
    done
    die "no leader"
}

cpu_ticks() {
    local pid sum=0
    for pid in "${pids[@]}"; do sum=$((sum + $(sed 's/^.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'))); done
    echo "$sum"
}

# workload SERVER WORKLOAD CLIENTS
workload() {
    local line before ticks calls
    before=$(cpu_ticks)
    line=$(timeout 120 "$load" run "$2" --clients "$3" --duration "$DURATION" --warmup 1 --keys 1000 --endpoint "$(client_of "$(leader)")") || die "$1: $2 had errors: $line"
    ticks=$(($(cpu_ticks) - before))
    say "$1: $line"
    calls=$(awk -v c="$(field calls "$line")" -v d="$DURATION" 'BEGIN { print c * (d + 1) / d }')
    record "$1" 'op/s' "$(field ops_per_s "$line")" "three members: $2, clients: $3: throughput"
    record "$1" 'us' "$(field p50_us "$line")" "three members: $2, clients: $3: p50"
    record "$1" 'us' "$(field p99_us "$line")" "three members: $2, clients: $3: p99"
    record "$1" 'us' "$(cpu_us "$ticks" "$calls")" "three members: $2, clients: $3: CPU of all three per call"
}

# spread SERVER: gets at all members at once, h2load's, which costs little itself
spread() {
    local number before ticks output rate=0 calls=$((3 * SPREAD_GETS))
    local -a generators=()
    before=$(cpu_ticks)
    for number in 0 1 2; do
        h2load -n "$SPREAD_GETS" -c 4 -m 8 -d "$work/get.frame" -H 'content-type: application/grpc' -H 'te: trailers' \
            "$(client_of "$number")/etcdserverpb.KV/Range" >"$work/spread.$number" 2>&1 &
        generators+=($!)
    done
    wait "${generators[@]}" || die "$1: gets at all members failed"
    ticks=$(($(cpu_ticks) - before))
    for number in 0 1 2; do
        output=$(cat "$work/spread.$number")
        [[ $output == *" $SPREAD_GETS succeeded"* ]] || die "$1: not all gets succeeded: $output"
        rate=$(awk -v r="$rate" -v m="$(sed -n 's/^finished in .* \([0-9.]*\) req\/s.*/\1/p' <<<"$output")" 'BEGIN { print r + m }')
    done
    record "$1" 'op/s' "$rate" "three members: gets at all, saturated: throughput"
    record "$1" 'us' "$(cpu_us "$ticks" "$calls")" "three members: gets at all, saturated: CPU of all three per call"
}

throughput_turn() {
    local clients
    start_cluster "$1"
    timeout 60 "$load" fill --keys 1000 --endpoint "$(client_of 0)" >/dev/null || die "$1: the fill failed"
    for clients in $CLIENTS; do workload "$1" put "$clients"; done
    workload "$1" get 100
    spread "$1"
    stop_all
}

failover_turn() {
    local round victim other line worst=0
    start_cluster "$1"
    for ((round = 1; round <= FAILOVERS; round++)); do
        victim=$(leader)
        other=$(((victim + 1) % 3))
        line=$(timeout 40 "$load" outage --pid "${pids[victim]}" --endpoint "$(client_of "$other")") || die "$1: no failover"
        record "$1" 'ms' "$(field ms "$line")" "three members: failover, median"
        worst=$(awk -v w="$worst" -v t="$(field ms "$line")" 'BEGIN { print (t > w ? t : w) }')
        wait "${pids[victim]}" 2>/dev/null || true
        run_member "$1" "$victim"
        wait_served "$victim"
        sleep 1
    done
    record "$1" 'ms' "$worst" "three members: failover, worst"
    stop_all
}

declare -A program_of
program_of[etcd]=$(find_etcd) || die "there is no etcd: set NETCD_TEST_ETCD"
program_of[netcd]=$(find_netcd)
load=$(build_load)
"$load" frame get --keys 1000 --out "$work/get.frame"

say "$(nproc) cores; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
if ((FAILOVERS)); then for server in etcd netcd; do say "failover: $server"; failover_turn "$server"; done; fi
for ((round = 1; round <= ROUNDS; round++)); do
    for server in $( ((round % 2)) && echo etcd netcd || echo netcd etcd); do say "turn $round of $ROUNDS: $server"; throughput_turn "$server"; done
done
report
