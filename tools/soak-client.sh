#!/usr/bin/env bash
# Ten minutes (or as many as the argument says) of everything that the client does, at once, against three members of netcd and etcd that are
# killed, frozen and cut off: no event missed or repeated, no write made twice, memory flat, no task and no exception left behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build tests/Netcd.Client.Tests -c Release -v q --nologo
NETCD_SOAK_MINUTES=${1:-10} exec tests/Netcd.Client.Tests/bin/Release/net10.0/Netcd.Client.Tests --filter-class '*SoakTests'
