#!/usr/bin/env bash
# Starts three members on this machine, with data in ./local-cluster: clients at 2379, 22379 and 32379. Ctrl-C stops all.
#
#   tools/local-cluster.sh             start (or go on with the data that is there)
#   tools/local-cluster.sh start 2     start the second member alone, after it was killed
#
# NETCD_PROGRAM names the netcd to start; without it the one of this repository is built.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=${NETCD_DATA:-local-cluster}
client_ports=(2379 22379 32379)
peer_ports=(2380 22380 32380)
initial=m1=http://127.0.0.1:2380,m2=http://127.0.0.1:22380,m3=http://127.0.0.1:32380
pids=()

build() {
    dotnet build "$root/src/Netcd" -c Release -v q --nologo
    program=$root/src/Netcd/bin/Release/net10.0/netcd
}

# member NUMBER: the process's id is kept in DATA/mNUMBER.pid
member() {
    local client=http://127.0.0.1:${client_ports[$1 - 1]} peer=http://127.0.0.1:${peer_ports[$1 - 1]}
    mkdir -p "$data"
    "$program" --name "m$1" --data-dir "$data/m$1" \
        --listen-client-urls "$client" --advertise-client-urls "$client" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
        --initial-cluster "$initial" --initial-cluster-token local-cluster --log-format console \
        > >(sed -u "s/^/m$1 /") 2>&1 &
    pids+=($!)
    echo $! >"$data/m$1.pid"
}

stop_all() {
    trap - INT TERM
    kill -TERM "${pids[@]}" 2>/dev/null || true
    wait
}

program=${NETCD_PROGRAM:-}
[[ -n $program ]] || build
trap stop_all INT TERM
if [[ ${1:-} == start ]]; then
    member "${2:?which member: 1, 2 or 3}"
else
    for number in 1 2 3; do member "$number"; done
    printf 'clients: --endpoints=127.0.0.1:%s,127.0.0.1:%s,127.0.0.1:%s\n' "${client_ports[@]}"
fi
wait
