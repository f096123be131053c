#!/usr/bin/env bash
# Fetches the real etcd, etcdctl and etcdutl, for the tests that compare netcd with them.
#
#   tools/get-etcd.sh [FOLDER]      FOLDER defaults to ~/.cache/netcd/etcd (or $XDG_CACHE_HOME/netcd/etcd)
#
# Prints the folder that holds the three programs. They are Debian's etcd-server and etcd-client packages, of sid, whose etcd is the
# newest, where the mirror has it; see tools/get-debian.sh.
set -euo pipefail

exec "$(dirname "$0")/get-debian.sh" "${1:-${XDG_CACHE_HOME:-$HOME/.cache}/netcd/etcd}" "etcd etcdctl etcdutl" "etcd-server etcd-client" sid
