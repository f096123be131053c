# Part of bench/side-by-side.sh, which sources it.

# The same requests as JSON, for the key of the frames.
write_requests() {
    local key
    key=$(frame_key | base64 -w 0)
    printf '{"key":"%s","value":"%s"}' "$key" "$(head -c "$VALUE_SIZE" /dev/urandom | base64 -w 0)" >"$work/put.json"
    printf '{"key":"%s"}' "$key" >"$work/range.json"
    printf '{"create_request":{"key":"%s"}}' "$key" >"$work/watch.json"
}

# posted SERVER NAME PATH FILE COUNT: the JSON gateway over connections that are kept alive
posted() {
    local server=$1 name=$2 before ticks output
    before=$(cpu_ticks)
    output=$(timeout "$LONGEST" h2load --h1 -n "$5" -c 100 -d "$4" -H 'content-type: application/json' "$endpoint/v3/$3") ||
        die "$server: h2load of $name did not end well"
    ticks=$(($(cpu_ticks) - before))
    [[ $output == *" $5 succeeded"* ]] || die "$server: $name: not all succeeded: $output"
    record "$server" 'req/s' "$(sed -n 's/^finished in .* \([0-9.]*\) req\/s.*/\1/p' <<<"$output")" "$name: throughput"
    record "$server" 'us' "$(cpu_us "$ticks" "$5")" "$name: server CPU per call"
}

# Reads and writes as JSON, and watches that POST requests have opened: each is told of every put of the key.
gateway_turn() {
    local server=$1 data=$work/$1.data began before ticks watchers
    rm -rf "$data"
    write_requests
    start "$server" "$data"
    load_measured fill --keys "$SMALL_KEYS" >/dev/null || die "$server: the fill failed"
    began=$(revision)
    posted "$server" "JSON gateway: put, 100 connections" kv/put "$work/put.json" "$JSON_CALLS"
    [[ $(($(revision) - began)) == "$JSON_CALLS" ]] || die "$server: the revision did not rise by the number of puts"
    posted "$server" "JSON gateway: range of one key, 100 connections" kv/range "$work/range.json" "$JSON_CALLS"
    h2load --h1 -D 600 -c "$JSON_WATCHES" -d "$work/watch.json" -H 'content-type: application/json' "$endpoint/v3/watch" >"$work/watched.log" 2>&1 &
    watchers=$!
    until_watched "$server"
    before=$(cpu_ticks)
    began=$(date +%s%N)
    h2load -n "$JSON_EVENTS" -c 1 -m 1 -d "$work/put.frame" -H 'content-type: application/grpc' -H 'te: trailers' \
        "$endpoint/etcdserverpb.KV/Put" >/dev/null
    until_sent "$server" $((JSON_EVENTS * JSON_WATCHES))
    ticks=$(($(cpu_ticks) - before))
    record "$server" 'us' "$(cpu_us "$ticks" $((JSON_EVENTS * JSON_WATCHES)))" "JSON gateway: $JSON_WATCHES watches by POST: server CPU per event"
    record "$server" 'ev/s' "$(awk -v n=$((JSON_EVENTS * JSON_WATCHES)) -v t=$(($(date +%s%N) - began)) 'BEGIN { printf "%.0f", n / t * 1e9 }')" \
        "JSON gateway: $JSON_WATCHES watches by POST: events, one writer"
    record "$server" 'MiB' "$(rss_mib)" "JSON gateway: $JSON_WATCHES watches by POST: resident memory"
    kill "$watchers" 2>/dev/null || true
    wait "$watchers" 2>/dev/null || true
    stop_server
    rm -rf "$data"
}

gauge() { curl -s "$endpoint/metrics" | awk -v name="$1" '$1 == name { total += $2 } END { printf "%d", total }'; }

until_watched() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        if (($(gauge etcd_debugging_mvcc_watcher_total) >= JSON_WATCHES)); then return; fi
        sleep 0.1
    done
    die "$1: not all watches are open"
}

# until_sent SERVER EVENTS
until_sent() {
    local tries
    for ((tries = 0; tries < 6000; tries++)); do
        if (($(gauge etcd_debugging_mvcc_events_total) >= $2)); then return; fi
        sleep 0.01
    done
    die "$1: only $(gauge etcd_debugging_mvcc_events_total) of $2 events were sent"
}
