# Part of bench/side-by-side.sh, which sources it.

turn() {
    local server=$1 data=$work/$1.data clients
    rm -rf "$data"
    start "$server" "$data"
    record "$server" 'ms' "$ready_ms" "empty store: start to first answer"
    record "$server" 'MiB' "$(rss_mib)" "empty store: resident memory"
    load_measured fill --keys "$SMALL_KEYS" >/dev/null || die "$server: the fill failed"
    if has saturation; then
        saturate "$server" put Put "$PUTS" "put"
        saturate "$server" sget Range "$GETS" "serializable get"
        saturate "$server" get Range "$GETS" "linearizable get"
    fi
    if has latency; then
        for clients in $PUT_CLIENTS; do latency "$server" put "$clients" "put, clients: $clients"; done
        latency "$server" put "$OPEN_CLIENTS" "put, clients: $OPEN_CLIENTS, at $OPEN_RATE/s" --rate "$OPEN_RATE"
        latency "$server" txn 100 "txn, clients: 100"
        latency "$server" mixed 100 "mixed, clients: 100"
    fi
    stop_server
    rm -rf "$data"
}
