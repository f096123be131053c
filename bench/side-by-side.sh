#!/usr/bin/env bash
# Measures netcd against etcd on this machine, in turns, and prints etcd / netcd / ratio. See bench/README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: bench/side-by-side.sh [VARIABLE=VALUE...]

  ROUNDS=3          turns of each server for saturation and latency; medians are told
  LARGE_ROUNDS=1    turns of each server with the large store
  PUTS=100000       calls of h2load per turn: puts
  GETS=200000       calls of h2load per turn: gets, serializable and linearizable each
  DURATION=5        seconds of each latency workload
  WARMUP=1          seconds before each latency workload
  SMALL_KEYS=10000  keys under saturation and latency
  KEYS=1000000      keys of the large store
  VALUE_SIZE=256    bytes of a value
  PUT_CLIENTS="1 100 1000"  clients of the latency of puts
  OPEN_CLIENTS=1000 OPEN_RATE=5000  clients and puts a second where each put comes when its time has come, not when the last was answered
  LONGEST=600       seconds after which a command of the generator counts as hung
  RANGE_SECONDS=5   seconds of ranges with limit 100 over the large store
  WATCHERS=1000     streams with a watch of one and the same key
  IDLE_WATCHERS=10000  streams with a watch that is told nothing
  LEASES=100000     leases that end at the same time (takes two minutes a turn)
  COORDINATION_ROUNDS=1  turns of each server with watches and leases
  STORM_SECONDS=8   seconds of a storm of log-ins
  HANDSHAKES=2000   TLS handshakes, all connections at once
  JSON_CALLS=50000  calls of the JSON gateway: puts and ranges each
  JSON_WATCHES=500  watches of a key by POST requests
  JSON_EVENTS=200   puts that they are told of
  GROWTH="1000000 5000000 10000000"  keys of the growing store
  LARGE_VALUES=10000  values of 100 KB
  OVERWRITES=1000000  puts of one key
  WATCHED=100000    of them are watched from the past
  SECTIONS="saturation latency large watch lease auth tls gateway"; besides: values history growth (hours, and 20 GB of disk)
  NETCD_PROGRAM     the netcd to measure; without it the Native AOT binary is published
  NETCD_TEST_ETCD   the directory of etcd, or etcd itself
  BENCH_DIR         where data goes (a real disk, not memory); without it a temporary directory
  OUT               a file for the figures as JSON, of which bench/Netcd.Charts draws pictures
  KEEP=0            1 leaves data and logs where they are
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/common.sh"
read_options "$@"
ROUNDS=${ROUNDS:-3} LARGE_ROUNDS=${LARGE_ROUNDS:-1} PUTS=${PUTS:-100000} GETS=${GETS:-200000} DURATION=${DURATION:-5}
WARMUP=${WARMUP:-1} SMALL_KEYS=${SMALL_KEYS:-10000} KEYS=${KEYS:-1000000} VALUE_SIZE=${VALUE_SIZE:-256}
RANGE_SECONDS=${RANGE_SECONDS:-5} SECTIONS=${SECTIONS:-saturation latency large watch lease auth tls gateway} KEEP=${KEEP:-0}
WATCHERS=${WATCHERS:-1000} IDLE_WATCHERS=${IDLE_WATCHERS:-10000} LEASES=${LEASES:-100000} COORDINATION_ROUNDS=${COORDINATION_ROUNDS:-1}
GROWTH=${GROWTH:-1000000 5000000 10000000} LARGE_VALUES=${LARGE_VALUES:-10000} OVERWRITES=${OVERWRITES:-1000000}
HANDSHAKES=${HANDSHAKES:-2000} JSON_CALLS=${JSON_CALLS:-50000} JSON_WATCHES=${JSON_WATCHES:-500} JSON_EVENTS=${JSON_EVENTS:-200}
PUT_CLIENTS=${PUT_CLIENTS:-1 100 1000} OPEN_CLIENTS=${OPEN_CLIENTS:-1000} OPEN_RATE=${OPEN_RATE:-5000}
WATCHED=${WATCHED:-100000} LONGEST=${LONGEST:-600} STORM_SECONDS=${STORM_SECONDS:-8}

work=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/netcd-bench.XXXXXX")
results=$work/results
server_pid=
: >"$results"

# ---- processes

stop_server() {
    [[ -n $server_pid ]] || return 0
    local pid=$server_pid tries
    server_pid=
    kill -TERM "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 3000; tries++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.01
    done
    if kill -KILL "$pid" 2>/dev/null; then say "warning: the server did not stop within 30 s and was killed"; fi
    wait "$pid" 2>/dev/null || true
}

cleanup() {
    stop_server
    if [[ $KEEP == 1 ]]; then say "kept $work"; else rm -rf "$work"; fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# start SERVER DATA_DIR FLAG...: sets server_pid, endpoint, secure_endpoint (served where the flags name a certificate) and ready_ms (from
# exec to the first answered linearizable get)
start() {
    local server=$1 data=$2 port peer program=${program_of[$1]} began deadline
    local -a flags
    port=$(free_port)
    peer=$(free_port)
    endpoint=http://127.0.0.1:$port
    flags=(--data-dir "$data" "${@:3}")
    if [[ " $* " == *" --cert-file "* ]]; then
        secure_endpoint=https://127.0.0.1:$(free_port)
        flags+=(--listen-client-urls "$endpoint,$secure_endpoint")
    else
        flags+=(--listen-client-urls "$endpoint")
    fi
    if knows "$server" --advertise-client-urls; then flags+=(--advertise-client-urls "$endpoint"); fi
    if knows "$server" --listen-peer-urls; then flags+=(--listen-peer-urls "http://127.0.0.1:$peer"); fi
    if knows "$server" --initial-advertise-peer-urls; then flags+=(--initial-advertise-peer-urls "http://127.0.0.1:$peer"); fi
    if knows "$server" --initial-cluster; then flags+=(--initial-cluster "default=http://127.0.0.1:$peer"); fi
    began=$(date +%s%N)
    "$program" "${flags[@]}" >>"$work/$server.log" 2>&1 &
    server_pid=$!
    deadline=$((SECONDS + 120))
    until answers "$port"; do
        kill -0 "$server_pid" 2>/dev/null || die "$server ended at its start: $(tail -n 3 "$work/$server.log")"
        ((SECONDS < deadline)) || die "$server did not become ready"
        sleep 0.005
    done
    ready_ms=$((($(date +%s%N) - began) / 1000000))
}

# knows SERVER FLAG
knows() { [[ $1 == etcd ]] || grep -Eq -- "(^|[^-a-z])$2([^-a-z]|\$)" <<<"$netcd_help"; }

# A client's request is answered: a frame comes back, which an error would not bring. Etcd listens before it serves.
answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || return 1
    local size
    size=$(curl -s --max-time 10 --http2-prior-knowledge -H 'content-type: application/grpc' -H 'te: trailers' \
        --data-binary "@$work/get.frame" -o /dev/null -w '%{size_download}' "http://127.0.0.1:$1/etcdserverpb.KV/Range" 2>/dev/null) || return 1
    ((size > 5))
}

# ---- measuring

cpu_ticks() { sed 's/^.*) //' "/proc/$server_pid/stat" | awk '{ print $12 + $13 }'; }
rss_mib() { awk '/^VmRSS:/ { printf "%.1f", $2 / 1024 }' "/proc/$server_pid/status"; }

load() { timeout "$LONGEST" "${load_program[@]}" "$@" --endpoint "$endpoint"; }
# load_measured COMMAND OPTION...: with the common size of values, unless another one is given
load_measured() {
    local -a size=()
    [[ " $* " == *" --value-size "* ]] || size=(--value-size "$VALUE_SIZE")
    load "$@" --pid "$server_pid" "${size[@]}"
}

revision() { field revision "$(load call sget --keys "$SMALL_KEYS" --value-size "$VALUE_SIZE")"; }

# The key of the frames: it stands behind the frame's head and the field's tag and length.
frame_key() { tail -c +8 "$work/get.frame" | head -c 18; }


# saturate SERVER WORKLOAD METHOD COUNT NAME [ENDPOINT]
saturate() {
    local server=$1 workload=$2 method=$3 count=$4 name=$5 target=${6:-$endpoint} before after probe output ticks
    load call "$workload" --keys "$SMALL_KEYS" --value-size "$VALUE_SIZE" >/dev/null || die "$server: $name is not answered"
    local -a headers=(-H 'content-type: application/grpc' -H 'te: trailers')
    if [[ -n ${NETCD_LOAD_TOKEN:-} ]]; then headers+=(-H "token: $NETCD_LOAD_TOKEN"); fi
    h2load -n "$((count / 20 + 100))" -c 10 -m 10 -d "$work/$workload.frame" "${headers[@]}" "$target/etcdserverpb.KV/$method" >/dev/null
    probe=$(load call "$workload" --keys "$SMALL_KEYS" --value-size "$VALUE_SIZE") || die "$server: $name is not answered"
    before=$(cpu_ticks)
    output=$(timeout "$LONGEST" h2load -n "$count" -c 10 -m 10 -d "$work/$workload.frame" "${headers[@]}" \
        "$target/etcdserverpb.KV/$method") || die "$server: h2load of $name did not end well"
    ticks=$(($(cpu_ticks) - before))
    after=$(load call "$workload" --keys "$SMALL_KEYS" --value-size "$VALUE_SIZE") || die "$server: $name is not answered afterwards"

    # h2load sees HTTP's 200 also where the call failed. So: every put must have raised the revision, and every get must
    # have brought as many bytes as one that is known to be good.
    local succeeded bytes size
    succeeded=$(sed -n 's/^requests:.* \([0-9]*\) succeeded.*/\1/p' <<<"$output")
    [[ $succeeded == "$count" ]] || die "$server: $name: only $succeeded of $count requests succeeded"
    if [[ $workload == put ]]; then
        local written=$(($(field revision "$after") - $(field revision "$probe") - 1))
        [[ $written == "$count" ]] || die "$server: $count puts raised the revision by $written"
    else
        bytes=$(sed -n 's/^traffic:.*(\([0-9]*\)) data.*/\1/p' <<<"$output")
        size=$(field bytes "$after")
        ((bytes == count * size)) || die "$server: $name: $bytes bytes came for $count answers of $size"
    fi

    record "$server" 'req/s' "$(sed -n 's/^finished in .* \([0-9.]*\) req\/s.*/\1/p' <<<"$output")" "$name, saturated: throughput"
    record "$server" 'us' "$(cpu_us "$ticks" "$count")" "$name, saturated: server CPU per call"
    record "$server" 'MiB' "$(rss_mib)" "$name, saturated: resident memory"
}

# latency SERVER WORKLOAD CLIENTS NAME OPTION...
latency() {
    local server=$1 workload=$2 clients=$3 name=$4 line
    line=$(load_measured run "$workload" --clients "$clients" --duration "$DURATION" --warmup "$WARMUP" --keys "$SMALL_KEYS" "${@:5}") ||
        die "$server: $name had errors: $line"
    say "$server: $line"
    record "$server" 'op/s' "$(field ops_per_s "$line")" "$name: throughput"
    record "$server" 'us' "$(field p50_us "$line")" "$name: p50"
    record "$server" 'us' "$(field p99_us "$line")" "$name: p99"
    record "$server" 'us' "$(field p999_us "$line")" "$name: p99.9"
    record "$server" 'us' "$(field cpu_us_per_op "$line")" "$name: server CPU per call"
}

for section in "$root"/bench/sections/*.sh; do source "$section"; done

# in_turns COUNT FUNCTION: each server COUNT times, the first one of a round being the second one of the next
in_turns() {
    local round server
    for ((round = 1; round <= $1; round++)); do
        for server in $( ((round % 2)) && echo etcd netcd || echo netcd etcd); do
            say "$2 $round of $1: $server"
            "$2" "$server"
        done
    done
}

for needed in h2load curl dotnet; do
    command -v "$needed" >/dev/null || die "$needed is missing (h2load: package nghttp2-client)"
done
declare -A program_of
program_of[etcd]=$(find_etcd) || die "there is no etcd: set NETCD_TEST_ETCD"

etcdctl=$(dirname "${program_of[etcd]}")/etcdctl

load_program=("$(build_load)")
program_of[netcd]=$(find_netcd)
netcd_help=$(cd "$work" && timeout 5 "${program_of[netcd]}" --help 2>&1 || true)

for workload in put get sget; do
    "${load_program[@]}" frame "$workload" --keys "$SMALL_KEYS" --value-size "$VALUE_SIZE" --out "$work/$workload.frame"
done

say "etcd: $("${program_of[etcd]}" --version 2>/dev/null | head -n 1); netcd: ${program_of[netcd]}; $(nproc) cores; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
has() { [[ " $SECTIONS " == *" $1 "* ]]; }
if has saturation || has latency; then in_turns "$ROUNDS" turn; fi
if has tls; then in_turns "$ROUNDS" tls_turn; fi
if has gateway; then in_turns "$ROUNDS" gateway_turn; fi
if has auth; then in_turns "$COORDINATION_ROUNDS" auth_turn; fi
if has large; then in_turns "$LARGE_ROUNDS" large_turn; fi
if has watch; then in_turns "$COORDINATION_ROUNDS" watch_turn; fi
if has lease; then in_turns "$COORDINATION_ROUNDS" lease_turn; fi
if has values; then in_turns "$LARGE_ROUNDS" values_turn; fi
if has history; then in_turns "$LARGE_ROUNDS" history_turn; fi
if has growth; then in_turns 1 growth_turn; fi
report
