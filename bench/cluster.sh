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
  NETCD_PROGRAM   the netcd to measure; without it the Native AOT binary is published
  NETCD_TEST_ETCD the directory of etcd
  BENCH_DIR       where data goes (a real disk); without it a temporary directory
TEXT
}

for argument in "$@"; do
    case "$argument" in
        -h | --help) usage; exit 0 ;;
        [A-Z]*=*) declare "${argument%%=*}=${argument#*=}" ;;
        *) usage >&2; exit 2 ;;
    esac
done

ROUNDS=${ROUNDS:-2} FAILOVERS=${FAILOVERS:-10} DURATION=${DURATION:-5} CLIENTS=${CLIENTS:-1 100 1000}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/netcd-cluster.XXXXXX")
results=$work/results
pids=(0 0 0)
: >"$results"

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }
die() { say "error: $*"; exit 1; }
stop_all() {
    local pid
    for pid in "${pids[@]}"; do ((pid)) && kill -KILL "$pid" 2>/dev/null; done || true
    wait 2>/dev/null || true
    pids=(0 0 0)
}
trap 'stop_all; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

client_of() { echo "http://127.0.0.1:$((base + $1))"; }
peer_of() { echo "http://127.0.0.1:$((base + 10 + $1))"; }

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

record() { printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${*:4}" >>"$results"; }
field() { sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<<"$2"; }

# workload SERVER WORKLOAD CLIENTS
workload() {
    local line before ticks calls
    before=$(cpu_ticks)
    line=$(timeout 120 "$load" run "$2" --clients "$3" --duration "$DURATION" --warmup 1 --keys 1000 --endpoint "$(client_of "$(leader)")") || die "$1: $2 had errors: $line"
    ticks=$(($(cpu_ticks) - before))
    say "$1: $line"
    calls=$(awk -v c="$(field calls "$line")" -v d="$DURATION" 'BEGIN { print c * (d + 1) / d }')
    record "$1" 'op/s' "$(field ops_per_s "$line")" "$2, clients: $3: throughput"
    record "$1" 'us' "$(field p50_us "$line")" "$2, clients: $3: p50"
    record "$1" 'us' "$(field p99_us "$line")" "$2, clients: $3: p99"
    record "$1" 'us' "$(awk -v t="$ticks" -v hz="$(getconf CLK_TCK)" -v n="$calls" 'BEGIN { printf "%.1f", t / hz * 1e6 / n }')" \
        "$2, clients: $3: CPU of all three per call"
}

throughput_turn() {
    local clients
    start_cluster "$1"
    timeout 60 "$load" fill --keys 1000 --endpoint "$(client_of 0)" >/dev/null || die "$1: the fill failed"
    for clients in $CLIENTS; do workload "$1" put "$clients"; done
    workload "$1" get 100
    stop_all
}

failover_turn() {
    local round victim other line
    start_cluster "$1"
    for ((round = 1; round <= FAILOVERS; round++)); do
        victim=$(leader)
        other=$(((victim + 1) % 3))
        line=$(timeout 40 "$load" outage --pid "${pids[victim]}" --endpoint "$(client_of "$other")") || die "$1: no failover"
        record "$1" 'ms' "$(field ms "$line")" "failover"
        wait "${pids[victim]}" 2>/dev/null || true
        run_member "$1" "$victim"
        wait_served "$victim"
        sleep 1
    done
    stop_all
}

table() {
    awk -F '\t' '
        function sorted(key,   n, i, j, t) {
            n = split(values[key], list, " ")
            for (i = 2; i <= n; i++) { t = list[i] + 0; for (j = i - 1; j > 0 && list[j] + 0 > t; j--) list[j + 1] = list[j]; list[j + 1] = t }
            return n
        }
        function median(key,   n) { n = sorted(key); return n % 2 ? list[(n + 1) / 2] + 0 : (list[n / 2] + list[n / 2 + 1]) / 2 }
        function worst(key) { return list[sorted(key)] + 0 }
        function line(name, unit, e, n) { printf "%-50s %-6s %12.1f %12.1f %9.2f\n", name, unit, e, n, (e > 0 ? n / e : 0) }
        { if (!($4 in unit)) { unit[$4] = $2; order[++count] = $4 } values[$1 SUBSEP $4] = values[$1 SUBSEP $4] " " $3 }
        END {
            printf "%-50s %-6s %12s %12s %9s\n", "", "", "etcd", "netcd", "ratio"
            for (i = 1; i <= count; i++) {
                line(order[i] (order[i] == "failover" ? ": median" : ""), unit[order[i]], median("etcd" SUBSEP order[i]), median("netcd" SUBSEP order[i]))
                if (order[i] == "failover") line("failover: worst", "ms", worst("etcd" SUBSEP order[i]), worst("netcd" SUBSEP order[i]))
            }
        }' "$results"
}

declare -A program_of
program_of[etcd]=${NETCD_TEST_ETCD:-$HOME/.cache/netcd/etcd/usr/bin}/etcd
[[ -x ${program_of[etcd]} ]] || program_of[etcd]=$("$root/tools/get-etcd.sh")/etcd
say "building the load generator"
dotnet build "$root/bench/Netcd.Load" -c Release -v q --nologo -o "$work/load" >"$work/build.log" 2>&1 || die "$(tail -n 5 "$work/build.log")"
load=$work/load/netcd-load
if [[ -n ${NETCD_PROGRAM:-} ]]; then
    program_of[netcd]=$NETCD_PROGRAM
else
    say "publishing netcd as a native binary"
    case $(uname -m) in aarch64 | arm64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac
    dotnet publish "$root/src/Netcd" -c Release -r "$rid" -p:PublishAot=true -v q --nologo -o "$work/netcd" >"$work/publish.log" 2>&1 || die "$(tail -n 5 "$work/publish.log")"
    program_of[netcd]=$work/netcd/netcd
fi

say "$(nproc) cores; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
if ((FAILOVERS)); then for server in etcd netcd; do say "failover: $server"; failover_turn "$server"; done; fi
for ((round = 1; round <= ROUNDS; round++)); do
    for server in $( ((round % 2)) && echo etcd netcd || echo netcd etcd); do say "turn $round of $ROUNDS: $server"; throughput_turn "$server"; done
done
table
