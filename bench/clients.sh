#!/usr/bin/env bash
# Clients for .NET side by side: Netcd.Client, dotnet-etcd and the bare stubs, against one netcd. What an operation costs the client in
# processor time and allocated bytes, median of three rounds, each in a process of its own. About ten minutes.
#   bench/clients.sh [WORKLOAD...]     put-1 put-100 get-1 get-100 watch leases; all unless some are named
# NETCD_PROGRAM names a native netcd; without it one is published. BENCH_DIR: where data lies.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/bench/common.sh"
work=$(mktemp -d -p "${BENCH_DIR:-${TMPDIR:-/tmp}}")
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
netcd=$(find_netcd)
dotnet build "$root/bench/Netcd.ClientLoad" -c Release -v q --nologo
client=${CLIENT_PORT:-23799} peer=${PEER_PORT:-23809}
"$netcd" --name bench --data-dir "$work/data" --listen-client-urls "http://127.0.0.1:$client" \
    --advertise-client-urls "http://127.0.0.1:$client" --listen-peer-urls "http://127.0.0.1:$peer" \
    --initial-advertise-peer-urls "http://127.0.0.1:$peer" --initial-cluster "bench=http://127.0.0.1:$peer" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
    curl -sf "http://127.0.0.1:$client/health" >/dev/null && break
    kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
"$root"/bench/Netcd.ClientLoad/bin/Release/net10.0/netcd-client-load compare "http://127.0.0.1:$client" "$@"
